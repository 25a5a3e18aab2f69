"""Folders of speech as LibriSpeech, LJSpeech or anyone lays them out."""

import pytest
import soundfile
from speech_files import NOISE, write

from harness.audio import speech
from harness.audio.ignored import ignored
from harness.errors import SpeechInvalid


def test_librispeech_layout(tmp_path):
    write(tmp_path / "12" / "34" / "12-34-0001.flac")
    (tmp_path / "12" / "34" / "12-34.trans.txt").write_text("12-34-0001 HELLO THERE\n")
    (utterance,) = speech.load(tmp_path)
    assert (utterance.id, utterance.transcript, utterance.speaker) == ("12-34-0001", "hello there", "12")


def test_ljspeech_layout(tmp_path):
    write(tmp_path / "wavs" / "LJ1.wav", rate=22050)
    (tmp_path / "metadata.csv").write_text('LJ1|in 1930 "so"|in nineteen thirty "so"\n')
    (utterance,) = speech.load(tmp_path)
    assert utterance.transcript == 'in nineteen thirty "so"'
    assert utterance.waveform().sample_rate == 22050


def test_a_folder_with_a_transcript_beside_each_file(tmp_path):
    write(tmp_path / "anna" / "one.wav")
    (tmp_path / "anna" / "one.txt").write_text("one\n")
    (utterance,) = speech.load(tmp_path)
    assert (utterance.id, utterance.transcript, utterance.speaker) == ("anna-one", "one", "anna")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.caf", "CAF"), ("a.w64", "W64"), ("a.WAV", "WAV"), ("a.sph", "NIST"), ("a.recording", "WAV")]
)
def test_a_folder_of_anything_that_libsndfile_reads(tmp_path, name, kind):
    write(tmp_path / "b.wav")
    soundfile.write(tmp_path / name, NOISE, 16000, format=kind)
    for stem in "ab":
        (tmp_path / f"{stem}.txt").write_text("a word")
    for beside in ("a.json", "a.TextGrid", "README.md", "notes.txt"):
        (tmp_path / beside).write_text("not audio, and no matter")
    assert [utterance.id for utterance in speech.load(tmp_path)] == ["a", "b"]
    assert len(speech.load(tmp_path)[0].waveform().samples) == len(NOISE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.m4a", r"a\.m4a: audio that libsndfile does not read; convert it to FLAC or WAV"),
        ("a.recording", r"a\.txt: a transcript, but a\.recording beside it is no audio that libsndfile reads"),
    ],
)
def test_audio_that_cannot_be_read_is_not_passed_over(tmp_path, name, said):
    write(tmp_path / "b.wav")
    (tmp_path / name).write_bytes(b"something else")
    for stem in "ab":
        (tmp_path / f"{stem}.txt").write_text("a word")
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(tmp_path)


def test_two_files_for_one_utterance_are_refused_in_every_layout(tmp_path):
    for name in ("a.wav", "a.caf"):
        soundfile.write(tmp_path / name, NOISE, 16000)
    (tmp_path / "a.txt").write_text("a word")
    with pytest.raises(SpeechInvalid, match="'a' occurs twice"):
        speech.load(tmp_path)
    (tmp_path / "x.trans.txt").write_text("a A WORD\n")
    with pytest.raises(SpeechInvalid, match=r"a\.caf, a\.wav are one utterance"):
        speech.load(tmp_path)


def test_a_field_of_any_length_is_a_transcript(tmp_path):
    write(tmp_path / "wavs" / "a.wav")
    (tmp_path / "metadata.csv").write_bytes("\ufeffa|raw|{}\r\n".format("word " * 40_000).encode())
    (utterance,) = speech.load(tmp_path)
    assert utterance.id == "a"
    assert len(utterance.transcript.split()) == 40_000


def test_transcripts_in_latin_1_are_read_where_it_is_said(tmp_path):
    write(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_bytes("grüne Bäume ü schön".encode("cp1252"))
    with pytest.raises(SpeechInvalid, match=r'not UTF-8 at byte 2.*say encoding = "latin-1" under \[speech\]'):
        speech.load(tmp_path)
    (utterance,) = speech.load(tmp_path, encoding="latin-1")
    assert utterance.transcript == "grüne Bäume ü schön"


def test_what_is_hidden_is_not_looked_at_also_where_it_decides_the_layout(tmp_path):
    write(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("a word")
    for hidden in ("._b.trans.txt", ".trash/c.trans.txt", ".trash/d.wav", "._e.wav"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"\xff what somebody left")
    (tmp_path / "c.wav").with_suffix(".txt").write_text("no audio")
    found = speech.load(tmp_path)
    assert [utterance.id for utterance in found] == ["a"]
    told = {one.path.name: one.why.partition(":")[0] for one in ignored(tmp_path, found)}
    assert told.pop("c.txt") == "a text without audio of its name"
    assert told == dict.fromkeys(("._b.trans.txt", "c.trans.txt", "d.wav", "._e.wav"), "hidden")


def test_a_transcript_without_audio_is_named_in_each_layout(tmp_path):
    (tmp_path / "x.trans.txt").write_text("a A WORD\n")
    with pytest.raises(SpeechInvalid, match=r"/a: the transcript names this utterance but there is no audio file"):
        speech.load(tmp_path)
    (tmp_path / "metadata.csv").write_text("b|B|a word\n")
    with pytest.raises(SpeechInvalid, match=r"wavs/b: the transcript names this utterance but there is no audio"):
        speech.load(tmp_path)


@pytest.mark.parametrize("line", ["a", "a|", "a|A word|"])
def test_a_name_without_words_is_no_transcript(line, tmp_path):
    write(tmp_path / "wavs" / "a.wav")
    (tmp_path / "metadata.csv").write_text(f"{line}\n")
    with pytest.raises(SpeechInvalid, match="utterance 'a' has an empty transcript; wanted the words said"):
        speech.load(tmp_path)


def test_the_last_field_of_a_line_is_what_is_said(tmp_path):
    write(tmp_path / "wavs" / "a.WAV")
    for line in ("a|one word", "a|1 word|one word"):
        (tmp_path / "metadata.csv").write_text(f"{line}\n\n")
        assert [utterance.transcript for utterance in speech.load(tmp_path)] == ["one word"]
