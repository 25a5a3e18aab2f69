import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.waveform import Waveform
from harness.errors import CodecFailed
from harness.topology.path_catalogue import PATHS, find
from harness.topology.signal_path import SignalPath, feed

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


def test_whole_samples_of_every_chunk_are_a_clock_that_is_off_and_no_clicks():
    whole = fed(source_rate=44_100)
    for rounding, samples in (("down", 371), ("nearest", 372), ("up", 372)):  # of 371.5
        rounded = fed(source_rate=44_100, chunk=1024, rounding=rounding)
        off = samples / (1024 * RATE / 44_100)
        assert len(rounded) == pytest.approx(RATE * off, abs=1)
        assert seams(rounded, samples) < 1.1
        at = np.arange(RATE // 2) / RATE * 1e3
        assert np.abs(rounded[: len(at)] - 0.5 * np.sin(2 * np.pi * 0.44 * at / off))[200:].max() < 2e-3
    assert np.array_equal(fed(source_rate=44_100, chunk=441, rounding="down"), whole)


@given(
    rate=st.sampled_from([8000, 16_000, 22_050, 24_000, 44_100]),
    frames=st.integers(1, 20),
    rounding=st.sampled_from(["down", "nearest", "up"]),
    resampler=st.sampled_from(["soxr", "linear", "cubic"]),
)
@settings(max_examples=25, deadline=None)
def test_rounding_what_is_whole_already_changes_nothing(rate, frames, rounding, resampler):
    step = rate // math.gcd(rate, RATE)  # so many samples are a whole number of them at the codec's rate
    chunk = step * (frames + -(-16 // step))
    short = Waveform(TONE.samples[: RATE // 10], RATE)
    path = SignalPath(source_rate=rate, resampler=resampler, chunk=chunk, rounding=rounding)
    plain = feed(SignalPath(source_rate=rate, resampler=resampler), short, RATE)
    np.testing.assert_allclose(feed(path, short, RATE), plain, atol=1e-6)


def test_what_wraps_is_what_is_beyond_full_scale():
    clamped, wrapped = fed(gain=3.0, int16=True), fed(gain=3.0, int16=True, overflow="wrap")
    beyond = np.abs(3 * TONE.samples) > 1
    assert beyond.any()
    assert np.array_equal(clamped[~beyond], wrapped[~beyond])
    assert np.abs(clamped[beyond] - wrapped[beyond]).min() > 0.5
    assert wrapped.min() >= -1
    assert wrapped.max() < 1
    assert np.array_equal(fed(int16=True), fed(int16=True, overflow="wrap"))


def test_bytes_that_are_carried_on_are_harmless_and_those_that_are_not_make_noise():
    plain = fed(int16=True)
    assert np.array_equal(fed(int16=True, byte_chunk=1023, odd_byte="carried"), plain)
    assert np.array_equal(fed(int16=True, byte_chunk=1024), plain)
    for odd_byte in ("dropped", "padded"):
        assert np.abs(np.diff(fed(int16=True, byte_chunk=1023, odd_byte=odd_byte))).max() > 1
    swapped = fed(int16=True, byte_order="swapped")
    assert np.array_equal((swapped * 32768).astype(np.int16).byteswap() / np.float32(32768), plain)


def test_mono_taken_for_stereo_is_half_as_long():
    assert len(fed(stereo="de-interleaved")) == RATE // 2
    assert peak_hertz(fed(stereo="de-interleaved")) == pytest.approx(880, abs=3)


def test_a_path_that_cannot_be_made_at_that_rate_says_so():
    with pytest.raises(CodecFailed, match=r"chunk = 16 samples at 192000 Hz, rounding = 'down' leaves none at 8000 Hz"):
        feed(SignalPath(source_rate=192_000, chunk=16, rounding="down"), TONE, 8000)
    with pytest.raises(CodecFailed, match=r"leaves nothing of 16000 samples; wanted some to encode"):
        feed(SignalPath(source_rate=192_000, resampler="linear", chunk=16), TONE, 8000)


def test_a_last_chunk_of_one_sample_is_resampled_too():
    last = Waveform(TONE.samples[: 10 * 160 + 1], RATE)
    assert len(feed(SignalPath(source_rate=RATE, resampler="cubic", chunk=160), last, 2 * RATE)) == 2 * 10 * 160 + 2


@pytest.mark.parametrize("name", sorted(PATHS))
def test_every_standard_path_gives_finite_float32(name):
    samples = feed(find(name), TONE, RATE)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert len(samples)
