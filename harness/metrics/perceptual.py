"""
All scores of an aligned pair that need no recogniser, as measurements.

Conventions
-----------
Which scores there are, and at which rate each is computed, says the table (`Scoring`); the pair is resampled here,
once, and nowhere in a metric. A metric that has no value, or whose package is missing, is undefined with the reason.
"""

from collections.abc import Callable, Collection

from harness.audio.waveform import resample
from harness.errors import MetricUndefined, MissingExtra
from harness.metrics.alignment import AlignedPair
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Metric, Scored, Scoring
from harness.record import Measurement, Measurements

VERSION = 2  # raise it when the same input gives another number, here or in how a metric is called
# The keys of `[scores]` that scores depend on.
SWITCHES = tuple(
    sorted({key for row in METRICS.values() if row.scorer for key in (row.scorer.switch, row.scorer.asked)} - {""})
)


def signal_scores(pair: AlignedPair, wanted: Collection[str] = SWITCHES, own: Collection[Metric] = ()) -> Measurements:
    """
    Return every score of the table for a pair at any rate, such as pesq_wb (MOS-LQO), stoi (1) and si_sdr_db (dB).

    Beside a score that scatters stands its scatter, such as pesq_wb_scatter (standard deviation over the starts).

    *wanted* are the keys of `[scores]` that are on; what is switched off, or not asked for, is absent, and what has no
    value is undefined. *own* are the rows of a suite's own metrics.
    """
    at_rate: dict[int | None, AlignedPair | str] = {None: pair}
    scores: Measurements = {}
    for row, scorer in _scorers(wanted, pair.reference.sample_rate, own):
        if scorer.rate is not None and scorer.rate not in at_rate:
            at_rate[scorer.rate] = _resampled(pair, scorer.rate)
        found = at_rate[scorer.rate]
        if isinstance(found, str):
            scores[row.name] = Measurement.missing(found)
        else:
            scores |= _measure(row, scorer.score, found)
    return scores


def undefined_scores(
    pair: AlignedPair, wanted: Collection[str], reason: str, own: Collection[Metric] = ()
) -> Measurements:
    """Return what `signal_scores` returns where none of them could be computed."""
    rate = pair.reference.sample_rate
    return dict.fromkeys((row.name for row, _ in _scorers(wanted, rate, own)), Measurement.missing(reason))


def versions(own: Collection[Metric] = ()) -> dict[str, str]:
    """Return library, version and mode of each score, for provenance."""
    return {row.name: scorer.version() for row, scorer in _scorers(SWITCHES, 0, own)}


def _scorers(wanted: Collection[str], rate: int, own: Collection[Metric]) -> list[tuple[Metric, Scoring]]:
    rows = [*(row for row in METRICS.values() if not row.own), *own]
    scored = [(row, row.scorer) for row in rows if row.scorer is not None]
    return [(row, scorer) for row, scorer in scored if scorer.is_wanted(wanted, rate)]


def _resampled(pair: AlignedPair, rate: int) -> AlignedPair | str:
    """Return *pair* at *rate* Hz, or why it cannot be had."""
    try:
        return AlignedPair(resample(pair.reference, rate), resample(pair.degraded, rate))
    except ImportError as error:
        return f"resampling to {rate} Hz needs soxr ({error}): pip install 'codec-harness[resample]'"


def _measure(row: Metric, score: Callable[[AlignedPair], Scored], pair: AlignedPair) -> Measurements:
    name, unit = row.name, row.unit
    try:
        found = score(pair)
    except (MetricUndefined, MissingExtra) as undefined:
        return {name: Measurement.missing(str(undefined))}
    if not isinstance(found, tuple):
        return {name: Measurement.of(found, unit)}
    value, scatter = found
    return {name: Measurement.of(value, unit), f"{name}_scatter": Measurement.of(scatter, unit)}
