"""What is measured of a decoded waveform is complete whatever comes out, and what has no value says why."""

import numpy as np
import numpy.typing as npt
import pytest

from harness.audio.waveform import Waveform
from harness.metrics.catalogue import METRICS
from harness.metrics.waveform import waveform_measurements
from harness.record import Measurements

RATE = 16_000
DELAY = 160


def of(speech: Waveform, samples: npt.ArrayLike, declared: int = 0) -> Measurements:
    alignment, found = waveform_measurements(speech, Waveform(np.asarray(samples, np.float32), RATE), declared)
    assert alignment.measurements.items() <= found.items()
    return found


@pytest.fixture(scope="module")
def whole(speech: Waveform) -> Measurements:
    return of(speech, speech.samples)


def test_of_what_comes_out_as_it_went_in_nothing_is_wrong(whole: Measurements) -> None:
    expected = {"delay_ms": 0.0, "gain_db": 0.0, "polarity": 1.0, "length_change_samples": 0.0, "dropout_ms": 0.0,
                "replaced_ms": 0.0, "clipped_ms": 0.0, "delay_jump_ms": 0.0}  # fmt: skip
    for name, value in expected.items():
        assert whole[name].value == pytest.approx(value, abs=0.02), name


ODD = {
    "silence": lambda x: np.zeros_like(x),
    "nothing": lambda x: x[:0],
    "one sample": lambda x: x[:1],
    "NaN": lambda x: np.where(np.arange(len(x)) == 500, np.nan, x),
    "infinity": lambda x: np.where(np.arange(len(x)) == 500, np.inf, x),
    "noise": lambda x: np.random.default_rng(3).standard_normal(len(x)) * 0.1,
    "a constant": lambda x: np.full_like(x, 0.3),
    "half of it": lambda x: x[: len(x) // 2],
    "twice as long": lambda x: np.tile(x, 2),
    "far beyond full scale": lambda x: 1e6 * x,
    "denormal": lambda x: 1e-42 * x,
}


@pytest.mark.parametrize("odd", ODD)
def test_whatever_comes_out_each_measurement_is_there_with_a_number_or_a_reason(
    speech: Waveform, whole: Measurements, odd: str
) -> None:
    found = of(speech, ODD[odd](speech.samples))
    assert found.keys() == whole.keys() <= METRICS.keys()
    for name, one in found.items():
        assert np.isfinite(one.value) if one.value is not None else one.undefined, name
    if odd in ("silence", "NaN", "infinity", "nothing"):
        assert found["gain_db"].value is None
        assert found["delay_ms"].value is None


@pytest.mark.parametrize("odd", ["silence", "one sample"])
def test_speech_that_is_none_has_reasons_too(whole: Measurements, odd: str) -> None:
    reference = Waveform(np.zeros(RATE if odd == "silence" else 1, np.float32), RATE)
    found = of(reference, reference.samples)
    assert found.keys() == whole.keys()
    assert found["gain_db"].value is None
    assert found["gain_db"].undefined


def test_each_change_moves_its_own_measurement(speech: Waveform) -> None:
    x = speech.samples
    late = np.concatenate([np.zeros(DELAY, np.float32), x[:-DELAY]])
    assert of(speech, late)["delay_ms"].value == pytest.approx(10.0, abs=0.1)
    assert of(speech, late, declared=DELAY)["delay_ms"].value == pytest.approx(0.0, abs=0.1)
    assert of(speech, x / 2)["gain_db"].value == pytest.approx(-6.02, abs=0.05)
    assert of(speech, -x)["polarity"].value == -1.0
    assert of(speech, x[:-320])["length_change_samples"].value == -320
    clipped = of(speech, np.clip(x, -np.abs(x).max() / 8, np.abs(x).max() / 8))["clipped_ms"].value
    assert clipped is not None
    assert clipped > 0
