"""
The groups of a run that wait, and which comes next: of the codecs that take longest, so that short ones fill the end.

With the longest last, one worker has a group of a slow codec to itself while the others have nothing left to do.
"""

from collections import defaultdict, deque
from collections.abc import Iterable

from harness.runs.tracing import Group


class GroupQueue:
    """Gives out *groups*; those of equal setups in the order in which they came."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._first: deque[Group] = deque()  # what is run again, before everything else
        self._waiting: dict[tuple[str, ...], deque[Group]] = {}
        self._took: defaultdict[tuple[str, ...], float] = defaultdict(float)  # seconds in the codec
        self._spoken: defaultdict[tuple[str, ...], float] = defaultdict(float)  # seconds of speech in these
        for group in groups:
            self._waiting.setdefault(_kind(group), deque()).append(group)

    def __bool__(self) -> bool:
        return bool(self._first or self._waiting)

    @property
    def codecs(self) -> frozenset[str]:
        """The codecs that still wait, by name."""
        waiting = [*self._first, *(groups[0] for groups in self._waiting.values())]
        return frozenset(setup.codec for group in waiting for setup in group.setups)

    def again(self, groups: Iterable[Group]) -> None:
        """Have *groups* come next."""
        self._first.extendleft(reversed(list(groups)))

    def took(self, group: Group, seconds: float) -> None:
        """Say that *group* was *seconds* in its codec."""
        self._took[_kind(group)] += seconds
        self._spoken[_kind(group)] += group.utterance.seconds

    def take(self) -> Group:
        """Return the next group: of setups that were not run yet, or else of those that take longest."""
        if self._first:
            return self._first.popleft()
        kind = max(self._waiting, key=self._pace)  # the first of equals
        group = self._waiting[kind].popleft()
        if not self._waiting[kind]:
            del self._waiting[kind]
        return group

    def _pace(self, kind: tuple[str, ...]) -> float:
        """Return seconds in the codec for a second of speech; infinity where it is not known."""
        return self._took[kind] / self._spoken[kind] if self._spoken[kind] else float("inf")


def _kind(group: Group) -> tuple[str, ...]:
    return tuple(setup.name for setup in group.setups)
