"""Pictures show what is there, where it is."""

import base64
import io

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.report.pictures import difference, draw, low_passed

Image = pytest.importorskip("PIL.Image")


def tone(seconds, rate, hertz, start=0.0):
    time = np.arange(int(seconds * rate)) / rate
    return Waveform((0.5 * np.sin(2 * np.pi * hertz * time) * (time >= start)).astype(np.float32), rate)


def brightness(picture):
    image = Image.open(io.BytesIO(picture.spectrogram)).convert("L")
    return np.flipud(np.asarray(image, dtype=float))  # row 0 is 0 Hz


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("hertz", [500, 3000])
def test_a_tone_is_bright_at_its_frequency_at_every_rate(rate, hertz):
    light = brightness(draw(tone(2, rate, hertz)))
    row = light.mean(axis=1).argmax()
    assert (row + 0.5) / light.shape[0] * 8000 == pytest.approx(hertz, abs=130)


def test_sound_that_begins_half_way_begins_half_way_in_the_picture():
    picture = draw(tone(2, 16_000, 1000, start=1.0))
    light = brightness(picture)
    columns = light.max(axis=0) > 100
    assert columns.argmax() / len(columns) == pytest.approx(0.5, abs=0.03)
    outline = np.frombuffer(base64.b64decode(picture.outline), np.int8).reshape(-1, 2)
    assert np.abs(outline[: len(outline) * 48 // 100]).max() == 0
    assert outline[len(outline) * 52 // 100 :, 1].min() == pytest.approx(63, abs=2)


def test_faint_sound_is_darker_than_loud_sound():
    loud = tone(1, 16_000, 1000)
    faint = Waveform(loud.samples * 0.01, loud.sample_rate)
    assert brightness(draw(faint)).max() < brightness(draw(loud)).max() - 40


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(3), np.full(100, np.nan), np.zeros(16_000)])
def test_odd_sounds_are_drawn_too(samples):
    picture = draw(Waveform(samples.astype(np.float32), 16_000))
    assert picture.rms == 0.0
    assert brightness(picture).max() < 30


def test_difference_of_equal_sounds_is_silence_and_of_other_lengths_is_the_rest():
    sound = tone(1, 16_000, 1000)
    assert not difference(sound, sound).samples.any()
    longer = Waveform(np.append(sound.samples, np.float32(0.25)), 16_000)
    rest = difference(sound, longer)
    assert rest.samples[-1] == 0.25
    assert not rest.samples[:-1].any()


def test_the_anchor_is_as_steep_as_it_must_be():
    rate = 48_000
    noise = Waveform(np.random.default_rng(1).normal(0, 0.1, 4 * rate).astype(np.float32), rate)
    before, after = (np.abs(np.fft.rfft(one.samples)) for one in (noise, low_passed(noise, 3500.0)))
    hertz = np.fft.rfftfreq(4 * rate, 1 / rate)

    def change(low, high):
        inside = (hertz > low) & (hertz < high)
        return 10 * np.log10(np.sum(after[inside] ** 2) / np.sum(before[inside] ** 2))

    assert abs(change(100, 3400)) < 0.1  # ITU-R BS.1534: ripple, 25 dB at 4 kHz, 50 dB at 4.5 kHz
    assert change(4000, 4100) < -25
    assert change(4500, 20_000) < -50
