"""
Two runs side by side: which cells appeared, disappeared, got better or got worse.

The rung of the ladder decides. On the same rung the two outputs are judged against each other by the tolerances of the
suite, both ways: what lost anything is worse, whatever else it gained. Where neither is worse, the output has other
bits and no more. Undefined is worse than any rung: something can no longer be told.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from harness.errors import RecordInvalid
from harness.files.given import explained
from harness.record import Cell, RunRecord, Verdict
from harness.verdict import Tolerances, judge_change
from harness.verdict.tolerances import MEANS


class ChangeKind(StrEnum):
    """What became of a cell, the worst first."""

    WORSE = "worse"
    DISAPPEARED = "disappeared"
    APPEARED = "appeared"
    BETTER = "better"
    OTHER_BITS = "other bits"


@dataclass(frozen=True)
class CellChange:
    """
    One cell that is not what it was.

    new_failure : its setup met its expectation before, and does not now
    deltas : now minus before, of measurements that both have
    size : rungs moved; on the same rung the largest change in tolerances, as a share of one rung; for sorting
    """

    setup: str
    utterance: str
    kind: ChangeKind
    new_failure: bool
    before: Cell | None
    now: Cell | None
    deltas: dict[str, float]
    size: float


def changes(now: RunRecord, before: RunRecord) -> list[CellChange]:
    """Return what changed from *before* to *now*: new failures first, then worse ones by size, then the rest."""
    tolerances = _tolerances(now)
    after = {(cell.setup, cell.utterance): cell for cell in now.cells}
    earlier = {(cell.setup, cell.utterance): cell for cell in before.cells}
    failing = {setup.name for setup in now.setups if not setup.met}
    failed = {setup.name for setup in before.setups if not setup.met}
    found = []
    for place in list(after) + [place for place in earlier if place not in after]:
        change = _change(place, after.get(place), earlier.get(place), place[0] in failing - failed, tolerances)
        if change is not None:
            found.append(change)
    return sorted(
        found, key=lambda c: (not c.new_failure, list(ChangeKind).index(c.kind), -c.size, c.setup, c.utterance)
    )


@dataclass(frozen=True)
class ChangeGroup:
    """Changes of one setup that say the same: *label* and *was* in words, and the utterances."""

    setup: str
    label: str
    kind: ChangeKind
    was: str
    changes: tuple[CellChange, ...]


def grouped(found: list[CellChange]) -> list[ChangeGroup]:
    """Return *found* with the changes of a setup that are alike put together; the order stays."""
    groups: dict[tuple[str, str, str], list[CellChange]] = {}
    for change in found:
        label = "new failure" if change.new_failure else change.kind
        groups.setdefault((change.setup, label, _was(change)), []).append(change)
    return [ChangeGroup(setup, label, own[0].kind, was, tuple(own)) for (setup, label, was), own in groups.items()]


def other_weights(now: RunRecord, before: RunRecord) -> list[str]:
    """Say of which codecs other files were loaded than in the run *before*, with both hashes."""
    earlier = {codec.name: codec.loaded for codec in before.codecs}
    said = []
    for codec in now.codecs:
        was = earlier.get(codec.name, {})
        differing = [name for name in codec.loaded if name in was and was[name] != codec.loaded[name]]
        if set(codec.loaded) != set(was) and codec.loaded and was:
            said.append(f"{codec.name}: loaded {', '.join(codec.loaded)}, before {', '.join(was)}")
        hashes = [(name, codec.loaded[name][:12], was[name][:12]) for name in differing]
        said += [f"{codec.name}: the weights differ: {name} has sha256 {a}..., before {b}..." for name, a, b in hashes]
    return said


def _was(change: CellChange) -> str:
    before, now = change.before, change.now
    if before is None:
        return f"is {now.verdict}" if now is not None else ""
    if now is None:
        return f"was {before.verdict}"
    if before.verdict is now.verdict:
        return f"still {now.verdict}"
    return f"{before.verdict} \N{RIGHTWARDS ARROW} {now.verdict}"


def _change(
    place: tuple[str, str], now: Cell | None, before: Cell | None, failure: bool, tolerances: Tolerances
) -> CellChange | None:
    if now is None or before is None:
        kind = ChangeKind.DISAPPEARED if now is None else ChangeKind.APPEARED
        return CellChange(*place, kind, failure and now is not None, before, now, {}, 0.0)
    deltas = _deltas(now, before)
    rungs = now.verdict.rank - before.verdict.rank
    if rungs:
        worse = rungs > 0
        return CellChange(
            *place, ChangeKind.WORSE if worse else ChangeKind.BETTER, failure and worse, before, now, deltas, abs(rungs)
        )
    known = now.pcm_sha256 is not None and before.pcm_sha256 is not None
    if known and now.pcm_sha256 == before.pcm_sha256:
        return None
    for one, other, kind in ((now, before, ChangeKind.WORSE), (before, now, ChangeKind.BETTER)):
        if judge_change(one.measurements, other.measurements, tolerances).verdict.rank >= Verdict.DEGRADED.rank:
            return CellChange(
                *place, kind, failure and kind is ChangeKind.WORSE, before, now, deltas, _size(deltas, tolerances)
            )
    return CellChange(*place, ChangeKind.OTHER_BITS, False, before, now, deltas, 0.0) if known else None


def _size(deltas: dict[str, float], tolerances: Tolerances) -> float:
    """Return the largest change as a share below 1, a half for one tolerance."""
    most = max(abs(deltas.get(row.name, 0.0)) / tolerances.of(row.name) for row in MEANS)
    return most / (1 + most)


def _tolerances(record: RunRecord) -> Tolerances:
    """Return the tolerances of a run; a record of an older suite has the defaults for those that it does not name."""
    given = record.suite.get("tolerances")
    known = given if isinstance(given, dict) else {}
    try:
        return Tolerances(**{name: slack for name, slack in known.items() if name in Tolerances.model_fields})
    except ValidationError as error:
        raise RecordInvalid(f"the run {record.name!r}: its suite: tolerances.{explained(error.errors()[0])}") from None


def _deltas(now: Cell, before: Cell) -> dict[str, float]:
    found = {}
    for name, measured in now.measurements.items():
        other = before.measurements.get(name)
        if other is not None and measured.value is not None and other.value is not None:
            found[name] = measured.value - other.value
    return found
