"""What a suite was accepted to notice, kept beside its baseline, and whether it notices less now."""

from pathlib import Path

from harness.files import file_name
from harness.gate.text import counted
from harness.record import Frozen, Sealed, load, save
from harness.sensitivity.record import FaultRecord, SensitivityRecord, Share, SubjectRecord

SCHEMA = 1


class AcceptedPower(Frozen):
    """
    One setup as accepted.

    power : as of `SubjectRecord`; noticed : faults that were probed and are no blind spot; alarms : on benign changes
    """

    power: Share | None
    noticed: tuple[str, ...]
    alarms: int


class AcceptedSensitivity(Sealed):
    """All setups of a suite as accepted."""

    schema_version: int = SCHEMA
    suite: str
    budget_minutes: float
    setups: dict[str, AcceptedPower]


def place(folder: Path, suite: str) -> Path:
    """Return the file of what the suite called *suite* was accepted to notice."""
    return folder / f"{file_name(suite)}.sensitivity.json"


def read(path: Path) -> AcceptedSensitivity | None:
    """Return what was accepted; None if nothing was. Raises `RecordInvalid` if it cannot be read."""
    return load(path, AcceptedSensitivity, sealed=True) if path.is_file() else None


def accept(record: SensitivityRecord, path: Path) -> None:
    """Make what *record* found what is accepted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, of(record))


def of(record: SensitivityRecord) -> AcceptedSensitivity:
    """Return what *record* would be accepted as."""
    return AcceptedSensitivity(
        suite=record.suite,
        budget_minutes=record.budget_minutes,
        setups={
            one.setup: AcceptedPower(
                power=one.power,
                noticed=tuple(fault.name for fault in one.faults if not fault.blind and _tried(fault)),
                alarms=one.alarms,
            )
            for one in record.subjects
        },
    )


def _tried(fault: FaultRecord) -> bool:
    """Tell whether anything is known of a fault: that a setup shows it, or what comes of a size that all hear."""
    if fault.wirings:
        return any(point.suite.hits for point in fault.points)
    return any(point.heard in "d!c" for point in fault.points)


def _untried(one: SubjectRecord, accepted: AcceptedPower) -> list[str]:
    """Return those of the faults *accepted* as noticed of which *one* knows nothing: no probe, and no blind spot."""
    known = {fault.name for fault in one.faults if fault.blind or fault.points}
    return [name for name in accepted.noticed if name not in known]


def unasked(record: SensitivityRecord, before: AcceptedSensitivity) -> list[str]:
    """Say of which faults that were accepted as noticed nothing is known this time; empty if of none."""
    found = []
    for one in record.subjects:
        accepted = before.setups.get(one.setup)
        left = [] if accepted is None else _untried(one, accepted)
        if accepted is not None and left:
            faults = counted(len(accepted.noticed), "fault")
            found.append(f"{one.setup}: accepted to notice {faults}, {len(left)} of them not tried now")
    return found


def fallen(record: SensitivityRecord, before: AcceptedSensitivity) -> list[str]:
    """
    Return in which ways less is noticed than was accepted, or more alarms are given; empty if in none.

    Power counts as fallen where its whole interval lies below that of what was accepted; a fault that was noticed and
    is a blind spot now counts by itself. What was not probed this time, for want of time, is told by neither; where
    that is all that a setup was accepted to notice, nothing is known of it, which is no pass.
    """
    found = []
    now = {one.setup: one for one in record.subjects}
    for name, accepted in before.setups.items():
        if name not in now or (accepted.noticed and len(_untried(now[name], accepted)) == len(accepted.noticed)):
            found.append(f"{name}: accepted before and not probed now")
            continue
        one = now[name]
        lost = sorted({fault.name for fault in one.faults if fault.blind} & set(accepted.noticed))
        if lost:
            found.append(f"{name}: blind for {', '.join(lost)}, which it was accepted to notice")
        if accepted.power is not None and one.power is not None and one.power.high < accepted.power.low:
            found.append(
                f"{name}: notices {one.power.value:.0%} of what listeners hear (95 % up to {one.power.high:.0%}), "
                f"accepted {accepted.power.value:.0%} (95 % from {accepted.power.low:.0%})"
            )
        if one.alarms > accepted.alarms:
            alarms = counted(one.alarms, "alarm")
            found.append(f"{name}: {alarms} on benign changes, accepted {accepted.alarms}")
    return found
