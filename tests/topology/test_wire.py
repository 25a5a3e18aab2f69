import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import CodecFailed, SuiteInvalid
from harness.topology.wire import LOST, WIRES, Wire, arriving, find, send

CODES = np.arange(24).reshape(3, 8)  # 3 codebooks, 8 frames, all different


def sent(codes=CODES, **fault):
    return send(Wire(**fault), codes, 32)


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
    assert np.array_equal(sent(fault="keep", count=2), CODES[:2])
    assert not sent(fault="zero", codebooks=(0,))[0].any()
    late = sent(fault="delay", count=2)
    assert np.array_equal(late[0], CODES[0])
    assert list(late[1]) == [0, 0, 8, 9, 10, 11, 12, 13]
    assert sent(fault="transpose").shape == CODES.shape
    assert not np.array_equal(sent(fault="transpose"), CODES)


@given(name=st.sampled_from(sorted(WIRES)), frames=st.integers(1, 30), codebooks=st.integers(2, 5))
def test_every_wire_says_how_many_frames_arrive_and_leaves_its_input_alone(name, frames, codebooks):
    codes = np.random.default_rng(frames).integers(0, 32, (codebooks, frames))
    kept = codes.copy()
    arrived = send(find(name), codes, 32)
    assert arrived.shape[1] == arriving(find(name), frames)
    assert np.array_equal(codes, kept)
    assert arrived.min(initial=0) >= LOST
    assert arrived.max(initial=0) < 32


def test_faults_that_cannot_be_made():
    with pytest.raises(CodecFailed, match=r"names codebooks \(7,\), but there are 3"):
        sent(fault="zero", codebooks=(7,))
    with pytest.raises(CodecFailed, match="keeps 4 codebooks, but there are 3"):
        sent(fault="keep", count=4)
    with pytest.raises(CodecFailed, match="no order of the first codebooks"):
        sent(fault="permute", codebooks=(1, 2))
    with pytest.raises(SuiteInvalid, match="wire 'cut' is unknown; wanted one of drop-frame"):
        find("cut")
