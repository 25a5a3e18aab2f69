"""Shortening a program on which two implementations part: calls are left out and pieces cut, while they still part."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.check.parity.program import Program
from harness.check.shrinking import smallest

MOST = 200  # programs that are tried; each is played by both


def shortest(parts: Callable[[Program], bool], program: Program) -> Program:
    """Return a program on which they still part, and from which no call can be taken, or no frame of one."""
    return smallest(parts, program, _smaller, MOST)[0]


def _smaller(program: Program) -> Iterator[Program]:
    """Yield smaller programs: without halves, quarters and so on to single calls; then with shorter pieces."""
    size = len(program) // 2
    while size >= 1:
        for start in range(len(program) - size, -1, -1):
            if start % size == 0:
                yield program[:start] + program[start + size :]
        size //= 2
    for index, call in enumerate(program):
        shorter = ((call.start, call.start + 1), (call.start, call.stop - 1), (call.start + 1, call.stop))
        for start, stop in dict.fromkeys(shorter):
            if start < stop <= call.stop and stop - start < call.stop - call.start:
                yield (*program[:index], replace(call, start=start, stop=stop), *program[index + 1 :])
