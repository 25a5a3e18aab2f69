"""What changes over many releases, which of it is for the worse, and what is too little to matter."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.gate.trends.change import ALPHA, FEWEST, Slide, changes
from harness.gate.trends.releases import Release, Series, series
from harness.metrics.catalogue import metric
from harness.metrics.metric import Better

MATTERS = 0.5  # of a tolerance; as where the verdict judges a mean


@dataclass(frozen=True)
class Trend:
    """One measurement that changes. *worse*: against its direction; *matters*: by half of its tolerance or more."""

    series: Series
    change: Slide
    worse: bool
    matters: bool

    @property
    def alarms(self) -> bool:
        """Whether somebody has to look at it."""
        return self.worse and self.matters


@dataclass(frozen=True)
class ReleaseHistory:
    """All releases that are comparable, every series of them, and what changes; *notes* are for a person."""

    releases: Sequence[Release]
    all: Sequence[Series]
    trends: Sequence[Trend]
    notes: Sequence[str]

    @property
    def alarms(self) -> list[Trend]:
        """What changes for the worse, largest first in its tolerances."""
        return [trend for trend in self.trends if trend.alarms]


def history(releases: Sequence[Release], notes: Sequence[str] = (), alpha: float = ALPHA) -> ReleaseHistory:
    """Return what changes over *releases*, oldest first, with a chance of *alpha* that any of it is none."""
    every = series(releases)
    said = list(notes)
    if len(releases) < FEWEST:
        count = f"{len(releases)} comparable release{'s are' if len(releases) != 1 else ' is'}"
        said.append(f"{count} too few to tell a slide; wanted {FEWEST} or more")
    found = changes({_name(one): one.values for one in every}, alpha)
    trends = [_trend(one, found[_name(one)]) for one in every if _name(one) in found]
    return ReleaseHistory(releases, every, sorted(trends, key=_order), said)


def _name(one: Series) -> str:
    return f"{one.setup}\0{one.metric}"


def _trend(one: Series, change: Slide) -> Trend:
    row = metric(one.metric)
    worse = row.better is None or (change.by < 0) == (row.better is Better.HIGHER)
    allowed = row.tolerance.default if row.tolerance is not None else 0.0
    return Trend(one, change, worse, abs(change.by) >= MATTERS * allowed)


def _order(trend: Trend) -> tuple[bool, float]:
    row = metric(trend.series.metric)
    size = abs(trend.change.by) / (row.tolerance.default if row.tolerance is not None else 1.0)
    return not trend.alarms, -size


def words(trend: Trend, releases: Sequence[Release]) -> str:
    """Say in one line what changes, by how much, since when, and how likely that is chance."""
    row, change, values = metric(trend.series.metric), trend.change, trend.series.values
    places = row.digits + 1
    what = f"{trend.series.setup}: {row.told}"
    level = f"{values[0]:.{places}f} to {values[-1]:.{places}f}{_unit(row.unit)}"
    if change.kind == "slide":
        said = f"slides by {change.by:+.{places}f}{_unit(row.unit)} over {len(values)} releases ({level})"
    else:
        assert change.at is not None  # noqa: S101 - a step has a place
        said = f"steps by {change.by:+.{places}f}{_unit(row.unit)} at {releases[change.at].name} ({level})"
    kind = "" if trend.alarms else " (better)" if not trend.worse else " (too little to matter)"
    return f"{what} {said}{kind}, chance {change.chance:.1g}"


def _unit(unit: str) -> str:
    return "" if unit in ("1", "sign", "") else f" {unit}"
