"""The record of a search, as plain data: `search.json`. The page is made of it, and another program can read it."""

from harness.record import Frozen, Measurement, Scalar

SCHEMA = 1


class ProbeRecord(Frozen):
    """
    One point that was judged.

    point : version name, or the factors at their bad value
    judgement : good, bad or skip, with its confidence (0.5 to 1) and the last reason
    remembered : the observation was made by an earlier search
    figures : of the worst utterance that was measured
    """

    point: tuple[str, ...]
    judgement: str
    confidence: float
    reason: str
    sure: bool
    remembered: bool
    seconds: float | None
    utterances: int
    figures: dict[str, Measurement]


class FactorRecord(Frozen):
    """A difference between the ends and what it does; *evidence* is one pair of probes that shows it."""

    factor: str
    good: Scalar
    bad: Scalar
    roles: tuple[str, ...]
    partners: tuple[tuple[str, ...], ...] = ()
    repairs_alone: bool | None
    evidence: tuple[tuple[str, ...], ...]
    pairs: int


class SetRecord(Frozen):
    """A cause or a repair: factors that belong together, and how far that is proven."""

    factors: tuple[str, ...]
    proof: str
    confidence: float


class FactorsRecord(Frozen):
    """A search over the differences of two setups."""

    good: str
    bad: str
    outcome: str
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
    confidence: float


class ChangeRecord(Frozen):
    """A change of the history between *before* and *after*; *why* is the search over what differs between the two."""

    before: str
    after: str
    becomes: str
    hidden: tuple[str, ...]
    confidence: float
    why: FactorsRecord | None = None


class VersionRecord(Frozen):
    """One version of the history, and the probe it shares (None if it was not probed)."""

    name: str
    about: str
    changes: dict[str, Scalar]
    probe: ProbeRecord | None


class VersionsRecord(Frozen):
    """A search over a history; *unusable* are versions beyond the first and last that can be run."""

    outcome: str
    versions: tuple[VersionRecord, ...]
    unusable: tuple[ProbeRecord, ...] = ()
    changes: tuple[ChangeRecord, ...]
    made: int
    first: int
    unseen: int
    complete: bool
    confidence: float


class SearchRecord(Frozen):
    """A whole search; one of *factors* and *versions* is there."""

    schema_version: int = SCHEMA
    name: str
    bad_if: str
    words: str  # the answer, for a person
    seconds: float
    factors: FactorsRecord | None = None
    versions: VersionsRecord | None = None
    run: str | None = None  # the folder of the run that has the audio, relative to the search's own
