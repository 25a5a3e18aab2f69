import hashlib
import json
import os

import numpy as np
import pytest
import soundfile

from harness.audio import speech
from harness.audio.ignored import ignored, in_words
from harness.audio.waveform import read
from harness.errors import SpeechInvalid

NOISE = np.random.default_rng(3).uniform(-0.1, 0.1, 8000).astype(np.float32)


def write(path, samples=NOISE, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)
    return path


def manifest(folder, sha256=None, transcript="a word", file="a.flac"):
    write(folder / "a.flac")
    got = hashlib.sha256((folder / "a.flac").read_bytes()).hexdigest()
    (folder / "manifest.toml").write_text(
        f'schema = 1\n[[utterances]]\nid = "a"\nfile = "{file}"\nsha256 = "{sha256 or got}"\n'
        f'transcript = "{transcript}"\nvoice = "noise"\nlicence = "CC0"\n'
    )
    return folder


def test_the_embedded_speech_is_whole(speech_folder):
    utterances = speech.load(speech_folder)
    assert len(utterances) >= 17
    assert len({utterance.speaker for utterance in utterances}) >= 2
    seconds = [utterance.waveform().seconds for utterance in utterances]
    assert max(seconds) >= 25
    assert sum(2 <= length <= 12 for length in seconds) >= 16
    assert sum(path.stat().st_size for path in speech_folder.glob("*.flac")) < 5_000_000


def test_a_manifest(tmp_path):
    (utterance,) = speech.load(manifest(tmp_path))
    assert (utterance.id, utterance.transcript, utterance.speaker) == ("a", "a word", "noise")
    assert utterance.waveform().sample_rate == 16000


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


def test_how_a_transcript_is_broken_into_lines_is_no_part_of_the_words(tmp_path):
    write(tmp_path / "one.wav")
    (tmp_path / "one.txt").write_text("  one  word\n\tand another \u00a0 one\r\n")
    (utterance,) = speech.load(tmp_path)
    assert utterance.transcript == "one word and another one"


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


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(8000, np.float32), "digital silence"),
        (
            np.stack([NOISE, NOISE], 1),
            r'got 2 channels, wanted mono; mix it down first, or, of .* say channels = "left"',
        ),
        (np.full(8000, np.nan, np.float32), "NaN or infinite"),
        (np.zeros(0, np.float32), "no samples"),
    ],
)
def test_audio_that_cannot_be_reference_speech(tmp_path, samples, said):
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(tmp_path)[0].waveform()


def test_a_corrupt_file(tmp_path):
    (tmp_path / "a.flac").write_bytes(b"fLaC and then nothing of use")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(SpeechInvalid, match="not readable as audio"):
        speech.load(tmp_path)[0].waveform()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sha256": "0" * 64}, "the manifest says 000000000000"),
        ({"file": "b.flac"}, "no such audio file"),
    ],
)
def test_a_manifest_that_does_not_match_its_files(tmp_path, options, said):
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(manifest(tmp_path, **options))[0].waveform()


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


def test_a_field_of_any_length_is_a_transcript(tmp_path):
    write(tmp_path / "wavs" / "a.wav")
    (tmp_path / "metadata.csv").write_bytes("\ufeffa|raw|{}\r\n".format("word " * 40_000).encode())
    (utterance,) = speech.load(tmp_path)
    assert utterance.id == "a"
    assert len(utterance.transcript.split()) == 40_000


def test_a_pipe_beside_a_transcript_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("a word")
    (utterance,) = speech.load(tmp_path)
    with pytest.raises(SpeechInvalid, match="it is a pipe"):
        utterance.waveform()
    (tmp_path / "a.wav").rename(tmp_path / "a.strange")
    with pytest.raises(SpeechInvalid, match=r"a\.strange beside it is no audio"):
        speech.load(tmp_path)


