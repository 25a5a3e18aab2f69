"""
Gates on change: pure functions from today's cells and an accepted baseline to passed or failed, with the reasons.

What is gated:

1. Bits. The same codes and PCM as accepted: passed, whatever else. A cell that is calibrated exact and is on the same
   class of machine must be so, unless the codec's fingerprint is another; everything measured is then only the
   explanation.
2. Measurements, otherwise: each against its own gate (`limits`). An utterance that the recogniser cannot read uncoded
   has no word gate, and that is said.
3. Known-bad controls are not gated on change: they are bad on purpose. Their expectation is (`corpus`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.gate.baseline import AcceptedCell
from harness.gate.context import Context
from harness.gate.limits import NOT_NOW, GateRow, gate_rows, measurements, unscored
from harness.gate.what_changed import another_codec, declares_otherwise, explanation, other_threads
from harness.record import Cell, Expectation, value
from harness.verdict import Tolerances
from harness.verdict.tolerances import readable


@dataclass(frozen=True)
class Gated:
    """
    A judgement of one cell against what was accepted.

    failures : why it failed, most telling first; empty if it passed
    notes : what a reader should know though it passed
    exact : the same bits as accepted
    """

    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[GateRow, ...] = ()
    exact: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def margin(self) -> float:
        """The least margin to any gate, in slacks; none at all where it failed before anything could be measured."""
        return min((row.margin for row in self.rows), default=math.inf if self.passed else -math.inf)


def gate_cell(context: Context, cell: Cell, codec: str, expectation: Expectation, digits: str) -> Gated:
    """
    Hold *cell* against the accepted one. *digits* are the frame characters of its decoded audio.

    The caller has made sure that the baseline is not stale. A cell that was never accepted fails, as does one that
    could not be computed.
    """
    if cell.failure is not None:
        return Gated((f"the codec failed: {cell.failure}",))
    accepted = context.accepted(cell.setup, cell.utterance)
    if accepted is None:
        return Gated((f"{cell.setup}/{cell.utterance} was never accepted; accept it with --codec-update",))
    if context.speech[cell.utterance][:16] != context.baseline.speech.get(cell.utterance):
        return Gated(("the reference speech is another than was accepted; accept it with --codec-update",))
    if told := _other_transcript(context, cell, accepted):
        return Gated((told,))
    lost = _lost_words(context, cell, accepted)
    same = (accepted.codes, accepted.pcm) == ((cell.codes_sha256 or "")[:16], (cell.pcm_sha256 or "")[:16])
    if lost and (same or expectation.at_most is not None):
        return Gated(lost)
    if same:
        return Gated(
            notes=_unreadable(cell, context.tolerances), rows=gate_rows(cell, accepted, context.tolerances), exact=True
        )
    rows = gate_rows(cell, accepted, context.tolerances)
    explained = explanation(context, cell, accepted, codec, digits)
    if expectation.at_most is not None:
        return Gated(notes=("an expected failure gives other bits than accepted; it is not gated on change",))
    failures = [*lost, *(row.failure for row in rows if not row.passed)]
    failures += _newly_wrong(cell, accepted)
    now, before = context.codecs[codec], context.baseline.codecs.get(codec)
    declared, another = declares_otherwise(now, before), another_codec(now, before)
    threads = other_threads(now, before)
    if accepted.exact and not context.other_machine and threads is None and not another:
        failures.append(f"it must give the same bits: {accepted.runs} runs did when it was accepted")
    notes = list(_unreadable(cell, context.tolerances))
    if context.other_machine and accepted.exact:
        notes.append(f"bits are not compared on another class of machine ({context.other_machine})")
    if threads is not None and accepted.exact:
        notes.append(f"bits are not compared on another number of threads ({threads[0]} instead of {threads[1]})")
    if failures or declared:
        first, *rest = *declared, *explained[:-1], *failures
        # What fails comes first: that the codec is another one is so of all its cells, whatever is wrong with each.
        return Gated((first, *another, *rest, explained[-1]), tuple(notes), rows)
    return Gated(notes=tuple(notes), rows=rows)


def _other_transcript(context: Context, cell: Cell, accepted: AcceptedCell) -> str:
    """
    Say that the transcript is another than was accepted; empty if nothing shows that it is.

    A baseline has no words, but how many there were, and how many of them the recogniser misread of the same speech.
    """
    before, now = measurements(accepted), cell.measurements
    words, accepted_words = value(now, "reference_words"), value(before, "reference_words")
    if words is not None and accepted_words is not None and words != accepted_words:
        counts = f"{words:g} words, accepted {accepted_words:g}"
        return f"the transcript is another than was accepted ({counts}); accept it with --codec-update"
    told = value(now, "wer_floor") is not None  # if it is undefined, that says nothing of the transcript
    lost = told and readable(before, context.tolerances) and not readable(now, context.tolerances)
    if lost and not context.other_machine:
        return (
            "the recogniser could read it uncoded when it was accepted, and cannot now: the transcript is another; "
            "accept it with --codec-update"
        )
    return ""


def _lost_words(context: Context, cell: Cell, accepted: AcceptedCell) -> tuple[str, ...]:
    """Say that words are undefined which could be judged when they were accepted; the output may be to blame."""
    floor = cell.measurements.get("wer_floor")
    if floor is None or floor.value is not None:
        return ()
    judged = readable(measurements(accepted), context.tolerances)
    return (f"the words are undefined and were not: {floor.undefined}",) if judged else ()


def _newly_wrong(cell: Cell, accepted: AcceptedCell) -> Sequence[str]:
    """Return what no gate tells: scores that are measured no more, and doubts of the recogniser's text."""
    scores, found = unscored(cell, accepted), cell.transcript.findings if cell.transcript else ()
    doubts = [f"the recogniser's text is newly doubtful: {one}" for one in found if one not in accepted.findings]
    return [f"{NOT_NOW}: {', '.join(scores)}", *doubts] if scores else doubts


def _unreadable(cell: Cell, tolerances: Tolerances) -> tuple[str, ...]:
    if "wer_floor" not in cell.measurements or readable(cell.measurements, tolerances):
        return ()
    return (f"{cell.utterance}: the recogniser cannot read it uncoded, so its words are not gated",)
