"""An instance with a history gives what a fresh one gives that was given the same, whatever else was done with it."""

import functools

import pytest

from harness.check.fuzz.program import Piece, ProgramLine, parse, text
from harness.check.fuzz.world import Diverged, FreshOutputs, World, replay
from harness.check.subject import Subject, subject
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid


@functools.cache
def on(adapter: str, **options: object) -> Subject:
    return subject(load(adapter, options))


def told(adapter: str, *lines: str, **options: object) -> str | None:
    return replay(FreshOutputs(on(adapter, **options)), parse("\n".join(lines)))


NAN = "a = open\nencode a main 0:1\npoison a\nreset a encoder\nencode a main 0:1"


def test_the_nan_that_survives_the_reset_of_moshi_is_seen_and_nan_is_not_part_of_a_search_unasked():
    told = replay(FreshOutputs(on("mini", codebooks=4)), parse(NAN))
    assert told is not None
    assert "codes of instance a differ from frame 0 on" in told
    assert replay(FreshOutputs(on("opus")), parse(NAN)) is None


def test_a_program_that_makes_no_sense_is_refused():
    with pytest.raises(UsageInvalid, match="no instance 'b'"):
        World(FreshOutputs(on("opus"))).apply(ProgramLine("encode", "b", piece=Piece("main", 0, 1)))
    with pytest.raises(UsageInvalid, match="no snapshot 's1'"):
        replay(FreshOutputs(on("opus")), parse("a = open\nrestore a s1"))
    with pytest.raises(UsageInvalid, match="uses a batch, but this codec has none"):
        replay(FreshOutputs(on("opus")), parse("batch main 0:1"))


def test_a_flush_gives_what_a_fresh_instance_with_that_past_gives():
    program = parse(
        "a = open\ndecode a main 0:2\nb = clone a\nflush a\ndecode b main 2:3\nreset a both\nflush b\nflush a"
    )
    assert parse(text(program)) == program
    assert replay(FreshOutputs(on("planted.ends:Late")), program) is None
    with pytest.raises(UsageInvalid, match="instances of this codec have no flush"):
        replay(FreshOutputs(on("opus")), program)


@pytest.mark.parametrize(
    ("fault", "lines", "last"),
    [
        ("AliasingClone", ["b = clone a", "encode a main 0:1"], "encode b main 0:1: codes of instance b differ"),
        ("FreshClone", ["decode a main 0:1", "b = clone a"], "decode b main 0:1: PCM of instance b differs"),
        ("ResetsBothSides", ["decode a main 0:1", "reset a encoder"], "decode a main 0:1: PCM of instance a differs"),
        ("ResetForgetsDecoder", ["decode a main 0:1", "reset a decoder"], "decode a main 0:1: PCM of instance a"),
        ("EncodingDisturbsDecoding", ["decode a main 0:1", "encode a main 0:1"], "decode a main 0:1: PCM of"),
    ],
)
def test_what_gives_otherwise_is_told_with_the_step_that_shows_it(fault, lines, last):
    steps = ["a = open", *lines, last.partition(":1: ")[0] + ":1"]
    found = told(f"planted.faults:{fault}", *steps)
    assert found is not None
    assert found.startswith(last)
    assert "a fresh instance that was given the same" in found
    assert told("opus", *steps) is None


def test_what_an_instance_was_given_before_is_told_in_order():
    lines = ["a = open", "decode a main 0:2", "decode a other 0:1", "encode a main 0:1", "decode a main 2:3"]
    found = told("planted.faults:EncodingDisturbsDecoding", *lines)
    assert found is not None
    assert "the same (main 0:2, other 0:1) gives otherwise" in found
    assert "frame 0 on" in found  # of the call


def test_a_snapshot_takes_the_history_with_it_into_any_instance():
    lines = ["a = open", "decode a main 0:2", "s = snapshot a", "b = open", "decode b other 0:3", "restore b s"]
    assert told("opus", *lines, "decode b main 2:3", "restore b s", "decode b main 2:3") is None
    with pytest.raises(UsageInvalid, match="instances of this codec have none"):
        told("planted.faults:Sound", *lines)


def test_a_codec_that_fails_diverges_at_that_step():
    found = told("planted.faults:RaisesHalfWay", "a = open", "decode a main 0:9", "decode a main 9:10")
    assert found is not None
    assert found.startswith("decode a main 9:10: decode of frames 9 to 9 raised RuntimeError: planted")


def test_a_world_has_what_was_done_and_goes_on_to_the_first_wrong_output():
    world = World(FreshOutputs(on("planted.faults:AliasingClone")))
    steps = parse("a = open\nb = clone a\nencode a main 0:1\nencode b main 0:1\nencode b main 1:2")
    for step in steps[:3]:
        world.apply(step)
    with pytest.raises(Diverged, match="codes of instance b"):
        world.apply(steps[3])
    assert world.done == list(steps[:4])


def test_outputs_of_fresh_instances_are_made_once_for_all_histories_that_begin_alike():
    oracle = FreshOutputs(on("opus"))
    first, second = Piece("main", 0, 1), Piece("main", 1, 2)
    longer = oracle(Side.DECODER, (first, second))
    assert oracle.calls == 2
    assert len(oracle(Side.DECODER, (first,))) == len(longer)
    assert oracle(Side.DECODER, (first, second)) is longer
    assert oracle.calls == 2
    oracle(Side.ENCODER, (first,))
    assert oracle.calls == 3


@pytest.mark.parametrize("line", ["r = join", "leave a", "encode a main 0:1, b main 0:1", "r = fork a"])
def test_streams_in_slots_need_slots(line):
    with pytest.raises(UsageInvalid, match="no slots, or no such stream in them"):
        told("opus", "a = open", line)
