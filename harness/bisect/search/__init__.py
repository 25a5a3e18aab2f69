"""
Searching for what broke: pure searches over an oracle.

`search_versions` finds where an ordered history changes between good and bad; `search_factors` finds which of many
differences break a good setup and which must be undone to repair a bad one; `search_joint` does both at once. None of
them knows what a codec is: an `Oracle` judges points by any function to an `Observation`. `docs/bisect.md` says what is
guaranteed and under which assumption.
"""

from harness.bisect.search.causes import FactorAnswer
from harness.bisect.search.factors import search_factors
from harness.bisect.search.joint import JointAnswer, search_joint
from harness.bisect.search.oracle import Finding, Judged, Noise, Observation, Oracle, Outcome, Probe, Rules
from harness.bisect.search.versions import VersionAnswer, search_versions

__all__ = [
    "FactorAnswer",
    "Finding",
    "JointAnswer",
    "Judged",
    "Noise",
    "Observation",
    "Oracle",
    "Outcome",
    "Probe",
    "Rules",
    "VersionAnswer",
    "search_factors",
    "search_joint",
    "search_versions",
]
