"""
Expectations and verdicts in words and letters.
"""

from harness.record import Expectation, SetupRecord, Verdict
from harness.verdict import meets

LETTERS = {
    Verdict.IDENTICAL: "I",
    Verdict.EQUIVALENT: "E",
    Verdict.ALTERED: "A",
    Verdict.DEGRADED: "D",
    Verdict.CORRUPT: "C",
    Verdict.UNDEFINED: "?",
}

MEANINGS = {
    Verdict.IDENTICAL: "bit for bit the reference setup's output",
    Verdict.EQUIVALENT: "differs by rounding only",
    Verdict.ALTERED: "the signal differs, but neither quality nor words are measurably worse",
    Verdict.DEGRADED: "quality, level, timing or length is worse; the words are there",
    Verdict.CORRUPT: "words were changed",
    Verdict.UNDEFINED: "could not be measured, and is never a pass",
}


def shortfall(setup: SetupRecord) -> str:
    """Say in a phrase how *setup* is not what it must be: by the suite, or else by what was accepted."""
    said = f"{expected(setup.expectation)}, but is {setup.verdict}"
    if setup.slow and meets(setup.verdict, setup.expectation):
        said = f"is {setup.verdict}, but {setup.slow[0]}"
    if setup.gate is None or not setup.gate.met:
        return said
    return "is not what was accepted"


def expected(expectation: Expectation) -> str:
    """Return *expectation* in words."""
    best, worst = expectation.at_most, expectation.at_least
    if worst is not None and best is not None:
        return f"must be {worst} or better, and {best} or worse"
    if worst is Verdict.IDENTICAL:
        return "must be identical"
    if worst is not None:
        return f"must be {worst} or better"
    if best is not None:
        return f"must break: {best} or worse"
    return "may be anything that can be measured"
