"""
What is said of a guarded suite: failure messages, the summary, JUnit properties, annotations and Markdown for GitHub.

Pure text from finished judgements; nothing is decided here.
"""

import math
import re
import textwrap
from collections import Counter
from collections.abc import Sequence

from harness.gate.baseline import misreadings
from harness.gate.cell_gates import Gated, GateRow
from harness.gate.session import Guarded
from harness.record import Cell
from harness.runtime.text import in_markdown, loggable

OK = "ok"
ACCEPTED = "accepted into"
MOST_WORDS = 8
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
MOST_ANNOTATIONS = 10  # GitHub shows no more per step


Where = tuple[str | None, str | None]  # setup and utterance; over all utterances if that is None, the baseline if both


def cell_failures(found: Guarded, setup: str, utterance: str, told: Sequence[Where]) -> str:
    """
    Return why a cell fails, for a person: reasons, words, measurements against gates, where to listen; or ''.

    told : all that is tested, in order; what fails from the same cause as an earlier one is told in a line
    """
    cell = found.cell(setup, utterance)
    if found.accepted is not None:  # accepting: nothing to be held against but the suite's own expectation
        return ""
    gated = found.gated(setup, utterance)
    if gated.passed:
        return ""
    if found.problem:
        return _problem(found, (setup, utterance), told)
    alike = same_cause(found, setup, utterance, told)
    if alike and alike[0] != (setup, utterance):
        return f"{gated.failures[0]} (as in {'/'.join(alike[0])}, which is told in full)"
    lines = [gated.failures[0], *(f"  - {reason}" for reason in gated.failures[1:])]
    lines.append(f"  held against {_source(found)}")
    lines += [f"  note: {note}" for note in gated.notes]
    lines += [f"  beside {found.setup(setup).reference}: {cell.localisation}"] if cell.localisation else []
    accepted = found.context.accepted(setup, utterance)
    lines += wrong_words(cell, accepted.misread if accepted is not None else ())
    lines += table(gated.rows)
    if cell.audio:
        lines.append(f"  listen: {found.folder / cell.audio}")
    return "\n".join(lines + _shows_also(alike[1:]))


def same_cause(found: Guarded, setup: str, utterance: str, told: Sequence[Where]) -> list[tuple[str, str]]:
    """Return the cells among *told* that fail as this one does: the same codec, and first the same but for numbers."""
    wanted = _cause(found, setup, utterance)
    places = [(s, u) for s, u in told if s is not None and u is not None]
    return [(s, u) for s, u in places if not found.gated(s, u).passed and _cause(found, s, u) == wanted]


def _cause(found: Guarded, setup: str, utterance: str) -> tuple[str, str]:
    failures = found.gated(setup, utterance).failures
    return found.setup(setup).codec, NUMBER.sub("", failures[0]) if failures else ""


def _shows_also(places: Sequence[tuple[str, str]]) -> list[str]:
    by_setup = Counter(setup for setup, _ in places)
    listed = ", ".join(f"{setup} ({counted(number, 'utterance')})" for setup, number in by_setup.items())
    return [f"  it also shows in {listed}"] if places else []


def _problem(found: Guarded, place: Where, told: Sequence[Where]) -> str:
    """Return why nothing can be compared, in full for what is told first."""
    first = next(iter(told), place)
    if place == first:
        return found.problem
    return f"not compared: see {'/'.join(part for part in first if part) or 'baseline'}"


def setup_failures(found: Guarded, setup: str, told: Sequence[Where]) -> str:
    """Return why a setup fails over all its utterances, or ''; in a line, if that was told of one of them."""
    record = found.setup(setup)
    if found.accepted is not None:
        if record.met:
            return ""
        return (
            f"{setup} is accepted as it is, but is not what the suite says it must be: {record.verdict}; "
            + "; ".join(record.reasons[:2])
        )
    gated = found.gated_setup(setup)
    if gated.passed:
        return ""
    if found.problem:
        return _problem(found, (setup, None), told)
    failing = [u for s, u in told if s == setup and u is not None and not found.gated(setup, u).passed]
    if failing:
        also = [f"  - {reason}" for reason in gated.failures[1:]]
        return "\n".join([f"{gated.failures[0]} (as its utterances, such as {setup}/{failing[0]})", *also])
    lines = [gated.failures[0], *(f"  - {reason}" for reason in gated.failures[1:])]
    lines.append(f"  held, over all utterances, against {_source(found)}")
    lines += [f"  {line}" for line in (*gated.means, *gated.notes, gated.sees) if line]
    return "\n".join(lines)


def baseline_failures(found: Guarded) -> str:
    """Return what is wrong with the baseline as a whole, or ''."""
    if found.accepted is not None:
        return ""
    if found.problem:
        return found.problem
    gone = found.missing_setups() if found.whole else []
    if gone:
        return f"accepted before and missing from the suite: {', '.join(gone)}; accept that with --codec-update"
    return ""


