"""Random programs given to two implementations, until they part; the program is then shortened."""

import time
from dataclasses import dataclass

from harness.check.parity.agreement import Agreement
from harness.check.parity.asking import Asking, ProgramCompared
from harness.check.parity.program import Program, random_program
from harness.check.parity.shorten import shortest


@dataclass(frozen=True)
class ParitySearch:
    """
    What a search found: on *asked* the two part; None if on none by more than they do in plain use.

    usual : the first program on which they part as they do in plain use; None if on none, or if *asked* is one
    seed : of the search, which repeats it; programs : how many were given; seconds : wall time
    """

    asked: ProgramCompared | None
    seed: int
    programs: int
    seconds: float
    usual: ProgramCompared | None = None


def search(asking: Asking, *, programs: int, seconds: float, seed: int) -> ParitySearch:
    """Give random programs to both until they part, *programs* were given, or *seconds* have passed."""
    begun = time.perf_counter()
    tried = 0
    usual: ProgramCompared | None = None
    while tried < programs and time.perf_counter() < begun + seconds:
        asked = asking.asked(random_program(seed + tried))
        tried += 1
        if asked.is_new:
            small: Program = shortest(lambda one: asking.asked(one).is_new, asked.program)
            return ParitySearch(asking.asked(small), seed, tried, time.perf_counter() - begun)
        if usual is None and asked.agreement is Agreement.PARTED:
            usual = asked
    return ParitySearch(None, seed, tried, time.perf_counter() - begun, usual)
