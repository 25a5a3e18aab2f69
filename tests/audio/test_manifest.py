"""Manifests in TOML and in lines of JSON: what they say of each utterance, and what they must."""

import numpy as np
import pytest
from speech_files import lines, manifest, write

from harness.audio import speech
from harness.audio.manifest import is_manifest
from harness.audio.manifest import read as read_manifest
from harness.audio.utterance import CodesFile
from harness.audio.waveform import read
from harness.errors import SpeechInvalid


def test_a_manifest(tmp_path):
    (utterance,) = speech.load(manifest(tmp_path))
    assert (utterance.id, utterance.transcript, utterance.speaker) == ("a", "a word", "noise")
    assert utterance.waveform().sample_rate == 16000


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


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = lines(tmp_path, {"audio_filepath": "a.wav", "text": "a"})
    path.write_text(path.read_text() + "{'text'}\n")
    with pytest.raises(SpeechInvalid, match=r"manifest\.jsonl:2:1: a line that is not JSON .* wanted one object"):
        speech.load(path)


WHOLE = {"id": "a", "transcript": "a word", "voice": "v", "licence": "l"}


def toml(folder, top="schema = 1", table="", **keys):
    said = "\n".join(f'{key} = "{value}"' for key, value in (WHOLE | keys).items() if value is not None)
    path = folder / "manifest.toml"
    path.write_text(f"{top}\n{table}\n[[utterances]]\n{said}\n")
    return path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"top": ""}, r"the key `schema` is missing; wanted schema = 1 at the top"),
        ({"top": "schema = 2"}, r"schema is 2, this version reads schema 1"),
        ({}, r"'a': neither file nor codes; wanted the file of its audio, or codes = \.\.\. alone"),
        ({"codes": "a.npy"}, r"'a': there is no recording of it, only codes; then \[codes\] frame_rate has to say"),
        ({"file": "a.wav"}, r"'a': the key `sha256` is missing; wanted that of a\.wav"),
        ({"file": "a.wav", "sha256": "0", "voice": None}, r"utterances\.0\.voice: missing"),
        ({"file": "a.wav", "sha256": "0", "colour": "red"}, r"utterances\.0\.colour"),
    ],
)
def test_what_a_manifest_lacks_is_named(given, said, tmp_path):
    with pytest.raises(SpeechInvalid, match=said):
        read_manifest(toml(tmp_path, **given))


def test_codes_stand_beside_a_recording_or_for_it(tmp_path):
    table = "[codes]\nbins = 16\nframe_rate = 12.5"
    (alone,) = read_manifest(toml(tmp_path, table=table, codes="c.npy", codes_sha256="1"))
    assert (alone.recorded, alone.path) == (False, tmp_path / "c.npy")
    assert alone.codes == CodesFile(tmp_path / "c.npy", "1", 16, 12.5)
    (beside,) = read_manifest(toml(tmp_path, codes="c.npy", file="a.wav", sha256="2"))
    assert (beside.recorded, beside.path, beside.sha256) == (True, tmp_path / "a.wav", "2")
    assert beside.codes == CodesFile(tmp_path / "c.npy")
    (without,) = read_manifest(toml(tmp_path, table=table, file="a.wav", sha256="2"))
    assert without.codes is None


def test_lines_are_counted_with_the_empty_ones_among_them(tmp_path):
    path = lines(tmp_path, {"path": "a.wav", "transcript": "a"})
    path.write_text("\n \n" + path.read_text() + "\n" + '{"path": "", "text": "b"}')
    with pytest.raises(SpeechInvalid, match=r"manifest\.jsonl:5: .*wanted one object a line"):
        read_manifest(path)
    path.write_text("\n")
    assert read_manifest(path) == []


def test_parts_of_one_file_are_called_after_where_they_begin_and_whole_files_after_themselves(tmp_path):
    entries = [
        {"file": "a.wav", "text": "x"},
        {"file": "a.wav", "text": "x", "offset": 1.25},
        {"file": "b.wav", "text": "x"},
    ]
    read = read_manifest(lines(tmp_path, *entries, {"file": "b/b.wav", "text": "x", "offset": 2.0}))
    assert [one.id for one in read] == ["a-0.000", "a-1.250", "b", "b"]
    assert [(one.offset, one.duration) for one in read] == [(0.0, None), (1.25, None), (0.0, None), (2.0, None)]


def test_a_manifest_is_a_file_that_is_called_so(tmp_path):
    for name, is_one in (("a.toml", True), ("a.jsonl", True), ("a.json", True), ("a.txt", False)):
        assert not is_manifest(tmp_path / name)
        (tmp_path / name).write_text("")
        assert is_manifest(tmp_path / name) is is_one
    (tmp_path / "folder.toml").mkdir()
    assert not is_manifest(tmp_path / "folder.toml")
