"""Where two runs part, which calls those are, and which samples of a call are held against a run."""

from dataclasses import replace

import numpy as np
import pytest
from planted.replays import codec, replay

from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Side
from harness.errors import CodecFailed
from harness.explain.parted import Parted, begins, first_sample, giving, made_again
from harness.topology.plan import Decode, Encode, Open
from harness.topology.trace import Trace
from harness.topology.windows import Window, WindowPiece

SIZE = 4
INFO = replace(PcmCodec().info, frame_size=SIZE)
LATE = replace(INFO, start_up=SIZE)
CALLS = tuple(Decode("a", "main", start, start + 2) for start in (0, 2, 4))


def traced(samples=None, codes=None, pieces=(), steps=()):
    pcm = np.zeros(6 * SIZE, np.float32) if samples is None else np.array(samples, np.float32)
    given = np.zeros((2, 6), np.int64) if codes is None else codes
    return Trace(given, given, pcm, (), tuple(steps), pieces=tuple(pieces))


@pytest.mark.parametrize(("at", "tolerance", "sample"), [(9, 0.0, 9), (11, 0.0, 11), (8, 0.25, 8), (9, 0.25, 9)])
def test_the_first_sample_of_a_frame_that_differs(at, tolerance, sample):
    other = traced()
    other.pcm[at:] = 0.5
    assert first_sample(traced(), other, 2, INFO, tolerance) == sample
    assert first_sample(traced(), other, 2, INFO, 0.5) == 8  # none does: that of the frame


def test_samples_of_a_call_begin_behind_those_of_the_calls_before_it():
    pieces = [WindowPiece(0, 2, 5), WindowPiece(2, 4, 9), WindowPiece(4, 6, 8)]
    found = traced(pieces=pieces)
    assert [begins(call, found, INFO) for call in CALLS] == [0, 5, 14]
    assert begins(Decode("a", "main", 3, 4), found, INFO) == 5 + SIZE  # inside a piece: by whole frames
    assert [begins(call, found, LATE) for call in CALLS] == [-4, 1, 10]  # of the start-up in part
    for flushed in (Decode(None, "main", 2, 4), Decode("a", "main", 2, 4, Window(0, 4))):
        assert begins(flushed, found, LATE) == 5


def test_a_sample_is_given_by_the_call_whose_piece_it_is_in():
    pieces = [WindowPiece(0, 2, 8), WindowPiece(2, 4, 8), WindowPiece(4, 6, 8)]
    found = traced(pieces=pieces, steps=(Open("a"), *CALLS))
    assert [giving(found, sample, INFO) for sample in (0, 7, 8, 23, 24)] == [1, 1, 2, 3, None]
    assert [giving(found, sample, LATE) for sample in (0, 3, 4, 19, 20)] == [1, 1, 2, 3, None]  # the rest is flushed
    alone = traced(pieces=pieces, steps=[Decode(None, "main", 0, 2), Decode(None, "main", 2, 4)])
    assert [giving(alone, sample, LATE) for sample in (7, 8)] == [0, 1]
    assert giving(traced(steps=CALLS), 0, INFO) is None


def parted(frame, side=Side.DECODER, reference=None, suspect=None, tolerances=(0.0, 0.0), places=(1, 1)):
    one = replay("shared", codec("pcm"))
    first, second = (replace(one, name=name, info=replace(INFO, tolerance=allowed)) for name, allowed in
                     zip(("reference", "suspect"), tolerances, strict=True))  # fmt: skip
    expected, got = reference or traced(), suspect or traced()
    return Parted(first, second, expected, got, (None, None), side, frame, *places)


def test_the_suspect_stands_first_in_runs_and_the_reference_in_calls():
    expected = traced(steps=(Open("a"), *CALLS))
    got = traced(steps=(Open("a"), Encode("a", "main", 0, 1)))
    found = parted(0, reference=expected, suspect=got, places=(2, 1))
    assert [(run.name, place) for run, _, place in found.runs] == [("suspect", 1), ("reference", 2)]
    assert found.calls == (CALLS[1], got.steps[1])
    with pytest.raises(ValueError, match=r"got Open\(.* and .*, wanted calls that encode or decode"):
        _ = parted(0, reference=expected, suspect=got, places=(0, 1)).calls


def test_what_rounding_explains_is_the_larger_of_both_tolerances():
    other = traced()
    other.pcm[5] = 0.25
    for tolerances, frame in (((0.25, 0.0), None), ((0.0, 0.25), None), ((0.125, 0.2), 1)):
        assert parted(1, tolerances=tolerances).tolerance == max(tolerances)
        assert parted(1, tolerances=tolerances).parts(traced(), other) == frame


def test_codes_of_a_call_are_held_against_the_frame_alone():
    found, call = parted(3, Side.ENCODER), Encode("a", "main", 2, 5)
    run = traced(codes=np.arange(12).reshape(2, 6))
    again = run.codes[:, 2:5].copy()
    assert found.same(found.suspect, again, run, call)
    again[0, 0] += 1  # of frame 2
    again[0, 2] += 1  # of frame 4
    assert found.same(found.suspect, again, run, call)
    again[1, 1] += 1
    assert not found.same(found.suspect, again, run, call)


def test_samples_of_a_call_are_held_against_the_frame_in_which_the_runs_part():
    pieces, other = [WindowPiece(0, 2, 8), WindowPiece(2, 4, 8)], traced()
    other.pcm[13] = 1.0
    found = parted(3, suspect=other)
    run, call = replace(other, pieces=tuple(pieces)), Decode("a", "main", 2, 4)
    again = other.pcm[8:16].copy()
    assert found.same(found.suspect, again, run, call)
    again[3] = 0.5  # of frame 2
    assert found.same(found.suspect, again, run, call)
    again[5] = 0.0
    assert not found.same(found.suspect, again, run, call)


def test_a_call_that_raises_when_it_is_made_again_is_a_failure_of_the_codec():
    found = replay("shared", codec("pcm"))
    trace = found.run(None)
    at = next(place for place, step in enumerate(trace.steps) if isinstance(step, Decode))

    class Raising:
        def decode(self, _codes):
            raise RuntimeError("gone")

    call = trace.steps[at]
    assert isinstance(call, Decode)
    with pytest.raises(CodecFailed, match=r"the call, made again.*gone"):
        made_again(found, Raising(), call, trace)  # type: ignore[arg-type]
    held = found.held(at, trace.steps)
    assert held is not None
    assert np.array_equal(made_again(found, held, call, trace), trace.pcm[: found.info.frame_size])
