"""A history whose ends are configured differently: version and configuration searched together."""

from dataclasses import dataclass

from harness.bisect.answer.build import factors_record, label, versions_record
from harness.bisect.answer.record import FactorRecord, FactorsRecord, JointRecord, StepRecord
from harness.bisect.history.file import History
from harness.bisect.probe.asking import Inquiry, Probing
from harness.bisect.probe.differences import Difference, differences, mixed
from harness.bisect.search import search_joint
from harness.bisect.search.causes import Role
from harness.bisect.search.joint import Joint, JointStep, Round, with_factors, with_version
from harness.bisect.searches import Made, between_usable_ends, identity, outside
from harness.errors import HarnessError
from harness.topology.setup import Configuration


def search_history_and_configuration(whole: History, inquiry: Inquiry) -> JointRecord:
    """Find which versions break with which of the factors in which the configurations of the two ends differ."""
    history, unusable = between_usable_ends(whole, inquiry)
    made, last = Made(history), len(history.versions) - 1
    found = differences(history.start, history.end)

    def configured(factors: frozenset[str]) -> Configuration:
        return mixed(history.start, history.end, factors)

    def make(point: Joint) -> Configuration:
        return made.point(point[0], configured(point[1]))

    inquiry.usable(make((last, frozenset(difference.factor for difference in found))))
    probing: Probing[Joint] = Probing(
        history.name,
        inquiry,
        inquiry.prober(make((0, frozenset())), made.point(last, history.end)),
        make=make,
        label=lambda point: f"{history.versions[point[0]].name}: {label(point[1])}",
        identity=lambda point: identity(history, point[0], configured(point[1])),
        ready=lambda point: made.ready(point[0], configured(point[1])),
    )
    factors = tuple(difference.factor for difference in found)
    answer = search_joint(len(history.versions), history.axis, factors, probing.oracle)
    told = _Told(history, found, probing)
    return JointRecord(
        axis=history.axis,
        ends=(history.versions[0].name, history.versions[-1].name),
        rounds=_agreeing(tuple(told.round(one) for one in answer.rounds)),
        steps=tuple(told.step(one, whole, unusable) for one in answer.steps),
        made=answer.probes,
        complete=answer.complete,
    )


def _agreeing(rounds: tuple[FactorsRecord, ...]) -> tuple[FactorsRecord, ...]:
    """Return *rounds* in which no factor is called harmless that another one, up to an earlier version, accuses."""
    seen = {factor.factor for one in rounds for factor in one.factors if set(factor.roles) - {Role.HARMLESS, Role.OPEN}}

    def role(factor: FactorRecord) -> FactorRecord:
        wrong = factor.factor in seen and factor.roles == (Role.HARMLESS,)
        return factor.model_copy(update={"roles": (Role.DEPENDS,)}) if wrong else factor

    return tuple(one.model_copy(update={"factors": tuple(map(role, one.factors))}) for one in rounds)


@dataclass(frozen=True)
class _Told:
    """Records of the parts of a joint search."""

    history: History
    found: tuple[Difference, ...]
    probing: Probing[Joint]

    def round(self, one: Round) -> FactorsRecord:
        """Return the record of a search over the factors, of which the version is one."""
        first, last = self.history.versions[0].name, self.history.versions[one.last].name
        point = with_version(self.history.axis, one.last)
        return factors_record(
            one.answer,
            (Difference(self.history.axis, first, last), *self.found),
            (f"{first} as at the start", f"{last} as at the end"),
            {factors: self.probing.figures(point(factors), f) for factors, f in one.answer.findings.items()},
            self._seconds({label(factors): point(factors) for factors in one.answer.findings}),
            self.probing.oracle.rules.noise,
        )

    def step(self, step: JointStep, whole: History, unusable: dict[int, HarnessError]) -> StepRecord:
        """Return the record of a search along the history with some factors at their bad value."""
        point, versions = with_factors(step.factors), self.history.versions
        record = versions_record(
            self.history,
            step.history,
            {index: self.probing.figures(point(index), f) for index, f in step.history.findings.items()},
            self._seconds({version.name: point(index) for index, version in enumerate(versions)}),
            {},
            outside(whole, unusable),
            self.probing.oracle.rules.noise,
        )
        return StepRecord(factors=tuple(sorted(step.factors)), history=record)

    def _seconds(self, points: dict[str, Joint]) -> dict[str, float]:
        """Return what the probes of *points* took, under their names; without those that were known already."""
        spent = {name: self.probing.seconds.get(self.probing.label(point)) for name, point in points.items()}
        return {name: seconds for name, seconds in spent.items() if seconds is not None}
