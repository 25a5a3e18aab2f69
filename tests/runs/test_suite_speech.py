"""The speech of a suite: parts of files, one channel of several, and what of the folder was not used."""

import json

import numpy as np
import pytest
import soundfile

from harness.errors import SpeechInvalid, SuiteInvalid
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import prepare
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
    assert told.audio is not None
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


@pytest.fixture
def short(tmp_path):
    folder = tmp_path / "speech"
    folder.mkdir()
    for name, seed in (("a", 1), ("b", 2)):
        samples = np.random.default_rng(seed).normal(0, 0.1, 8000).astype(np.float32)
        soundfile.write(folder / f"{name}.wav", samples, 16_000)
        (folder / f"{name}.txt").write_text("words")
    (tmp_path / "short.codec.toml").write_text(SUITE)
    return tmp_path


def test_speech_that_changes_while_it_is_in_use_is_refused(short):
    chosen = chosen_speech(suites.load(short / "short.codec.toml").speech)
    assert [one.waveform().seconds for one in chosen] == [0.5, 0.5]
    other = short / "speech" / "b.wav"
    soundfile.write(other, soundfile.read(other)[0] / 20, 16_000)
    with pytest.raises(SpeechInvalid, match=r"b\.wav: the audio is another than when it was read first; run it once"):
        chosen[1].waveform()
    assert chosen_speech(suites.load(short / "short.codec.toml").speech)[1].waveform().seconds == 0.5


def test_a_run_in_which_speech_changes_ends_and_keeps_nothing_of_it(short, monkeypatch):
    suite, other = suites.load(short / "short.codec.toml"), short / "speech" / "b.wav"
    kept = other.read_bytes()

    def saved_meanwhile(*arguments, **named):
        prepared = prepare(*arguments, **named)
        soundfile.write(other, soundfile.read(other)[0] / 20, 16_000)
        return prepared

    monkeypatch.setattr(pipeline, "prepare", saved_meanwhile)
    with pytest.raises(SpeechInvalid, match="another than when it was read first"):
        pipeline.run(suite, short / "out", jobs=1)
    monkeypatch.setattr(pipeline, "prepare", prepare)
    other.write_bytes(kept)
    record, _ = pipeline.run(suite, short / "out", jobs=1)
    assert [cell.verdict for cell in record.cells] == ["identical", "identical"]


def test_other_speech_that_is_silent_at_the_rate_of_a_codec_disturbs_nobody(short):
    ultrasound = np.sin(2 * np.pi * 7000 * np.arange(8000) / 16_000) * 1e-30
    soundfile.write(short / "speech" / "b.wav", ultrasound.astype(np.float32), 16_000, subtype="FLOAT")
    (short / "short.codec.toml").write_text(SUITE.replace('adapter = "pcm"', 'adapter = "pcm"\nsample_rate = 4000'))
    record, _ = pipeline.run(suites.load(short / "short.codec.toml"), short / "out", jobs=1)
    assert {cell.utterance: cell.verdict for cell in record.cells}["a"] == "identical"
