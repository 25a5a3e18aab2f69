import numpy as np
import pystoi
import pytest

from harness.audio.waveform import Waveform
from harness.errors import MetricUndefined
from harness.metrics.alignment import AlignedPair
from harness.metrics.stoi import VERSION, stoi, version


def wave(samples) -> Waveform:
    return Waveform(np.asarray(samples, dtype=np.float32), 16_000)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("change", ["noise 10 dB", "reversed", "frame muted"])
def test_it_is_the_librarys_score_of_reference_then_degraded(speech, damaged, against, change, extended) -> None:
    expected = pystoi.stoi(speech.samples, damaged[change], 16_000, extended=extended)
    assert stoi(against(damaged[change]), extended=extended) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("rate", [10_000, 16_000, 24_000])
@pytest.mark.parametrize("extended", [False, True])
def test_it_is_the_librarys_score_of_long_speech_at_any_rate(long_speech, rate, extended) -> None:
    x = long_speech.samples
    y = x + 0.05 * np.random.default_rng(4).standard_normal(len(x)).astype(np.float32)
    pair = AlignedPair(Waveform(x, rate), Waveform(y, rate))
    assert stoi(pair, extended=extended) == pytest.approx(pystoi.stoi(x, y, rate, extended=extended), abs=1e-9)


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        ("quieter", 0.999, 1.0001),
        ("flipped", 0.999, 1.0001),
        ("tail dropped", 0.97, 1.0001),
        ("frame muted", 0.9, 0.98),
        ("frame repeated", 0.9, 0.985),
        ("late 20 ms", 0.5, 0.8),
        ("late 80 ms", -0.1, 0.3),
        ("shuffled", -0.1, 0.3),
        ("reversed", 0.2, 0.55),
        ("noise 20 dB", 0.9, 1.0),
        ("noise 10 dB", 0.8, 0.95),
    ],
)
def test_score_of_known_changes(damaged, against, change, low, high) -> None:
    assert low <= stoi(against(damaged[change])) <= high


def test_a_declared_delay_costs_nothing(damaged, against) -> None:
    assert stoi(against(damaged["late 80 ms"], declared_delay=1280)) == pytest.approx(1.0, abs=1e-6)


def test_estoi_of_output_that_falls_silent_repeats_and_leaves_the_random_state_alone(speech, against) -> None:
    half = speech.samples.copy()
    half[len(half) // 2 :] = 0
    np.random.seed(1)
    untouched = np.random.random()
    np.random.seed(1)
    scores = {stoi(against(half), extended=True) for _ in range(3)}
    assert np.random.random() == untouched
    assert len(scores) == 1
    # The library draws noise for the silent half: the same score but for that.
    assert scores.pop() == pytest.approx(pystoi.stoi(speech.samples, half, 16_000, extended=True), abs=0.01)


def test_the_reference_decides_what_is_silence(speech, against) -> None:
    louder_pauses = np.where(np.abs(speech.samples) < 1e-5, np.float32(1e-3), speech.samples)
    assert stoi(against(louder_pauses)) > 0.99


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x: (x, 0 * x), "the output is silent"),
        (lambda x: (0 * x, x), "the reference is silent"),
        (lambda x: (x, np.append(x[1:], np.float32(np.nan))), "the output contains NaN"),
        (lambda x: (x[16_000:20_000], x[16_000:20_000]), "fewer than 30 frames"),
        (lambda x: (x[16_000:16_800], x[16_000:16_800]), "STOI"),
        (lambda x: (x[16_000:16_010], x[16_000:16_010]), "STOI"),
    ],
)
def test_no_score_is_a_reason_and_not_a_number(speech, spoil, reason, extended) -> None:
    reference, degraded = spoil(speech.samples)
    with pytest.raises(MetricUndefined, match=reason):
        stoi(AlignedPair(wave(reference), wave(degraded)), extended=extended)


def test_the_version_names_library_and_mode() -> None:
    assert version() == f"pystoi 0.4.1 STOI, own code {VERSION}"
    assert version(extended=True) == f"pystoi 0.4.1 ESTOI, own code {VERSION}"
