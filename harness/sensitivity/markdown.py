"""The answer as Markdown: a table for each setup, by family and by fault."""

from collections.abc import Iterable, Sequence

from harness.runtime.text import in_markdown
from harness.sensitivity.layers import Layer
from harness.sensitivity.record import FaultRecord, SensitivityRecord, SubjectRecord
from harness.sensitivity.text import SHOWN, lines, ordered, size

HEADS = ("fault", "unit", "heard from", *SHOWN, "cause named")


def markdown(record: SensitivityRecord) -> str:
    """Return the answer as Markdown."""
    parts = [f"# What the suite {in_markdown(record.suite)} notices"]
    for subject in record.subjects:
        parts += [f"## {in_markdown(subject.setup)}", "\n".join(f"- {in_markdown(line)}" for line in lines(subject))]
        parts += [_families(subject), _table(HEADS, (_row(fault) for fault in ordered(subject)))]
    return "\n\n".join(parts) + "\n"


def _families(subject: SubjectRecord) -> str:
    """Return caught, missed and right by family, as far as they were probed."""
    families: dict[str, list[FaultRecord]] = {}
    for fault in subject.faults:
        families.setdefault(fault.family, []).append(fault)
    heads = ("family", "faults", "caught", "missed", "verdict right", "cause right", "not applicable")
    return _table(heads, (family_row(name, faults) for name, faults in families.items()))


def family_row(name: str, faults: Sequence[FaultRecord]) -> list[str]:
    """Return one family: faults, probes that listeners hear and that are caught or missed, verdicts, causes."""
    points = [point for fault in faults for point in fault.points]
    heard = [point for point in points if point.heard in "d!c"]
    causes = [fault.explained.right for fault in faults if fault.explained is not None]
    failed = sum(one.failed for one in heard)  # any run notices that: it tells nothing of the suite
    caught, asked = sum(one.suite.hits for one in heard) - failed, sum(one.probes for one in heard) - failed
    judged = [point for point in points if point.judged]
    right, probes = sum(point.right for point in judged), sum(point.judged for point in judged)
    without = sum(fault.not_applicable is not None for fault in faults)
    shares = [f"{caught}/{asked}", str(asked - caught), f"{right}/{probes}", f"{sum(causes)}/{len(causes)}"]
    return [name, str(len(faults)), *shares, str(without)]


def _row(fault: FaultRecord) -> list[str]:
    heard = "" if fault.audible_from is None else f"{fault.audible_from:g}"
    cause = "" if fault.explained is None else fault.explained.side or "none"
    wrong = "" if fault.explained is None or fault.explained.right else " (wrong)"
    name = f"**{fault.name}**" if fault.blind else fault.name
    return [name, fault.unit, heard, *(size(fault, str(layer)) for layer in Layer), cause + wrong]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
