"""Vectors hold an implementation to what the reference gave; what was edited, cut or made by a newer one is refused."""

import json

import numpy as np
import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.pair import PairInputs, speech_for
from harness.check.parity.playing import Player
from harness.check.parity.program import parse, random_program
from harness.check.parity.vectors import INDEX, VectorsInvalid, read_index, write
from harness.check.parity.verify import verify
from harness.errors import UsageInvalid

DELTA = "planted.ports:Delta"
PROGRAMS = {
    "one-lost": parse("decode speech 0:3\ndecode lost 3:4\ndecode speech 4:8"),
    "mixed": parse("encode speech 0:2\nrefuse frame-less-one\nrefuse code-beyond\nreset both\nencode noise 0:1"),
    "random": random_program(3),
}


def recorded(folder, faults=""):
    with Player(Implementation.of(DELTA, {"faults": faults}), 60) as player:
        return write(folder, player, PairInputs(player, speech_for(None, player.info)), 0.0, PROGRAMS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("vectors") / "set"
    recorded(place)
    return place


def held(folder, faults="", **options):
    with Player(Implementation.of(DELTA, {"faults": faults, **options}), 60) as player:
        return {one.name: one for one in verify(folder, player)}


def test_who_made_them_keeps_them_to_the_bit(folder):
    assert {one.agreement for one in held(folder).values()} == {Agreement.BITS}


def test_a_port_is_held_to_them(folder):
    assert held(folder, "loss")["one-lost"].agreement is Agreement.PARTED
    assert held(folder, "loss")["mixed"].agreement is Agreement.BITS
    assert "call 3, the reference refuses it" in held(folder, "lenient")["mixed"].words


def test_their_layout_is_plain(folder):
    codes = np.load(folder / "one-lost" / "codes-in.npy", allow_pickle=False)
    assert codes.shape == (80, 8)
    assert (codes[:, 3] == -1).all()
    index = json.loads((folder / INDEX).read_text())
    assert [call["call"] for call in index["vectors"][0]["calls"]] == ["decode"] * 3


def test_they_are_the_same_for_the_same_programs(folder, tmp_path):
    recorded(tmp_path / "again")
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "one-lost/pcm-out.wav").write_bytes(b"RIFF"), "cut or edited"),
        (lambda folder: (folder / "one-lost/codes-in.npy").unlink(), "no such file"),
        (lambda folder: edit(folder, lambda index: index.update(tolerance=1.0)), "it was edited"),
        (lambda folder: edit(folder, lambda index: index.update(format=2)), "a newer codec-harness made it"),
        (lambda folder: edit(folder, lambda index: index.update(format="x")), "format is 'x'"),
        (lambda folder: (folder / INDEX).write_text("[]"), "format is None"),
        (lambda folder: (folder / INDEX).write_text("{"), "not JSON"),
        (lambda folder: edit(folder, lambda index: index["vectors"][0].update(name="../x")), "name"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(tmp_path, harm, said):
    recorded(tmp_path / "set")
    harm(tmp_path / "set")
    with pytest.raises(VectorsInvalid, match=said):
        held(tmp_path / "set")


def edit(folder, change):
    index = json.loads((folder / INDEX).read_text())
    change(index)
    (folder / INDEX).write_text(json.dumps(index))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageInvalid, match="holds no vectors"):
        recorded(tmp_path)


def test_a_recording_that_was_stopped_is_made_again(tmp_path):
    whole = recorded(tmp_path / "whole")
    stopped = tmp_path / "stopped"
    recorded(stopped)
    (stopped / INDEX).unlink()
    name = whole.vectors[-1].name
    next((stopped / name).iterdir()).unlink()
    (stopped / name / ".0123456789abcdef.partial").write_bytes(b"half")
    assert recorded(stopped) == whole
    (stopped / INDEX).unlink()
    (stopped / name / "mine.txt").write_text("mine")
    with pytest.raises(UsageInvalid, match="holds no vectors"):
        recorded(stopped)


def test_a_codec_of_another_shape_is_refused(folder):
    with pytest.raises(UsageInvalid, match="cannot be compared call by call"):
        held(folder, bins=17)


def test_the_index_is_read_before_anything_is_played(tmp_path):
    with pytest.raises(VectorsInvalid, match="no such file"):
        read_index(tmp_path)
