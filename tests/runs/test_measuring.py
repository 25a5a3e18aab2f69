"""How deep a measurement goes is what is asked for, and no deeper."""

import numpy as np
import pytest

from harness.audio import speech
from harness.audio.waveform import Waveform
from harness.metrics.alignment import AlignedPair
from harness.metrics.metric import Depth
from harness.record import Measurement
from harness.runs.comparing import Traced
from harness.runs.conditions import ScoresTable
from harness.runs.measuring import Measuring
from harness.runs.scoring import Scorer
from harness.runtime.resources import fixture
from harness.runtime.workers import opened

OWN = {"codes_equal": Measurement.of(1.0, "bool")}


@pytest.fixture(scope="module")
def spoken():
    return next(utterance for utterance in speech.load(fixture("speech")) if utterance.id == "slt-04")


@pytest.fixture(scope="module")
def traced(spoken):
    whole = spoken.waveform()
    said = Waveform(whole.samples[: 3 * whole.sample_rate], whole.sample_rate)
    noise = np.random.default_rng(5).normal(0, 0.05, len(said.samples)).astype(np.float32)
    pair = AlignedPair(said, Waveform(said.samples + noise, said.sample_rate))
    return [Traced("noisy", measurements=OWN, pair=pair), Traced("failed", failure="it raised")]


def test_each_depth_adds_its_own_scores_and_asks_for_no_more(spoken, traced):
    with opened(1) as workers:
        measuring = Measuring(spoken, traced, Scorer(workers.pool, workers.store, ScoresTable(pesq=False, asr=False)))
        measuring.measure(Depth.SIGNAL)
        assert (measuring.pending, measuring.measured("noisy")) == ([], OWN)
        measuring.measure(Depth.QUALITY)
        assert len(measuring.pending) == 1  # the setup that failed has nothing to score
        found = measuring.measured("noisy")
        assert found["codes_equal"].value == 1.0
        assert found["stoi"].value is not None
        assert 0.0 < found["stoi"].value < 1.0
        measuring.measure(Depth.WORDS)  # which the suite has switched off
        assert (measuring.pending, measuring.measured("noisy")) == ([], found)
        assert (measuring.floor, measuring.heard("noisy"), measuring.died("noisy")) == (None, None, False)
        assert measuring.measured("failed") == {}
