"""What a search over factors found, as plain values: causes, repairs, masks and the role of every factor."""

from dataclasses import dataclass
from enum import StrEnum

from harness.bisect.search.hitting_sets import Set
from harness.bisect.search.oracle import Finding, Outcome


class Proof(StrEnum):
    """How far a cause is known to be minimal."""

    ALL = "every part of it was probed and is good"
    ONE_LESS = "every part with one factor less was probed and is good"
    PARTLY = "some parts of it could not be judged or were not probed"


class Role(StrEnum):
    """What a factor does. A factor may have several roles."""

    SUFFICIENT = "sufficient alone"
    TOGETHER = "needed together with others"
    PERHAPS = "perhaps needed together with others"  # without it the others could not be judged
    MASKS = "masks another"
    HARMLESS = "harmless"
    DEPENDS = "matters in some combinations only"
    OPEN = "not examined"
    FAILS = "meant to undo another, and does not"
    ABSENT = "leaves out what undoes another"


@dataclass(frozen=True)
class Cause:
    """A minimal set of factors that breaks the good setup."""

    factors: Set
    proof: Proof
    confidence: float


@dataclass(frozen=True)
class Repair:
    """A set of factors which, undone together, repairs the bad setup; *minimal* if no part of it was enough."""

    factors: Set
    minimal: bool
    confidence: float


@dataclass(frozen=True)
class Mask:
    """*factors* hide *cause*: it is bad, and together with them good, but not with one of them less."""

    factors: Set
    cause: Set

    @property
    def together(self) -> Set:
        """The cause with what hides it."""
        return self.cause | self.factors


@dataclass(frozen=True)
class FactorRole:
    """
    A factor's part in the result and the evidence.

    partners : the rest of each cause that needs it
    pairs : probed pairs of points that differ in this factor alone, as (without, with)
    repairs_alone : whether undoing it alone repairs the bad setup; None if that was not judged, or is not bad
    """

    factor: str
    roles: tuple[Role, ...]
    partners: tuple[Set, ...]
    pairs: tuple[tuple[Set, Set], ...]
    repairs_alone: bool | None


@dataclass(frozen=True)
class FactorAnswer:
    """
    causes, repairs : smallest first; the first repair is the smallest fix
    findings : every point that was judged, or could not be
    first_probes : probes until the first cause was known, before its minimality was proven
    checked, surprises : verification probes, and how many of them contradicted what was expected
    unproven : sets of factors to undo that should be probed but cannot be judged: a further cause may be left there
    complete : all minimal causes and repairs are found: no factor was seen to mask another, or every combination judged
    exhaustive : every combination was probed and could be judged, so nothing was assumed
    confidence : that all causes and repairs reported are so
    """

    outcome: Outcome
    causes: tuple[Cause, ...]
    repairs: tuple[Repair, ...]
    masks: tuple[Mask, ...]
    roles: tuple[FactorRole, ...]
    findings: dict[Set, Finding]
    probes: int
    first_probes: int
    checked: int
    surprises: int
    unproven: tuple[Set, ...]
    complete: bool
    exhaustive: bool
    confidence: float
