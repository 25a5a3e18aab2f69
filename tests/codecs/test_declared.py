"""What a codec declares is taken up to the limit of each field, made plain, and refused beyond with what was wanted."""

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.codecs.declared import BOOKS, CODES, FILES, RULES, SECONDS, declared
from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import CodecInfo
from harness.errors import CodecUnavailable

INFO = replace(PcmCodec().info, codebooks=8, bins=16)
LATENTS: dict[str, Any] = {"latent_tolerance": 0.5, "bins": 0}


def of(**changes: Any) -> CodecInfo:
    return declared(SimpleNamespace(info=replace(INFO, **changes)), "it")


def test_each_field_has_a_rule_and_what_is_right_comes_back_as_it_was() -> None:
    assert set(RULES) == {field.name for field in fields(CodecInfo)}
    assert of() == INFO
    assert of(**LATENTS).continuous


@pytest.mark.parametrize(
    ("inside", "outside", "wanted"),
    [
        ({"sample_rate": 1_000}, {"sample_rate": 999}, "999, wanted a whole number of Hz from 1000 to 768000"),
        ({"sample_rate": 768_000}, {"sample_rate": 768_001}, "768001, wanted a whole number of Hz"),
        ({"frame_size": SECONDS * 16_000}, {"frame_size": SECONDS * 16_000 + 1}, "960001, wanted samples of no more"),
        ({"delay": SECONDS * 16_000}, {"delay": SECONDS * 16_000 + 1}, "960001, wanted samples of no more than 60 s"),
        ({"start_up": SECONDS * 16_000}, {"start_up": SECONDS * 16_000 + 1}, "960001, wanted samples of no more"),
        (
            {"frame_size": 10, "codebooks": BOOKS + CODES * 10},
            {"frame_size": 10, "codebooks": BOOKS + CODES * 10 + 1},
            "145, wanted no more than 8 codes a sample, and 64",
        ),
        ({"bins": 1}, {"bins": 0}, "0, wanted 1 or more"),
        (LATENTS, LATENTS | {"bins": 1}, "1, wanted 0, since latent_tolerance says that codes are latents"),
        ({"tolerance": 0.1}, {"tolerance": 0.1001}, "0.1001, wanted a difference of samples that rounding explains"),
        ({"context": 0}, {"context": -1}, "-1, wanted a whole number of frames from 0 on, or None"),
        ({"gain_db": -200.0}, {"gain_db": -200.1}, "-200.1, wanted a level in dB, or None"),
        ({"name": "n" * 200}, {"name": ""}, "'', wanted a name of 1 to 200 characters"),
        ({"fingerprint": "f" * 10_000}, {"fingerprint": ""}, "'', wanted a text of 1 to 10000 characters"),
        ({"loaded": {"w": "0" * 64}}, {"loaded": {"w": "0" * 63}}, "wanted the names of no more than 1000 files"),
    ],
)
def test_a_limit_belongs_to_what_is_taken(inside: dict[str, Any], outside: dict[str, Any], wanted: str) -> None:
    assert of(**inside) == replace(INFO, **inside)
    field = list(outside)[-1]
    with pytest.raises(CodecUnavailable) as caught:
        of(**outside)
    assert str(caught.value).startswith(f"it: info.{field} is ")
    assert wanted in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"frame_size": True}, {"frame_size": 320.0}, {"delay": "0"}, {"stateful": 1}, {"encodes": None},
        {"tolerance": float("nan")}, {"tolerance": False}, {"name": b"pcm"}, {"name": "\ud800"}, {"context": 1.5},
        {"loaded": [("w", "0" * 64)]}, {"loaded": dict.fromkeys(map(str, range(FILES + 1)), "0" * 64)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_another_type_is_refused_though_python_would_take_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(CodecUnavailable, match=f"^it: info.{next(iter(wrong))} is .*, wanted "):
        of(**wrong)


def test_numbers_of_numpy_and_texts_become_plain() -> None:
    info = of(delay=np.int32(3), stateful=np.True_, tolerance=np.float32(0.0), name="a\x1b[2J")
    assert (type(info.delay), type(info.stateful), type(info.tolerance)) == (int, bool, float)
    assert info.name.isprintable()


def test_a_value_that_cannot_be_shown_is_named_all_the_same() -> None:
    class Rude(int):
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(CodecUnavailable, match=r"frame_size is a value whose repr\(\) raises RuntimeError, wanted"):
        of(frame_size=Rude(0))
