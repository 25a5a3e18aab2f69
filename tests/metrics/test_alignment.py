import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from harness.audio.waveform import Samples, Waveform, read, resample
from harness.codecs.loading import load
from harness.metrics import alignment, delay
from harness.metrics.alignment import AlignedPair, Alignment, align, paired, with_rest
from harness.record import Measurement
from harness.runtime.resources import fixture

RATE = 16_000
SPEECH = resample(read(Path(__file__).parents[2] / "fixtures" / "speech" / "rms-01.flac"), RATE)
X = SPEECH.samples
NAMES = {
    "delay_ms",
    "gain_db",
    "polarity",
    "polarity_turn_s",
    "length_change_samples",
    "drift_ppm",
    "delay_jump_ms",
    "alignment_confidence",
}


def aligned(samples: Samples, declared_delay: int = 0) -> Alignment:
    return align(SPEECH, Waveform(np.asarray(samples, dtype=np.float32), RATE), declared_delay)


def values(samples: Samples, declared_delay: int = 0) -> dict[str, float | None]:
    return {name: measured.value for name, measured in aligned(samples, declared_delay).measurements.items()}


def number(measured: Measurement) -> float:
    assert measured.value is not None, measured.undefined
    return measured.value


def why(measured: Measurement) -> str:
    assert measured.undefined is not None
    return measured.undefined


def noisy(level: float) -> Samples:
    noise = np.random.default_rng(5).standard_normal(len(X)) * np.sqrt(np.square(X).mean())
    return np.asarray(X + 10 ** (-level / 20) * noise, np.float32)


