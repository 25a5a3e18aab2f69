"""Each standard signal path does to the samples what it says, at every rate of a codec, and no two do the same."""

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.errors import SuiteInvalid
from harness.topology.path_catalogue import PATHS, find
from harness.topology.signal_path import SignalPath, feed

RATES = (8_000, 16_000, 24_000, 48_000)


def tone(rate: int, hertz: float = 400.0) -> Waveform:
    return Waveform((0.3 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32), rate)


def fed(name: str, rate: int) -> np.ndarray:
    return feed(find(name), tone(rate), rate)


def pitch(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * len(samples)))
    return float(np.argmax(spectrum)) * rate / (4 * len(samples))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("16k-as-24k", lambda rate: 16_000 / rate), ("8k-as-native", lambda rate: 8_000 / rate),
        ("stereo-interleaved", lambda _: 2.0), ("mono-as-stereo", lambda _: 0.5),
    ],
)  # fmt: skip
def test_what_is_read_at_another_speed_is_as_much_longer_and_lower(name, factor, rate: int) -> None:
    longer = factor(rate)
    found = fed(name, rate)
    assert len(found) / rate == pytest.approx(longer, abs=1e-3)
    assert pitch(found, rate) == pytest.approx(400 / longer, rel=0.01)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["from-48k-soxr", "from-48k-linear", "from-48k-cubic", "from-8k-linear"])
def test_what_is_captured_at_another_rate_keeps_pitch_level_and_length(name: str, rate: int) -> None:
    found = fed(name, rate)
    assert len(found) == pytest.approx(rate, abs=8)
    assert pitch(found, rate) == pytest.approx(400, abs=1)
    middle = slice(rate // 4, 3 * rate // 4)
    np.testing.assert_allclose(found[middle], tone(rate).samples[middle], atol=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_chunks_by_themselves_drift_where_they_are_no_whole_number_of_samples(rate: int) -> None:
    assert len(fed("from-48k-per-chunk", rate)) == pytest.approx(rate, abs=1)
    for name, chunk in (("from-44k-per-chunk", 1024), ("from-44k-rounded", 1102)):
        exact = chunk * rate / 44_100
        longer = len(fed(name, rate)) / rate
        assert longer == pytest.approx(1.0, abs=1.2 / exact)
        assert abs(longer - 1) > 1e-5, name


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("int16", lambda x: np.round(x * 32768) / 32768),
        ("odd-bytes-carried", lambda x: np.round(x * 32768) / 32768),
        ("int16-scale", lambda x: x * 32768),
        ("gain-half", lambda x: x / 2),
        ("clipped", lambda x: np.clip(8 * x, -1, 1)),
        ("dc", lambda x: x + 0.1),
        ("stereo-one-side", lambda x: x * 10 ** (-12 / 20)),
        ("stereo-cancelled", lambda x: x * (1 - 10 ** (-0.1 / 20)) / 2),
        ("int16-wrapped", lambda x: (np.round(8 * x * 32768) + 32768) % 65536 / 32768 - 1),
        ("bytes-swapped", lambda x: np.round(x * 32768).astype("<i2").byteswap() / 32768),
    ],
)
def test_each_sample_is_what_it_says(name: str, of, rate: int) -> None:
    np.testing.assert_allclose(fed(name, rate), of(tone(rate).samples.astype(np.float64)), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["odd-bytes", "odd-bytes-padded"])
def test_messages_that_end_inside_a_sample_put_every_second_one_out_of_step(name: str) -> None:
    found = fed(name, 16_000)
    plain = np.round(tone(16_000).samples * 32768) / 32768
    np.testing.assert_array_equal(found[:511], plain[:511])
    assert np.abs(found[:-600] - plain[: len(found) - 600]).max() > 0.5


def test_no_two_are_the_same_none_does_nothing_and_each_says_what_it_is() -> None:
    made = [str(sorted(path.factors().items())) for path in (*PATHS.values(), SignalPath())]
    assert len(set(made)) == len(PATHS) + 1
    told = [path.about for path in PATHS.values()]
    assert len(set(told)) == len(told)
    assert all(told)


def test_a_path_that_is_not_there_is_refused_with_the_one_that_is_meant() -> None:
    with pytest.raises(SuiteInvalid, match="signal path 'cut' is unknown; wanted one of 16k-as-24k"):
        find("cut")
    with pytest.raises(SuiteInvalid, match=r"did you mean 'clipped'\?"):
        find("cliped")
