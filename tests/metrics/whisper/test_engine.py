"""Which engine a model is of is what stands before the colon."""

import numpy as np
import pytest

from harness.metrics.whisper.engine import HeardClip, compute_type


@pytest.mark.parametrize(
    ("model", "computes"),
    [
        ("ct2:tiny.en", "int8"), ("ct2-float32:tiny.en", "float32"), ("ct2:", "int8"), ("tiny.en", None),
        ("ct2", None), ("other:tiny.en", None), (":tiny.en", None), ("CT2:tiny.en", None), ("", None),
    ],
)  # fmt: skip
def test_what_computes_is_told_by_what_stands_before_the_colon(model: str, computes: str | None) -> None:
    assert compute_type(model) == computes


def test_a_clip_is_as_long_as_its_samples() -> None:
    assert HeardClip(np.zeros(8_000, np.float32), [], 1).seconds == 0.5
