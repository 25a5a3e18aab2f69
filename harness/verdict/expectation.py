"""Whether a setup is what it must be."""

from harness.record import Expectation, Verdict

# What it means that an expected failure does not fail.
UNHARMED = (
    "this codec does not depend on that state, the call that is to take it away does nothing, "
    "or the scores do not see it"
)

NOT_REPEATED = "whether the codec gives the same bits twice cannot be told"  # no more than one that does not
NOT_TWICE = "the codec does not give the same bits twice"  # so that no comparison of bits says anything of a wiring


def meets(verdict: Verdict, expectation: Expectation) -> bool:
    """Tell whether a setup is what it must be. `undefined` is never a pass, whatever is asked, if only "anything"."""
    if verdict is Verdict.UNDEFINED:
        return False
    if expectation.at_least is not None and verdict.rank > expectation.at_least.rank:
        return False
    return expectation.at_most is None or verdict.rank >= expectation.at_most.rank


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
        return f"expected failure: {best} or worse"
    return "may be anything that can be measured"


def missed(expectation: Expectation, verdict: Verdict) -> str:
    """Say in a phrase that what must be *expectation* is *verdict*."""
    if expectation.at_most is not None and expectation.at_least is None:
        return f"is an expected failure ({expectation.at_most} or worse), but is {verdict}"
    return f"{expected(expectation)}, but is {verdict}"
