"""The answer for a terminal: a row for each fault, the worst first, and the advice."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.gate.text import counted
from harness.sensitivity.layers import Layer
from harness.sensitivity.record import FaultRecord, SensitivityRecord, Share, SubjectRecord

NEVER, UNASKED = "never", ""
ALARMING = ("gate", "verdict", "suite alone")
SHOWN = tuple(str(layer) for layer in Layer)


LEGEND = (
    "heard: all listeners hear it from there on; ..X: from X on, and nothing subtler was probed; X!: the codec fails "
    "there, which any run notices; *: a blind spot"
)


def show(record: SensitivityRecord, out: Console) -> None:
    """Print the answer."""
    for subject in record.subjects:
        out.print(_table(subject))
        for line in (LEGEND, *lines(subject)):
            out.print(line, soft_wrap=True, markup=False)


def lines(subject: SubjectRecord) -> list[str]:
    """Return what is said below the table."""
    unfinished = "" if subject.complete else "; the time was over before all was told"
    said = [f"{subject.setup}: {counted(subject.probes, 'probe')}{unfinished}"]
    if subject.power is not None:
        said.append(f"of what every listener hears, the suite notices {percent(subject.power)}")
    if subject.failed:
        where = ", ".join(f"{name} ({count})" for name, count in subject.failed.items())
        probes = counted(sum(subject.failed.values()), "probe")
        said.append(f"in {probes} more the codec failed, which any run notices, whatever it measures: {where}")
    alarms = [f"{name} {percent(told)}" for name, told in subject.false_alarms.items() if name in ALARMING]
    said += [f"false alarms on benign changes: {', '.join(alarms)}"] if alarms else []
    for what, told in (("verdict", subject.right_rung), ("cause", subject.right_cause)):
        said += [f"{what} right: {percent(told)}"] if told is not None else []
    said += [f"with nothing planted, {one}" for one in subject.broken_variants]
    blind = ", ".join(fault.name for fault in subject.blind)
    none = "blind for no fault that was probed" if subject.probes else "nothing was probed, so nothing is known"
    said.append(f"blind for {counted(len(subject.blind), 'fault')}: {blind}" if blind else none)
    if subject.corpus:
        few = f"{len(subject.corpus)} of {len(subject.utterances)} utterances"
        said.append(f"{few} notice as much: {', '.join(subject.corpus)}")
    said += [f"advice: {one.what}; {one.effect} ({one.proof})" for one in subject.advice]
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
    if found is None:
        return NEVER
    there = next(point for point in fault.points if point.size == found)
    fails = "!" * (there.failed == there.probes)
    if not fault.unit:
        return f"yes{fails}"
    untold = found == fault.points[0].size and found != fault.subtlest  # nothing smaller was probed
    return f"..{found:g}{fails}" if untold else f"{found:g}{fails}"


def _table(subject: SubjectRecord) -> Table:
    table = Table(title=f"{escape(subject.setup)}: from which size on it is noticed", title_justify="left")
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
