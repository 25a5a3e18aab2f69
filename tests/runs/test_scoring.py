import importlib.util
from concurrent.futures import Future

import numpy as np
import pytest

from harness.audio.waveform import Waveform, resample
from harness.errors import MissingExtra
from harness.metrics.alignment import AlignedPair
from harness.metrics.catalogue import METRICS
from harness.runs.conditions import ScoresTable
from harness.runs.scoring import Scorer, require
from harness.runtime.pool import IsolatedPool, WorkerDied
from harness.runtime.store import Store

NOISE = np.random.default_rng(5).uniform(-0.3, 0.3, 16000).astype(np.float32)
PAIR = AlignedPair(Waveform(NOISE, 16000), Waveform(NOISE * np.float32(0.9), 16000))
SIGNAL_ONLY = ScoresTable(asr=False)


def scored(*keys):
    """Return the scores of the table that are measured at 16 kHz where these *keys* are on."""
    rows = [row for row in METRICS.values() if not row.own]
    return {row.name for row in rows if row.scorer is not None and row.scorer.is_wanted(keys, 16_000)}


class Pool(IsolatedPool):
    """Counts tasks, and can be told to let one die."""

    def __init__(self, workers=1, dies=False):
        super().__init__(workers)
        self.tasks, self.dies = 0, dies

    def submit(self, fn, /, *args, **kwargs):
        self.tasks += 1
        if not self.dies:
            return super().submit(fn, *args, **kwargs)
        future = Future()
        future.set_exception(WorkerDied("signal_scores ended its worker process (SIGSEGV(-11))"))
        return future


@pytest.mark.pesq
def test_one_piece_of_audio_is_scored_once_and_read_back_later(tmp_path):
    with Pool() as pool:
        scorer = Scorer(pool, Store(tmp_path), SIGNAL_ONLY)
        first, second = scorer.signal(PAIR), scorer.signal(PAIR)
        assert first.result() == second.result()
        assert pool.tasks == 1
        again = Scorer(pool, Store(tmp_path), SIGNAL_ONLY)
        assert again.signal(PAIR).result() == first.result()
        assert pool.tasks == 1


@pytest.mark.pesq
def test_a_scorer_that_crashes_leaves_undefined_and_is_not_remembered(tmp_path):
    store = Store(tmp_path)
    with Pool(dies=True) as pool:
        scores = Scorer(pool, store, SIGNAL_ONLY).signal(PAIR).result().measurements
    assert set(scores) == scored("pesq", "stoi") >= {"pesq_wb", "stoi", "estoi", "si_sdr_db"}
    assert all(score.value is None for score in scores.values())
    assert all(score.undefined is not None and "SIGSEGV" in score.undefined for score in scores.values())
    with Pool() as pool:
        assert Scorer(pool, store, SIGNAL_ONLY).signal(PAIR).result().measurements["si_sdr_db"] is not None
        assert pool.tasks == 1


def test_what_is_switched_off_is_absent(tmp_path):
    with Pool() as pool:
        scores = Scorer(pool, Store(tmp_path), ScoresTable(asr=False, pesq=False)).signal(PAIR).result().measurements
    assert set(scores) == scored("stoi") >= {"stoi", "estoi", "si_sdr_db"}
    assert scored("pesq", "stoi") - scored("stoi") == {"pesq_wb"}


@pytest.mark.pesq
def test_narrow_band_is_measured_where_it_is_asked_for_and_of_narrow_band_audio(tmp_path):
    def measured(pair, **keys):
        with Pool() as pool:
            scored = Scorer(pool, Store(tmp_path), ScoresTable(asr=False, **keys)).signal(pair)
            return {name for name in scored.result().measurements if name.startswith("pesq")}

    at_8_khz = AlignedPair(resample(PAIR.reference, 8_000), resample(PAIR.degraded, 8_000))
    wide, both = {"pesq_wb", "pesq_wb_scatter"}, {"pesq_wb", "pesq_wb_scatter", "pesq_nb", "pesq_nb_scatter"}
    assert measured(PAIR) == wide
    assert measured(PAIR, pesq_nb=True) == both
    assert measured(PAIR) == wide  # though both are kept
    assert measured(at_8_khz) == both
    assert measured(at_8_khz, pesq=False) == measured(PAIR, pesq=False, pesq_nb=True) == set()


def test_a_metric_that_is_asked_about_by_name_is_asked_for():
    assert ScoresTable().asking_for(["pesq_nb"]).pesq_nb
    assert ScoresTable().asking_for(["pesq_wb", "stoi", "wer", "no such thing", ""]) == ScoresTable()


def test_a_scorer_that_is_not_installed_is_said_at_once(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pesq" else found(name))
    with pytest.raises(MissingExtra, match=r"codec-harness\[pesq\].*pesq = false under \[scores\]"):
        require(ScoresTable())
    require(ScoresTable(pesq=False))