def blocks(milliseconds: int) -> Samples:
    size = RATE * milliseconds // 1000
    return X[: len(X) // (2 * size) * 2 * size].reshape(-1, size)


def sped_up(ppm: float) -> Samples:
    """Read the speech at another clock, by cubic interpolation at four times the rate."""
    fine = resample(SPEECH, 4 * RATE).samples
    places = np.arange(len(X)) * 4 / (1 + ppm * 1e-6)
    places = places[places < len(fine) - 1]
    return np.interp(places, np.arange(len(fine)), fine).astype(np.float32)


def new_phases(size: int) -> Samples:
    """Speech with random phases: the words survive, the waveform does not."""
    rng = np.random.default_rng(6)
    window = np.sqrt(np.hanning(size + 1)[:-1])
    out = np.zeros(len(X), np.float32)
    for start in range(0, len(X) - size, size // 4):
        spectrum = np.abs(np.fft.rfft(X[start : start + size] * window))
        turned = spectrum * np.exp(2j * np.pi * rng.random(len(spectrum)))
        out[start : start + size] += np.fft.irfft(turned, size) * window
    return out


def test_identity() -> None:
    found = values(X)
    assert found == {
        "delay_ms": 0,
        "gain_db": pytest.approx(0, abs=1e-6),
        "polarity": 1,
        "polarity_turn_s": None,
        "length_change_samples": 0,
        "drift_ppm": pytest.approx(0, abs=0.01),
        "delay_jump_ms": pytest.approx(0, abs=0.01),
        "alignment_confidence": pytest.approx(1),
    }


@settings(deadline=None, max_examples=20)
@given(shift=st.integers(-8000, 15_000), gain=st.floats(0.01, 10), flip=st.sampled_from([1, -1]))
def test_delay_gain_and_polarity_are_recovered(shift: int, gain: float, flip: int) -> None:
    moved = np.append(np.zeros(max(shift, 0), dtype=np.float32), X[max(-shift, 0) :])
    found = values(np.float32(flip * gain) * moved)
    assert found["delay_ms"] == 1000 * shift / RATE
    assert found["gain_db"] == pytest.approx(20 * np.log10(gain), abs=1e-3)
    assert found["polarity"] == flip
    assert found["length_change_samples"] == shift


@pytest.mark.parametrize(
    ("begin", "end", "found"), [(0.4, 1.0, 0.4), (0.0, 0.6, 0.6), (0.5, 0.8, 0.5), (0.5, 0.5, None)]
)
@pytest.mark.parametrize("late", [0, 37, 4000])
@pytest.mark.parametrize("decibels", [None, 25.0])
def test_polarity_that_turns_on_the_way_is_found_where_it_does(
    begin: float, end: float, found: float | None, late: int, decibels: float | None
) -> None:
    heard = X.copy() if decibels is None else noisy(decibels)
    heard[int(begin * len(X)) : int(end * len(X))] *= -1
    measured = values(np.append(np.zeros(late, dtype=np.float32), heard))
    assert measured["polarity"] == (1 if found is None else 0)
    at = None if found is None else pytest.approx(found * len(X) / RATE, abs=0.4)
    assert measured["polarity_turn_s"] == at


def _delayed(samples: Samples, delay: float) -> Samples:
    taps = np.sinc(np.arange(-32, 33) - delay) * np.hanning(67)[1:-1]
    return np.convolve(samples, taps)[32 : 32 + len(samples)].astype(np.float32)


@pytest.mark.parametrize(
    "changed",
    [
        lambda x, rate: signal.sosfilt(signal.butter(2, 100, "highpass", fs=rate, output="sos"), x),
        lambda x, rate: signal.sosfilt(signal.butter(2, 200, "highpass", fs=rate, output="sos"), x),
        lambda x, rate: signal.sosfilt(signal.butter(4, [300, 3400], "bandpass", fs=rate, output="sos"), x),
        lambda x, _: _delayed(x, 0.5),
        lambda x, _: _delayed(x, 10.4),
        lambda x, rate: (
            x * (np.random.default_rng(5).random(len(x) // (rate // 5) + 1) < 0.5).repeat(rate // 5)[: len(x)]
        ),
    ],
    ids=["high-pass 100 Hz", "high-pass 200 Hz", "telephone", "half a sample", "10.4 samples", "muted here and there"],
)
@pytest.mark.parametrize("utterance", ["slt-01", "awb-02", "rms-02", "heart-04"])
@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_filters_and_gaps_neither_invert_nor_turn_polarity(changed: Any, utterance: str, rate: int) -> None:
    spoken = resample(read(fixture("speech") / f"{utterance}.flac"), rate)
    heard = Waveform(changed(spoken.samples, rate).astype(np.float32), rate)
    measured = align(spoken, heard, 0).measurements
    assert measured["polarity"].value in (1, None)
    assert measured["polarity_turn_s"].value is None


def test_a_moment_of_a_vowel_that_looks_like_its_inverse_turns_no_polarity() -> None:
    heard = X.copy()
    start = int(0.4 * len(X))
    heard[start : start + RATE // 5] = heard[start + 60 : start + 60 + RATE // 5] * -1  # half a pitch period on
    assert values(heard)["polarity_turn_s"] is None


@settings(deadline=None, max_examples=10)
@given(declared=st.integers(0, 4000), actual=st.integers(0, 4000))
def test_only_the_declared_delay_is_taken_out(declared: int, actual: int) -> None:
    late = np.append(np.zeros(actual, dtype=np.float32), X)
    result = aligned(late, declared)
    assert np.array_equal(result.pair.degraded.samples, np.pad(late[declared:], (0, len(X)))[: len(X)])
    assert result.measurements["delay_ms"].value == 1000 * (actual - declared) / RATE


@pytest.mark.parametrize("missing", [1280, -1280])
def test_the_length_is_recorded_before_it_is_made_to_fit(missing: int) -> None:
    result = aligned(X[:-missing] if missing > 0 else np.append(X, np.ones(-missing, dtype=np.float32)))
    assert len(result.pair.degraded.samples) == len(X)
    assert result.measurements["length_change_samples"].value == -missing
    if missing > 0:
        assert not result.pair.degraded.samples[-missing:].any()


@pytest.mark.parametrize("level", [20, 10, 3])
def test_noise_does_not_disturb_it(level: float) -> None:
    found = values(noisy(level))
    assert found["delay_ms"] == 0
    assert found["gain_db"] == pytest.approx(0, abs=0.1)
    assert found["drift_ppm"] == pytest.approx(0, abs=3)
    assert found["alignment_confidence"] == pytest.approx(1 / np.sqrt(1 + 10 ** (-level / 10)), abs=0.02)


@pytest.mark.parametrize(
    "garbled",
    [
        np.random.default_rng(0).permutation(blocks(80)).ravel(),
        blocks(80).reshape(-1, 2, 1280)[:, ::-1].ravel(),
        blocks(160).reshape(-1, 2, 2560)[:, ::-1].ravel(),
        blocks(80)[:, ::-1].ravel(),
        blocks(200)[:, ::-1].ravel(),
    ],
    ids=["shuffled 80", "swapped 80", "swapped 160", "reversed 80", "reversed 200"],
)
def test_garbled_speech_has_no_delay_rather_than_a_wrong_one(garbled: Samples) -> None:
    result = aligned(garbled)
    assert number(result.measurements["alignment_confidence"]) < 0.7
    for name in ("delay_ms", "gain_db", "polarity", "drift_ppm"):
        assert result.measurements[name].value is None, name
    assert np.array_equal(result.pair.degraded.samples[: garbled.size], garbled.astype(np.float32))


@pytest.mark.parametrize("late", [0, 80])
def test_a_new_waveform_with_the_same_sound_has_a_delay_to_5_ms_and_no_gain(late: int) -> None:
    result = aligned(np.append(np.zeros(late * RATE // 1000), new_phases(512)))
    assert number(result.measurements["alignment_confidence"]) < 0.3
    assert result.measurements["delay_ms"].value == pytest.approx(late, abs=5)
    assert "do not correlate" in why(result.measurements["gain_db"])
    assert result.measurements["polarity"].value is None


@pytest.mark.parametrize("ppm", [-1000, -200, 200, 1000])
def test_drift_is_recovered(ppm: float) -> None:
    assert values(sped_up(ppm))["drift_ppm"] == pytest.approx(ppm, rel=0.1)


def test_the_drift_of_an_hour_needs_little_memory() -> None:
    times = np.arange(18_000, dtype=np.float64) * delay.HOP_SECONDS
    scatter = np.random.default_rng(0).normal(0, 0.3, len(times))
    lags = 20 + 40e-6 * RATE * times + scatter
    tracemalloc.start()
    try:
        drift = alignment._drift(delay.Windows(times, lags, np.ones(len(times))), RATE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert drift.value == pytest.approx(40.0, abs=0.1)
    assert peak < 300 * 2**20


def test_a_lag_that_jumps_is_no_drift() -> None:
    half = len(X) // 2
    stepped = np.concatenate([X[:half], np.zeros(480, dtype=np.float32), X[half:]])
    measured = aligned(np.append(np.zeros(240, dtype=np.float32), stepped), 240).measurements["drift_ppm"]
    assert measured.value is None
    assert "jumps" in why(measured)


@pytest.mark.parametrize("back", [None, 0.7])
@pytest.mark.parametrize("by", [-1600, -160, 160, 480, 2000])
@pytest.mark.parametrize("begin", [0.25, 0.4])
def test_a_delay_that_jumps_on_the_way_is_measured(begin: float, by: int, back: float | None) -> None:
    at, end = int(begin * len(X)), len(X) if back is None else int(back * len(X))
    heard = X.copy()
    heard[at:end] = np.roll(X, by)[at:end]
    assert values(heard)["delay_jump_ms"] == pytest.approx(1000 * abs(by) / RATE, abs=0.2)
    assert values(-0.3 * noisy(20))["delay_jump_ms"] == 0


def test_a_clock_that_drifts_is_no_jump() -> None:
    for ppm in (-10_000, -1000, 200, 3000):
        jump = values(sped_up(ppm))["delay_jump_ms"]
        assert jump is None or jump < 1, ppm


def test_a_voice_that_is_like_itself_a_period_later_does_not_jump() -> None:
    """Opus of 6 kb/s, at times cut out: three windows agree on a lag of one period, 5.5 ms, and on none as well."""
    spoken = read(fixture("speech") / "slt-03.flac")
    instance = load("opus", {"bitrate": 6000}).open()
    size = 320
    heard = [
        instance.decode(instance.encode(spoken.samples[at : at + size]))
        for at in range(0, len(spoken.samples) - size, size)
    ]
    cut = np.concatenate(heard)
    for at in range(0, len(cut), RATE // 2):
        cut[at : at + 960] = 0
    info = load("opus", {"bitrate": 6000}).info
    assert align(spoken, Waveform(cut, RATE), info.delay).measurements["delay_jump_ms"].value == 0


def test_long_speech_with_many_stretches_is_looked_at_once_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    long = np.tile(X, 60 * RATE // len(X)).astype(np.float64)
    windows = delay.by_window(long, long, RATE, 0)
    windows.lags[::5] += 0.1 * RATE  # by chance; what lies between is a stretch each
    looked, shares = list[int](), delay._shares

    def counted(piece: delay.Signal, around: delay.Signal) -> delay.Signal:
        looked.append(len(around))
        return shares(piece, around)

    monkeypatch.setattr(delay, "_shares", counted)
    jump = alignment._jump(long, long, windows, RATE, 0.0)
    assert jump.value == pytest.approx(0, abs=0.01)
    assert len(looked) <= len(windows.times)


def test_speech_without_a_clear_lag_has_no_jump() -> None:
    noise = np.random.default_rng(1).standard_normal(len(X)).astype(np.float32)
    assert "no stretch" in why(aligned(noise).measurements["delay_jump_ms"])


def test_short_speech_has_a_delay_but_no_drift() -> None:
    piece = Waveform(X[RATE : 2 * RATE], RATE)
    found = align(piece, piece, 0).measurements
    assert found["delay_ms"].value == 0
    assert "drift needs" in why(found["drift_ppm"])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x: 0 * x, "the output is silent"),
        (lambda x: x[:0], "the output is empty"),
        (lambda x: np.append(x[1:], np.nan), "the output contains NaN"),
        (lambda x: np.append(x[1:], np.inf), "the output contains infinite samples"),
    ],
)
def test_a_dead_output_has_a_length_and_reasons(spoil, reason: str) -> None:
    result = aligned(spoil(X))
    assert set(result.measurements) == NAMES
    assert result.measurements["length_change_samples"].value == len(spoil(X)) - len(X)
    reasons = {measured.undefined for name, measured in result.measurements.items() if name != "length_change_samples"}
    assert reasons == {reason}


def test_an_output_shorter_than_its_declared_delay_is_empty() -> None:
    assert aligned(X[:100], 200).measurements["delay_ms"].undefined == "the output is empty"


def test_a_silent_reference_is_told_apart() -> None:
    result = align(Waveform(0 * X, RATE), SPEECH, 0)
    assert result.measurements["delay_ms"].undefined == "the reference is silent"


@pytest.mark.parametrize("length", [1, 2, 10, 400, 2000])
def test_tiny_signals_do_not_fail(length: int) -> None:
    piece = Waveform(X[RATE : RATE + length], RATE)
    assert set(align(piece, piece, 0).measurements) == NAMES


def test_the_pair_checks_itself() -> None:
    with pytest.raises(ValueError, match="one sample rate"):
        AlignedPair(SPEECH, Waveform(X, 8000))
    with pytest.raises(ValueError, match="one length"):
        AlignedPair(SPEECH, Waveform(X[1:], RATE))
    with pytest.raises(ValueError, match="one sample rate"):
        align(SPEECH, Waveform(X, 8000), 0)
    with pytest.raises(ValueError, match="0 samples or more"):
        align(SPEECH, SPEECH, -1)


@pytest.mark.parametrize("ppm", [62, 437, 2000])
@pytest.mark.parametrize("gain", [1.0, -0.5])
def test_a_clock_that_is_off_is_drift_and_neither_gain_nor_another_waveform(ppm, gain):
    speech = read(Path(__file__).parents[2] / "fixtures" / "speech" / "heart-01.flac")
    places = np.arange(int(len(speech.samples) * (1 + ppm * 1e-6))) / (1 + ppm * 1e-6)
    slow = np.interp(places, np.arange(len(speech.samples)), speech.samples).astype(np.float32)
    measured = align(speech, Waveform(np.float32(gain) * slow, speech.sample_rate), 0).measurements
    assert measured["drift_ppm"].value == pytest.approx(ppm, rel=0.05)
    assert measured["gain_db"].value == pytest.approx(20 * np.log10(abs(gain)), abs=1.0)
    assert measured["polarity"].value == np.sign(gain)
    assert abs(number(measured["delay_ms"])) < 0.2


@pytest.mark.parametrize("hertz", [50, 60])
def test_hum_does_not_turn_speech_upside_down(hertz: int) -> None:
    """At half a pitch period a vowel looks like its own inverse; a codec that takes the hum out leaves little else."""
    speech = read(Path(__file__).parents[2] / "fixtures" / "speech" / "slt-02.flac").samples
    loudness = np.sqrt(np.mean(np.square(speech[np.abs(speech) > 0.02])))
    hum = 10 ** (-8 / 20) * loudness * np.sqrt(2) * np.sin(2 * np.pi * hertz * np.arange(len(speech)) / RATE)
    hummed = (0.7 * (speech + hum)).astype(np.float32)
    codec = load("opus", {"application": "voip", "bitrate": 24_000})
    size, instance = codec.info.frame_size, codec.open()
    whole = hummed[: len(hummed) // size * size]
    out = np.concatenate([instance.decode(instance.encode(frame)) for frame in whole.reshape(-1, size)])
    for sign in (1, -1):
        found = align(Waveform(whole, RATE), Waveform(np.float32(sign) * out, RATE), codec.info.delay).measurements
        assert found["polarity"].value == sign
        assert abs(found["delay_ms"].value or 0.0) < 0.5


def test_what_comes_after_the_end_is_kept_to_be_heard() -> None:
    longer = Waveform(np.concatenate([np.zeros(160, np.float32), X, X[:500]]), RATE)
    whole = with_rest(paired(SPEECH, longer, 160), longer, 160)
    assert np.array_equal(whole.samples, longer.samples[160:])
    pair = paired(SPEECH, SPEECH, 0)
    assert with_rest(pair, SPEECH, 0) is pair.degraded
