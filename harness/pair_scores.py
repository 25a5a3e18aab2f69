"""Score one pair of files: the scores of a cell, for audio that was decoded elsewhere."""

from pathlib import Path

from harness import audio, cells
from harness.alignment import AlignedPair, align
from harness.isolation import IsolatedPool
from harness.metrics.amplitude import amplitude_statistics
from harness.record import Frozen, Heard, Measurements
from harness.resources import cache_folder
from harness.scoring import Scorer
from harness.store import Store
from harness.suite import ScoresTable


class PairScores(Frozen):
    """All measurements of a pair, and what was heard in the degraded signal if the words were given."""

    measurements: Measurements
    heard: Heard | None = None


def score(
    reference: Path, degraded: Path, *, text: str | None = None, declared_delay: int = 0, asr: str = "tiny.en"
) -> PairScores:
    """
    Score the file *degraded* against *reference*; the degraded one is brought to the reference's rate.

    text : the words said, for WER and transcript likelihood; without it words are not scored
    declared_delay : samples by which the codec says it lags; any other delay is measured, not taken out
    """
    uncoded = audio.read(reference)
    alignment = align(uncoded, audio.resample(audio.read(degraded), uncoded.sample_rate), declared_delay)
    measurements: Measurements = dict(alignment.measurements)
    measurements |= amplitude_statistics(AlignedPair(uncoded, alignment.pair.degraded))
    heard = None
    with IsolatedPool(2 if text else 1) as pool:
        scorer = Scorer(pool, Store(cache_folder() / "results"), ScoresTable(asr=asr if text else False))
        signal = scorer.signal(alignment.pair)
        if text:
            floor, hearing = (future.result() for future in scorer.hear([uncoded, alignment.pair.degraded], text))
            heard = hearing
            measurements |= cells.word_measurements(hearing, floor)
        measurements |= signal.result().measurements
    return PairScores(measurements=dict(sorted(measurements.items())), heard=heard)
