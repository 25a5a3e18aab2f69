"""
Judge a setup over all its utterances.

A setup is what its speech is over the corpus, and no better than what any single utterance proves by itself. One
utterance proves what a recogniser's wavering or a score's scatter cannot make (`Judgement.alone`): bits, level, timing,
missing or added sound, STOI, a drop that a second witness bears out. What one utterance cannot prove, the mean over all
can: quality is down if the 95 % interval of the paired change lies beyond half of what a single one may lose, since
errors of single utterances average out and losses of all do not. Equally good encodings moved such a mean by up to
0.06.
"""

from collections.abc import Sequence

from harness.metrics.metric import Better
from harness.metrics.text import number
from harness.record import Cell, Measurements, Verdict
from harness.verdict.cell import judge, witnessed
from harness.verdict.interval import interval
from harness.verdict.judgement import Judgement
from harness.verdict.tolerances import MEANS, Tolerances, drop, readable

CORPUS_SHARE = 1 / 2
FEWEST_UTTERANCES = 5  # a bootstrap of fewer is too sure of itself
FEWEST_WORDS = 3


def judge_setup(
    cells: Sequence[Cell], references: Sequence[Cell], tolerances: Tolerances, *, one_codec: bool = True
) -> tuple[Judgement, str | None]:
    """
    Return the judgement of a setup, and the id of the utterance to look at first: the worst one.

    cells : judged cells of the setup; references : cells of its reference setup
    one_codec : as of `judge`
    """
    if not cells:
        return Judgement.of(Verdict.UNDEFINED, "no cell was computed"), None
    before = {cell.utterance: cell.measurements for cell in references}
    alone = {cell.utterance: _alone(cell, before.get(cell.utterance), tolerances, one_codec) for cell in cells}
    worst = max(cells, key=lambda cell: (alone[cell.utterance].rank, cell.verdict.rank))
    rung = alone[worst.utterance]
    excess, words = corpus_excess(cells, references, tolerances)
    borne_out = rung is Verdict.DEGRADED or not all(witnessed(cell.measurements) for cell in cells)
    share = bool(words) and excess >= FEWEST_WORDS and excess / words > tolerances.corpus_word_share
    lower = _lower_means(cells, before, tolerances) if one_codec else ()
    reasons: tuple[str, ...] = ()
    if rung.rank < Verdict.CORRUPT.rank and share and (borne_out or lower):
        reasons = (f"all utterances: {excess} of {words} words more than the reference setup are wrong",)
        rung = Verdict.CORRUPT
    elif rung.rank < Verdict.DEGRADED.rank and lower:
        reasons, rung = lower, Verdict.DEGRADED
    reasons += tuple(f"{worst.utterance}: {reason}" for reason in worst.reasons)
    return Judgement.of(rung, *reasons, *_sticking_out(cells, worst, rung)), worst.utterance


def corpus_excess(cells: Sequence[Cell], references: Sequence[Cell], tolerances: Tolerances) -> tuple[int, int]:
    """Return the word errors beyond the reference setup's, and the words said, over all readable utterances."""
    by_utterance = {cell.utterance: cell for cell in references}
    excess = words = 0
    for cell in cells:
        other = by_utterance.get(cell.utterance)
        if cell.transcript and other and other.transcript and readable(cell.measurements, tolerances):
            excess += cell.transcript.errors - other.transcript.errors
            words += cell.transcript.reference_words
    return excess, words


def _alone(cell: Cell, before: Measurements | None, tolerances: Tolerances, one_codec: bool) -> Verdict:
    """Return the rung that *cell* gives its setup: its own, or a better one that it proves."""
    if before is None or cell.verdict not in (Verdict.DEGRADED, Verdict.CORRUPT):
        return cell.verdict
    judgement = judge(cell.measurements, before, tolerances, one_codec=one_codec)
    return judgement.alone if judgement.verdict is cell.verdict else cell.verdict


def lower_mean(drops: Sequence[float], tolerance: float) -> tuple[float, float, bool] | None:
    """
    Return the 95 % interval of the mean of *drops*, and whether the mean is surely lower; None if they are too few.

    tolerance : what a single utterance may lose; the interval must lie beyond `CORPUS_SHARE` of it
    """
    if len(drops) < FEWEST_UTTERANCES:
        return None
    low, high = (end.value for end in interval(drops, ""))
    if low is None or high is None:
        return None
    return low, high, low > tolerance * CORPUS_SHARE


def _lower_means(cells: Sequence[Cell], before: dict[str, Measurements], tolerances: Tolerances) -> tuple[str, ...]:
    """Return the means that are surely lower than the reference setup's, with their intervals."""
    found = []
    for row in MEANS:
        drops = [drop(cell.measurements, before.get(cell.utterance, {}), row.name) for cell in cells]
        known = [one for one in drops if one is not None]
        mean = lower_mean(known, tolerances.of(row.name)) if len(known) == len(drops) else None
        if mean is not None and mean[2]:
            average, low, high = (number(row.name, one) for one in (sum(known) / len(known), *mean[:2]))
            way = "higher" if row.better is Better.LOWER else "lower"
            found.append(f"all utterances: {row.told} is {average} {way} on average (95 % {low} to {high})")
    return tuple(found)


def _sticking_out(cells: Sequence[Cell], worst: Cell, rung: Verdict) -> tuple[str, ...]:
    """Name the cells, beside the one told already, that are worse than what the setup is called."""
    out = [cell.utterance for cell in cells if cell.verdict.rank > rung.rank and cell is not worst]
    if worst.verdict.rank > rung.rank:
        out.insert(0, worst.utterance)
    if not out:
        return ()
    more = f" and {len(out) - 3} more" if len(out) > 3 else ""
    return (f"worse in single utterances, but not surely so: {', '.join(out[:3])}{more}",)
