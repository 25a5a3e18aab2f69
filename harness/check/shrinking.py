"""The loop that makes a failing program smaller; what is smaller, each kind of program says itself."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Program = TypeVar("Program")


def smallest(
    fails: Callable[[Program], bool],
    program: Program,
    smaller: Callable[[Program], Iterable[Program]],
    most: int | None = None,
) -> tuple[Program, int]:
    """
    Return a program that still *fails*, of which none that is *smaller* does, and how many were run for it.

    most : how many may be run; the smallest so far is returned then
    """
    runs, found = 0, True
    while found:
        found = False
        for candidate in smaller(program):
            if runs == most:
                return program, runs
            runs += 1
            if fails(candidate):
                program, found = candidate, True
                break
    return program, runs
