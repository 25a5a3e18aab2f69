"""What a search over factors has found so far, and the answer that it comes to, from what was judged."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from harness.bisect.search.causes import Cause, FactorRole, Mask, Proof, Repair, Role
from harness.bisect.search.hitting_sets import Set
from harness.bisect.search.ledger import Ledger
from harness.bisect.search.oracle import Judged


@dataclass(eq=False)
class FactorsFound:
    """
    The causes, repairs and masks among the factors called *names*, as the points in *ledger* were judged.

    unproven : what would undo all causes, and could not be judged
    """

    names: tuple[str, ...]
    ledger: Ledger[Set]
    causes: tuple[Set, ...] = ()
    repairs: tuple[Set, ...] = ()
    unproven: tuple[Set, ...] = ()
    masks: list[Mask] = field(default_factory=list)

    @property
    def everything(self) -> Set:
        """All factors at their bad value: the bad end."""
        return frozenset(self.names)

    def forget(self) -> None:
        """Begin anew; what was judged stays."""
        self.causes, self.repairs, self.unproven, self.masks = (), (), (), []

    def evidence(self) -> list[Set]:
        """Return the points that the causes, repairs and masks rest on."""
        points = [part for cause in self.causes for part in (cause, *(cause - {name} for name in cause))]
        for repair in self.repairs:
            points += [self.everything - repair, *(self.everything - repair | {name} for name in repair)]
        for mask in self.masks:
            points += [mask.cause, mask.together, *(mask.together - {name} for name in mask.factors)]
        return list(dict.fromkeys(points))

    def judged(self, point: Set) -> Judged | None:
        """Return what *point* was judged, if it was asked for."""
        finding = self.ledger.known(point)
        return None if finding is None else finding.judgement

    def certainty(self, points: Iterable[Set]) -> float:
        """Return how probable it is that *points* were all judged rightly."""
        findings = (self.ledger.known(point) for point in points)
        return math.prod(f.confidence for f in findings if f is not None and f.judgement is not Judged.SKIP)

    def proven(self, cause: Set) -> Cause:
        """Return *cause* with how far its parts were judged."""
        less = [cause - {name} for name in cause]
        every = [frozenset(part) for size in range(len(cause)) for part in combinations(sorted(cause), size)]
        proof = Proof.PARTLY
        if all(self.judged(part) is Judged.GOOD for part in less):
            proof = Proof.ALL if all(self.judged(part) is Judged.GOOD for part in every) else Proof.ONE_LESS
        return Cause(cause, proof, self.certainty((cause, *less)))

    def repairing(self, repair: Set) -> Repair:
        """Return *repair* with whether less of it was judged to be too little."""
        less = [self.everything - repair | {name} for name in repair]
        shown = all(self.judged(point) is Judged.BAD for point in less)
        return Repair(repair, shown, self.certainty((self.everything - repair, *less)))

    def role(self, name: str) -> FactorRole:
        """Return what the factor called *name* does, and the pairs of points that show it."""
        asked = {point for point in self.ledger.asked if self.judged(point) in (Judged.GOOD, Judged.BAD)}
        pairs = [(point - {name}, point) for point in asked if name in point and point - {name} in asked]
        pairs.sort(key=lambda pair: (len(pair[1]), sorted(pair[1])))
        partners = tuple(cause - {name} for cause in self.causes if name in cause)
        roles = [Role.SUFFICIENT] if frozenset() in partners else []
        needed = any(self.judged(partner) is Judged.GOOD for partner in partners if partner)
        roles += [Role.TOGETHER if needed else Role.PERHAPS] if any(partners) else []
        roles += [Role.MASKS] if any(name in mask.factors for mask in self.masks) else []
        if not roles:
            alike = all(self.judged(without) is self.judged(with_) for without, with_ in pairs)
            # Where all is bad already, nothing can show that a factor does not break: that takes a good point.
            tried = any(self.judged(without) is Judged.GOOD for without, _ in pairs)
            roles = [Role.DEPENDS] if not alike else [Role.HARMLESS] if tried else [Role.OPEN]
        alone = self.judged(self.everything - {name})
        broken = self.judged(self.everything) is Judged.BAD  # else there is nothing to repair
        repairs = alone is Judged.GOOD if broken and alone not in (None, Judged.SKIP) else None
        return FactorRole(name, tuple(roles), partners, tuple(pairs), repairs)
