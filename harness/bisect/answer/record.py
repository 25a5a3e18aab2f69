"""The record of a search, as plain data: `search.json`. The page is made of it, and another program can read it."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from harness.bisect.search import Judged, Outcome
from harness.bisect.search.causes import Role
from harness.explain.repeats import Dependence
from harness.files.places import portable_data
from harness.record import Frozen, Measurement, Scalar, Scalars, Told

Shown = Annotated[Scalar, AfterValidator(portable_data)]

SCHEMA = 3

NONE_TO_SPARE = "no part of it is enough"  # how far a repair is proven at best


class ProbeRecord(Frozen):
    """
    One point that was judged.

    point : version name, or the factors at their bad value
    judgement : good, bad or skip, and the last reason
    good, bad : how often it was judged so
    confidence : posterior probability of the judgement (0.5 to 1), if probes are noisy; else None
    remembered : the observation was made by an earlier search
    figures : of the worst utterance that was measured
    failures : how the codec failed, where it did, in words that do not vary from one such failure to the next
    """

    point: tuple[str, ...]
    judgement: Judged
    confidence: float | None
    good: int
    bad: int
    reason: Told
    sure: bool
    remembered: bool
    seconds: float | None
    utterances: int
    figures: dict[str, Measurement]
    failures: tuple[Told, ...] = ()


Ends = tuple[ProbeRecord | None, ProbeRecord | None]  # of the good end and of the bad one, where they were probed


class FactorRecord(Frozen):
    """
    A difference between the ends and what it does; *evidence* is one pair of probes that shows it.

    pairs : probes that differ in it alone; kept_good, kept_bad : those in which both were good, or both bad
    """

    factor: str
    good: Shown
    bad: Shown
    roles: tuple[Role, ...]
    partners: tuple[tuple[str, ...], ...] = ()
    repairs_alone: bool | None
    evidence: tuple[tuple[str, ...], ...]
    pairs: int
    kept_good: int = 0
    kept_bad: int = 0


class SetRecord(Frozen):
    """A cause or a repair: factors that belong together, how far that is proven, and with noise how probable it is."""

    factors: tuple[str, ...]
    proof: str
    confidence: float | None


class ControlRecord(Frozen):
    """
    A setting that is meant to undo another one.

    hazard, value, clean : what is to be undone, and what it is without
    remedy, remedy_value, works : what undoes it, what that is where it was judged, and what it must be
    fails : it is in effect, and with the hazard it is bad all the same, without it good. Else it is not in effect, and
        with it the cause is good, as it is without the hazard
    """

    hazard: str
    value: Shown
    clean: Shown
    remedy: str
    remedy_value: Shown
    works: Shown
    fails: bool


class FactorsRecord(Frozen):
    """
    A search over the differences of two setups.

    error_rates : of a probe, as (good judged bad, bad judged good), as they were given; None if none were
    confidence : posterior probability that all judgements behind causes and repairs are right at these rates, with
        equal prior odds; None if no rates were given, since then nothing was repeated for it
    """

    good: str
    bad: str
    outcome: Outcome
    factors: tuple[FactorRecord, ...]
    causes: tuple[SetRecord, ...]
    repairs: tuple[SetRecord, ...]
    masks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]  # what masks, and what it masks
    probes: tuple[ProbeRecord, ...]
    made: int
    first: int
    checked: int
    surprises: int
    complete: bool
    exhaustive: bool
    error_rates: tuple[float, float] | None = None
    confidence: float | None
    controls: tuple[ControlRecord, ...] = ()

    def probe(self, point: Iterable[str]) -> ProbeRecord | None:
        """Return the probe of the factors *point* at their bad value; None if it was not probed."""
        wanted = tuple(sorted(point))
        return next((probe for probe in self.probes if probe.point == wanted), None)

    @property
    def end_probes(self) -> Ends:
        """The probes of the good and of the bad end."""
        return self.probe(()), self.probe(factor.factor for factor in self.factors)

    @property
    def doubted(self) -> bool:
        """Whether something was seen that only a factor which masks another makes, and not all was judged."""
        return bool(self.surprises or self.masks) and not self.exhaustive


class ChangeRecord(Frozen):
    """
    A change of the history between *before* and *after*.

    why : the search over what differs between the two; with *since_start*, over everything since the first version
    """

    before: str
    after: str
    becomes: Judged
    hidden: tuple[str, ...]
    confidence: float | None
    why: FactorsRecord | None = None
    since_start: bool = False


class VersionRecord(Frozen):
    """One version of the history, and the probe it shares (None if it was not probed)."""

    name: str
    about: str
    changes: Scalars
    probe: ProbeRecord | None


class VersionsRecord(Frozen):
    """
    A search over a history; *unusable* are versions beyond the first and last that can be run.

    error_rates, confidence : as of `FactorsRecord`
    """

    outcome: Outcome
    versions: tuple[VersionRecord, ...]
    unusable: tuple[ProbeRecord, ...] = ()
    changes: tuple[ChangeRecord, ...]
    made: int
    first: int
    unseen: int
    complete: bool
    error_rates: tuple[float, float] | None = None
    confidence: float | None

    @property
    def end_probes(self) -> Ends:
        """The probes of the first and of the last version."""
        return self.versions[0].probe, self.versions[-1].probe


class StepRecord(Frozen):
    """The history with *factors* at their bad value and all others at their good one."""

    factors: tuple[str, ...]
    history: VersionsRecord


class JointRecord(Frozen):
    """
    A search over versions and configuration together.

    axis : what the version is called as a factor
    ends : the first and the last version that can be run
    rounds : searches over the factors and the version, the first one over the whole history, each later one up to the
        version before the latest change known
    steps : one for each set of factors under which the version matters
    """

    axis: str
    ends: tuple[str, str]
    rounds: tuple[FactorsRecord, ...]
    steps: tuple[StepRecord, ...]
    made: int
    complete: bool


class RepeatsRecord(Frozen):
    """
    What came of running the points that the answer rests on again, on the utterance that decided.

    times : runs of each point, that of the search included; processes : fresh ones, each with all points, in two orders
    alone : points that end their process, and were run in processes of their own instead
    identical : all runs of a point are equal bit for bit; stands : or at least judged alike
    contradicted : points that were judged now good, now bad
    dependence, words : what the output depends on beside its input, if that was looked for
    remembered : an earlier search had found them equal
    """

    points: tuple[str, ...]
    utterance: str
    times: int
    processes: int
    identical: bool
    stands: bool
    contradicted: tuple[str, ...] = ()
    dependence: Dependence | None = None
    words: Told = ""
    remembered: bool = False
    alone: tuple[str, ...] = ()


class SearchRecord(Frozen):
    """A whole search; one of *factors*, *versions* and *joint* is there; *repeats*: None if nothing was repeated."""

    schema_version: int = SCHEMA
    name: str
    bad_if: str
    words: Told  # the answer, for a person
    seconds: float
    factors: FactorsRecord | None = None
    versions: VersionsRecord | None = None
    joint: JointRecord | None = None
    repeats: RepeatsRecord | None = None
    run: str | None = None  # the folder of the run that has the audio, relative to the search's own

    @property
    def searches(self) -> tuple[FactorsRecord, ...]:
        """Return every search over factors in it, in order."""
        found = [self.factors] if self.factors is not None else []
        found += [change.why for history in self.histories for change in history.changes if change.why is not None]
        return (*found, *(self.joint.rounds if self.joint is not None else ()))

    @property
    def histories(self) -> tuple[VersionsRecord, ...]:
        """Return every search over versions in it, in order."""
        found = [self.versions] if self.versions is not None else []
        return (*found, *(step.history for step in (self.joint.steps if self.joint is not None else ())))

    @property
    def deciding(self) -> tuple[str, ...]:
        """Return the utterances that decided, as the reasons of the probes name them first."""
        probes = [probe for one in self.searches for probe in one.probes]
        probes += [version.probe for one in self.histories for version in one.versions if version.probe is not None]
        named = [
            probe.reason.partition(":")[0] for probe in probes if probe.judgement is Judged.BAD and ":" in probe.reason
        ]
        return tuple(dict.fromkeys(named))

    @property
    def found(self) -> bool:
        """Whether the answer names a change or a cause."""
        whole = [self.factors] if self.factors is not None else list(self.joint.rounds[:1] if self.joint else ())
        changed = any(history.changes for history in self.histories)
        return changed or any(one.outcome is Outcome.FOUND for one in whole)
