"""
Judge a setup over all its utterances.

A setup is what its speech is over the corpus, and no better than what any single utterance proves by itself. One
utterance proves what a recogniser's wavering or a score's scatter cannot make (`Judgement.alone`): bits, level, timing,
missing or added sound, STOI, a drop that a second witness bears out. What one utterance cannot prove, the mean over all
can: quality is down if the 95 % interval of the paired change lies beyond half of what a single one may lose, since
errors of single utterances average out and losses of all do not. Equally good encodings moved such a mean by up to
0.06.
"""

from array import array
from collections import Counter
from collections.abc import Sequence

from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Better
from harness.metrics.text import number
from harness.record import Cell, Verdict
from harness.verdict.cell import judge, witnessed
from harness.verdict.interval import interval
from harness.verdict.judgement import Judgement
from harness.verdict.tolerances import MEANS, Tolerances, drop, readable

CORPUS_SHARE = 1 / 2
SHIFTED = ("level_db", "delay_ms", "level_swing_db", "dropout_ms")
FEWEST_UTTERANCES = 5  # a bootstrap of fewer is too sure of itself
FEWEST_WORDS = 3
TOLD = 3  # utterances that are worse than their setup


def judge_setup(
    cells: Sequence[Cell], references: Sequence[Cell], tolerances: Tolerances, *, one_codec: bool = True
) -> tuple[Judgement, str | None]:
    """
    Return the judgement of a setup, and the id of the utterance to look at first: the worst one.

    cells : judged cells of the setup; references : cells of its reference setup
    one_codec : as of `judge`
    """
    by_utterance = {cell.utterance: cell for cell in references}
    judging = SetupJudging(tolerances, one_codec=one_codec)
    for cell in cells:
        judging.add(cell, by_utterance.get(cell.utterance))
    return judging.judgement()


