"""
A suite on a machine without PESQ: the package `pesq` comes as source only, and needs a C compiler to be installed.

Then the run goes on without it and says so where nobody can miss it. Nothing that was asked of PESQ by name passes for
that: a suite with a floor for it is refused, and a baseline that was accepted with it is held against nothing.
"""

import importlib.util

from harness.record import RunRecord
from harness.runs.suite import Suite
from harness.verdict.tolerances import FLOORED

LEFT_OUT = (
    "PESQ was left out: the package pesq is not installed. `codec-harness doctor` says what to install; "
    "loss of quality is told by STOI and the words alone."
)


def without_pesq(suite: Suite) -> Suite:
    """Return *suite* with PESQ switched off if the package is missing and no floor needs it, else *suite* itself."""
    floored = any(getattr(suite.floors, row.name) is not None for row in FLOORED if row.name.startswith("pesq"))
    if not suite.scores.pesq or floored or importlib.util.find_spec("pesq") is not None:
        return suite
    return suite.model_copy(update={"scores": suite.scores.model_copy(update={"pesq": False})})


def told(record: RunRecord) -> RunRecord:
    """Return *record* with what was left out in its headline."""
    return record.model_copy(update={"headline": f"{record.headline} {LEFT_OUT}"})
