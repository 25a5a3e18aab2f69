"""The reader of CTranslate2's weight files, on files written here byte by byte."""

import struct
from pathlib import Path

import numpy as np
import pytest

from harness.errors import WeightsInvalid
from harness.metrics.whisper.model_bin import read_variables

CODES = {"<f4": 0, "<i1": 1, "<i2": 2, "<f2": 4}


def _name(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _variable(name: str, array: np.ndarray, code: int | None = None) -> bytes:
    head = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
    code = CODES[array.dtype.str.replace("|", "<")] if code is None else code
    return _name(name) + head + struct.pack("<BI", code, array.nbytes) + array.tobytes()


def _file(*variables: bytes, aliases: tuple[tuple[str, str], ...] = (), version: int = 6) -> bytes:
    head = struct.pack("<I", version) + _name("WhisperSpec") + struct.pack("<II", 3, len(variables))
    tail = struct.pack("<I", len(aliases)) + b"".join(_name(a) + _name(b) for a, b in aliases)
    return head + b"".join(variables) + tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.bin"


@pytest.mark.parametrize("kind", ["<f2", "<f4"])
def test_reads_both_floats_scalars_and_aliases(path: Path, kind: str) -> None:
    weight = np.arange(6).reshape(2, 3).astype(kind)
    heads = np.array(6, "<i2")
    path.write_bytes(_file(_variable("a/weight", weight), _variable("heads", heads), aliases=(("b", "a/weight"),)))
    found = read_variables(path)
    assert found.spec == "WhisperSpec"
    np.testing.assert_array_equal(found["a/weight"], weight)
    assert found["a/weight"].dtype == np.dtype(kind)
    assert int(found["heads"]) == 6
    assert found.aliases == {"b": "a/weight"}
    with pytest.raises(WeightsInvalid, match="no variable 'c'"):
        found["c"]


@pytest.mark.parametrize(("code", "held"), [(1, "int8"), (2, "int16"), (5, "bfloat16"), (9, "type 9")])
def test_refuses_quantised_weights(path: Path, code: int, held: str) -> None:
    path.write_bytes(_file(_variable("a/weight", np.zeros((2, 2), "<f2"), code=code)))
    with pytest.raises(WeightsInvalid, match=f"a/weight is {held}; wanted a float16 or float32"):
        read_variables(path)


def test_every_truncation_is_one_clear_error(path: Path) -> None:
    whole = _file(_variable("a/weight", np.ones((2, 3), "<f4")), aliases=(("b", "a/weight"),))
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(WeightsInvalid, match="truncated or damaged"):
            read_variables(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (_file(version=5), "binary version 5, wanted 6"),
        (_file() + b"xx", "2 bytes left over"),
        (_file(_variable("a", np.ones(3, "<f4")).replace(struct.pack("<I", 12), struct.pack("<I", 8))), "damaged"),
    ],
)
def test_refuses_other_versions_and_damage(path: Path, content: bytes, match: str) -> None:
    path.write_bytes(content)
    with pytest.raises(WeightsInvalid, match=match):
        read_variables(path)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="cannot be read"):
        read_variables(tmp_path / "absent.bin")
