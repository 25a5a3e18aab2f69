"""
What counts as bad in a search, and which measurements can tell: a pure function over what is measured so far.

By rung: `corrupt`, `degraded`, `altered` (that verdict or a worse one), or `not-identical`. By `fails`: the codec
raises, breaks its word, hangs or ends its process, and nothing is measured at all. Or by one measurement, as
`NAME OP LIMIT`, where the limit may be relative to the good end: `stoi < 0.8`, `pesq_wb < good - 0.3`,
`wer > good + 0.1`. A point is bad if it is bad for any utterance.

Measurements come in order of cost (`Depth`). `decide` is asked again after each, and says either what is certain, what
is likely (a provisional answer), or that it needs the next one.
"""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.bisect.search import Judged, Observation
from harness.errors import UsageInvalid
from harness.metrics.catalogue import Rows, metric
from harness.metrics.metric import Depth, MetricFamily
from harness.metrics.text import text
from harness.record import Measurements, Verdict, is_true, value
from harness.verdict import Tolerances, judge
from harness.verdict.tolerances import drop
from harness.verdict.variants import NO_VARIANTS, Ranges

NOT_IDENTICAL = "not-identical"
FAILS = "fails"
RUNGS = {NOT_IDENTICAL: Verdict.EQUIVALENT} | {
    str(rung): rung for rung in (Verdict.ALTERED, Verdict.DEGRADED, Verdict.CORRUPT)
}
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EXPRESSION = re.compile(
    r"\s*(?P<name>[a-z_0-9]+)\s*(?P<op>[<>]=?)\s*(?P<good>good)?\s*(?P<sign>[+-])?\s*(?P<number>\d*\.?\d+)?\s*"
)


def usual(*, words: bool) -> str:
    """Return what is bad where nothing else is named: lost words, or, where *words* are not scored, any loss."""
    return str(Verdict.CORRUPT if words else Verdict.DEGRADED)


WORST = Rows(lambda row: row.family is MetricFamily.QUALITY and row.headline)


@dataclass(frozen=True)
class Criterion:
    """What is bad: at or below *rung* on the ladder, one measurement beyond a limit, or (`fails`) no output at all."""

    text: str
    rung: Verdict | None = None
    name: str = ""
    op: str = "<"
    relative: bool = False
    limit: float = 0.0

    @property
    def fails(self) -> bool:
        """Whether bad is what fails, and nothing else."""
        return self.text == FAILS

    @property
    def depth(self) -> Depth:
        """The depth at which this is certain for every point."""
        if self.rung is not None:
            return Depth.WORDS if self.rung.rank >= Verdict.DEGRADED.rank else Depth.SIGNAL
        return metric(self.name).depth


def parse(text: str) -> Criterion:
    """Read one of `RUNGS`, `fails` or `NAME OP LIMIT`; raise `UsageInvalid` for others."""
    if text in RUNGS:
        return Criterion(text, rung=RUNGS[text])
    if text == FAILS:
        return Criterion(text)
    match = EXPRESSION.fullmatch(text)
    if match is None or (match["number"] is None and (match["good"] is None or match["sign"] is not None)):
        raise UsageInvalid(
            f"--bad-if: got {text!r}; wanted one of {', '.join((*RUNGS, FAILS))}, or an expression on one measurement "
            "such as 'stoi < 0.8' or 'pesq_wb < good - 0.3'"
        )
    number = float(match["number"] or 0)
    limit = -number if match["sign"] == "-" else number
    return Criterion(text, None, match["name"], match["op"], match["good"] is not None, limit)


def decide(
    criterion: Criterion,
    measured: Measurements,
    good: Measurements,
    bad: Measurements | None,
    depth: Depth,
    tolerances: Tolerances,
    variants: Ranges = NO_VARIANTS,
) -> Observation | None:
    """
    Judge one utterance measured as far as *depth*; None if a deeper measurement is needed.

    variants : what inaudible variants of the utterance make of the good end
    good, bad : the same utterance at the good end, and at the bad end if that is known; both measured to the full
    """
    if criterion.rung is None:
        return _by_expression(criterion, measured, good, depth)
    verdict = judge(measured, good, tolerances, variants=variants)
    why = "; ".join(verdict.reasons[:2])
    if verdict.verdict is Verdict.EQUIVALENT and is_true(measured, "pcm_equal"):
        why = "the codes differ, the samples are equal"
    if verdict.verdict.rank <= Verdict.EQUIVALENT.rank:
        return _observed(verdict.verdict.rank >= criterion.rung.rank, why)
    if criterion.rung.rank <= Verdict.ALTERED.rank:
        return _observed(True, _difference(measured))
    if depth is Depth.SIGNAL:
        return None
    if verdict.verdict is Verdict.UNDEFINED:
        return Observation(Judged.SKIP, why)
    if criterion.rung is Verdict.CORRUPT and (value(measured, "wer_floor") or 0.0) > tolerances.unreadable:
        return Observation(Judged.SKIP, "the recogniser cannot read this utterance even uncoded")
    if depth is Depth.WORDS or verdict.verdict.rank >= criterion.rung.rank:
        return _observed(verdict.verdict.rank >= criterion.rung.rank, why)
    if verdict.verdict is Verdict.ALTERED:
        return _observed(False, why, sure=False)  # quality is what it was: words are hardly lost
    if bad is not None and all(_no_better(row.name, measured, bad) for row in WORST):
        return _observed(True, f"no better than the bad end: {why}", sure=False)
    return None


def _by_expression(
    criterion: Criterion, measured: Measurements, good: Measurements, depth: Depth
) -> Observation | None:
    if depth < criterion.depth:
        equal = is_true(measured, "codes_equal") and is_true(measured, "pcm_equal")
        return _observed(False, "bit for bit the good end's output") if equal and criterion.relative else None
    found = measured.get(criterion.name)
    if found is None:
        return Observation(Judged.SKIP, f"{criterion.name} is not measured of such setups")
    unbounded = metric(criterion.name).over_difference and is_true(measured, "pcm_equal")
    if unbounded and not criterion.relative:
        boundless = OPERATORS[criterion.op](math.inf, criterion.limit)
        return _observed(boundless, f"{criterion.name} is without bound, since nothing differs from the good end")
    limit = criterion.limit
    if criterion.relative:
        end = value(good, criterion.name)
        if end is None:
            return Observation(Judged.SKIP, f"{criterion.name} is undefined at the good end")
        limit += end
    said = f"{criterion.name} is {text(criterion.name, found, significant=4, why=True)}"
    if found.value is None:
        return Observation(Judged.SKIP, said)
    return _observed(OPERATORS[criterion.op](found.value, limit), f"{said}, the limit {limit:.4g}")


def _observed(is_bad: bool, why: str, *, sure: bool = True) -> Observation:
    return Observation(Judged.BAD if is_bad else Judged.GOOD, why, sure)


def _difference(measured: Measurements) -> str:
    snr = value(measured, "snr_db")
    return "the output differs" if snr is None else f"the signal differs, {snr:.0f} dB below the speech"


def _no_better(name: str, measured: Measurements, bad: Measurements) -> bool:
    lost = drop(measured, bad, name)
    return lost is not None and lost >= 0
