"""
Expectations and verdicts in words and letters.
"""

from collections.abc import Sequence

from harness.record import Cell, Expectation, SetupRecord, Verdict
from harness.verdict import UNHARMED, meets, missed

LETTERS = {
    Verdict.IDENTICAL: "I",
    Verdict.EQUIVALENT: "E",
    Verdict.ALTERED: "A",
    Verdict.DEGRADED: "D",
    Verdict.CORRUPT: "C",
    Verdict.UNDEFINED: "?",
}

NOT_ACCEPTED = "is not what was accepted"

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
    said = missed(setup.expectation, setup.verdict)
    if setup.is_reference:
        against = "" if setup.verdict is Verdict.UNDEFINED else " against the uncoded speech"
        said = f"is the reference, and {setup.verdict}{against}"
    if setup.slow and meets(setup.verdict, setup.expectation):
        said = f"is {setup.verdict}, but {setup.slow[0]}"
    if setup.gate is None or not setup.gate.met:
        return said
    return NOT_ACCEPTED


def once(reasons: Sequence[str]) -> list[str]:
    """Return *reasons* without those that one before them says already."""
    return [reason for place, reason in enumerate(reasons) if not any(reason in told for told in reasons[:place])]


def reasons(setup: SetupRecord) -> list[str]:
    """Return why *setup* is what it is, without what `shortfall` says."""
    return once((shortfall(setup), *_telling(setup.reasons, setup, setup.verdict)))[1:]


def gate_reasons(setup: SetupRecord, cell: Cell) -> list[str]:
    """Return why *cell* of *setup* fails its gate, without what is said of the setup."""
    return once(_telling(cell.gate, setup, cell.verdict))


def _telling(said: Sequence[str], setup: SetupRecord, verdict: Verdict) -> list[str]:
    bare = missed(Expectation(at_least=setup.expectation.at_least), verdict)
    return [reason for reason in said if not reason.startswith(bare)]


def one_sided(setup: SetupRecord) -> bool:
    """Tell whether *setup* is wrong against nothing but the uncoded speech, which tells no encoder from a decoder."""
    return setup.is_reference and setup.gate is None and setup.verdict in (Verdict.DEGRADED, Verdict.CORRUPT)


def first_told(setup: SetupRecord) -> tuple[bool, int]:
    """Order setups that are not what they must be: by their gates in the suite's order, then the worst first."""
    return setup.gate is None, 0 if setup.gate is not None else -setup.verdict.rank


def why(setup: SetupRecord) -> str:
    """Say in a sentence why *setup* must be what it must be."""
    best, worst = setup.expectation.at_most, setup.expectation.at_least
    if setup.is_reference:
        return "The others are held against it; it is held against the uncoded speech."
    if best is not None and setup.factors.get("wire.fault", "none") not in (None, "none"):
        return "If what is lost or changed on the way were not heard, the scores would not see it either."
    if best is not None:
        return (
            "It takes state away that a streaming codec needs, or mixes in another's. "
            f"If it does not break, {UNHARMED}."
        )
    return _REASONS.get(worst, "") if worst is not None else ""


_REASONS = {
    Verdict.IDENTICAL: "At every frame its state is to be what it is in the reference setup, so no bit may differ.",
    Verdict.EQUIVALENT: "The same sums may be made in another order, so that rounding may differ and nothing else.",
    Verdict.ALTERED: "The signal may differ, but neither quality nor words may be lost.",
    Verdict.DEGRADED: "Quality may be lost, but no words.",
}
