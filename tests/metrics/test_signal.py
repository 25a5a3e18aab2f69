import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.waveform import Waveform
from harness.errors import MetricUndefined
from harness.metrics.alignment import AlignedPair
from harness.metrics.signal import si_sdr_db


def pair(reference, degraded) -> AlignedPair:
    return AlignedPair(*(Waveform(np.asarray(side, dtype=np.float32), 16_000) for side in (reference, degraded)))


def test_worked_by_hand() -> None:
    # The projection of (1, 1) on (1, 0) is (1, 0); what is left, (0, 1), has the same energy: 0 dB.
    assert si_sdr_db(pair([1, 0], [1, 1])) == pytest.approx(0.0)
    assert si_sdr_db(pair([1, 0], [1, 0.1])) == pytest.approx(20.0, abs=1e-5)


@given(gain=st.floats(0.01, 4), flip=st.sampled_from([1, -1]), level=st.floats(-20, 40))
def test_gain_and_polarity_do_not_change_it(gain, flip, level) -> None:
    rng = np.random.default_rng(3)
    x, noise = rng.standard_normal((2, 4000)) * 0.1
    noise -= np.dot(noise, x) / np.dot(x, x) * x
    y = x + noise * np.linalg.norm(x) / np.linalg.norm(noise) * 10 ** (-level / 20)
    assert si_sdr_db(pair(x, flip * gain * y)) == pytest.approx(level, abs=1e-2)


@pytest.mark.parametrize(
    ("reference", "degraded", "reason"),
    [
        ([1, 2], [1, 2], "infinite"),
        ([1, 2], [-0.5, -1], "infinite"),
        ([1, 0], [0, 1], "minus infinite"),
        ([1, 2], [0, 0], "the output is silent"),
        ([0, 0], [1, 2], "the reference is silent"),
        ([1, 2], [np.nan, 2], "the output contains NaN"),
    ],
)
def test_no_value_is_a_reason(reference, degraded, reason) -> None:
    with pytest.raises(MetricUndefined, match=reason):
        si_sdr_db(pair(reference, degraded))
