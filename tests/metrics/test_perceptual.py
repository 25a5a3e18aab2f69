import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from harness.audio.waveform import Waveform, read, resample
from harness.metrics.alignment import AlignedPair, align
from harness.metrics.catalogue import METRICS
from harness.metrics.perceptual import signal_scores, versions
from harness.metrics.pesq import STARTS, pesq, pesq_scattered
from harness.metrics.stoi import stoi
from harness.record import Measurement
from harness.topology.exact import compare

SPEECH = Path(__file__).parents[2] / "fixtures" / "speech"
FRAME = 1280  # 80 ms at 16 kHz
UNITS = {name: row.unit for name, row in METRICS.items() if row.scorer is not None}
SCATTERS = {"pesq_wb_scatter": "MOS-LQO", "pesq_nb_scatter": "MOS-LQO"}


def why(score: Measurement) -> str:
    assert score.undefined is not None
    return score.undefined


@pytest.mark.pesq
def test_all_scores_with_their_units(damaged, against) -> None:
    pair = against(damaged["noise 20 dB"])
    scores = signal_scores(pair)
    assert {name: score.unit for name, score in scores.items()} == UNITS | SCATTERS
    bands: tuple[tuple[str, Literal["wb", "nb"]], ...] = (("pesq_wb", "wb"), ("pesq_nb", "nb"))
    for name, band in bands:
        starts = [pesq(pair, band, start) for start in STARTS]
        assert scores[name].value == pytest.approx(np.mean(starts))
        assert scores[f"{name}_scatter"].value == pytest.approx(np.std(starts, ddof=1))
    assert scores["estoi"].value == stoi(pair, extended=True)
    assert scores["si_sdr_db"].value == pytest.approx(20, abs=0.1)


@pytest.mark.pesq
def test_another_rate_is_resampled_once_to_16_khz(damaged, against) -> None:
    pair = against(damaged["noise 20 dB"])
    wide = AlignedPair(resample(pair.reference, 24_000), resample(pair.degraded, 24_000))
    back = AlignedPair(resample(wide.reference, 16_000), resample(wide.degraded, 16_000))
    scores = signal_scores(wide)
    assert scores["pesq_wb"].value == pesq_scattered(back, "wb")[0]
    assert scores["stoi"].value == stoi(back)


@pytest.mark.parametrize(("fill", "reason"), [(0.0, "silent"), (np.nan, "NaN")])
def test_a_dead_output_has_reasons_and_no_scores(speech, against, fill, reason) -> None:
    scores = signal_scores(against(np.full_like(speech.samples, fill)))
    assert list(scores) == list(UNITS)
    for score in scores.values():
        assert score.value is None
        assert reason in why(score)


def test_identity_has_no_distortion_to_measure(speech, against) -> None:
    assert "infinite" in why(signal_scores(against(speech.samples))["si_sdr_db"])


@pytest.mark.pesq
def test_a_frame_that_is_missing_can_escape_pesq_but_not_its_length_nor_the_exact_comparison() -> None:
    speech = read(SPEECH / "rms-01.flac")
    frames = speech.samples[: len(speech.samples) // FRAME * FRAME].reshape(-1, FRAME)
    loudest = int(np.argmax(np.square(frames).sum(axis=1)))
    cut = Waveform(np.delete(frames, loudest, axis=0).ravel(), 16_000)
    whole = Waveform(frames.ravel(), 16_000)
    alignment = align(whole, cut, 0)
    assert pesq(alignment.pair, "wb") > 4.5
    assert alignment.measurements["length_change_samples"].value == -FRAME
    codes = np.zeros((1, len(frames)), dtype=np.int64)
    found = compare(codes[:, 1:], cut.samples, codes, whole.samples, FRAME, 0.0)
    assert found.first_diverging_frame == loudest


def test_a_missing_package_spoils_its_own_score_only(monkeypatch, damaged, against) -> None:
    monkeypatch.setitem(sys.modules, "pesq", None)
    scores = signal_scores(against(damaged["noise 20 dB"]))
    assert "codec-harness[pesq]" in why(scores["pesq_wb"])
    assert scores["stoi"].value is not None
    assert scores["stoi"].value > 0.9


def test_a_missing_resampler_spoils_the_16_khz_scores_only(monkeypatch, speech) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    wide = Waveform(speech.samples, 24_000)
    scores = signal_scores(AlignedPair(wide, Waveform(speech.samples[::-1].copy(), 24_000)))
    assert "codec-harness[resample]" in why(scores["estoi"])
    assert scores["si_sdr_db"].value is not None


def test_every_score_has_a_version() -> None:
    assert list(versions()) == list(UNITS)
    assert all(versions().values())
