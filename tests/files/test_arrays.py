"""Arrays of others are numbers in whole .npy files, or refused in one line; nothing is unpickled."""

import numpy as np
import pytest

from harness.errors import SpeechInvalid
from harness.files.arrays import read_array

GOOD = np.arange(12, dtype=np.int16).reshape(3, 4)


def saved(tmp_path, array, change=lambda data: data):
    path = tmp_path / "a.npy"
    np.save(path, array, allow_pickle=True)
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize("array", [GOOD, GOOD.T, GOOD.astype(">i4"), GOOD.astype(np.float32), GOOD[:0]])
def test_numbers_come_back_as_they_were(tmp_path, array):
    path = saved(tmp_path, array)
    read, data = read_array(path, SpeechInvalid, wanted="codes")
    assert np.array_equal(read, array)
    assert read.dtype.isnative
    assert data == path.read_bytes()


@pytest.mark.parametrize(
    ("array", "change", "said"),
    [
        (np.array([{}], dtype=object), lambda data: data, "an array of object"),
        (GOOD > 3, lambda data: data, "an array of bool"),
        (np.array(["a"]), lambda data: data, "an array of <U1"),
        (GOOD, lambda data: data[:-1], "cut off or damaged"),
        (GOOD, lambda data: data + b"x", "cut off or damaged"),
        (GOOD, lambda data: data[:20], r"not a \.npy file"),
        (GOOD, lambda data: data[:0] + b"hello", r"not a \.npy file"),
        (GOOD, lambda data: data[:0], r"not a \.npy file"),
        (GOOD, lambda data: data.replace(b"(3, 4)", b"(9**9)"), r"not a \.npy file"),
        (GOOD, lambda data: data.replace(b"(3, 4)", b"(9, 9)"), "cut off or damaged"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(tmp_path, array, change, said):
    with pytest.raises(SpeechInvalid, match=said) as refused:
        read_array(saved(tmp_path, array, change), SpeechInvalid, wanted="codes")
    assert "a.npy: " in str(refused.value)
    assert "wanted codes" in str(refused.value)
