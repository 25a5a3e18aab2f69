"""
Whether a series of numbers slides or steps, with a false alarm rate that is stated for all series together.

A slide is asked with Kendall's rank correlation of value and time (Mann 1945), a step with the largest standardised
difference of means before and after any release, by permutation. Each series is asked both, so p-values are corrected
for their number (Holm 1979): if nothing changes anywhere, one history in `1 / ALPHA` says that something does.

Either test says that a series changes; what it is called, and how large, is what leaves less of it unexplained. A step
in a series that drifts a little besides is in strict order, and would else be told as a slide of that drift's size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt
from scipy import stats

ALPHA = 0.01  # of all series together
FEWEST = 6  # releases; with fewer, not even a strict slide is rare enough
PERMUTATIONS = 9_999
KINDS = 2  # of change that each series is asked for
EDGE = 2  # releases on each side of a step at least
SEED = 20

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Slide:
    """
    How a series changes.

    kind : "slide" or "step"; by : of the fitted line from the first release to the last, or of the means of a step
    at : for a step, the index of the first release after it
    chance : the corrected probability that so much comes by chance, by the test of that kind or, if only the other
        tells that the series changes, by that one
    """

    kind: str
    by: float
    chance: float
    at: int | None = None


def changes(series: Mapping[str, Sequence[float]], alpha: float = ALPHA) -> dict[str, Slide]:
    """Return how each of *series* that changes does so, by name: a slide, or a step."""
    moving = {name: np.asarray(numbers, np.float64) for name, numbers in series.items()}
    moving = {name: values for name, values in moving.items() if len(values) >= FEWEST and np.ptp(values) > 0}
    enough = ceil(2 * KINDS * len(moving) / alpha)  # for a chance that is rare after correction
    both = {name: [_slide(values), _step(values, enough)] for name, values in moving.items()}
    asked = sorted(((name, change) for name, two in both.items() for change in two), key=lambda one: one[1].chance)
    found: dict[str, list[Slide]] = {}
    worst = 0.0
    for rank, (name, change) in enumerate(asked):
        worst = max(worst, min(1.0, change.chance * (len(asked) - rank)))
        if worst > alpha:
            break
        found.setdefault(name, []).append(Slide(change.kind, change.by, worst, change.at))
    return {name: _told(moving[name], both[name], rare) for name, rare in found.items()}


def _told(values: Values, both: list[Slide], rare: list[Slide]) -> Slide:
    """Return the slide or the step of *both* that explains more; *rare* are those that are no chance, rarest first."""
    kept = _explained(values, both)
    return replace(kept, chance=next((one for one in rare if one.kind == kept.kind), rare[0]).chance)


def _slide(values: Values) -> Slide:
    times = np.arange(len(values))
    chance = float(stats.kendalltau(times, values).pvalue)
    slope = float(stats.theilslopes(values, times).slope)
    return Slide("slide", slope * (len(values) - 1), chance)


def _step(values: Values, enough: int) -> Slide:
    """Return the largest step; while no permutation shows one as large, *enough* are tried, `PERMUTATIONS` at least."""
    at, largest = _largest(values[None])
    draw, tried, as_large = np.random.default_rng(SEED), 0, 0
    while tried == 0 or (as_large == 0 and tried < enough):
        shuffled = draw.permuted(np.tile(values, (PERMUTATIONS, 1)), axis=1)
        as_large += int((_largest(shuffled)[1] >= largest[0] * (1 - 1e-12)).sum())
        tried += PERMUTATIONS
    where = int(at[0])
    by = float(values[where:].mean() - values[:where].mean())
    return Slide("step", by, (as_large + 1) / (tried + 1), where)


def _largest(rows: Values) -> tuple[npt.NDArray[np.intp], Values]:
    """Return for each of *rows* where its means before and after differ most, and by how many standard errors."""
    length = rows.shape[1]
    cuts = np.arange(EDGE, length - EDGE + 1)
    sums = np.cumsum(rows, axis=1)
    before = sums[:, cuts - 1] / cuts
    after = (sums[:, -1:] - sums[:, cuts - 1]) / (length - cuts)
    size = np.abs(before - after) * np.sqrt(cuts * (length - cuts) / length)
    return cuts[size.argmax(axis=1)], size.max(axis=1)


def _explained(values: Values, both: list[Slide]) -> Slide:
    """Return of a slide and a step the one that leaves less unexplained: a step looks like a slide, and the reverse."""
    slide, step = sorted(both, key=lambda change: change.kind)
    times = np.arange(len(values))
    line = np.polyval(np.polyfit(times, values, 1), times)
    assert step.at is not None  # noqa: S101 - a step has a place
    flat = np.where(times < step.at, values[: step.at].mean(), values[step.at :].mean())
    return slide if ((values - line) ** 2).sum() <= ((values - flat) ** 2).sum() else step
