"""What a verdict says: a rung and why."""

from harness.record import Frozen, Verdict


class Judgement(Frozen):
    """
    A rung and why.

    alone : the rung that this one utterance gives its whole setup; better than *verdict* where a recogniser's wavering
        or the scatter of a score could have made it
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    alone: Verdict

    @classmethod
    def of(cls, verdict: Verdict, *reasons: str, alone: Verdict | None = None) -> "Judgement":
        """Return a judgement that speaks for the setup too, unless it is said otherwise."""
        return cls(verdict=verdict, reasons=reasons, alone=verdict if alone is None else alone)
