"""The catalogue: about seventy faults in ten families, and the changes that are none."""

from harness.errors import UsageInvalid
from harness.sensitivity.catalogue import (
    benign,
    concurrency,
    length,
    level,
    noise,
    rate,
    spectrum,
    state,
    timing,
    wire,
    words,
)
from harness.sensitivity.fault import Family, Fault

_FAMILIES = (state, wire, timing, level, spectrum, length, rate, noise, words, concurrency)
FAULTS: dict[str, Fault] = {row.name: row for family in _FAMILIES for row in family.ROWS}
NOTHING = benign.NOTHING  # planted to see that a codec is sound without
VARIANTS: dict[str, Fault] = {row.name: row for row in benign.VARIANTS}  # of the input, of which none is judged itself
BENIGN: dict[str, Fault] = {row.name: row for row in benign.ROWS}

__all__ = ["BENIGN", "FAULTS", "VARIANTS", "Family", "Fault", "find"]


def find(name: str) -> Fault:
    """Return a fault or a benign change; raise `UsageInvalid` if there is none called *name*."""
    found = FAULTS.get(name) or BENIGN.get(name) or ({NOTHING.name: NOTHING} | VARIANTS).get(name)
    if found is None:
        raise UsageInvalid(f"no fault {name!r}; there are: {', '.join([*FAULTS, *BENIGN])}")
    return found
