import sys

import numpy as np
import pytest

from harness.alignment import AlignedPair
from harness.audio import Waveform, resample
from harness.metrics.perceptual import signal_scores, versions
from harness.metrics.pesq import pesq
from harness.metrics.stoi import stoi

NAMES = ["pesq_wb", "pesq_nb", "stoi", "estoi", "si_sdr_db"]


def test_all_scores_with_their_units(damaged, against) -> None:
    pair = against(damaged["noise 20 dB"])
    scores = signal_scores(pair)
    assert {name: score.unit for name, score in scores.items()} == dict(
        zip(NAMES, ["MOS-LQO", "MOS-LQO", "1", "1", "dB"], strict=True)
    )
    assert scores["pesq_wb"].value == pesq(pair, "wb")
    assert scores["pesq_nb"].value == pesq(pair, "nb")
    assert scores["estoi"].value == stoi(pair, extended=True)
    assert scores["si_sdr_db"].value == pytest.approx(20, abs=0.1)


def test_another_rate_is_resampled_once_to_16_khz(damaged, against) -> None:
    pair = against(damaged["noise 20 dB"])
    wide = AlignedPair(resample(pair.reference, 24_000), resample(pair.degraded, 24_000))
    back = AlignedPair(resample(wide.reference, 16_000), resample(wide.degraded, 16_000))
    scores = signal_scores(wide)
    assert scores["pesq_wb"].value == pesq(back, "wb")
    assert scores["stoi"].value == stoi(back)


@pytest.mark.parametrize(("fill", "reason"), [(0.0, "silent"), (np.nan, "NaN")])
def test_a_dead_output_has_reasons_and_no_scores(speech, against, fill, reason) -> None:
    scores = signal_scores(against(np.full_like(speech.samples, fill)))
    assert list(scores) == NAMES
    for score in scores.values():
        assert score.value is None
        assert reason in score.undefined


def test_identity_has_no_distortion_to_measure(speech, against) -> None:
    assert "infinite" in signal_scores(against(speech.samples))["si_sdr_db"].undefined


def test_a_missing_package_spoils_its_own_score_only(monkeypatch, damaged, against) -> None:
    monkeypatch.setitem(sys.modules, "pesq", None)
    scores = signal_scores(against(damaged["noise 20 dB"]))
    assert "codec-harness[pesq]" in scores["pesq_wb"].undefined
    assert scores["stoi"].value > 0.9


def test_a_missing_resampler_spoils_the_16_khz_scores_only(monkeypatch, speech) -> None:
    monkeypatch.setitem(sys.modules, "librosa", None)
    wide = Waveform(speech.samples, 24_000)
    scores = signal_scores(AlignedPair(wide, Waveform(speech.samples[::-1].copy(), 24_000)))
    assert "codec-harness[resample]" in scores["estoi"].undefined
    assert scores["si_sdr_db"].value is not None


def test_every_score_has_a_version() -> None:
    assert list(versions()) == NAMES
