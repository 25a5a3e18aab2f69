"""Every file of a folder of speech that is not used is told once, with the reason."""

from pathlib import Path

import pytest
from speech_files import lines, write

from harness.audio import speech
from harness.audio.ignored import Ignored, ignored, in_words


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


def test_what_is_named_is_used_whichever_way_a_link_leads(tmp_path):
    write(tmp_path / "kept" / "a.wav")
    (tmp_path / "speech").mkdir()
    (tmp_path / "speech" / "a.wav").symlink_to(tmp_path / "kept" / "a.wav")
    (tmp_path / "speech" / "a.txt").write_text("a word")
    assert ignored(tmp_path / "speech", speech.load(tmp_path / "speech")) == []


@pytest.mark.parametrize("name", ["b", "b.md"])
def test_links_that_go_round_in_a_circle_or_lead_nowhere_are_told_too(tmp_path, name):
    write(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("a word")
    (tmp_path / name).symlink_to(tmp_path / name)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    told = {one.path.name: one.why for one in ignored(tmp_path, speech.load(tmp_path))}
    assert told == dict.fromkeys((name, "gone.md"), "neither audio nor a transcript")


def test_of_a_manifest_that_is_named_itself_no_folder_is_looked_at(tmp_path):
    write(tmp_path / "a.wav")
    write(tmp_path / "b.wav")
    path = lines(tmp_path, {"audio_filepath": "a.wav", "text": "a"})
    assert ignored(path, speech.load(path)) == []


def test_of_many_files_the_first_are_named_and_all_are_counted():
    root = Path("speech")
    left = [Ignored(root / f"{n}.md", "no audio") for n in range(4)] + [Ignored(root / "deep" / "a.txt", "a text")]
    assert in_words(root, left) == [
        "4 files ignored (no audio): 0.md, 1.md, 2.md, ...",
        "1 file ignored (a text): deep/a.txt",
    ]
    assert in_words(root, left[1:4]) == ["3 files ignored (no audio): 1.md, 2.md, 3.md"]
    assert in_words(root, []) == []
