"""Which cells of a run failed, and why: of them there is nothing to judge or to accept."""

import re

from harness.record import RunRecord

NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
MOST_CAUSES = 3


def failed_cells(record: RunRecord) -> list[str]:
    """Return a line for each cause, a codec and words but for numbers: the first cell, how many more, and why."""
    codecs = {setup.name: setup.codec for setup in record.setups}
    causes: dict[tuple[str, str], tuple[str, str]] = {}
    more: dict[tuple[str, str], int] = {}
    for cell in record.cells:
        if cell.failure is not None:
            cause = codecs[cell.setup], NUMBER.sub("", cell.failure)
            causes.setdefault(cause, (f"{cell.setup}/{cell.utterance}", cell.failure))
            more[cause] = more.get(cause, -1) + 1
    return [f"{place}{f' and {more[cause]} more' * (more[cause] > 0)}: {why}" for cause, (place, why) in causes.items()]


def in_a_line(failed: list[str]) -> str:
    """Return the first causes of `failed_cells`, for a message of one line."""
    rest = len(failed) - MOST_CAUSES
    return "; ".join(failed[:MOST_CAUSES]) + (f"; and {rest} more" if rest > 0 else "")
