"""
All scores of an aligned pair that need no recogniser, as measurements.

Conventions
-----------
Which scores there are, and at which rate each is computed, says the table (`Scorer`); the pair is resampled here, once,
and nowhere in a metric. A metric that has no value, or whose package is missing, is undefined with the reason.
"""

from collections.abc import Callable, Collection

from harness.audio.waveform import resample
from harness.errors import MetricUndefined, MissingExtra
from harness.metrics.alignment import AlignedPair
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Scored, Scorer
from harness.record import Measurement, Measurements

VERSION = 2  # raise it when the same input gives another number, here or in how a metric is called
SWITCHES = tuple(sorted({row.scorer.switch for row in METRICS.values() if row.scorer} - {""}))  # keys of `[scores]`


def signal_scores(pair: AlignedPair, wanted: Collection[str] = SWITCHES) -> Measurements:
    """
    Return every score of the table for a pair at any rate, such as pesq_wb (MOS-LQO), stoi (1) and si_sdr_db (dB).

    Beside a score that scatters stands its scatter, such as pesq_wb_scatter (standard deviation over the starts).

    *wanted* names the switches that are on; what is switched off is absent, what has no value is undefined.
    """
    at_rate: dict[int | None, AlignedPair | str] = {None: pair}
    scores: Measurements = {}
    for name, scorer in _scorers(wanted).items():
        if scorer.rate is not None and scorer.rate not in at_rate:
            at_rate[scorer.rate] = _resampled(pair, scorer.rate)
        found = at_rate[scorer.rate]
        if isinstance(found, str):
            scores[name] = Measurement.missing(found)
        else:
            scores |= _measure(name, scorer.score, found)
    return scores


def undefined_scores(wanted: Collection[str], reason: str) -> Measurements:
    """Return what `signal_scores` returns where none of them could be computed."""
    return dict.fromkeys(_scorers(wanted), Measurement.missing(reason))


def versions() -> dict[str, str]:
    """Return library, version and mode of each score, for provenance."""
    return {name: scorer.version() for name, scorer in _scorers(SWITCHES).items()}


def _scorers(wanted: Collection[str]) -> dict[str, Scorer]:
    return {
        row.name: row.scorer
        for row in METRICS.values()
        if row.scorer is not None and (not row.scorer.switch or row.scorer.switch in wanted)
    }


def _resampled(pair: AlignedPair, rate: int) -> AlignedPair | str:
    """Return *pair* at *rate* Hz, or why it cannot be had."""
    try:
        return AlignedPair(resample(pair.reference, rate), resample(pair.degraded, rate))
    except ImportError as error:
        return f"resampling to {rate} Hz needs soxr ({error}): pip install 'codec-harness[resample]'"


def _measure(name: str, score: Callable[[AlignedPair], Scored], pair: AlignedPair) -> Measurements:
    unit = METRICS[name].unit
    try:
        found = score(pair)
    except (MetricUndefined, MissingExtra) as undefined:
        return {name: Measurement.missing(str(undefined))}
    if not isinstance(found, tuple):
        return {name: Measurement.of(found, unit)}
    value, scatter = found
    return {name: Measurement.of(value, unit), f"{name}_scatter": Measurement.of(scatter, unit)}
