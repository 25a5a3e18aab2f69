import subprocess
import sys

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.errors import MetricUndefined
from harness.metrics.alignment import AlignedPair
from harness.metrics.pesq import SAMPLE_RATE, VERSION, pesq, version
from harness.runtime.pool import IsolatedPool, WorkerDied

library = pytest.importorskip("pesq", reason="needs PESQ, which is compiled when it is installed")

BANDS = ("wb", "nb")


def wave(samples, rate=SAMPLE_RATE) -> Waveform:
    return Waveform(np.asarray(samples, dtype=np.float32), rate)


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("change", ["noise 20 dB", "frame repeated"])
def test_it_is_the_librarys_score_of_reference_then_degraded(speech, damaged, against, change, band) -> None:
    expected = library.pesq(SAMPLE_RATE, speech.samples, damaged[change], band)
    assert pesq(against(damaged[change]), band) == pytest.approx(expected, abs=1e-6)


# Ranges around what was measured over several voices; the changes and their order are those of the design's table.
@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        ("quieter", 4.64, 4.65),
        ("flipped", 4.64, 4.65),
        ("tail dropped", 4.5, 4.65),
        ("frame muted", 1.8, 3.6),
        ("frame repeated", 1.8, 3.9),
        ("late 20 ms", 4.4, 4.65),
        ("late 80 ms", 4.1, 4.65),
        ("shuffled", 1.0, 1.35),
        ("reversed", 1.0, 1.2),
        ("noise 20 dB", 1.05, 1.7),
        ("noise 10 dB", 1.0, 1.2),
    ],
)
def test_wide_band_score_of_known_changes(damaged, against, change, low, high) -> None:
    assert low <= pesq(against(damaged[change]), "wb") <= high


@pytest.mark.parametrize(("band", "ceiling"), [("wb", 4.6439), ("nb", 4.5486)])
def test_identity_is_the_ceiling(speech, against, band, ceiling) -> None:
    assert pesq(against(speech.samples), band) == pytest.approx(ceiling, abs=1e-3)


def test_long_speech_is_the_mean_over_equal_windows(long_speech) -> None:
    clean = long_speech.samples[: 31 * SAMPLE_RATE]
    noisy = (clean + 0.01 * np.random.default_rng(1).standard_normal(len(clean))).astype(np.float32)
    half = len(clean) // 2
    scores = [library.pesq(SAMPLE_RATE, clean[s], noisy[s], "wb") for s in (slice(half), slice(half, None))]
    assert scores[0] != pytest.approx(scores[1], abs=1e-3)
    assert pesq(AlignedPair(wave(clean), wave(noisy)), "wb") == pytest.approx(np.mean(scores), abs=1e-6)


def test_a_window_without_speech_in_the_reference_does_not_count(speech) -> None:
    padded = np.append(speech.samples, np.zeros(26 * SAMPLE_RATE, dtype=np.float32))
    noisy = (padded + 0.001 * np.random.default_rng(2).standard_normal(len(padded))).astype(np.float32)
    half = -(-len(padded) // 2)
    alone = library.pesq(SAMPLE_RATE, padded[:half], noisy[:half], "wb")
    assert pesq(AlignedPair(wave(padded), wave(noisy)), "wb") == pytest.approx(alone, abs=1e-6)


def test_a_window_that_fell_silent_is_not_skipped(long_speech) -> None:
    cut = long_speech.samples[: 31 * SAMPLE_RATE].copy()
    cut[: len(cut) // 2] = 0
    with pytest.raises(MetricUndefined, match="silent"):
        pesq(AlignedPair(wave(long_speech.samples[: len(cut)]), wave(cut)), "wb")


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x: (x, 0 * x), "the output is silent"),
        (lambda x: (0 * x, x), "the reference is silent"),
        (lambda x: (x, np.append(np.float32(np.nan), x[1:])), "the output contains NaN"),
        (lambda x: (x, np.append(np.float32(np.inf), x[1:])), "the output contains infinite"),
        (lambda x: (x[16_000:19_999], x[16_000:19_999]), "1/4 of a second"),
        (lambda x: (x[:0], x[:0]), "the reference is empty"),
    ],
)
def test_no_score_is_a_reason_and_not_a_number(speech, spoil, reason, band) -> None:
    reference, degraded = spoil(speech.samples)
    with pytest.raises(MetricUndefined, match=reason):
        pesq(AlignedPair(wave(reference), wave(degraded)), band)


def test_another_rate_is_refused(speech) -> None:
    with pytest.raises(ValueError, match="needs 16000 Hz but got 24000 Hz"):
        pesq(AlignedPair(wave(speech.samples, 24_000), wave(speech.samples, 24_000)), "wb")


def test_the_version_names_library_and_mode_without_importing_it() -> None:
    own = f"mean of 4 starts, own code {VERSION}"
    assert version("wb") == f"pesq 0.0.4 wb P.862.2 without Corrigendum 2, {own}"
    assert version("nb") == f"pesq 0.0.4 nb P.862.1 at 16 kHz, {own}"
    script = "import sys; from harness.metrics.pesq import version; version('wb'); sys.exit('pesq' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_speech_in_many_pieces_kills_the_library_but_not_the_windowed_score(long_speech) -> None:
    piece = SAMPLE_RATE * 3 // 10
    bursts = long_speech.samples[: len(long_speech.samples) // piece * piece].reshape(-1, piece)
    loud = bursts[np.square(bursts).mean(axis=1) > 1e-3]
    spaced = np.concatenate([loud, np.zeros_like(loud)], axis=1).ravel()
    reference = np.tile(spaced, 2)[: 45 * SAMPLE_RATE]
    degraded = (reference + 0.003 * np.random.default_rng(0).standard_normal(len(reference))).astype(np.float32)
    with IsolatedPool(1) as pool:
        whole = pool.submit(library.pesq, SAMPLE_RATE, reference, degraded, "wb")
        windowed = pool.submit(pesq, AlignedPair(wave(reference), wave(degraded)), "wb")
        with pytest.raises(WorkerDied, match="SIGSEGV"):
            whole.result()
        assert 1.0 < windowed.result() < 2.5