def table(rows: Sequence[GateRow]) -> list[str]:
    """Return the measurements against their gates, as lines."""
    lines = [f"  {'measurement':<24}{'now':>10}{'accepted':>18}  gate"] if rows else []
    for row in rows:
        now = "undefined" if row.now is None else f"{row.now:.4g}"
        accepted = row.accepted
        if isinstance(accepted, tuple):
            before = f"{accepted[0]:.4g}..{accepted[1]:.4g}"
        else:
            before = "undefined" if isinstance(accepted, str) else f"{accepted:.4g}"
        lines.append(f"  {row.name:<24}{now:>10}{before:>18}  {row.gate}{'' if row.passed else '  FAILED'}")
    return lines


def cell_properties(found: Guarded, setup: str, utterance: str) -> list[tuple[str, object]]:
    """Return the measurements of a cell as JUnit properties."""
    cell = found.cell(setup, utterance)
    properties: list[tuple[str, object]] = [("codec.verdict", str(cell.verdict))]
    for name, measured in cell.measurements.items():
        if not name.startswith("amplitude_"):
            value = f"{measured.value:.6g}" if measured.value is not None else f"undefined: {measured.undefined}"
            properties.append((f"codec.{name}", value))
    if found.accepted is None and not found.problem:
        gated = found.gated(setup, utterance)
        properties += [(f"codec.gate.{row.name}", row.gate) for row in gated.rows]
        properties += [("codec.exact", str(gated.exact).lower())]
    return properties


def setup_properties(found: Guarded, setup: str) -> list[tuple[str, object]]:
    """Return the figures over all utterances of a setup as JUnit properties."""
    figures = found.setup(setup).corpus
    properties: list[tuple[str, object]] = [("codec.verdict", str(found.setup(setup).verdict))]
    for name, one in figures.items():
        properties.append(
            (f"codec.{name}", f"{one.value:.6g}" if one.value is not None else f"undefined: {one.undefined}")
        )
    return properties


def summary(found: Guarded, width: int, *, brief: bool = False) -> list[str]:
    """
    Return one entry per setup with its worst cell, what was accepted or is wrong, and where the report is.

    width : of the terminal; longer entries go on in indented lines
    brief : only of setups that failed
    """
    lines = [found.problem] if found.problem and found.accepted is None else []
    setups = [setup.name for setup in found.record.setups]
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
    return [*wrapped, f"report: {found.report}"]


def _circumstances(found: Guarded) -> list[str]:
    """Say what a reader of the results should know: what was compared with what, and how little it could see."""
    lines = []
    if found.unchanged:
        lines.append("this is the accepted run itself, read back: nothing that decides its output has changed")
    elif found.context.other_machine:
        lines.append(f"another class of machine, so bits were not demanded: {found.context.other_machine}")
    lines += found.other_codecs()
    references = [setup.name for setup in found.record.setups if setup.is_reference]
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


def counted(number: int, what: str) -> str:
    """Return `1 change`, `2 changes`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def annotations(found: Guarded) -> list[str]:
    """Return GitHub workflow commands, one for each setup that failed."""
    lines = []
    for setup in found.record.setups:
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
    if found.problem and found.accepted is None:
        lines += [f"**{in_markdown(found.problem)}**", ""]
    lines += ["| setup | verdict | judged |", "|---|---|---|"]
    for setup in found.record.setups:
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
        return OK, f"known-bad, {record.verdict} as it must be"
    changed = {name: one for name, one in judged.items() if not one.exact}
    how = f"{len(cells) - len(changed)} of {len(cells)} bit for bit as accepted"
    worst = min(changed, key=lambda name: changed[name].margin, default=None)
    least = min(changed[worst].rows, key=lambda row: row.margin, default=None) if worst is not None else None
    if least is not None and least.now is not None and math.isfinite(least.margin):
        how += f", nearest its gate: {worst} {least.name} {least.now:.4g} ({least.gate})"
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


def wrong_words(cell: Cell, accepted: Sequence[str] = ()) -> list[str]:
    """Return a line with the words said and what was heard instead, but for those *accepted*; none if all are."""
    known, wrong = Counter(accepted), []
    for words, change in misreadings(cell.transcript):
        known[words] -= 1
        if known[words] < 0:
            wrong.append(words + (f" at {change.start:.1f} s" if change.start is not None else ""))
    if not wrong:
        return []
    said = wrong[:MOST_WORDS]
    more = f", and {len(wrong) - MOST_WORDS} more" if len(wrong) > MOST_WORDS else ""
    return [f"  words: {'; '.join(said)}{more}"]


def _source(found: Guarded) -> str:
    if found.baseline is None:
        return str(found.path)
    commit = f", commit {found.baseline.commit[:9]}" if found.baseline.commit else ""
    return f"{found.path.name} of {found.baseline.created[:10]}{commit}"


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    return loggable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
