"""Setups that are not what they must be, and of which the same came out: one fault, which is told once."""

from collections.abc import Iterable, Iterator

from harness.record import RunRecord, SetupRecord

Output = tuple[tuple[str | None, str, int | None], ...]


def came_out(name: str, record: RunRecord) -> Output:
    """
    Return what came out of a setup: hashes of codes and PCM, and the first diverging frame, of each utterance.

    None at all if something did not come out. Other codes may decode to the same PCM, and are another fault.
    """
    found = []
    for cell in record.cells.of_setup(name):
        if cell.pcm_sha256 is None:
            return ()
        found.append((cell.codes_sha256, cell.pcm_sha256, cell.first_diverging_frame))
    return tuple(found)


def by_output(setups: Iterable[SetupRecord], record: RunRecord) -> Iterator[list[SetupRecord]]:
    """Yield *setups* in groups of equal output, each where its first one stands; one whose output is unknown, alone."""
    groups: dict[Output | str, list[SetupRecord]] = {}
    for setup in setups:
        groups.setdefault(came_out(setup.name, record) or setup.name, []).append(setup)
    yield from groups.values()
