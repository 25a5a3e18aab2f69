"""
Two runs side by side: which cells appeared, disappeared, got better or got worse, the most telling first.

The rung of the ladder decides. On the same rung the two outputs are judged against each other by the tolerances of the
suite, both ways: what lost anything is worse, whatever else it gained. A better rung with something lost is both. Where
neither is worse, the output has other bits and no more. Undefined, which tells nothing, is worse than any rung. Of an
utterance that was recorded anew under its name, that is told and nothing is compared.

What fails its gate heads the list, then new failures. A change beyond a tolerance outranks one within all of them.
Expected failures come last: they are bad on purpose, and how bad says little. One that breaks no more is a failure.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from harness.errors import RecordInvalid
from harness.files.given import explained
from harness.record import Cell, Expectation, RunRecord, SetupRecord, Verdict, value
from harness.report.moved import JUDGED, Moved, moves
from harness.verdict import Tolerances, judge_change, meets

MOST_TOLD = 4
UNBROKEN = "an expected failure that did not break"


class ChangeKind(StrEnum):
    """What became of a cell, the worst first."""

    WORSE = "worse"
    MIXED = "better and worse"
    DISAPPEARED = "disappeared"
    APPEARED = "appeared"
    OTHER_SPEECH = "other speech"
    BETTER = "better"
    OTHER_BITS = "other bits"


@dataclass(frozen=True)
class CellChange:
    """
    One cell that is not what it was.

    gate : it is not what was accepted, or its setup is not
    new_failure : its setup met its expectation before, and does not now
    expected_failure : of a setup that must break, and does
    unbroken : of a setup that must break, and does not
    deltas : now minus before, of measurements that both have
    moved : what changed by more than its tolerance, the most first
    size : rungs moved; on the same rung the largest change in tolerances, as a share of one rung; for sorting
    """

    setup: str
    utterance: str
    kind: ChangeKind
    new_failure: bool
    before: Cell | None  # without what was measured; so is *now*
    now: Cell | None
    deltas: dict[str, float]
    size: float
    moved: tuple[Moved, ...] = ()
    gate: bool = False
    expected_failure: bool = False
    unbroken: bool = False

    @property
    def label(self) -> str:
        """What is said of it in a word or two."""
        if self.gate:
            return "fails its gate"
        return "new failure" if self.new_failure else self.kind

    @property
    def tone(self) -> str:
        """The class of style that its label is shown in."""
        worse = self.gate or self.new_failure or self.kind in (ChangeKind.WORSE, ChangeKind.MIXED)
        return "worse" if worse else self.kind.replace(" ", "-")

    @property
    def told(self) -> str:
        """What moved beyond its tolerance, the most first, in words."""
        unbroken = [UNBROKEN] if self.unbroken else []
        return ", ".join([*unbroken, *(one.told for one in self.moved[:MOST_TOLD])])

    @property
    def beyond(self) -> bool:
        """Whether anything is beyond its tolerance, or quality, words or the answer itself were lost."""
        rungs = [cell.verdict.rank for cell in (self.before, self.now) if cell is not None]
        lost = len(rungs) == 2 and rungs[1] > rungs[0] and rungs[1] >= Verdict.DEGRADED.rank
        return lost or bool(self.moved)


def changes(now: RunRecord, before: RunRecord) -> list[CellChange]:
    """Return what changed from *before* to *now*, in the order that is said above."""
    tolerances = tolerances_of(now)
    setups = {setup.name: setup for setup in now.setups}
    failed = {setup.name for setup in before.setups if not setup.met}
    found, anew = [], _recorded_anew(now, before)
    gone = (place for place in before.cells.places if not now.cells.has(*place))
    for place in (*now.cells.places, *gone):
        pair = now.cells.get(*place), before.cells.get(*place)
        change = _change(place, *pair, setups.get(place[0]), failed, tolerances, anew=place[1] in anew)
        if change is not None:
            found.append(change)
    return sorted(found, key=_order)


def _recorded_anew(now: RunRecord, before: RunRecord) -> set[str]:
    """Return the utterances that are other speech than they were; a baseline has the first 16 digits of its hash."""
    heard = {utterance.id: utterance.sha256[:16] for utterance in before.utterances}
    return {one.id for one in now.utterances if heard.get(one.id, one.sha256[:16]) != one.sha256[:16]}


def _order(change: CellChange) -> tuple[object, ...]:
    return (
        change.expected_failure,
        not change.gate,
        not change.new_failure,
        list(ChangeKind).index(change.kind),
        not change.beyond,
        -change.size,
        change.setup,
        change.utterance,
    )


@dataclass(frozen=True)
class ChangeGroup:
    """Changes of one setup that say the same: *label* and *was* in words, and the utterances."""

    setup: str
    label: str
    kind: ChangeKind
    was: str
    changes: tuple[CellChange, ...]

    @property
    def moved(self) -> str:
        """What moved in the first of them, which moved the most."""
        return self.changes[0].told


def grouped(found: list[CellChange]) -> list[ChangeGroup]:
    """Return *found* with the changes of a setup that are alike put together; the order stays."""
    groups: dict[tuple[str, str, str], list[CellChange]] = {}
    for change in found:
        groups.setdefault((change.setup, change.label, _was(change)), []).append(change)
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
    place: tuple[str, str],
    now: Cell | None,
    before: Cell | None,
    setup: SetupRecord | None,
    failed: set[str],
    tolerances: Tolerances,
    *,
    anew: bool,
) -> CellChange | None:
    kind, size = _kind(now, before, tolerances)
    fell = now is not None and before is not None and now.verdict.rank > before.verdict.rank
    anew &= now is not None and before is not None
    if anew:
        kind, size = ChangeKind.OTHER_SPEECH, 0.0
    if kind is None:
        return None
    new = setup is not None and not setup.met and setup.name not in failed
    bad = setup.expectation if setup is not None else None
    deltas = _deltas(now, before) if now is not None and before is not None and not anew else {}
    unbroken = setup is not None and now is not None and not setup.met and _unbroken(now, setup)
    worse = unbroken or (fell and anew) or kind in (ChangeKind.WORSE, ChangeKind.MIXED, ChangeKind.APPEARED)
    moved = moves(deltas, tolerances)
    return CellChange(
        *place,
        kind,
        new and worse,
        None if before is None else _brief(before),
        None if now is None else _brief(now),
        deltas,
        size or _share(moved),
        tuple(one for one in moved if one.tolerances > 1),
        gate=now is not None and (bool(now.gate) or (worse and setup is not None and setup.gate is not None)),
        expected_failure=bad is not None and bad.at_most is not None and setup is not None and setup.met,
        unbroken=unbroken,
    )


def _unbroken(cell: Cell, setup: SetupRecord) -> bool:
    """Tell whether *setup* must break, and *cell* is no reason to say that it does."""
    broken = Expectation(at_most=setup.expectation.at_most)
    return cell.verdict is not Verdict.UNDEFINED and not meets(cell.verdict, broken)


def _brief(cell: Cell) -> Cell:
    """Return *cell* without what was measured: of a large run, many may change."""
    less: dict[str, object] = {
        "measurements": {},
        "timing": {},
        "frame_error_db": (),
        "codebook_agreement": (),
        "codes_differ": (),
    }
    return cell.model_copy(update=less | {"transcript": None})


def _kind(now: Cell | None, before: Cell | None, tolerances: Tolerances) -> tuple[ChangeKind | None, float]:
    """Return what became of a cell, and how many rungs it moved; None for a cell that is what it was."""
    if now is None or before is None:
        return (ChangeKind.DISAPPEARED if now is None else ChangeKind.APPEARED), 0.0
    rungs = now.verdict.rank - before.verdict.rank
    known = now.pcm_sha256 is not None and before.pcm_sha256 is not None
    same = known and now.pcm_sha256 == before.pcm_sha256
    if rungs > 0:
        return ChangeKind.WORSE, rungs
    lost = not same and _lost(now, before, tolerances)
    if rungs < 0:
        return (ChangeKind.MIXED if lost else ChangeKind.BETTER), -rungs
    if same:
        return (None if now.codes_sha256 == before.codes_sha256 else ChangeKind.OTHER_BITS), 0.0
    if lost or _lost(before, now, tolerances):
        return (ChangeKind.WORSE if lost else ChangeKind.BETTER), 0.0
    return (ChangeKind.OTHER_BITS if known else None), 0.0


def _lost(one: Cell, other: Cell, tolerances: Tolerances) -> bool:
    """Tell whether *one* is worse than *other* by more than is tolerated, or cannot be told where *other* could."""
    judged = judge_change(one.measurements, other.measurements, tolerances).verdict
    if judged is not Verdict.UNDEFINED:
        return judged in (Verdict.DEGRADED, Verdict.CORRUPT)
    gone = [row for row in JUDGED if _defined(other, row.name) and row.name in one.measurements]
    moved = moves(_deltas(one, other), tolerances)
    return any(not _defined(one, row.name) for row in gone) or any(move.tolerances > 1 for move in moved)


def _defined(cell: Cell, name: str) -> bool:
    return value(cell.measurements, name) is not None


def _share(moved: list[Moved]) -> float:
    """Return the largest change as a share below 1, a half for one tolerance."""
    most = moved[0].tolerances if moved else 0.0
    return most / (1 + most)


def tolerances_of(record: RunRecord) -> Tolerances:
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
