"""The answer as plain data, and its JSON form (schema 1)."""

from pydantic import Field

from harness.record import Frozen, Provenance, Sealed, Told, Verdict

SCHEMA = 1


class Share(Frozen):
    """*hits* of *asked*, with the ends of the 95 % interval (Wilson 1927)."""

    hits: int
    asked: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.asked


class PointRecord(Frozen):
    """
    One size of a fault.

    heard : what a listener would say (see `harness.sensitivity.fault`); verdicts : what the ladder says, how often
    noticed : by layer; those that were not asked are absent
    failed : of the probes, those in which the codec failed, which any run notices and no layer has measured
    judged : probes with a verdict that can be wrong; right : how often it is right
    suite : noticed by the gate or by the suite alone
    """

    size: float
    heard: str
    probes: int
    verdicts: dict[Verdict, int]
    judged: int
    right: int
    failed: int = 0
    noticed: dict[str, Share]
    suite: Share


class CauseRecord(Frozen):
    """What `explain` names, of the largest size that is noticed."""

    size: float
    side: str | None
    wanted: tuple[str, ...]
    right: bool
    text: Told


class FaultRecord(Frozen):
    """
    One fault or benign change.

    thresholds : by layer, the smallest size from which on at least half of the probes are noticed; None if none is
    subtlest : the smallest size of the catalogue; audible_from : the smallest that every listener hears
    blind : listeners hear a size that the suite does not notice in half of its probes
    wirings : setups in which it was looked for, if not in the reference setup itself
    laws : those that the codec breaks with the fault in it, at its largest size, and keeps without; None if not asked
    not_applicable : why it was not planted
    """

    name: str
    family: str
    unit: str
    cause: Told
    source: str
    where: str
    points: tuple[PointRecord, ...] = ()
    thresholds: dict[str, float | None] = Field(default_factory=dict)
    subtlest: float = 0.0
    audible_from: float | None = None
    blind: bool = False
    wirings: tuple[str, ...] = ()
    explained: CauseRecord | None = None
    laws: tuple[str, ...] | None = None
    not_applicable: Told | None = None


class AdviceRecord(Frozen):
    """
    What to change so that named faults are noticed, or benign changes are not.

    kind : "score", "speech", "tolerance", "utterance", "topology" or "corpus"
    what : what to set, add or drop, in words
    closes : the faults that are then noticed; stops : how many false alarms there are then no more
    proof : the probes that show it
    """

    kind: str
    what: Told
    closes: tuple[str, ...] = ()
    stops: int = 0
    proof: Told

    @property
    def effect(self) -> str:
        """What comes of it, in words."""
        if self.stops:
            return f"stops {self.stops} false alarm{'s' if self.stops > 1 else ''}"
        return f"closes {', '.join(self.closes)}"


class SubjectRecord(Frozen):
    """
    One setup that faults were planted into.

    power : of the sizes that every listener hears, the share of probes that the suite notices; those in which the
        codec failed are no part of it
    false_alarms : of the probes of benign changes, by layer
    right_rung, right_cause : as far as they were probed; complete : nothing was left for want of time
    corpus : the fewest utterances that keep what is noticed, best first
    broken_variants : what the codec breaks of inaudible variants of its input, with nothing planted in it
    """

    setup: str
    codec: str
    utterances: tuple[str, ...]
    faults: tuple[FaultRecord, ...]
    benign: tuple[FaultRecord, ...]
    power: Share | None
    false_alarms: dict[str, Share]
    right_rung: Share | None
    right_cause: Share | None
    corpus: tuple[str, ...]
    advice: tuple[AdviceRecord, ...]
    probes: int
    complete: bool
    broken_variants: tuple[Told, ...] = ()

    @property
    def blind(self) -> tuple[FaultRecord, ...]:
        """The faults that it is blind for."""
        return tuple(fault for fault in self.faults if fault.blind)

    @property
    def untried(self) -> bool:
        """Whether the time was over before anything was probed, so that nothing is known."""
        return not (self.probes or self.complete)

    @property
    def failed(self) -> dict[str, int]:
        """Probes in which the codec failed, by fault or benign change; without those in which it never did."""
        counted = {one.name: sum(point.failed for point in one.points) for one in (*self.faults, *self.benign)}
        return {name: count for name, count in counted.items() if count}

    @property
    def alarms(self) -> int:
        """Benign changes, by probe, of which a gate or the suite alone makes a fault."""
        return sum(point.suite.hits for change in self.benign for point in change.points)


class SensitivityRecord(Sealed):
    """What a suite notices."""

    schema_version: int = SCHEMA
    suite: str
    budget_minutes: float
    seconds: float
    provenance: Provenance
    subjects: tuple[SubjectRecord, ...]

    @property
    def sharp(self) -> bool:
        """Whether there are probes, no blind spot, no false alarm, and no codec that breaks on what nobody hears."""
        known = any(one.probes for one in self.subjects) and not any(one.untried for one in self.subjects)
        return known and not any(one.blind or one.alarms or one.broken_variants for one in self.subjects)
