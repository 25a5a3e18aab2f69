"""Whether a setup is what it must be."""

from harness.record import Expectation, Verdict


def meets(verdict: Verdict, expectation: Expectation) -> bool:
    """Tell whether a setup is what it must be. `undefined` meets nothing that is asked."""
    if expectation.at_least is not None and verdict.rank > expectation.at_least.rank:
        return False
    if expectation.at_most is None:
        return True
    return verdict is not Verdict.UNDEFINED and verdict.rank >= expectation.at_most.rank
