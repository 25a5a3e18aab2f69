import numpy as np
import pytest

from harness.metrics.amplitude import LIMITS, alarms, amplitude_statistics
from harness.record import Measurement


def statistics(pair) -> dict[str, float]:
    return {name.removeprefix("amplitude_"): number(one) for name, one in amplitude_statistics(pair).items()}


def number(measured: Measurement) -> float:
    assert measured.value is not None, measured.undefined
    return measured.value


@pytest.mark.parametrize("change", ["shuffled", "reversed", "swapped", "flipped", "late 20 ms"])
def test_speech_in_pieces_looks_fine(damaged, against, change) -> None:
    assert alarms(amplitude_statistics(against(damaged[change]))) == ()


@pytest.mark.parametrize(
    ("change", "statistic"),
    [
        ("noise 20 dB", "amplitude_dynamic_range_db"),
        ("noise 10 dB", "amplitude_dynamic_range_db"),
        ("noise 10 dB", "amplitude_level_histogram_distance"),
        ("quieter", "amplitude_rms_db"),
    ],
)
def test_noise_and_gain_are_noticed(damaged, against, change, statistic) -> None:
    assert statistic in alarms(amplitude_statistics(against(damaged[change])))


def test_a_low_pass_is_noticed_by_its_spectrum(speech, against) -> None:
    spectrum = np.fft.rfft(speech.samples)
    spectrum[np.fft.rfftfreq(len(speech.samples), 1 / 16_000) > 1000] = 0
    found = alarms(amplitude_statistics(against(np.fft.irfft(spectrum, len(speech.samples)))))
    assert found[-2:] == ("amplitude_long_term_spectrum_distance_db", "amplitude_tilt_db_per_octave")


def test_identity_is_no_difference(speech, against) -> None:
    assert statistics(against(speech.samples)) == dict.fromkeys(
        (name.removeprefix("amplitude_") for name in LIMITS), pytest.approx(0.0, abs=1e-9)
    )


def test_halving_is_6_db_of_level_and_no_change_of_shape(speech, against) -> None:
    found = statistics(against(speech.samples * 0.5))
    assert found["rms_db"] == pytest.approx(-6.02, abs=0.01)
    assert found["peak_db"] == pytest.approx(-6.02, abs=0.01)
    assert found["crest_factor_db"] == pytest.approx(0, abs=0.01)
    assert found["long_term_spectrum_distance_db"] == pytest.approx(0, abs=0.01)


def test_clipping_lowers_the_crest_factor(speech, against) -> None:
    limit = float(np.abs(speech.samples).max()) / 4
    found = statistics(against(np.clip(speech.samples, -limit, limit)))
    assert found["peak_db"] == pytest.approx(-12.04, abs=0.01)
    assert found["crest_factor_db"] < -LIMITS["amplitude_crest_factor_db"]


@pytest.mark.parametrize(("fill", "reason"), [(0.0, "the output is silent"), (np.nan, "the output contains NaN")])
def test_a_dead_output_is_undefined_and_noticed(speech, against, fill, reason) -> None:
    measured = amplitude_statistics(against(np.full_like(speech.samples, fill)))
    assert {value.undefined for value in measured.values()} == {reason}
    assert alarms(measured) == tuple(LIMITS)


def test_a_missing_statistic_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(KeyError):
        alarms({})


def test_very_short_signals_have_levels_but_no_spectrum(speech) -> None:
    from harness.audio.waveform import Waveform
    from harness.metrics.alignment import AlignedPair

    piece = Waveform(speech.samples[16_000:16_010], 16_000)
    measured = amplitude_statistics(AlignedPair(piece, piece))
    assert measured["amplitude_rms_db"].value == 0
    tilt = measured["amplitude_tilt_db_per_octave"]
    assert tilt.undefined is not None
    assert "needs 0.064 s" in tilt.undefined


def test_a_click_at_the_very_start_has_no_spectrum() -> None:
    from harness.audio.waveform import Waveform
    from harness.metrics.alignment import AlignedPair

    noise = np.random.default_rng(0).standard_normal(2000, np.float32) * np.float32(0.1)
    click = np.zeros(2000, np.float32)
    click[0] = 0.5
    measured = amplitude_statistics(AlignedPair(*(Waveform(one, 16_000) for one in (noise, click))))
    tilt = measured["amplitude_tilt_db_per_octave"]
    assert tilt.undefined is not None
    assert "the output has no long-term spectrum" in tilt.undefined
