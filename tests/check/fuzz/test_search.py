"""Planted faults are found and shrunk to their shortest programs; sound codecs are left in peace."""

import functools
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner
from planted.faults import Sound, SoundInstance

from harness.check.fuzz.program import parse, text
from harness.check.fuzz.reproduce import topologies_showing
from harness.check.fuzz.search import database_folder, search
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.subject import Subject, subject
from harness.cli.fuzz import fuzz as command
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed, UsageInvalid
from harness.runtime.resources import CACHE_VARIABLE

SHORTEST = {
    "AliasingClone": ["a = open", "b = clone a", "encode a main 0:1", "encode b main 0:1"],
    "FreshClone": ["a = open", "decode a main 0:1", "b = clone a", "decode b main 0:1"],
    "ResetsBothSides": ["a = open", "decode a main 0:1", "reset a encoder", "decode a main 0:1"],
    "EncodingDisturbsDecoding": ["a = open", "decode a main 0:1", "encode a main 0:1", "decode a main 0:1"],
}


@functools.cache
def on(adapter: str, **options: object) -> Subject:
    return subject(load(adapter, options))


@pytest.mark.parametrize("name", SHORTEST)
def test_a_planted_fault_is_found_and_shrunk(name):
    under_test = on(f"planted.faults:{name}")
    found = search(under_test, seeded=3, programs=600)
    assert found.program is not None
    steps = [str(step) for step in found.program]
    assert len(steps) <= len(SHORTEST[name])
    assert replay(FreshOutputs(under_test), found.program) == found.divergence
    assert replay(FreshOutputs(under_test), parse("\n".join(SHORTEST[name]))) is not None


def test_without_a_seed_it_tries_other_programs_each_time_and_in_each_batch_also_in_a_ci(tmp_path, monkeypatch):
    """The tests have the profile that Hypothesis takes in a CI, where nothing is left to chance."""
    monkeypatch.setattr("harness.check.fuzz.search.BATCH", 8)
    seen = []
    for programs in (8, 8, 16):
        search(on("pcm"), programs=programs, journal=tmp_path / "last")
        seen.append((tmp_path / "last").read_text())
    assert len(set(seen)) == 3


def test_a_reset_that_forgets_one_array_is_found():
    found = search(on("planted.faults:ForgetfulReset"), seeded=3, programs=200, seconds=600)
    assert found.program is not None
    assert [step.verb for step in found.program] == ["open", "encode", "reset", "encode"]


@pytest.mark.parametrize(
    ("adapter", "options", "programs"), [("pcm", {}, 100), ("opus", {}, 200), ("mini", {"codebooks": 4}, 15)]
)
def test_a_sound_codec_is_left_in_peace(adapter, options, programs):
    found = search(on(adapter, **options), seeded=3, programs=programs, seconds=600)
    assert found.program is None, text(found.program)
    assert found.programs >= programs


def test_the_next_search_begins_with_the_failure_of_the_last(tmp_path):
    under_test = on("planted.faults:AliasingClone")
    first = search(under_test, database=tmp_path)
    assert first.program is not None
    again = search(under_test, database=tmp_path, programs=1)  # one program is enough if it is the kept one
    assert again.program is not None


def test_a_codec_that_is_not_deterministic_is_refused():
    with pytest.raises(CodecFailed, match="needs a deterministic codec: X deterministic"):
        search(on("planted.faults:Unrepeatable"))


class Rows:
    """Opus, several at a time; if *mixed*, the rows are decoded in one memory."""

    def __init__(self, mixed):
        self.inner, self.mixed = load("opus", {}), mixed
        self.info, self.open = self.inner.info, self.inner.open

    def open_batch(self, rows):
        streams = [self.open() for _ in range(rows)]

        return Batch(streams, [streams[0]] * rows if self.mixed else streams)