class SetupJudging:
    """Judges a setup by cells that are added one by one, of which only the worst is held."""

    def __init__(self, tolerances: Tolerances, *, one_codec: bool) -> None:
        self._tolerances, self._one_codec = tolerances, one_codec
        self._worst: tuple[Cell, Verdict] | None = None  # with the rung that it gives its setup
        self._excess = self._words = self._count = 0
        self._witnessed = True
        self._drops = {name: array("d") for name in (*(row.name for row in MEANS), *SHIFTED)}
        self._varied = False  # some cell is judged beside what variants of the input do
        self._places: dict[Verdict, list[tuple[int, str]]] = {}  # the first of each verdict, with their number
        self._verdicts = Counter[Verdict]()

    def add(self, cell: Cell, reference: Cell | None) -> None:
        """Add a judged cell, and that of the reference setup, if there is one."""
        before = reference.measurements if reference is not None else None
        alone = _alone(cell, reference, self._tolerances, self._one_codec)
        if self._worst is None or (alone.rank, cell.verdict.rank) > (self._worst[1].rank, self._worst[0].verdict.rank):
            self._worst = cell, alone
        excess, words = _excess(cell, reference, self._tolerances)
        self._excess += excess
        self._words += words
        self._witnessed = self._witnessed and witnessed(cell.measurements)
        self._varied = self._varied or bool(reference is not None and reference.variants)
        for name, drops in self._drops.items():
            lost = drop(cell.measurements, before or {}, name)
            if lost is not None:
                drops.append(lost)
        first = self._places.setdefault(cell.verdict, [])
        if len(first) <= TOLD:  # one of them may be the worst, which is told by itself
            first.append((self._count, cell.utterance))
        self._verdicts[cell.verdict] += 1
        self._count += 1

    def judgement(self) -> tuple[Judgement, str | None]:
        """Return the judgement of what was added so far, and the id of the worst utterance."""
        if self._worst is None:
            return Judgement.of(Verdict.UNDEFINED, "no cell was computed"), None
        worst, rung = self._worst
        borne_out = rung is Verdict.DEGRADED or not self._witnessed
        share = self._excess / self._words if self._words else 0.0
        wrong = self._excess >= FEWEST_WORDS and share > self._tolerances.corpus_word_share
        lower = (*self._lower_means(), *self._shifted_means()) if self._one_codec else ()
        reasons: tuple[str, ...] = ()
        if rung.rank < Verdict.CORRUPT.rank and wrong and (borne_out or lower):
            more = f"{self._excess} of {self._words} words more than the reference setup are wrong"
            reasons = (f"all utterances: {more}",)
            rung = Verdict.CORRUPT
        elif rung.rank < Verdict.DEGRADED.rank and lower:
            reasons, rung = lower, Verdict.DEGRADED
        reasons += tuple(f"{worst.utterance}: {reason}" for reason in worst.reasons)
        return Judgement.of(rung, *reasons, *self._sticking_out(worst, rung)), worst.utterance

    def _lower_means(self) -> tuple[str, ...]:
        """Return the means that are surely lower than the reference setup's, with their intervals."""
        found = []
        for row in MEANS:
            known = self._drops[row.name]
            mean = lower_mean(known, self._tolerances.of(row.name)) if len(known) == self._count else None
            if mean is not None and mean[2]:
                average, low, high = (number(row.name, one) for one in (sum(known) / len(known), *mean[:2]))
                way = "higher" if row.better is Better.LOWER else "lower"
                found.append(f"all utterances: {row.told} is {average} {way} on average (95 % {low} to {high})")
        return tuple(found)

    def _shifted_means(self) -> tuple[str, ...]:
        """
        Return the means of the signal that are surely off by more than one utterance may be.

        Asked only where single utterances are excused by what variants do: what all of them lose is no scatter.
        """
        found = []
        for name in SHIFTED if self._varied else ():
            known, tolerance = self._drops[name], self._tolerances.of("gain_db" if name == "level_db" else name)
            ways = (known, array("d", (-one for one in known)))[: 1 if METRICS[name].better else 2]
            means = [lower_mean(way, tolerance / CORPUS_SHARE) for way in ways if len(way) == self._count]
            if any(mean is not None and mean[2] for mean in means):
                change = METRICS[name].better is Better.LOWER
                average = number(name, (1 if change else -1) * sum(known) / len(known), "+")
                found.append(
                    f"all utterances: {METRICS[name].told} changes by {average} {METRICS[name].unit} on average"
                )
        return tuple(found)

    def _sticking_out(self, worst: Cell, rung: Verdict) -> tuple[str, ...]:
        """Name the cells, beside the one told already, that are worse than what the setup is called."""
        worse = [verdict for verdict in self._verdicts if verdict.rank > rung.rank]
        if not worse:
            return ()
        told = sorted(place for verdict in worse for place in self._places[verdict])
        out = [utterance for _, utterance in told if utterance != worst.utterance]
        if worst.verdict in worse:
            out.insert(0, worst.utterance)
        rest = sum(self._verdicts[verdict] for verdict in worse) - TOLD
        more = f" and {rest} more" if rest > 0 else ""
        return (f"worse in single utterances, but not surely so: {', '.join(out[:TOLD])}{more}",)


def _alone(cell: Cell, reference: Cell | None, tolerances: Tolerances, one_codec: bool) -> Verdict:
    """Return the rung that *cell* gives its setup: its own, or a better one that it proves."""
    if reference is None or cell.verdict not in (Verdict.DEGRADED, Verdict.CORRUPT):
        return cell.verdict
    before, variants = reference.measurements, reference.variants
    judgement = judge(cell.measurements, before, tolerances, one_codec=one_codec, variants=variants)
    return judgement.alone if judgement.verdict is cell.verdict else cell.verdict


def _excess(cell: Cell, reference: Cell | None, tolerances: Tolerances) -> tuple[int, int]:
    """Return the word errors of *cell* beyond those of *reference*, and the words said; 0 where nobody can judge."""
    heard, before = cell.transcript, reference.transcript if reference is not None else None
    if heard is None or before is None or not readable(cell.measurements, tolerances):
        return 0, 0
    return heard.errors - before.errors, heard.reference_words


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
