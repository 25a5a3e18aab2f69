"""Random programs given to two implementations, until they part; the program is then shortened."""

import time
from dataclasses import dataclass

from harness.check.parity.asking import Asking, ProgramCompared
from harness.check.parity.program import Program, random_program
from harness.check.parity.shorten import shortest


@dataclass(frozen=True)
class ParitySearch:
    """
    What a search found: on *asked* the two part; None if on none.

    seed : of the search, which repeats it; programs : how many were given; seconds : wall time
    """

    asked: ProgramCompared | None
    seed: int
    programs: int
    seconds: float


def search(asking: Asking, *, programs: int, seconds: float, seed: int) -> ParitySearch:
    """Give random programs to both until they part, *programs* were given, or *seconds* have passed."""
    begun = time.perf_counter()
    tried = 0
    while tried < programs and time.perf_counter() < begun + seconds:
        asked = asking.asked(random_program(seed + tried))
        tried += 1
        if asked.is_new:
            small: Program = shortest(lambda one: asking.asked(one).is_new, asked.program)
            return ParitySearch(asking.asked(small), seed, tried, time.perf_counter() - begun)
    return ParitySearch(None, seed, tried, time.perf_counter() - begun)
