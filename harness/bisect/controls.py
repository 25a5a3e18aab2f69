"""
Settings that are meant to undo others: a reset after dirt, a resampler after another rate, a real clone beside its
source's next session.

A search knows only what breaks and what repairs. If a remedy does not work, it would call it innocent, and propose to
take away what it should have undone. If the remedy is what was left out, it would accuse that and not say what was left
to do harm. So where a cause touches one of these pairs, two more points are judged that could refute either reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.bisect.answer.record import ControlRecord, FactorsRecord
from harness.bisect.probe.differences import mixed, point_of
from harness.bisect.search import Judged, Outcome
from harness.bisect.search.causes import Role
from harness.errors import HarnessError
from harness.record import Scalar
from harness.topology.setup import Configuration

Flat = dict[str, Any]  # a wiring as dotted factors
JudgePoint = Callable[[Configuration], Judged]


@dataclass(frozen=True)
class Control:
    """
    A pair: *hazard*, harmful unless it is *clean*, and the *remedy* that undoes it.

    works : whether a wiring has the remedy in effect; made : the settings that put it there
    names : the factor that the remedy is called by; needs : factors without which the hazard is impossible
    """

    hazard: str
    clean: Scalar
    works: Callable[[Flat], bool]
    made: tuple[tuple[str, Scalar], ...]
    names: str
    needs: tuple[str, ...] = ()

    def harmful(self, flat: Flat) -> bool:
        """Return whether the hazard is there."""
        return bool(flat[self.hazard] != self.clean)


def _reset(side: str) -> Control:
    reset, spares = f"topology.{side}.reset", f"topology.{side}.spares"
    return Control(
        hazard=f"topology.{side}.dirty",
        clean=False,
        works=lambda flat: flat[reset] in ("start", "every-call") and not flat[spares],
        made=((reset, "start"), (spares, "")),
        names=reset,
    )


CONTROLS = (
    _reset("encoder"),
    _reset("decoder"),
    Control(
        hazard="path.source_rate",
        clean=None,
        works=lambda flat: flat["path.resampler"] != "none",
        made=(("path.resampler", "soxr"),),
        names="path.resampler",
    ),
    Control(
        hazard="topology.neighbour",
        clean="none",
        works=lambda flat: not flat["topology.decoder.aliased"],
        made=(("topology.decoder.aliased", False),),
        names="topology.decoder.aliased",
        needs=("topology.decoder.instance", "topology.decoder.cloned"),
    ),
)


def examined(record: FactorsRecord, good: Configuration, bad: Configuration, judge: JudgePoint) -> FactorsRecord:
    """Return *record* with what is known of the remedies that its causes touch; *judge* probes a point, for sure."""
    if record.outcome is not Outcome.FOUND:
        return record
    made: dict[str, Judged] = {
        mixed(good, bad, frozenset(probe.point)).model_dump_json(): probe.judgement
        for probe in record.probes
        if probe.sure and probe.judgement is not Judged.SKIP
    }
    known = len(made)

    def judged(point: Configuration) -> Judged:
        name = point.model_dump_json()
        if name not in made:
            made[name] = judge(point)
        return made[name]

    looks = _Looks(record, good, bad, judged)
    found = tuple(one for control in CONTROLS if (one := looks.at(control)) is not None)
    roles = {one.remedy: Role.FAILS if one.fails else Role.ABSENT for one in found}
    factors = tuple(
        factor
        if factor.factor not in roles
        else factor.model_copy(
            update={"roles": (*(role for role in factor.roles if role is not Role.HARMLESS), roles[factor.factor])}
        )
        for factor in record.factors
    )
    return record.model_copy(update={"controls": found, "factors": factors, "made": record.made + len(made) - known})


@dataclass(frozen=True)
class _Looks:
    record: FactorsRecord
    good: Configuration
    bad: Configuration
    judged: JudgePoint

    def at(self, control: Control) -> ControlRecord | None:
        """Return what is known of one remedy; None if nothing was shown."""
        flat = self.bad.factors()
        if not control.harmful(flat):
            return None
        touched = [
            frozenset(cause.factors)
            for cause in self.record.causes
            if {control.hazard, *(name for name, _ in control.made)} & set(cause.factors)
        ]
        try:
            if control.works(flat):
                return self._fails(control) if touched else None
            return next((one for cause in touched if (one := self._absent(control, cause)) is not None), None)
        except HarnessError:
            return None  # these cannot be combined: nothing is said

    def _fails(self, control: Control) -> ControlRecord | None:
        """The remedy is in effect at the bad end: with the hazard it must be good, as it is without."""
        flat = self.bad.factors()
        chosen = (control.hazard, *(name for name, _ in control.made), *control.needs)
        both = self.good.factors() | {name: flat[name] for name in chosen}
        if self._is(both, Judged.BAD) and self._is(both | {control.hazard: control.clean}, Judged.GOOD):
            return self._record(control, both, fails=True)
        return None

    def _absent(self, control: Control, cause: frozenset[str]) -> ControlRecord | None:
        """The remedy is not in effect: the cause must be good with it, and without the hazard."""
        flat = mixed(self.good, self.bad, cause).factors()
        if not control.harmful(flat) or control.works(flat):
            return None
        mended, clean = flat | dict(control.made), flat | {control.hazard: control.clean}
        if self._is(mended, Judged.GOOD) and self._is(clean, Judged.GOOD):
            return self._record(control, flat, fails=False)
        return None

    def _is(self, flat: Flat, wanted: Judged) -> bool:
        return self.judged(point_of(self.good.codec, flat)) is wanted

    def _record(self, control: Control, flat: Flat, *, fails: bool) -> ControlRecord:
        return ControlRecord(
            hazard=control.hazard,
            value=flat[control.hazard],
            clean=control.clean,
            remedy=control.names,
            remedy_value=flat[control.names],
            works=dict(control.made)[control.names],
            fails=fails,
        )
