import os

import pytest
from speech_files import manifest, write

from harness.audio import speech
from harness.errors import SpeechInvalid


def test_the_embedded_speech_is_whole(speech_folder):
    utterances = speech.load(speech_folder)
    assert len(utterances) >= 17
    assert len({utterance.speaker for utterance in utterances}) >= 2
    seconds = [utterance.waveform().seconds for utterance in utterances]
    assert max(seconds) >= 25
    assert sum(2 <= length <= 12 for length in seconds) >= 16
    assert sum(path.stat().st_size for path in speech_folder.glob("*.flac")) < 5_000_000


def test_a_byte_order_mark_is_no_part_of_the_words(tmp_path):
    marked = "\ufeffa word"
    write(tmp_path / "plain" / "a.wav")
    (tmp_path / "plain" / "a.txt").write_text(marked, encoding="utf-8")
    write(tmp_path / "libri" / "a.wav")
    (tmp_path / "libri" / "x.trans.txt").write_text("\ufeffa A WORD\n", encoding="utf-8")
    write(tmp_path / "lj" / "wavs" / "a.wav")
    (tmp_path / "lj" / "metadata.csv").write_text("\ufeffa|A word|a word\n", encoding="utf-8")
    toml = manifest(tmp_path / "toml") / "manifest.toml"
    toml.write_text("\ufeff" + toml.read_text(), encoding="utf-8")
    for layout in ("plain", "libri", "lj", "toml"):
        (utterance,) = speech.load(tmp_path / layout)
        assert (utterance.id, utterance.transcript) == ("a", "a word"), layout


def test_selection_by_pattern(speech_folder):
    utterances = speech.load(speech_folder)
    assert [u.id for u in speech.select(utterances, ["rms-02", "heart-0[12]"])] == ["rms-02", "heart-01", "heart-02"]
    with pytest.raises(SpeechInvalid, match=r"no utterance matches 'nobody'; there are: .*heart-01"):
        speech.select(utterances, ["nobody"])


def test_other_mistakes(tmp_path):
    with pytest.raises(SpeechInvalid, match="no such manifest"):
        speech.load(tmp_path / "none")
    with pytest.raises(SpeechInvalid, match=r"no speech found; wanted manifest\.toml"):
        speech.load(tmp_path)
    write(tmp_path / "a.wav")
    with pytest.raises(SpeechInvalid, match=r"no transcript; wanted the words said in a\.txt"):
        speech.load(tmp_path)
    with pytest.raises(SpeechInvalid, match="'a' has an empty transcript"):
        speech.load(manifest(tmp_path / "m", transcript=" "))
    (tmp_path / "m" / "manifest.toml").write_text("schema = 2\nutterances = []")
    with pytest.raises(SpeechInvalid, match="schema is 2, this version reads schema 1"):
        speech.load(tmp_path / "m")
    (tmp_path / "m" / "manifest.toml").write_text('schema = 1\n[[utterances]]\nid = "x"')
    with pytest.raises(SpeechInvalid, match=r"utterances\.0\.transcript: missing"):
        speech.load(tmp_path / "m")


def test_a_pipe_beside_a_transcript_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("a word")
    (utterance,) = speech.load(tmp_path)
    with pytest.raises(SpeechInvalid, match="it is a pipe"):
        utterance.waveform()
    (tmp_path / "a.wav").rename(tmp_path / "a.strange")
    with pytest.raises(SpeechInvalid, match=r"a\.strange beside it is no audio"):
        speech.load(tmp_path)
