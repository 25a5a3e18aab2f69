"""
What is said of what fails in a guarded suite, and its JUnit properties.

Pure text from finished judgements; nothing is decided here.
"""

from collections import Counter
from collections.abc import Sequence

from harness.gate.baseline import figure, misreadings
from harness.gate.failed import NUMBER
from harness.gate.guarded import Guarded
from harness.gate.limits import GateRow
from harness.metrics.catalogue import metric
from harness.metrics.metric import MetricFamily
from harness.metrics.text import text
from harness.record import Cell

MOST_WORDS = 8


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
        return found.problem
    alike = same_cause(found, setup, utterance, told)
    if alike and alike[0] != (setup, utterance):
        return f"{gated.failures[0]} (as in {'/'.join(alike[0])}, which is told in full)"
    lines = [gated.failures[0], *(f"  - {reason}" for reason in gated.failures[1:])]
    lines.append(f"  held against {_source(found)}")
    lines += [f"  note: {note}" for note in gated.notes]
    lines += _explained(found, cell)
    accepted = found.context.accepted(setup, utterance)
    lines += wrong_words(cell, accepted.misread if accepted is not None else ())
    lines += table(gated.rows)
    if cell.audio:
        lines.append(f"  listen: {found.folder / cell.audio}")
    return "\n".join(lines + _shows_also(alike[1:]))


def _explained(found: Guarded, cell: Cell) -> list[str]:
    """Return where the cell diverges from its reference; if that was not looked for, where another utterance does."""
    beside = f"  beside {found.setup(cell.setup).reference}"
    if cell.localisation:
        return [f"{beside}: {cell.localisation}"]
    others = ((spoken, told) for (of, spoken), told in found.record.cells.explanations.items() if of == cell.setup)
    return [f"{beside}, in {spoken}: {told}" for spoken, told in others][:1]


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


def counted(number: int, what: str) -> str:
    """Return `1 change`, `2 changes`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


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
        return found.problem
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
    gone = found.gone()
    return f"{'; '.join(gone)}; accept that with --codec-update" if gone else ""


def table(rows: Sequence[GateRow]) -> list[str]:
    """Return the measurements against their gates, as lines."""
    lines = [f"  {'measurement':<24}{'now':>10}{'accepted':>18}  gate"] if rows else []
    for row in rows:
        now, accepted = figure("" if row.now is None else row.now), figure(row.accepted)
        lines.append(f"  {row.name:<24}{now:>10}{accepted:>18}  {row.gate}{'' if row.passed else '  FAILED'}")
    return lines


def cell_properties(found: Guarded, setup: str, utterance: str) -> list[tuple[str, object]]:
    """Return the measurements of a cell as JUnit properties."""
    cell = found.cell(setup, utterance)
    properties: list[tuple[str, object]] = [("codec.verdict", str(cell.verdict))]
    for name, measured in cell.measurements.items():
        if metric(name).family is not MetricFamily.AMPLITUDE:
            properties.append((f"codec.{name}", text(name, measured, significant=6, why=True)))
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
        properties.append((f"codec.{name}", text(name, one, significant=6, why=True)))
    return properties


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
