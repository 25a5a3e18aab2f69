"""
What a run says of the question that this project comes from: is the clone to blame, what loses words, who would notice?

Every sentence is read off the record; nothing is said of what the run did not try.
"""

from typing import NamedTuple

from harness.metrics.catalogue import METRICS
from harness.metrics.text import text
from harness.record import RunRecord, SetupRecord, Verdict
from harness.report.alike import came_out
from harness.verdict import NOT_REPEATED, NOT_TWICE

SUSPECTS = ("cloned-decoder", "cloned-after-encode", "handover")
SEPARATE = "separate"  # an instance for each side, and no clone
BESIDE = ("neighbour-of-clone", "neighbour-of-encoder-clone")  # a clone and its original are used in turn
APART = ("neighbour",)  # so are two instances of which neither is a clone
LOST = (
    (Verdict.CORRUPT, "Words are lost"),
    (Verdict.DEGRADED, "The words are kept, but quality, level, timing or length is worse"),
)


class Conclusion(NamedTuple):
    """What was found of one *codec*, in sentences."""

    codec: str
    said: tuple[str, ...]


def conclusions(record: RunRecord) -> list[Conclusion]:
    """
    Return what was found of each codec whose decoder was cloned in this run; none of the others.

    A codec that is held against another one differs from it in every wiring, whatever its clones do: nothing is said of
    them. A run that is held against a baseline asks another question, what changed, and has none.
    """
    found: list[Conclusion] = []
    if record.gate is not None:
        return found
    codecs = {setup.name: setup.codec for setup in record.setups}
    own = [setup for setup in record.setups if codecs.get(setup.reference) == setup.codec]
    for codec in dict.fromkeys(codecs.values()):
        setups = [setup for setup in own if setup.name == f"{codec}/{setup.topology}"]  # without wire or path
        suspects = [setup for setup in setups if setup.topology in SUSPECTS]
        if suspects:
            beside, apart = ([setup for setup in setups if setup.topology in names] for names in (BESIDE, APART))
            said = [
                *_clone(record, suspects, beside, apart),
                *_lost(setups),
                *_unnoticed(record, {setup.name for setup in setups}),
            ]
            found.append(Conclusion(codec, tuple(said)))
    return found


def _clone(
    record: RunRecord, suspects: list[SetupRecord], beside: list[SetupRecord], apart: list[SetupRecord]
) -> list[str]:
    reference = next((setup for setup in record.setups if setup.name == suspects[0].reference), None)
    for why in (NOT_TWICE, NOT_REPEATED):
        if reference is not None and any(reason.startswith(why) for reason in reference.reasons):
            return [f"Nothing can be said of the clone: {why}."]
    unknown = [setup.name for setup in suspects if setup.verdict is Verdict.UNDEFINED]
    differing, disturbed = _differing(suspects), _differing(beside)
    said = (
        [f"Of the clone nothing can be said where it could not be measured: {', '.join(unknown)}."] if unknown else []
    )
    if differing:
        return [*_accused(record, differing), *said]
    if shared := _differing(apart):
        return [f"Instances are not kept apart, cloned or not: {_told([*shared, *disturbed])}.", *said]
    if disturbed:
        return [f"The clone is not kept apart from its original: {_told(disturbed)}.", *said]
    if unknown:
        return ["Nothing can be said of the clone.", *said]
    cells = sum(record.cells.count_of(setup.name) for setup in suspects)
    return [f"The clone is innocent: {cells} of {cells} decodes by a cloned decoder are identical, bit for bit."]


def _accused(record: RunRecord, differing: list[SetupRecord]) -> list[str]:
    """
    Say what the setups with a clone that differ come to.

    A clone only decodes, or only encodes, where its original does both: what differs may be the original, whose sides
    disturb each other. The setup `separate`, which clones nothing and has an instance for each side, can refute it.
    """
    codec = differing[0].codec
    apart = next((setup for setup in record.setups if setup.name == f"{codec}/{SEPARATE}"), None)
    if apart is None or apart.verdict is Verdict.UNDEFINED:
        return [
            f"With a clone it differs: {_told(differing)}. Whether the clone is to blame, or its original, whose "
            f'encoder and decoder may disturb each other, this run cannot tell: add the topology "{SEPARATE}".'
        ]
    if apart.verdict is Verdict.IDENTICAL:
        return [f"The clone is not innocent: {_told(differing)}."]
    output = came_out(apart.name, record)
    alike = [setup for setup in differing if output and came_out(setup.name, record) == output]
    others = [setup for setup in differing if setup not in alike]
    said = [
        f"Encoder and decoder of one instance disturb each other: {_told([apart])}, with an instance for each side."
    ]
    if alike:
        names = ", ".join(setup.name for setup in alike)
        said.append(f"That is no fault of the clone: {names} gives the same as {apart.name}, bit for bit.")
    if others:
        said.append(f"Of the clone nothing can be said beside that: {_told(others)}.")
    return said


def _differing(setups: list[SetupRecord]) -> list[SetupRecord]:
    return [setup for setup in setups if setup.verdict not in (Verdict.IDENTICAL, Verdict.UNDEFINED)]


def _told(setups: list[SetupRecord]) -> str:
    return ", ".join(f"{setup.name} is {setup.verdict}" for setup in setups)


def _lost(setups: list[SetupRecord]) -> list[str]:
    said = []
    for verdict, words in LOST:
        found = [setup for setup in setups if setup.verdict is verdict]
        if found:
            wanted = [setup for setup in found if setup.met and setup.expectation.at_most is not None]
            wrong = [setup for setup in found if setup not in wanted]
            told = ", ".join(_figures(setup) for setup in wrong)
            expected = f"as expected, {', '.join(_figures(setup) for setup in wanted)}" if wanted else ""
            said.append(f"{words}: {'; '.join(one for one in (told, expected) if one)}.")
    return said


def _unnoticed(record: RunRecord, setups: set[str]) -> list[str]:
    cells = (cell for setup in setups for cell in record.cells.of_setup(setup))
    corrupt = [cell.masked for cell in cells if cell.verdict is Verdict.CORRUPT]
    if not corrupt:
        return []
    masked = sum(corrupt)
    statistics = "Level, peak, crest, dynamic range, histogram and spectrum"
    return [f"{statistics} would have missed {masked} of {len(corrupt)} corrupt decodes."]


def _figures(setup: SetupRecord) -> str:
    shown = [row for row in METRICS.values() if row.headline and row.name in setup.corpus]
    return f"{setup.topology} ({', '.join(f'{row.head} {text(row.name, setup.corpus[row.name])}' for row in shown)})"
