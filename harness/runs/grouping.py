"""Which setups are run together: those that references tie, since each is held against its own."""

from harness.runs.suite import Suite
from harness.topology.setup import Setup

TOGETHER = 16  # setups of a group


def tied(suite: Suite) -> list[tuple[tuple[Setup, ...], frozenset[str]]]:
    """
    Return the setups in groups, each with the references that lead to one that is its own; these are told of once.

    A group is what a killed run loses and what a worker holds in memory, so it is `TOGETHER` setups at most, and the
    references beside them, whose names come with it.
    """
    tied: dict[str, list[Setup]] = {}
    for setup in suite.setups:
        end = setup
        while end.reference != end.name:
            end = suite.setup(end.reference)
        tied.setdefault(end.name, []).append(setup)
    groups, told = [], set[str]()
    for part in tied.values():
        for at in range(0, len(part), TOGETHER):
            new = (setup.name for setup in part[at : at + TOGETHER] if setup.name not in told)
            setups = suite.narrowed(new).setups
            names = {setup.name for setup in setups}
            groups.append((setups, frozenset(names & told)))
            told |= names
    return groups
