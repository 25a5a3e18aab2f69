"""
Minimal hitting sets: the duality between what breaks and what repairs.

Undoing a set of differences repairs a setup exactly if the set meets every minimal breaking set. So the minimal repairs
are the minimal hitting sets of the minimal breaking sets, and if every one of them has been seen to repair, no further
breaking set exists (as long as adding a difference never mends anything).

Source
------
Reiter, A theory of diagnosis from first principles (1987); the incremental algorithm is Berge's.
"""

from collections.abc import Iterable

Set = frozenset[str]


def minimal(sets: Iterable[Set]) -> tuple[Set, ...]:
    """Return *sets* without those that contain another, smallest first and then by name."""
    kept: list[Set] = []
    for candidate in sorted(set(sets), key=_order):
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return tuple(kept)


def hitting_sets(sets: Iterable[Set]) -> tuple[Set, ...]:
    """Return every minimal set that shares an element with each of *sets*, smallest first and then by name."""
    hitting: tuple[Set, ...] = (frozenset(),)
    for target in sets:
        hitting = minimal(
            grown
            for chosen in hitting
            for grown in ((chosen,) if chosen & target else tuple(chosen | {element} for element in target))
        )
    return hitting


def _order(members: Set) -> tuple[int, tuple[str, ...]]:
    return len(members), tuple(sorted(members))
