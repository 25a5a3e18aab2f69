"""Whether a setup is what it must be."""

from harness.record import Expectation, Verdict

# What it means that an expected failure does not fail.
UNHARMED = (
    "this codec does not depend on that state, the call that is to take it away does nothing, "
    "or the scores do not see it"
)

NOT_TWICE = "the codec does not give the same bits twice"  # so that no comparison of bits says anything of a wiring


def meets(verdict: Verdict, expectation: Expectation) -> bool:
    """Tell whether a setup is what it must be. `undefined` is never a pass, whatever is asked, if only "anything"."""
    if verdict is Verdict.UNDEFINED:
        return False
    if expectation.at_least is not None and verdict.rank > expectation.at_least.rank:
        return False
    return expectation.at_most is None or verdict.rank >= expectation.at_most.rank
