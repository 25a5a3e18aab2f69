"""The answer for a terminal: a row for each fault, the worst first, and the advice."""

from rich.console import Console
from rich.table import Table

from harness.sensitivity.layers import Layer
from harness.sensitivity.record import FaultRecord, SensitivityRecord, Share, SubjectRecord

NEVER, UNASKED = "never", ""
ALARMING = ("gate", "verdict", "suite alone")
SHOWN = tuple(str(layer) for layer in Layer)


def show(record: SensitivityRecord, out: Console) -> None:
    """Print the answer."""
    for subject in record.subjects:
        out.print(_table(subject))
        for line in lines(subject):
            out.print(line, soft_wrap=True, markup=False)


def lines(subject: SubjectRecord) -> list[str]:
    """Return what is said below the table."""
    blind = [fault.name for fault in subject.blind]
    said = [
        f"{subject.setup}: {subject.probes} probes"
        + ("" if subject.complete else "; the time was over before all was told")
    ]
    if subject.power is not None:
        said.append(f"of what every listener hears, the suite notices {percent(subject.power)}")
    if "gate" in subject.false_alarms:
        alarms = ", ".join(
            f"{name} {percent(subject.false_alarms[name])}" for name in ("gate", "verdict", "suite alone")
        )
        said.append(f"false alarms on benign changes: {alarms}")
    if subject.right_rung is not None:
        said.append(f"verdict right: {percent(subject.right_rung)}")
    if subject.right_cause is not None:
        said.append(f"cause right: {percent(subject.right_cause)}")
    said.append(f"blind for {len(blind)} faults: {', '.join(blind)}" if blind else "blind for no fault that was probed")
    if subject.corpus:
        said.append(
            f"{len(subject.corpus)} of {len(subject.utterances)} utterances notice as much: {', '.join(subject.corpus)}"
        )
    for one in subject.advice:
        said.append(
            f"advice: {one.what}; closes {', '.join(one.closes)} ({one.proof})"
            if one.closes
            else f"advice: {one.what} ({one.proof})"
        )
    return said


def ordered(subject: SubjectRecord) -> list[FaultRecord]:
    """Return the faults, those that the suite is blind for first, then by family as in the catalogue."""
    planted = [fault for fault in subject.faults if fault.not_applicable is None and (fault.points or fault.blind)]
    return sorted(planted, key=lambda fault: not fault.blind)


def percent(told: Share) -> str:
    """Say a share with its interval."""
    return f"{told.hits}/{told.asked} ({told.value:.0%}, 95 % {told.low:.0%} to {told.high:.0%})"


def size(fault: FaultRecord, layer: str) -> str:
    """Say from which size on a layer notices."""
    if layer not in fault.thresholds:
        return UNASKED
    found = fault.thresholds[layer]
    if found is None or not fault.unit:
        return NEVER if found is None else "yes"
    untold = found == fault.points[0].size and found != fault.subtlest  # nothing smaller was probed
    return f"from {found:g} or less" if untold else f"{found:g}"


def _table(subject: SubjectRecord) -> Table:
    table = Table(title=f"{subject.setup}: from which size on it is noticed", title_justify="left")
    table.add_column("fault")
    table.add_column("unit")
    table.add_column("heard", justify="right")
    for layer in SHOWN:
        table.add_column(layer, justify="right")
    table.add_column("probes", justify="right")
    table.add_column("cause")
    for fault in ordered(subject):
        heard = "" if fault.audible_from is None else f"{fault.audible_from:g}"
        cause = (
            "" if fault.explained is None else f"{fault.explained.side}{'' if fault.explained.right else ' (wrong)'}"
        )
        probes = sum(point.probes for point in fault.points)
        name = f"{fault.name} *" if fault.blind else fault.name
        table.add_row(name, fault.unit, heard, *(size(fault, layer) for layer in SHOWN), str(probes), cause)
    return table
