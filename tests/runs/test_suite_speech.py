"""The speech of a suite: parts of files, one channel of several, and what of the folder was not used."""

import json

import numpy as np
import pytest
import soundfile

from harness.errors import SuiteInvalid
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.suite_speech import chosen_speech

SUITE = """
[speech]
source = "speech"
channels = "left"
encoding = "latin-1"
[scores]
pesq = false
stoi = false
asr = false
[codecs.pcm]
adapter = "pcm"
[[setups]]
codec = "pcm"
"""


@pytest.fixture
def here(tmp_path, speech_folder):
    (tmp_path / "speech").mkdir()
    samples, rate = soundfile.read(speech_folder / "heart-04.flac", dtype="float32")
    soundfile.write(tmp_path / "speech" / "a.w64", np.stack([samples, 0 * samples], 1), rate, format="W64")
    (tmp_path / "speech" / "a.txt").write_bytes("dür".encode("latin-1"))
    (tmp_path / "speech" / "notes.md").write_text("of last week")
    (tmp_path / "mine.toml").write_text(SUITE)
    return tmp_path


def test_a_run_takes_the_channel_and_tells_what_it_ignored(here):
    suite = suites.load(here / "mine.toml")
    (utterance,) = chosen_speech(suite.speech)
    assert utterance.transcript == "dür"
    record, folder = pipeline.run(suite, here / "reports", jobs=1)
    assert record.met
    assert "speech: 1 file ignored (neither audio nor a transcript): notes.md." in record.notes
    (told,) = record.utterances
    played, _ = soundfile.read(folder / told.audio, dtype="float32")
    np.testing.assert_allclose(played, utterance.waveform().samples, atol=1 / 32768)


def test_parts_of_one_file_are_utterances_of_their_own(here):
    name = str(here / "speech" / "a.w64")
    lines = [{"audio_filepath": name, "text": "one", "offset": start, "duration": 1} for start in (0.5, 1.5)]
    (here / "speech.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (here / "mine.toml").write_text(SUITE.replace('"speech"', '"speech.jsonl"'))
    first, second = chosen_speech(suites.load(here / "mine.toml").speech)
    assert (first.id, second.id) == ("a-0.500", "a-1.500")
    assert first.waveform().seconds == second.waveform().seconds == 1.0


def test_channels_that_there_are_not_are_refused(here):
    (here / "mine.toml").write_text(SUITE.replace('"left"', '"middle"'))
    with pytest.raises(SuiteInvalid, match=r"speech\.channels: .*'left', 'right' or 'mix'.*got 'middle'"):
        suites.load(here / "mine.toml")
