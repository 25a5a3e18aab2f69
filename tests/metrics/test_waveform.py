"""What is measured of a waveform is measured once of each content, and is nobody's to change."""

from dataclasses import replace

import numpy as np

from harness.audio.waveform import Waveform
from harness.metrics import waveform
from harness.metrics.waveform import KEPT, waveform_measurements


def outputs(count, speech):
    noise = np.random.default_rng(2).normal(0, 0.003, len(speech.samples)).astype(np.float32)
    return [Waveform(speech.samples * np.float32(1 - 0.01 * number) + noise, 16_000) for number in range(count)]


def test_equal_audio_is_measured_once_and_another_delay_or_sample_anew(speech, monkeypatch):
    asked: list[int] = []
    align = waveform.align

    def counted(uncoded, decoded, declared_delay):
        asked.append(declared_delay)
        return align(uncoded, decoded, declared_delay)

    monkeypatch.setattr(waveform, "align", counted)
    monkeypatch.setattr(waveform, "_MEASURED", {})
    (output,) = outputs(1, speech)
    alignment, measured = waveform_measurements(speech, output, 0)
    again, same = waveform_measurements(Waveform(speech.samples.copy(), 16_000), replace(output), 0)
    assert (asked, same) == ([0], measured)
    np.testing.assert_array_equal(again.pair.degraded.samples, alignment.pair.degraded.samples)
    same.clear()
    again.measurements.clear()
    assert waveform_measurements(speech, output, 0)[1] == measured
    waveform_measurements(speech, output, 80)
    output.samples[100] += 0.5
    assert waveform_measurements(speech, output, 0)[1] != {}
    assert asked == [0, 80, 0]


def test_only_so_many_are_kept(speech, monkeypatch):
    monkeypatch.setattr(waveform, "_MEASURED", {})
    short = Waveform(speech.samples[16_000:20_000], 16_000)
    for number in range(KEPT + 3):
        waveform_measurements(short, Waveform(short.samples * np.float32(1 - number / 1000), 16_000), 0)
    assert len(waveform._MEASURED) == KEPT
