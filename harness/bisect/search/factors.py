"""
Which differences between two setups break the good one, and which must be undone to repair the bad one.

A point is a set of factors: those that take the bad setup's value, while all others keep the good one's. The empty set
is the good setup, the full set the bad one.

How it searches
---------------
1. Both ends.
2. One minimal breaking set of the bad setup, by halving (Hemery and others, 2006): ceil(log2 f) + 3 probes for a single
   cause, ends included; k (ceil(log2 f) + 1) + 2 at most for k factors that are needed together.
3. Minimality: every set with one factor less is probed and, up to six factors, every subset.
4. Further causes, by duality (see `hitting`): undo one factor of each known cause. If that repairs, it is a repair; if
   not, another cause is in what is left, and is shrunk in the same way. It ends when every minimal way to undo all
   known causes repairs.
5. Verification: points whose result follows only if adding a difference never mends anything: all of them up to three
   factors, and up to five after a surprise, where no number is given. Surprises become further causes, factors that
   mask a cause, or smaller repairs.

What is guaranteed
------------------
Each cause broke the good setup, and no smaller part of it did (`proof` says which parts were probed). Each repair
repaired the bad setup. If no factor masks another, the causes and repairs are all there are. Where masking is possible,
that holds for the points probed, and after a surprise the answer is not `complete`; with `exhaustive`, every
combination was judged and no assumption is left.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from harness.bisect.search.causes import FactorAnswer, Mask, Proof
from harness.bisect.search.found import FactorsFound
from harness.bisect.search.halving import boundary
from harness.bisect.search.hitting_sets import Set, hitting_sets, minimal
from harness.bisect.search.ledger import BudgetSpent, Ledger, judge_ends
from harness.bisect.search.oracle import Judged, Oracle, Outcome
from harness.errors import UsageInvalid

FACTORIAL = 6  # factors of a cause up to which all its subsets are probed (62 probes)
FEW, FEW_DOUBTED = 3, 5  # factors of which every combination is judged; and where a surprise was met
MOST_CHECKED = 4096  # combinations to look at in verification, most of them known already


def search_factors(factors: Sequence[str], oracle: Oracle[Set]) -> FactorAnswer:
    """
    Find every minimal set of *factors* that breaks, and every minimal set that repairs.

    oracle : asked of sets of factors at their bad value; the `verify` of its rules defaults to the number of factors,
        and to every combination of few
    Raises `UsageInvalid` if there are no factors or one is named twice.
    """
    if not factors:
        raise UsageInvalid("the good and the bad setup do not differ in any factor: there is nothing to search")
    if len(set(factors)) < len(factors):
        twice = next(name for name in factors if list(factors).count(name) > 1)
        raise UsageInvalid(f"factor {twice!r} is given twice; name each difference once")
    return _Search(tuple(factors), oracle).run()


class _Search:
    def __init__(self, names: tuple[str, ...], oracle: Oracle[Set]) -> None:
        self.names = names
        self.everything: Set = frozenset(names)
        self.ledger = Ledger(oracle)
        usual = 2 ** len(names) if len(names) <= FEW else len(names)
        self.verify = usual if oracle.rules.verify is None else oracle.rules.verify
        self.found = FactorsFound(names, self.ledger)
        self.first_probes = self.surprises = 0
        self.checked: set[Set] = set()

    def run(self) -> FactorAnswer:
        outcome, complete = Outcome.CANNOT_JUDGE, True
        try:
            self.ledger.left = 3 + (len(self.names) - 1).bit_length()
            half = frozenset(self.names[: (len(self.names) + 1) // 2])
            self.ledger.prefetch((frozenset(), self.everything, half))
            outcome = judge_ends(self.ledger.find(frozenset(), sure=True), self.ledger.find(self.everything, sure=True))
            # A confirmation that overturns a provisional finding starts over; what is known costs nothing then.
            while outcome is Outcome.FOUND:
                self.found.forget()
                self._search()
                if self._confirm():
                    break
        except BudgetSpent:
            complete = False
        return self._answer(outcome, complete)

    def _judge(self, point: Set, sure: bool = False) -> Judged:
        return self.ledger.find(point, sure).judgement

    def _ordered(self, point: Set) -> list[str]:
        return [name for name in self.names if name in point]

    def _search(self) -> None:
        first = self._shrink(self.everything)
        self.first_probes = self.first_probes or self.ledger.probes
        self._add(first)
        self._enumerate()
        self._check_assumption()
        self._find_masks()
        self._take_repairs_met()

    def _shrink(self, bad: Set) -> Set:
        """Return a part of *bad* (judged bad) that is bad; minimal if every point can be judged and nothing masks."""
        needed: Set = frozenset()
        rest = self._ordered(bad)
        # Invariant: needed + rest is bad; each factor in `needed` turned some good point bad.
        while rest and self._judge(needed) is not Judged.BAD:
            prefixes = [needed.union(rest[:count]) for count in range(len(rest) + 1)]
            low, high = boundary(self.ledger, prefixes, Judged.BAD)
            needed, rest = needed.union(rest[low:high]), rest[:low]
        return needed

    def _add(self, bad: Set) -> None:
        self.found.causes = minimal((*self.found.causes, self._minimise(bad)))

    def _minimise(self, bad: Set) -> Set:
        smallest = 1 if len(bad) <= FACTORIAL else len(bad) - 1
        sizes = range(len(bad) - 1, smallest - 1, -1)
        parts = [frozenset(part) for size in sizes for part in combinations(self._ordered(bad), size)]
        for place, part in enumerate(parts):
            self.ledger.prefetch(parts[place:])
            if self._judge(part) is Judged.BAD:
                return self._minimise(self._shrink(part))
        return bad

    def _enumerate(self) -> None:
        """Find further causes and all repairs; ends since every further cause is disjoint from what was undone."""
        while True:
            self.found.repairs, self.found.unproven = (), ()
            hitting = hitting_sets(self.found.causes)
            for place, undone in enumerate(hitting):
                self.ledger.prefetch(self.everything - later for later in hitting[place:])
                judgement = self._judge(self.everything - undone, sure=True)
                if judgement is Judged.BAD:
                    self._add(self._shrink(self.everything - undone))
                    break
                if judgement is Judged.GOOD:
                    self.found.repairs = minimal((*self.found.repairs, self._smallest(undone)))
                else:
                    self.found.unproven += (undone,)
            else:
                break
        for undone in self.found.unproven:
            self._undo_more(undone)

    def _smallest(self, undone: Set) -> Set:
        for name in self._ordered(undone):
            if self._judge(self.everything - undone | {name}) is Judged.GOOD:
                return self._smallest(undone - {name})
        return undone

    def _undo_more(self, undone: Set) -> None:
        """*undone* cannot be undone by itself: try it with one factor more."""
        for name in self._ordered(self.everything - undone):
            if self._judge(self.everything - undone - {name}) is Judged.GOOD:
                self.found.repairs = minimal((*self.found.repairs, self._smallest(undone | {name})))
                return

    def _worth_checking(self) -> Iterator[Set]:
        """Yield points in the order in which a surprise there would matter most."""
        for name in self.names:
            yield frozenset({name})
        for name in self.names:
            yield self.everything - {name}
        for cause in self.found.causes:
            for name in self._ordered(self.everything - cause):
                yield cause | {name}
        for size in range(2, len(self.names)):
            yield from map(frozenset, combinations(self.names, size))

    def _check_assumption(self) -> None:
        for point in islice(self._worth_checking(), MOST_CHECKED):
            if point in self.checked:
                continue
            new = self.ledger.known(point) is None
            if new:
                if self.verify <= 0:
                    return
                self.verify -= 1
                self.ledger.left = self.verify
                self._announce_checks()
            self._check(point)
            if new:
                self.checked.add(point)

    def _announce_checks(self) -> None:
        wanted = (point for point in self._worth_checking() if point not in self.checked)
        new = (point for point in islice(wanted, MOST_CHECKED) if self.ledger.known(point) is None)
        self.ledger.prefetch(islice(new, self.verify + 1))

    def _check(self, point: Set) -> None:
        expected = Judged.BAD if any(cause <= point for cause in self.found.causes) else Judged.GOOD
        if self._judge(point) in (expected, Judged.SKIP):
            return
        judgement = self._judge(point, sure=True)  # a surprise is made sure before it costs a search
        if judgement in (expected, Judged.SKIP):
            return
        self.surprises += 1
        if self.ledger.oracle.rules.verify is None and len(self.names) <= FEW_DOUBTED:
            self.verify = 2 ** len(self.names)
        if judgement is Judged.BAD:
            self._add(self._shrink(point))
            self._enumerate()

    def _find_masks(self) -> None:
        good = [point for point, finding in self.ledger.asked.items() if finding.judgement is Judged.GOOD]
        for cause in self.found.causes:
            for point in sorted((point for point in good if cause <= point), key=len):
                if any(mask.cause == cause and mask.factors <= point for mask in self.found.masks):
                    continue
                self.found.masks.append(Mask(self._hiding(cause, point), cause))

    def _hiding(self, cause: Set, good: Set) -> Set:
        """Return a part of *good* (judged good) that hides *cause*: together with it good, and not with one less."""
        needed: Set = frozenset()
        rest = self._ordered(good - cause)
        # Invariant: cause + needed + rest is good.
        while rest and self._judge(cause | needed) is not Judged.GOOD:
            growing = [cause | needed.union(rest[:count]) for count in range(len(rest) + 1)]
            low, high = boundary(self.ledger, growing, Judged.GOOD)
            needed, rest = needed.union(rest[low:high]), rest[:low]
        for name in self._ordered(needed):
            if self._judge(cause | needed - {name}) is Judged.GOOD:
                return self._hiding(cause, cause | needed - {name})
        return needed

    def _take_repairs_met(self) -> None:
        """Take what was seen to repair though it does not undo every cause, as where causes cancel."""
        good = [point for point, finding in self.ledger.asked.items() if finding.judgement is Judged.GOOD]
        for point in sorted(filter(None, good), key=len, reverse=True):
            undone = self.everything - point
            if any(repair.issubset(undone) for repair in self.found.repairs):
                continue
            if self._judge(point, sure=True) is Judged.GOOD:
                self.found.repairs = minimal((*self.found.repairs, self._smallest(undone)))

    def _confirm(self) -> bool:
        """Make the evidence sure; return whether all of it stays what it was."""
        stands = True
        for point in self.found.evidence():
            before = self._judge(point)
            stands = self._judge(point, sure=True) is before and stands
        return stands

    def _answer(self, outcome: Outcome, finished: bool) -> FactorAnswer:
        causes = tuple(self.found.proven(cause) for cause in self.found.causes)
        evidence = {frozenset(), self.everything, *(self.found.evidence() if outcome is Outcome.FOUND else ())}
        judged = [finding for finding in self.ledger.asked.values() if finding.judgement is not Judged.SKIP]
        exhaustive = len(judged) == 2 ** len(self.names)
        settled = not self.found.unproven and all(cause.proof is not Proof.PARTLY for cause in causes)
        doubted = bool(self.surprises or self.found.masks) and not exhaustive
        return FactorAnswer(
            outcome=outcome,
            causes=causes,
            repairs=tuple(self.found.repairing(repair) for repair in self.found.repairs),
            masks=tuple(self.found.masks),
            roles=tuple(self.found.role(name) for name in self.names),
            findings=dict(self.ledger.asked),
            probes=self.ledger.probes,
            first_probes=self.first_probes or self.ledger.probes,
            checked=len(self.checked),
            surprises=self.surprises,
            unproven=self.found.unproven,
            complete=outcome is Outcome.FOUND and finished and settled and not doubted,
            exhaustive=exhaustive,
            confidence=self.found.certainty(evidence),
        )
