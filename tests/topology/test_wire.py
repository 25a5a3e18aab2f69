from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codecs.protocol import LOST
from harness.errors import CodecFailed
from harness.topology import places
from harness.topology.wire import NOT_SENT, OF_LATENTS, Fault, Wire, arriving, handed, send
from harness.topology.wire_catalogue import WIRES, find

CODES = np.arange(24).reshape(3, 8)  # 3 codebooks, 8 frames, all different


def sent(codes=CODES, **fault):
    return send(Wire(**fault), codes, 32)


def decoded(codes=CODES, **fault):
    (only,) = handed(sent(codes, **fault))
    return only


def columns(codes):
    return [int(value) for value in codes[0]]


def test_single_faults():
    assert columns(sent(fault="drop")) == [0, 1, 2, 3, 5, 6, 7]
    assert columns(sent(fault="duplicate")) == [0, 1, 2, 3, 4, 4, 5, 6, 7]
    assert columns(sent(fault="swap")) == [0, 1, 2, 3, 5, 4, 6, 7]
    assert columns(sent(fault="repeat-previous")) == [0, 1, 2, 3, 3, 5, 6, 7]
    assert columns(sent(fault="lose")) == [0, 1, 2, 3, LOST, 5, 6, 7]


def test_regular_faults():
    assert columns(sent(fault="swap", every=2)) == [1, 0, 3, 2, 5, 4, 7, 6]
    assert columns(sent(fault="drop", every=4)) == [0, 1, 2, 4, 5, 6]
    assert columns(sent(fault="repeat-previous", every=3)) == [0, 1, 1, 3, 4, 4, 6, 7]


def test_bursts_of_faults():
    assert columns(sent(fault="lose", count=3)) == [0, 1, 2, 3, LOST, LOST, LOST, 7]
    assert columns(sent(fault="lose", every=4, count=2)) == [0, 1, 2, LOST, LOST, 5, LOST, LOST]
    assert columns(sent(fault="drop", count=3)) == [0, 1, 2, 3, 7]
    assert columns(sent(fault="repeat-previous", count=3)) == [0, 1, 2, 3, 3, 3, 3, 7]


def test_a_burst_lies_in_the_stream_wherever_it_is_put():
    assert columns(sent(fault="lose", count=3, at=0.99)) == [0, 1, 2, 3, 4, LOST, LOST, LOST]
    assert columns(sent(fault="repeat-previous", count=3, at=0.0)) == [0, 0, 0, 3, 4, 5, 6, 7]
    assert columns(sent(CODES[:, :2], fault="lose", count=5)) == [LOST, LOST]
    assert arriving(Wire(fault="drop", count=5), 3) == 0


def test_codebook_faults():
    assert sent(fault="off-by-one").max() == 24
    assert send(Wire(fault="off-by-one"), np.array([[31]]), 32).item() == 0
    assert np.array_equal(sent(fault="permute", codebooks=(1, 0)), CODES[[1, 0, 2]])
    assert np.array_equal(sent(fault="permute", codebooks=(-1,)), CODES[::-1])
    assert np.array_equal(decoded(fault="keep", count=2), CODES[:2])
    assert not sent(fault="zero", codebooks=(0,))[0].any()
    late = sent(fault="delay", count=2)
    assert np.array_equal(late[0], CODES[0])
    assert list(late[1]) == [0, 0, 8, 9, 10, 11, 12, 13]
    assert sent(fault="transpose").shape == CODES.shape
    assert not np.array_equal(sent(fault="transpose"), CODES)


def test_shifted_codebooks():
    assert rows(sent(fault="delay", count=2)) == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 8, 9, 10, 11, 12, 13],
                                                  [0, 0, 16, 17, 18, 19, 20, 21]]  # fmt: skip
    assert rows(sent(fault="advance"))[1:] == [[*range(9, 16), 0], [*range(17, 24), 0]]
    assert rows(sent(fault="stagger"))[1:] == [[0, *range(8, 15)], [0, 0, *range(16, 22)]]
    assert rows(sent(CODES[:, :2], fault="stagger", count=5))[1:] == [[0, 0], [0, 0]]


def rows(codes):
    return codes.tolist()


@pytest.mark.parametrize("undone", [{"fault": "delay"}, {"fault": "stagger"}])
def test_a_pattern_of_codebooks_that_is_undone_too_little_is_the_fault_of_the_rest(undone):
    """Delayed by three and undone by two is delayed by one, but for what is pushed out at the ends."""
    late = sent(count=3, **undone)
    back = np.stack(
        [np.roll(row, -2 * (book if undone["fault"] == "stagger" else min(book, 1))) for book, row in enumerate(late)]
    )
    assert np.array_equal(back[:, 1:4], sent(count=1, **undone)[:, 1:4])


def test_a_switch_of_codebooks_cuts_a_call_where_their_number_changes():
    arrived = sent(fault="switch-codebooks", count=1)
    assert [part.shape for part in handed(arrived)] == [(3, 4), (1, 4)]
    assert [part.shape for part in handed(arrived[:, 2:6])] == [(3, 2), (1, 2)]
    assert [part.shape for part in handed(arrived[:, 5:6])] == [(1, 1)]
    turns = handed(sent(fault="switch-codebooks", count=2, every=3))
    assert [part.shape for part in turns] == [(3, 3), (2, 3), (3, 2)]
    assert np.array_equal(np.concatenate([part[0] for part in turns]), CODES[0])


