"""DNSMOS and PLCMOS as metrics of a suite's own."""

import importlib.util

import numpy as np
import pytest

from harness.errors import MetricUndefined
from harness.metrics.metric import Better
from harness.metrics.mos_models import dnsmos, plcmos
from harness.metrics.own import OwnMetric
from harness.metrics.perceptual import signal_scores

INSTALLED = importlib.util.find_spec("speechmos") is not None


def test_silence_and_other_rates_are_undefined():
    with pytest.raises(MetricUndefined, match="wanted rate = 16000"):
        dnsmos(np.ones(10, np.float32), np.ones(10, np.float32), 24_000)
    with pytest.raises(MetricUndefined, match="silent"):
        plcmos(np.ones(10, np.float32), np.zeros(10, np.float32), 16_000)


@pytest.mark.skipif(INSTALLED, reason="speechmos is installed")
def test_without_the_package_it_is_undefined_and_says_what_to_install(against, speech):
    own = OwnMetric(function="harness.metrics.mos_models:dnsmos", better=Better.HIGHER).row("dnsmos", None)
    score = signal_scores(against(speech.samples), (), [own])["dnsmos"]
    assert score.undefined is not None
    assert "codec-harness[mos]" in score.undefined


@pytest.mark.skipif(not INSTALLED, reason="speechmos is not installed")
@pytest.mark.parametrize("model", [dnsmos, plcmos])
def test_noise_is_heard_and_the_same_is_told_again(model, damaged, speech):
    clean, noisy = (model(speech.samples, samples, 16_000) for samples in (speech.samples, damaged["noise 10 dB"]))
    assert clean > noisy + 0.2
    assert model(speech.samples, speech.samples, 16_000) == clean
