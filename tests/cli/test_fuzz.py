"""`codec-harness fuzz` as a user types it: programs that are given are read strictly, and none passes unasked."""

import json

import pytest
from typed import typed


@pytest.fixture
def replayed(tmp_path):
    def replay(lines, *more, codec="pcm"):
        path = tmp_path / "program.txt"
        path.write_bytes(lines if isinstance(lines, bytes) else lines.encode())
        return typed("fuzz", codec, "--program", path, *more)

    return replay


def test_a_program_that_holds_passes_and_one_that_breaks_the_codec_does_not(replayed):
    lines = "a = open\nencode a main 0:1\ndecode a main 0:1\nb = clone a\ndecode b main 1:2\n"
    assert replayed(f"# kept\n\n{lines}", codec="opus").code == 0
    broken = replayed(lines, codec="planted.faults:FreshClone")
    assert broken.code == 1
    assert broken.out.startswith("decode b main 1:2: ")


def test_in_json_a_replay_is_json(replayed):
    found = replayed("a = open\nencode a main 0:1\n", "--json")
    assert found.code == 0
    assert json.loads(found.out) == {
        "codec": "pcm", "options": {}, "program": ["a = open", "encode a main 0:1"], "divergence": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "program.txt: holds no step, so nothing could diverge"),
        ("# only words\n", "program.txt: holds no step"),
        ("a = open\n\x1b[31mjunk", r"program.txt, line 2: '\x1b[31mjunk' is not a step"),
        (b"a = open\xff\n", "program.txt:1: cannot be read (not UTF-8 at byte 8)"),
        ("encode a main 0:1", "no instance 'a' at this point"),
        ("a = open\nencode a main 5:5", "line 2: 'encode a main 5:5': wanted frames START:STOP"),
        ("a = open\nencode a main 5:3", "STOP after START"),
        ("a = open\ndecode a main 0:999999", "'decode a main 0:999999': the streams have 80 frames of speech"),
        ("slots 2\na = join\nb = join\nencode a main 0:1, b main 3:3", "STOP after START"),
        ("slots 2\na = join\nb = join\nencode a main 0:1, b main 0:999", "the streams have 80 frames"),
        ("windowed main 2:3 past 4", "main 2:3 has 2 frames before it, wanted a past of no more"),
    ],
)
def test_a_program_that_asks_for_nothing_that_there_is_accuses_no_codec(lines, said, replayed):
    """Of frames that the speech does not have pcm gave none, and was said to be broken."""
    found = replayed(lines)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tolerance", "0"], "--tolerance needs --against CODEC"),
        (["--against", "pcm", "--json"], "--json does not go with --against"),
        (["--against", "pcm", "--poison"], "--poison does not go with --against"),
        (["--program", "p.txt", "--seed", "0"], "--seed does not go with --program"),
        (["--program", "p.txt", "--save", "x.txt"], "--save does not go with --program"),
        (["--program", "p.txt"], "p.txt: cannot be read (no such file)"),
        (["--save", "nowhere/x.txt"], "--save: there is no folder nowhere"),
        (["--seconds", "inf"], "not a finite number"),
    ],
)
def test_what_would_do_nothing_is_refused(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = typed("fuzz", "pcm", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_search_says_how_much_it_tried_and_json_says_the_same():
    few = ("--programs", "3", "--seconds", "2", "--seed", "1")
    assert "none diverged" in typed("fuzz", "pcm", *few).out
    found = json.loads(typed("fuzz", "pcm", *few, "--json").out)
    assert (found["program"], found["divergence"], found["topologies"]) == ([], None, [])
    assert found["programs"] >= 3