def test_a_stall_plays_lost_frames_and_loses_none():
    assert columns(sent(fault="stall", count=2)) == [0, 1, 2, 3, LOST, LOST, 4, 5, 6, 7]
    assert columns(sent(fault="stall", pattern="..xx")) == [0, 1, LOST, LOST, 2, 3, 4, 5, LOST, LOST, 6, 7]


def test_faults_by_pattern_and_by_chance():
    assert columns(sent(fault="lose", pattern="x..")) == [LOST, 1, 2, LOST, 4, 5, LOST, 7]
    assert columns(sent(fault="drop", pattern="...x")) == [0, 1, 2, 4, 5, 6]
    assert columns(sent(fault="repeat-previous", pattern="..xx")) == [0, 1, 1, 1, 4, 5, 5, 5]
    chance = places.chained(8, 0.5, 2.0, (1.0, 0.0), 3)
    assert np.array_equal(
        np.flatnonzero(sent(fault="lose", share=0.5, spell=2.0, seed=3)[0] == LOST),
        [frame for run in chance for frame in run],
    )


APART = ("keep", "switch-codebooks", "zero", "permute", *OF_LATENTS)  # those of latents: test_latents.py
FAULTS = [fault for fault in get_args(Fault) if fault not in APART]
OF_CODES = sorted(name for name, wire in WIRES.items() if wire.fault not in OF_LATENTS)
WHERE = st.one_of(
    st.fixed_dictionaries({"at": st.floats(0, 0.99), "count": st.integers(1, 9)}),
    st.fixed_dictionaries({"every": st.integers(2, 9), "count": st.integers(1, 9)}),
    st.fixed_dictionaries({"pattern": st.text(".x", max_size=8)}),
    st.fixed_dictionaries(
        {"share": st.floats(0, 0.9), "spell": st.none() | st.floats(1, 9), "seed": st.integers(0, 99)},
        optional={"hit_inside": st.floats(0, 1), "hit_outside": st.floats(0, 1)},
    ),
    st.fixed_dictionaries({"jitter": st.floats(0.01, 9), "wait": st.floats(0, 9), "seed": st.integers(0, 99)}),
)


@given(fault=st.sampled_from(FAULTS), where=WHERE, frames=st.integers(1, 40), codebooks=st.integers(1, 4))
def test_whatever_is_said_of_where_the_length_is_told_and_codes_stay_in_range(fault, where, frames, codebooks):
    wire = Wire(fault=fault, **where)
    codes = np.random.default_rng(frames).integers(0, 32, (codebooks, frames))
    arrived = send(wire, codes, 32)
    assert arrived.shape == (codebooks, arriving(wire, frames))
    assert arrived.size == 0 or LOST <= arrived.min() <= arrived.max() < 32
    assert np.array_equal(arrived, send(wire, codes, 32))
    assert Wire.model_validate(wire.model_dump()) == wire


@given(fault=st.sampled_from(FAULTS[1:7]), frames=st.integers(1, 40), seed=st.integers(0, 9))
def test_a_wire_that_is_never_bad_changes_nothing(fault, frames, seed):
    codes = np.arange(2 * frames).reshape(2, frames)
    for where in ({"share": 0.0, "seed": seed}, {"jitter": 0.01, "wait": 9.0, "seed": seed}, {"pattern": "." * 5}):
        assert np.array_equal(send(Wire(fault=fault, **where), codes, 99), codes)


@given(count=st.integers(1, 5), at=st.floats(0, 0.99), every=st.none() | st.integers(2, 9), frames=st.integers(1, 30))
def test_all_codebooks_are_all_codebooks_however_often_they_are_switched(count, at, every, frames):
    codes = np.arange(count * frames).reshape(count, frames)
    wire = Wire(fault="switch-codebooks", count=count, at=at, every=every)
    assert np.array_equal(send(wire, codes, 999), codes)
    (only,) = handed(send(wire, codes, 999))
    assert np.array_equal(only, codes)


@given(name=st.sampled_from(OF_CODES), frames=st.integers(1, 30), codebooks=st.integers(4, 6))
def test_every_wire_says_how_many_frames_arrive_and_leaves_its_input_alone(name, frames, codebooks):
    codes = np.random.default_rng(frames).integers(0, 32, (codebooks, frames))
    kept = codes.copy()
    arrived = send(find(name), codes, 32)
    assert arrived.shape[1] == arriving(find(name), frames)
    assert np.array_equal(codes, kept)
    assert arrived.min(initial=0) >= NOT_SENT
    assert all(part.min() >= LOST for part in handed(arrived) if part.size)
    assert arrived.max(initial=0) < 32


def test_faults_that_cannot_be_made():
    with pytest.raises(CodecFailed, match=r"names codebooks \(7,\), but there are 3"):
        sent(fault="zero", codebooks=(7,))
    with pytest.raises(CodecFailed, match="keeps 4 codebooks, but there are 3"):
        sent(fault="keep", count=4)
    with pytest.raises(CodecFailed, match="keeps 4 codebooks, but there are 3"):
        sent(fault="switch-codebooks", count=4)
    with pytest.raises(CodecFailed, match="no order of the first codebooks"):
        sent(fault="permute", codebooks=(1, 2))
