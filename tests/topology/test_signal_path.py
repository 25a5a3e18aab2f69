import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.topology.signal_path import PATHS, SignalPath, feed, find

RATE = 16_000
AT = np.arange(RATE) / RATE
TONE = Waveform((0.5 * np.sin(2 * np.pi * 440 * AT)).astype(np.float32), RATE)


def fed(**path):
    return feed(SignalPath(**path), TONE, RATE)


def peak_hertz(samples):
    return np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples)


def test_a_plain_path_changes_nothing():
    assert np.array_equal(fed(), TONE.samples)


def test_samples_of_another_rate_fed_as_they_are_change_pitch_and_length():
    samples = fed(source_rate=8000, resampler="none")
    assert len(samples) == RATE // 2
    assert peak_hertz(samples) == pytest.approx(880, abs=3)


@pytest.mark.parametrize(("resampler", "worst"), [("soxr", 1e-3), ("cubic", 1e-3), ("linear", 2e-3)])
def test_resamplers_keep_a_low_tone(resampler, worst):
    samples = fed(source_rate=48_000, resampler=resampler)
    middle = slice(RATE // 4, RATE // 2)
    assert len(samples) == pytest.approx(RATE, abs=1)
    assert np.abs(samples[middle] - TONE.samples[middle]).max() < worst


def test_interpolation_from_a_low_rate_leaves_images_that_a_filter_removes():
    def image(resampler):
        spectrum = np.abs(np.fft.rfft(fed(source_rate=8000, resampler=resampler)))
        return spectrum[7000:].max() / spectrum.max()

    assert image("linear") > 10 * image("soxr")


def seams(samples, chunk):
    """Return how much larger than elsewhere the second difference is where chunks meet."""
    bends = np.abs(np.diff(samples, 2))
    at_seams = np.zeros(len(bends), bool)
    for offset in range(-3, 3):
        at_seams[chunk + offset :: chunk] = True
    return bends[at_seams].max() / bends[~at_seams].max()


def test_chunks_resampled_by_themselves_click_at_every_seam():
    whole = fed(source_rate=48_000)
    apart = fed(source_rate=48_000, chunk=480)  # 160 samples at 16 kHz
    assert len(apart) == len(whole)
    assert seams(apart, 160) > 1.5
    assert seams(whole, 160) < 1.1
    assert np.array_equal(fed(source_rate=48_000, chunk=48_000), whole)


def test_chunks_that_are_no_whole_number_of_samples_drift():
    apart = fed(source_rate=44_100, chunk=1024)  # 371.5 samples at 16 kHz, 372 in fact
    assert len(apart) - RATE == pytest.approx(RATE * (372 / (1024 * 16000 / 44100) - 1), abs=2)


def test_levels():
    assert np.abs(fed(gain=0.5)).max() == pytest.approx(0.25, rel=1e-3)
    assert np.abs(fed(int16_scale=True)).max() == pytest.approx(16384, rel=1e-3)
    assert fed(dc=0.1).mean() == pytest.approx(0.1, abs=1e-3)
    assert np.abs(fed(gain=8.0, clip=1.0)).max() == 1.0
    rounded = fed(int16=True)
    assert np.array_equal(rounded * 32768, np.round(rounded * 32768))


def test_stereo_folded_wrongly():
    assert peak_hertz(fed(stereo="interleaved")) == pytest.approx(220, abs=1)
    assert np.abs(fed(stereo="one-side")).max() == pytest.approx(0.5 * 10 ** (-12 / 20), rel=1e-3)
    assert np.abs(fed(stereo="cancelled")).max() < 0.01


@pytest.mark.parametrize("name", sorted(PATHS))
def test_every_standard_path_gives_finite_float32(name):
    samples = feed(find(name), TONE, RATE)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert len(samples)
