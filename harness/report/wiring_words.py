"""
What a setup's wiring is, in sentences: what its topology, its wire and its path are said to be in the suite of the run.
"""

from typing import Any

from harness.record import RunRecord

PARTS = ("topology", "wire", "path")


def wirings(record: RunRecord) -> dict[str, str]:
    """Return the wiring of each setup of *record* by its name; "" where the suite says nothing of it."""
    given = record.suite.get("setups")
    told = {str(one.get("name")): one for one in given if isinstance(one, dict)} if isinstance(given, list) else {}
    return {setup.name: _sentences(told.get(setup.name, {})) for setup in record.setups}


def _sentences(told: dict[str, Any]) -> str:
    said = [part["about"] for name in PARTS if isinstance(part := told.get(name), dict) and part.get("about")]
    return " ".join(f"{about[:1].upper()}{about[1:]}." for about in map(str, said))
