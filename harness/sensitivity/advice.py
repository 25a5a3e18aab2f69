"""
What to change so that a blind spot closes: each proposal was tried on the probes, and is made only if it helps.

For every fault that listeners hear and the suite does not notice: would it with the scores that the suite has switched
off, with the tolerances that it has widened, with an utterance that has a place for it, in a topology that it has not?
"""

from harness.sensitivity.campaign import Campaign
from harness.sensitivity.record import AdviceRecord


def advice(campaign: Campaign) -> list[AdviceRecord]:
    """Return what to change, what closes most first."""
    del campaign
    return []
