"""
Where an ordered history changed between good and bad.

What is guaranteed
------------------
Every change point reported is one: the versions on both sides were judged, to the confidence asked for, and differ;
versions between them, if any, could not be judged. A history with one change and no noise costs at most
ceil(log2 n) + 2 probes until that change is known. After that, `verify` probes look into the middle of the widest
stretches that were taken for granted; a stretch of more than `unseen` versions that differs from both its sides would
have been met, a shorter one may hide.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from harness.bisect.search.halving import boundary
from harness.bisect.search.ledger import BudgetSpent, Ledger, judge_ends
from harness.bisect.search.oracle import Finding, Judged, Oracle, Outcome
from harness.errors import UsageInvalid

UNUSABLE = (Outcome.CANNOT_JUDGE, Outcome.CANNOT_REPRODUCE)


@dataclass(frozen=True)
class VersionChange:
    """The history becomes *becomes* after version *before* and no later than *after*; *hidden* cannot be judged."""

    before: int
    after: int
    becomes: Judged
    hidden: tuple[int, ...]
    confidence: float


@dataclass(frozen=True)
class VersionAnswer:
    """
    outcome : FOUND if the ends are what they are said to be; changes between other ends are reported as well
    changes : in order of history; more than one if the search is not monotone
    findings : every version that was judged, or could not be
    search_probes : until the first change was known; verification and repeats come on top in `probes`
    unseen : longest stretch of versions taken to be like both their neighbours without being probed
    complete : False if the limit on probes ended the search
    confidence : that all changes reported are changes
    """

    outcome: Outcome
    changes: tuple[VersionChange, ...]
    findings: dict[int, Finding]
    probes: int
    search_probes: int
    unseen: int
    complete: bool
    confidence: float


def search_versions(count: int, oracle: Oracle[int]) -> VersionAnswer:
    """
    Search versions 0 (said to be good) to *count* - 1 (said to be bad) for the changes between good and bad.

    oracle : asked of indices; the `verify` of its rules defaults to ceil(log2 count)
    Raises `UsageInvalid` if there are fewer than two versions.
    """
    if count < 2:
        raise UsageInvalid(f"a version search needs at least a good and a bad version, got {count}; add the other end")
    return _Search(count, oracle).run()


class _Search:
    def __init__(self, count: int, oracle: Oracle[int]) -> None:
        self.count = count
        self.ledger = Ledger(oracle)
        self.verify = math.ceil(math.log2(count)) if oracle.rules.verify is None else oracle.rules.verify
        self.search_probes = 0

    def run(self) -> VersionAnswer:
        outcome, complete = Outcome.CANNOT_JUDGE, True
        try:
            self.ledger.left = 2 + (self.count - 2).bit_length()
            self.ledger.prefetch((0, self.count - 1, self.count // 2))
            outcome = judge_ends(self.ledger.find(0, sure=True), self.ledger.find(self.count - 1, sure=True))
            # A confirmation that overturns a provisional finding sends the search back to its memory of the rest. Ends
            # that are not what they are said to be are searched too: a change between them is worth knowing.
            while outcome not in UNUSABLE:
                self._resolve()
                self.search_probes = self.search_probes or self.ledger.probes
                self._look_around()
                if self._confirm():
                    break
        except BudgetSpent:
            complete = False
        return self._answer(outcome, complete)

    def _judged(self) -> list[tuple[int, Finding]]:
        known = ((i, self.ledger.known(i)) for i in range(self.count))
        return [(i, f) for i, f in known if f is not None and f.judgement is not Judged.SKIP]

    def _resolve(self) -> None:
        """Narrow every pair of judged neighbours that differ until only versions that cannot be judged are between."""
        done: set[tuple[int, int]] = set()
        while True:
            judged = self._judged()
            pairs = [(i, j) for (i, a), (j, b) in pairwise(judged) if a.judgement is not b.judgement]
            todo = [pair for pair in pairs if pair not in done and pair[1] - pair[0] > 1]
            if not todo:
                return
            low, high = todo[0]
            low_, high_ = boundary(self.ledger, range(low, high + 1), self.ledger.find(high).judgement)
            done.add((low + low_, low + high_))

    def _stretches(self) -> list[tuple[int, list[int]]]:
        """Return versions that were taken for granted, in stretches between judged neighbours, widest first."""
        judged = [i for i, _ in self._judged()]
        stretches = []
        for low, high in pairwise(judged):
            inside = [i for i in range(low + 1, high) if self.ledger.known(i) is None]
            if inside:
                stretches.append((len(inside), inside))
        return sorted(stretches, key=lambda stretch: -stretch[0])

    def _look_around(self) -> None:
        while self.verify > 0 and (stretches := self._stretches()):
            self.verify -= 1
            inside = stretches[0][1]
            middle = inside[len(inside) // 2]
            self.ledger.prefetch(stretch[len(stretch) // 2] for _, stretch in stretches[: self.verify + 1])
            self.ledger.left = self.verify
            neighbour = max(i for i, _ in self._judged() if i < middle)
            expected = self.ledger.find(neighbour).judgement
            if self.ledger.find(middle).judgement not in (expected, Judged.SKIP):
                self.ledger.find(middle, sure=True)
                self._resolve()

    def _changes(self) -> list[tuple[int, int, Judged]]:
        judged = self._judged()
        return [(i, j, b.judgement) for (i, a), (j, b) in pairwise(judged) if a.judgement is not b.judgement]

    def _confirm(self) -> bool:
        """Make both sides of every change sure; return whether the changes stay what they were."""
        before = self._changes()
        for low, high, _ in before:
            self.ledger.find(low, sure=True)
            self.ledger.find(high, sure=True)
        return self._changes() == before

    def _answer(self, outcome: Outcome, complete: bool) -> VersionAnswer:
        changes: list[VersionChange] = []
        confidence = 1.0
        if outcome not in UNUSABLE:
            for low, high, becomes in self._changes():
                sides = self.ledger.known(low), self.ledger.known(high)
                sure = math.prod(side.confidence for side in sides if side is not None)
                changes.append(VersionChange(low, high, becomes, tuple(range(low + 1, high)), sure))
            # Neighbouring changes share a side, which must not count twice.
            edges = {0, self.count - 1}.union(*((change.before, change.after) for change in changes))
            confidence = math.prod(f.confidence for i, f in self._judged() if i in edges)
        else:
            confidence = math.prod(f.confidence for i, f in self._judged() if i in (0, self.count - 1))
        known = {i: f for i in range(self.count) if (f := self.ledger.known(i)) is not None}
        widest = self._stretches()
        return VersionAnswer(
            outcome=outcome,
            changes=tuple(changes),
            findings=known,
            probes=self.ledger.probes,
            search_probes=self.search_probes or self.ledger.probes,
            unseen=widest[0][0] if widest and outcome not in UNUSABLE else 0,
            complete=complete,
            confidence=confidence,
        )