def lines(folder, *entries, name="manifest.jsonl"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.json", "train.json"])
def test_json_lines_with_the_keys_of_nemo(tmp_path, name):
    write(tmp_path / "anna" / "a.wav")
    entry = {"audio_filepath": "anna/a.wav", "text": "a word", "duration": 0.5, "lang": "en", "pnc": None}
    path = lines(tmp_path, entry, name=name)
    (utterance,) = speech.load(path)
    assert (utterance.id, utterance.transcript, utterance.speaker) == ("a", "a word", "anna")
    assert np.array_equal(utterance.waveform().samples, read(tmp_path / "anna" / "a.wav").samples)
    if name.startswith("manifest"):
        assert speech.load(tmp_path) == [utterance]


def test_json_lines_with_keys_of_others(tmp_path):
    write(tmp_path / "a.wav")
    entries = [
        {"file": "a.wav", "text": "a word", "speaker": "anna", "license": "public domain", "seconds": 0.5},
        {"file_name": "b.wav", "transcription": "another", "speaker_id": 7},
    ]
    first, second = speech.load(lines(tmp_path, *entries))
    assert (first.transcript, first.speaker, first.licence) == ("a word", "anna", "public domain")
    assert (second.path.name, second.transcript, second.speaker, second.licence) == (
        "b.wav", "another", "7", "unstated"
    )  # fmt: skip


def test_offset_and_duration_name_a_part_of_a_file(tmp_path):
    write(tmp_path / "a.wav")
    whole = read(tmp_path / "a.wav").samples
    entries = [
        {"audio_filepath": "a.wav", "text": "one", "offset": 0.0, "duration": 0.2},
        {"audio_filepath": str(tmp_path / "a.wav"), "text": "three", "offset": 0.3, "duration": 0.1999, "id": "last"},
        {"audio_filepath": "a.wav", "text": "two", "offset": 0.2},
    ]
    first, second, last = speech.load(lines(tmp_path, *entries))
    assert [one.id for one in (first, second, last)] == ["a-0.000", "a-0.200", "last"]
    assert np.array_equal(first.waveform().samples, whole[:3200])
    assert np.array_equal(second.waveform().samples, whole[3200:])
    assert np.array_equal(last.waveform().samples, whole[4800:])  # a duration that was rounded ends at the end


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"audio_filepath": "a.wav", "text": "a", "duration": 0.6},
            r"0\.500 s long, but the manifest has 'a' from 0 s",
        ),
        ({"audio_filepath": "a.wav", "text": "a", "offset": 0.5}, r"has 'a' from 0\.5 s"),
        (
            {"audio_filepath": "a.wav", "text": "a", "offset": -1},
            r"manifest\.jsonl:1: offset: .* or equal",
        ),
        ({"audio_filepath": "a.wav", "text": "a", "duration": 0}, r"manifest\.jsonl:1: duration: "),
        ({"audio_filepath": "a.wav"}, r"manifest\.jsonl:1: text: missing; wanted one object a line"),
        (["a.wav"], r"manifest\.jsonl:1: got list, wanted one object a line"),
        ({"audio_filepath": "b.wav", "text": "a"}, r"b\.wav: no such audio file"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, entry, said):
    write(tmp_path / "a.wav")
    with pytest.raises(SpeechInvalid, match=said):
        speech.load(lines(tmp_path, entry))[0].waveform()


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = lines(tmp_path, {"audio_filepath": "a.wav", "text": "a"})
    path.write_text(path.read_text() + "{'text'}\n")
    with pytest.raises(SpeechInvalid, match=r"manifest\.jsonl:2:1: a line that is not JSON .* wanted one object"):
        speech.load(path)


@pytest.mark.parametrize(("channels", "which"), [("left", 0), ("right", 1), ("mix", None)])
def test_one_channel_of_several_is_taken_where_it_is_said_which(tmp_path, channels, which):
    stereo = np.stack([NOISE, NOISE[::-1] / 2], 1)
    write(tmp_path / "a.wav", stereo)
    write(tmp_path / "b.wav")
    for stem in "ab":
        (tmp_path / f"{stem}.txt").write_text("a word")
    two, one = speech.load(tmp_path, channels=channels)
    kept = soundfile.read(tmp_path / "a.wav", dtype="float32")[0]
    wanted = kept.mean(axis=1) if which is None else kept[:, which]
    np.testing.assert_allclose(two.waveform().samples, wanted, atol=1e-7)
    assert np.array_equal(one.waveform().samples, read(tmp_path / "b.wav").samples)


def test_transcripts_in_latin_1_are_read_where_it_is_said(tmp_path):
    write(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_bytes("grüne Bäume ü schön".encode("cp1252"))
    with pytest.raises(SpeechInvalid, match=r'not UTF-8 at byte 2.*say encoding = "latin-1" under \[speech\]'):
        speech.load(tmp_path)
    (utterance,) = speech.load(tmp_path, encoding="latin-1")
    assert utterance.transcript == "grüne Bäume ü schön"


def test_files_that_are_ignored_are_told_with_the_reason(tmp_path):
    write(tmp_path / "a.wav")
    for name in ("a.txt", "notes.txt", "README.md", ".DS_Store"):
        (tmp_path / name).write_text("a word")
    (tmp_path / "._a.wav").write_bytes(b"what a Mac leaves")
    told = {one.path.name: one.why for one in ignored(tmp_path, speech.load(tmp_path))}
    assert told == {
        "notes.txt": "a text without audio of its name",
        "README.md": "neither audio nor a transcript",
        ".DS_Store": "hidden: the name begins with a dot",
        "._a.wav": "hidden: the name begins with a dot",
    }
    assert in_words(tmp_path, ignored(tmp_path, speech.load(tmp_path)))[0] == (
        "2 files ignored (hidden: the name begins with a dot): .DS_Store, ._a.wav"
    )


def test_audio_that_a_list_does_not_name_is_told(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / "libri" / f"{name}.flac")
        write(tmp_path / "lines" / f"{name}.wav")
    (tmp_path / "libri" / "x.trans.txt").write_text("a A WORD\n")
    lines(tmp_path / "lines", {"audio_filepath": "a.wav", "text": "a"})
    for layout, listing in (("libri", "x.trans.txt"), ("lines", "manifest.jsonl")):
        (one,) = ignored(tmp_path / layout, speech.load(tmp_path / layout))
        assert (one.path.stem, one.why) == ("b", f"audio that {listing} does not name")


def test_nothing_of_the_embedded_speech_is_ignored_but_what_made_it(speech_folder):
    assert {one.why for one in ignored(speech_folder, speech.load(speech_folder))} <= {"neither audio nor a transcript"}
