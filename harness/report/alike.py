"""Setups that are not what they must be, and of which the same came out: one fault, which is told once."""

from collections.abc import Iterable, Iterator

from harness.record import RunRecord, SetupRecord


def came_out(name: str, record: RunRecord) -> tuple[str, ...]:
    """Return the hashes of what came out of a setup, one for each utterance; none if something did not come out."""
    hashes = [cell.pcm_sha256 for cell in record.cells.of_setup(name)]
    return () if None in hashes else tuple(one for one in hashes if one is not None)


def by_output(setups: Iterable[SetupRecord], record: RunRecord) -> Iterator[list[SetupRecord]]:
    """Yield *setups* in groups of equal output, each where its first one stands; one whose output is unknown, alone."""
    groups: dict[tuple[str, ...], list[SetupRecord]] = {}
    for setup in setups:
        groups.setdefault(came_out(setup.name, record) or (setup.name,), []).append(setup)
    yield from groups.values()