class Batch:
    def __init__(self, encoders, decoders):
        self.encoders, self.decoders = encoders, decoders

    def encode(self, pcm):
        return np.stack([stream.encode(row) for stream, row in zip(self.encoders, pcm, strict=True)])

    def decode(self, codes):
        return np.stack([stream.decode(row) for stream, row in zip(self.decoders, codes, strict=True)])


def test_rows_that_know_of_each_other_are_found_and_others_left_in_peace():
    found = search(subject(Rows(mixed=True)), seeded=3, programs=200)
    assert found.program is not None
    assert text(found.program) == "batch 2 main 0:1\n"
    assert found.divergence is not None
    assert "PCM of row 1 of a batch of 2 differs from frame 0 on" in found.divergence
    assert search(subject(Rows(mixed=False)), seeded=3, programs=100).program is None


class Declines(Sound):
    """A sound codec that says that it cannot clone, and that a reset of its encoder does nothing."""

    promises_not: ClassVar = {"clone-continues": "no copies", "reset-encoder": "no reset"}

    def wrap(self, instance):
        return Declining(self, instance)


class Declining(SoundInstance):
    def clone(self):
        raise CodecFailed("no copies")

    def reset(self, side):
        if side is Side.DECODER:
            super().reset(side)


def test_what_a_codec_does_not_promise_is_neither_asked_for_nor_named_as_showing_a_fault():
    under_test = subject(Declines())
    assert search(under_test, seeded=3, programs=200, seconds=600).program is None
    assert topologies_showing(under_test) == []


def test_the_command_shows_saves_and_replays_the_program(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    saved = tmp_path / "shortest.txt"
    found = CliRunner().invoke(command, ["planted.faults:FreshClone", "--save", str(saved), "--seed", "3"])
    assert found.exit_code == 1
    assert 'topology = ["shared", "handover"' in found.output
    assert list(database_folder("planted.faults:FreshClone", {}).iterdir())
    again = CliRunner().invoke(command, ["planted.faults:FreshClone", "--program", str(saved)])
    assert again.exit_code == 1
    assert "differ" in again.output
    sound = CliRunner().invoke(command, ["opus", "--program", str(saved)])
    assert (sound.exit_code, sound.output) == (0, "the program does not diverge\n")


@pytest.mark.parametrize("fault", ["short-flush", "not-reset"])
def test_a_wrong_flush_is_found(fault):
    found = search(on("planted.ends:Late", fault=fault), seeded=3, programs=200)
    assert found.program is not None
    assert (fault == "short-flush") == (found.program[-1].verb == "flush")


def test_who_flushes_rightly_is_left_in_peace():
    assert search(on("planted.ends:Late", hold=2), seeded=3, programs=60, seconds=600).program is None


def test_a_window_is_what_a_fresh_instance_gives_for_it():
    program = parse("windowed main 2:3 past 2\na = open\ndecode a other 1:3\nwindowed other 1:2\nencode a main 0:1")
    assert [step.past for step in program if step.verb == "windowed"] == [2, 0]
    for adapter, options in (("opus", {}), ("mini", {"codebooks": 4}), ("planted.ends:Late", {}), ("pcm", {"hold": 2})):
        assert replay(FreshOutputs(on(adapter, **options)), program) is None
    with pytest.raises(UsageInvalid, match=r"windowed main 1:2 past 2: main 1:2 has 1 frames before it, wanted a past"):
        replay(FreshOutputs(on("opus")), parse("windowed main 1:2 past 2"))


def test_windows_that_remember_earlier_ones_are_found():
    found = search(on("planted.windows:Cached"), seeded=3, programs=200)
    assert found.program is not None
    assert {step.verb for step in found.program} == {"windowed"}
    assert found.divergence is not None
    assert "PCM of a window of " in found.divergence


def test_windows_that_hold_all_that_the_decoder_looks_back_at_are_left_in_peace():
    assert search(on("planted.windows:Echo", past=1), seeded=3, programs=60, seconds=600).program is None
