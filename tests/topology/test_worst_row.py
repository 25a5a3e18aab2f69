"""Of several streams the one that is furthest from itself alone is judged, with our speech in it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from harness.audio.waveform import Samples
from harness.codecs.loading import load
from harness.errors import CodecFailed
from harness.topology.batch_row import Beside
from harness.topology.catalogue import find
from harness.topology.model import Sessions, Slots, Topology
from harness.topology.trace import Trace
from harness.topology.worst_row import TRIES, worst_row

INFO = replace(load("pcm", {}).info, tolerance=1e-3)
FRAMES = 4
HUM: Samples = np.sin(np.arange(FRAMES * INFO.frame_size) / 9).astype(np.float32)
CODES = np.zeros((INFO.codebooks, FRAMES), np.int64)
BATCH = find("batched-3").topology


class Served:
    """Streams whose output is *off* by so much of their input: in the rows named, with whichever speech or not ours."""

    def __init__(self, off: Mapping[int, float], rows: int = 3, spares_ours: int = 0, frames: int = FRAMES) -> None:
        self.off, self.rows, self.spares_ours, self.frames = off, rows, spares_ours, frames
        self.asked: list[int | None] = []

    def run(self, place: int | None) -> Trace:
        """Return our stream in *place*, and the others beside it."""
        ours = self.rows - 1 if place is None else place
        spared = place is not None and len(self.asked) <= self.spares_ours
        self.asked.append(place)
        beside = [Beside(row, row, self.speech(row), CODES, self.given(row)) for row in range(self.rows) if row != ours]
        pcm = HUM if spared else self.out(HUM, ours)
        codes = CODES[:, : self.frames]
        return Trace(codes, codes, pcm, (), (), beside=tuple(beside), place=ours, row=ours)

    def speech(self, row: int) -> Samples:
        return np.roll(HUM, row + 1)

    def out(self, pcm: Samples, row: int) -> Samples:
        return pcm * np.float32(1 + self.off.get(row, 0.0))

    def given(self, row: int) -> Samples:
        return self.out(self.speech(row), row)

    def alone(self, pcm: Samples | None) -> Trace:
        codes = CODES[:, : self.frames]
        return Trace(codes, codes, HUM if pcm is None else pcm, (), ())

    def worst(self, topology: Topology = BATCH, ties: tuple[int, ...] = ()) -> Trace:
        def tie(spoken: Samples | None, *_: object) -> bool:
            row = (
                self.rows - 1
                if spoken is None
                else next(row for row in range(self.rows) if np.array_equal(spoken, self.speech(row)))
            )
            return row in ties

        return worst_row(self.run, self.alone, tie, topology, INFO)


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ({}, ""),
        ({2: 0.1}, "row 2 of rows 0 to 2 differs from the same stream alone (rows 0, 1 not)"),
        ({0: 0.1}, "row 0 of rows 0 to 2 differs from the same stream alone (rows 1, 2 not)"),
        ({0: 0.1, 1: 0.2}, "row 1 of rows 0 to 2 differs from the same stream alone (row 0 too)"),
        ({0: 0.2, 1: 0.1, 2: 0.3}, "row 2 of rows 0 to 2 differs from the same stream alone (rows 0, 1 too)"),
        ({0: -1.0, 1: 0.1}, "row 0 of rows 0 to 2 differs from the same stream alone (row 1 too)"),  # it is silent
    ],
)
def test_the_furthest_is_named_and_told_from_the_others(off: dict[int, float], said: str) -> None:
    served = Served(off)
    found = served.worst()
    assert found.said == said
    worst = max(off, key=lambda row: abs(off[row]), default=2)
    assert found.row == worst
    np.testing.assert_array_equal(found.pcm, served.out(HUM, worst))
    assert served.asked == ([None] if worst == 2 else [None, worst])  # ours is in the last one already


def test_what_differs_in_ties_only_is_told_as_rounding_and_another_row_is_judged() -> None:
    assert Served({0: 0.1, 1: 0.3}).worst(ties=(0, 1)).said == (
        "rows 0, 1 of 3 differ from the same stream alone by rounding"
    )
    found = Served({0: 0.1, 1: 0.3}).worst(ties=(1,))
    assert found.said == "row 0 of rows 0 to 2 differs from the same stream alone (rows 1, 2 not)"


def test_what_is_within_the_tolerance_is_told_as_rounding_and_not_judged() -> None:
    found = Served({0: 1e-4, 2: 1e-4}).worst()
    assert found.said == "rows 0, 2 of 3 differ from the same stream alone by rounding"
    assert found.row == 2


def test_a_row_that_spares_our_speech_is_no_pass() -> None:
    served = Served({0: 0.1}, spares_ours=1)
    with pytest.raises(CodecFailed, match=r"^row 0 of .*, with other speech in it; with ours it does not$"):
        served.worst()
    assert served.asked == [None, 0]


@pytest.mark.parametrize("spares", [1, TRIES - 1, TRIES])
def test_sessions_do_not_meet_twice_in_the_same_way_and_are_tried_again(spares: int) -> None:
    topology = Topology(sessions=Sessions(count=3))
    served = Served({0: 0.1}, spares_ours=spares)
    if spares < TRIES:
        assert served.worst(topology).said.startswith("session 0 of sessions 0 to 2 differs")
        assert served.asked == [None, *[0] * (spares + 1)]
    else:
        with pytest.raises(CodecFailed, match=r"^session 0 of sessions 0 to 2 .* with ours it does not"):
            served.worst(topology)
        assert served.asked == [None, *[0] * TRIES]


def test_ours_is_not_put_where_a_stream_leaves_early() -> None:
    topology = Topology(slots=Slots(rows=3, event="ragged"))
    with pytest.raises(CodecFailed, match=r"^row 0 of rows 0 to 2 differs .*, and ours cannot be in its place$"):
        Served({0: 0.1}).worst(topology)
    assert Served({2: 0.1}).worst(topology).row == 2
    assert Served({0: 0.1}).worst(Topology(slots=Slots(rows=3))).row == 0


def test_a_trace_that_does_not_say_which_is_ours_is_a_fault_of_the_caller() -> None:
    served = Served({})
    with pytest.raises(ValueError, match="the trace of several streams tells which is ours"):
        worst_row(lambda _: served.alone(None), served.alone, lambda *_: False, BATCH, INFO)
