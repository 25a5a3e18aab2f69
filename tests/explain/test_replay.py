"""A setup is run again, held before any of its calls, and each call is made again as it was."""

import numpy as np
import pytest
from planted.replays import FRAMES, codec, replay

from harness.errors import CodecFailed
from harness.explain.replay import by_frame, first_difference, flushed, parting
from harness.topology.plan import Decode, Encode, Open
from harness.topology.trace import Trace


@pytest.mark.parametrize(
    ("got", "tolerance", "column"),
    [
        ([[1, 2, 3]], 0.0, None),
        ([[1, 2, 4]], 0.0, 2),
        ([[1, 2.5, 4]], 0.5, 2),
        ([[1, 2.5, 3]], 0.5, None),
        ([[1, 2]], 0.0, 2),
        ([[1, 2, 3, 4]], 9.0, 3),
        ([[]], 0.0, 0),
        ([[1, np.nan, 3]], 0.0, 1),
    ],
)
def test_the_first_column_that_differs_or_is_in_one_only(got, tolerance, column):
    assert first_difference(np.array([[1.0, 2.0, 3.0]]), np.array(got), tolerance) == column


def test_a_last_frame_that_is_not_whole_is_filled_with_zeros():
    assert by_frame(np.ones(5, np.float32), 2).tolist() == [[1, 1], [1, 1], [1, 0]]
    assert by_frame(np.ones(4, np.float32), 2).shape == (2, 2)
    assert by_frame(np.zeros(0, np.float32), 2).shape == (0, 2)


def test_traces_part_in_the_first_frame_of_codes_wire_or_sound():
    info = codec("pcm").info
    size = info.frame_size

    def trace(codes=(), arrived=(), samples=()):
        pcm = np.zeros(4 * size, np.float32)
        pcm[list(samples)] = 0.5
        both = np.zeros((2, 2, 4), np.int64)
        both[0][1, list(codes)] = 1
        both[1][1, list(arrived)] = 1
        return Trace(both[0], both[1], pcm, (), ())

    assert parting(trace(), trace(), info, 0.0) is None
    assert parting(trace(), trace(codes=[3], arrived=[2], samples=[size]), info, 0.0) == 1
    assert parting(trace(), trace(codes=[3], arrived=[2], samples=[size]), info, 0.5) == 2
    assert parting(trace(), trace(codes=[3], samples=[4 * size - 1]), info, 0.0) == 3


@pytest.mark.parametrize("topology", ["shared", "chunked-4", "cloned-mid-encode"])
def test_each_call_is_made_again_on_its_instance_as_it_was(topology):
    found = replay(topology, codec("opus"))
    trace = found.run(None)
    for place, step in enumerate(trace.steps):
        if not isinstance(step, Encode | Decode) or step.stream != "main":
            continue
        instance = found.held(place, trace.steps)
        assert instance is not None
        again = found.made(instance, step, trace)
        size = found.info.frame_size
        there = (
            trace.codes[:, step.start : step.stop]
            if isinstance(step, Encode)
            else trace.pcm[step.start * size : step.stop * size]
        )
        assert np.array_equal(again, there)


def test_only_a_call_on_an_instance_is_held():
    found = replay("offline", codec("mini"))
    trace = found.run(None)
    calls = [step for step in trace.steps if isinstance(step, Decode) and step.stream == "main"]
    assert [flushed(call) for call in calls] == [True]
    assert found.held(trace.steps.index(calls[0]), trace.steps) is None
    assert found.held(0, (Open("a"),)) is None
    shared = replay("shared", codec("opus"))
    steps = shared.run(None).steps
    assert not any(flushed(step) for step in steps if isinstance(step, Decode))
    assert len([step for step in steps if isinstance(step, Decode)]) == FRAMES


def test_a_call_that_gives_something_else_when_it_is_made_again_fails():
    found = replay("shared", codec("opus"))
    trace = found.run(None)
    place = next(place for place, step in enumerate(trace.steps) if isinstance(step, Decode))

    class Short:
        def decode(self, codes):
            return np.zeros(codes.shape[1] * 319, np.float32)

    with pytest.raises(CodecFailed, match="the call, made again, returned PCM of shape"):
        found.made(Short(), trace.steps[place], trace)  # type: ignore[arg-type]
