"""
A guarded suite in sum: for the terminal, annotations and Markdown for GitHub.

Pure text from finished judgements; nothing is decided here.
"""

import math
import textwrap

from harness.gate.baseline import figure
from harness.gate.cell_gates import Gated
from harness.gate.guarded import Guarded
from harness.gate.text import counted
from harness.report.facts import what_was_run
from harness.runtime.text import in_markdown, loggable

OK = "ok"
ACCEPTED = "accepted into"
MOST_ANNOTATIONS = 10  # GitHub shows no more per step


def summary(found: Guarded, width: int, *, brief: bool = False) -> list[str]:
    """
    Return one entry per setup with its worst cell, what was accepted or is wrong, and where the report is, if known.

    width : of the terminal; longer entries go on in indented lines
    brief : only of setups that failed
    """
    lines = [found.problem] if found.problem and found.accepted is None else []
    setups = [setup.name for setup in found.setups]
    told = [(name, *_judged(found, name)) for name in setups]
    column = max(map(len, setups), default=0)
    lines += [f"{name:<{column}}  {state:<10} {how}" for name, state, how in told if state != OK or not brief]
    if brief:
        passed = sum(state == OK for _, state, _ in told)
        lines += [f"{passed} of {counted(len(told), 'setup')} ok"] if passed else []
    if found.accepted is not None:
        lines.append(f"{ACCEPTED} {found.path}: {counted(len(found.accepted), 'change')}")
        lines += [f"  {change}" for change in found.accepted]
    elif not found.problem:
        lines += _circumstances(found) if not brief else []
    wrapped = [part for line in lines for part in _wrapped(line, width)]
    return [*wrapped, f"report: {found.report}"] if found.report else wrapped


def _circumstances(found: Guarded) -> list[str]:
    """Say what a reader of the results should know: what was compared with what, and how little it could see."""
    lines = []
    if found.unchanged:
        lines.append(
            "this is the accepted run itself, read back: its code, what that names and what its codecs declare are "
            "unchanged; what they read elsewhere is not known (--codec-fresh runs them)"
        )
    elif found.context.other_machine:
        lines.append(f"another class of machine, so bits were not demanded: {found.context.other_machine}")
    lines += found.other_codecs()
    references = [setup.name for setup in found.setups if setup.is_reference]
    judged = {name: found.gated_setup(name) for name in references}
    lines += [f"{name}: {one.sees}" for name, one in judged.items() if one.sees]
    return lines + sorted({note for one in judged.values() for note in one.notes})


def _wrapped(line: str, width: int) -> list[str]:
    """Break *line* at spaces only, and not where it tells a path, so that names and paths can be copied."""
    if line.startswith(ACCEPTED):
        return [line]
    return textwrap.wrap(
        line, max(width, 40), subsequent_indent="    ", break_long_words=False, break_on_hyphens=False,
        replace_whitespace=False, drop_whitespace=True,
    )  # fmt: skip


def annotations(found: Guarded) -> list[str]:
    """Return GitHub workflow commands, one for each setup that failed."""
    lines = []
    for setup in found.setups:
        failed = _failures(found, setup.name)
        if failed:
            lines.append(f"::error title={_property(f'codec {setup.name}')}::{_data(failed[0])}")
    more = len(lines) - MOST_ANNOTATIONS
    if more > 0:
        lines = [*lines[: MOST_ANNOTATIONS - 1], f"::error title=codec::{more + 1} more setups failed, see the log"]
    return lines


def markdown(found: Guarded) -> str:
    """Return a table for GitHub's step summary."""
    lines = [f"### codec: {in_markdown(found.record.name)}", "", in_markdown(found.headline), ""]
    lines += [in_markdown(what_was_run(found.record)), ""]
    if found.problem and found.accepted is None:
        lines += [f"**{in_markdown(found.problem)}**", ""]
    lines += ["| setup | verdict | judged |", "|---|---|---|"]
    for setup in found.setups:
        lines.append(
            f"| {in_markdown(setup.name)} | {setup.verdict} | {in_markdown(': '.join(_judged(found, setup.name)))} |"
        )
    return "\n".join([*lines, ""]) + "\n"


def _judged(found: Guarded, setup: str) -> tuple[str, str]:
    """Return how a setup fared, in a word and in a phrase."""
    cells = found.cells(setup)
    record = found.setup(setup)
    if found.accepted is not None:
        return "accepted", str(record.verdict)
    if found.problem:
        return "NOT JUDGED", str(record.verdict)
    failed = _failures(found, setup)
    judged = {cell.utterance: found.gated(setup, cell.utterance) for cell in cells}
    if failed:
        return "FAILED", f"{_worst(judged)}{failed[0]}"
    if record.expectation.at_most is not None:
        return OK, f"expected failure, {record.verdict} as it must be"
    changed = {name: one for name, one in judged.items() if not one.exact}
    how = f"{len(cells) - len(changed)} of {len(cells)} bit for bit as accepted"
    worst = min(changed, key=lambda name: changed[name].margin, default=None)
    least = min(changed[worst].rows, key=lambda row: row.margin, default=None) if worst is not None else None
    if least is not None and least.now is not None and math.isfinite(least.margin):
        how += f", nearest its gate: {worst} {least.name} {figure(least.now)} ({least.gate})"
    return OK, how


def _worst(judged: dict[str, Gated]) -> str:
    failed = {name: one for name, one in judged.items() if not one.passed}
    return (
        f"{len(failed)} of {len(judged)} utterances, worst {min(failed, key=lambda n: failed[n].margin)}: "
        if failed
        else ""
    )


def _failures(found: Guarded, setup: str) -> list[str]:
    """Return all failures of a setup: of its worst utterance first, then over all."""
    if found.accepted is not None:
        return []
    if found.problem:
        return [found.problem]
    cells = found.cells(setup)
    judged = sorted((found.gated(setup, cell.utterance) for cell in cells), key=lambda one: one.margin)
    reasons = [reason for one in judged for reason in one.failures]
    return [*reasons, *(found.gated_setup(setup).failures if found.complete else ())]


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    return loggable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
