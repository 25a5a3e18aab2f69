"""
Gates over all utterances of a setup: its expectation, its words in sum, its means, and what this corpus could see.

Means are paired: the same utterance then and now, with a 95 % bootstrap interval. A mean fails as it does in a setup's
verdict (`harness.verdict.setup`): from five utterances on, when the interval lies beyond half of what a single one may
lose.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.gate.baseline import AcceptedCell, span
from harness.gate.context import Context
from harness.gate.limits import accepted_excess, word_excess
from harness.metrics.metric import Better
from harness.record import Cell, SetupRecord, Verdict, value
from harness.verdict import UNHARMED, Tolerances, meets, missed
from harness.verdict.setup import CORPUS_SHARE, FEWEST_UTTERANCES, FEWEST_WORDS, lower_mean
from harness.verdict.tolerances import MEANS, readable

# 5 words that all change for the worse: a sign test then gives 1/32 < 0.05.
WORDS_FOR_CERTAINTY = 5
ROUNDING = 0.01  # of what may be lost: changes that scatter by less are rounding
NORMAL_95_80 = 2.8  # standard errors between no change and one that is found 4 times in 5 at 95 %


@dataclass(frozen=True)
class CorpusGated:
    """
    A judgement of one setup over its utterances.

    failures, notes : as of `gates.Gated`; means : one line per mean with its change and interval
    sees : the minimum detectable change of each mean over this corpus
    """

    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    sees: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures


def gate_setup(context: Context, setup: SetupRecord, cells: Sequence[Cell]) -> CorpusGated:
    """Hold a setup, all of whose utterances were run, against the accepted one."""
    failures = list(_expectation(setup))
    accepted = context.baseline.setups.get(setup.name)
    if accepted is None:
        return CorpusGated((*failures, f"{setup.name} was never accepted; accept it with --codec-update"))
    ran = {cell.utterance for cell in cells}
    failures += [
        f"{gone}: accepted before and missing from this run" for gone in sorted(set(accepted.utterances) - ran)
    ]
    failures += [
        f"{new}: never accepted; accept it with --codec-update" for new in sorted(ran - set(accepted.utterances))
    ]
    pairs = [(cell, accepted.utterances[cell.utterance]) for cell in cells if cell.utterance in accepted.utterances]
    sees = smallest_changes(pairs, context.tolerances)
    if setup.expectation.at_most is not None:
        return CorpusGated(tuple(failures), sees=sees)
    worse, lines = _means(pairs, context.tolerances)
    failures += [*_words(pairs, context.tolerances), *worse]
    heard = [cell for cell in cells if "wer_floor" in cell.measurements]
    unread = sorted(cell.utterance for cell in heard if not readable(cell.measurements, context.tolerances))
    notes = (f"words not gated, unreadable even uncoded: {', '.join(unread)}",) if unread else ()
    return CorpusGated(tuple(failures), notes, tuple(lines), sees)


def smallest_changes(pairs: Sequence[tuple[Cell, AcceptedCell]], tolerances: Tolerances) -> str:
    """
    Say the minimum detectable change over these utterances: what would show 4 times in 5 at 95 %.

    A mean's are 2.8 standard errors of the paired changes. Where nothing has changed but for rounding, that is no
    scatter to go by: a change is taken to be as uneven as the utterances are, and that is said. A word error rate's is
    5 words.
    """
    read = [cell.measurements for cell, _ in pairs if readable(cell.measurements, tolerances)]
    words = sum(value(measured, "reference_words") or 0 for measured in read)
    parts: list[str] = []
    unchanged: list[str] = []
    for row in MEANS:
        changes = _changes(row.name, pairs)
        if len(changes) < FEWEST_UTTERANCES:
            continue
        scatter, told = statistics.stdev(changes), parts
        if scatter < ROUNDING * tolerances.of(row.name):
            scatter, told = statistics.stdev(_values(row.name, [cell for cell, _ in pairs])), unchanged
        if scatter < 1e-4:  # perfect scores, as of PCM: there is nothing to estimate from
            continue
        told.append(f"{row.told} {NORMAL_95_80 * scatter / math.sqrt(len(changes)):.2g}")
    if words:
        parts.append(f"WER {WORDS_FOR_CERTAINTY / words:.1%}")
    if unchanged:
        parts.append(f"of what has not changed, by how far the utterances differ: {', '.join(unchanged)}")
    corpus = f"{len(pairs)} utterance{'' if len(pairs) == 1 else 's'}" + (f", {words:.0f} words" if words else "")
    return (
        f"{corpus}: minimum detectable change of the mean: {', '.join(parts)}"
        if parts
        else f"{corpus}: too few for statements on means"
    )


def _expectation(setup: SetupRecord) -> Sequence[str]:
    wanted, slow = setup.expectation, tuple(f"{setup.name}: {reason}" for reason in setup.slow)
    if setup.met or (slow and meets(setup.verdict, wanted)):
        return slow
    said = missed(wanted, setup.verdict)
    if wanted.at_most is not None and setup.verdict is not Verdict.UNDEFINED:
        return (f"{said}: {UNHARMED}",)
    return (said, *setup.reasons[:3])


def _words(pairs: Sequence[tuple[Cell, AcceptedCell]], tolerances: Tolerances) -> Sequence[str]:
    excess = words = 0.0
    for cell, accepted in pairs:
        now, before = word_excess(cell.measurements), accepted_excess(accepted)
        if now is not None and not isinstance(before, str) and readable(cell.measurements, tolerances):
            excess += now - span(before)[1]
            words += value(cell.measurements, "reference_words") or 0
    if words and excess >= FEWEST_WORDS and excess / words > tolerances.corpus_word_share:
        return (f"{excess:.0f} of {words:.0f} words more than accepted are wrong ({excess / words:.1%})",)
    return ()


def _means(pairs: Sequence[tuple[Cell, AcceptedCell]], tolerances: Tolerances) -> tuple[list[str], list[str]]:
    failures, lines = [], []
    for row in MEANS:
        worse = 1 if row.better is Better.LOWER else -1
        changes, tolerance = _changes(row.name, pairs), tolerances.of(row.name)
        lost = lower_mean([worse * change for change in changes], tolerance)
        if lost is None:
            continue
        low, high = sorted(worse * end for end in lost[:2])
        mean, gate = statistics.fmean(changes), worse * tolerance * CORPUS_SHARE
        line = f"mean {row.told} changed by {mean:+.3f} (95 % {low:+.3f} to {high:+.3f}, gate {gate:+.3f})"
        lines.append(line)
        if lost[2]:
            failures.append(line)
    return failures, lines


def _changes(name: str, pairs: Sequence[tuple[Cell, AcceptedCell]]) -> list[float]:
    changes = []
    for cell, accepted in pairs:
        now, before = cell.measurements.get(name), accepted.measured.get(name)
        if now is not None and now.value is not None and before is not None and not isinstance(before, str):
            low, high = span(before)
            change = now.value - (low + high) / 2
            changes.append(0.0 if abs(change) < 1e-4 else change)  # baselines are rounded to 5 decimals
    return changes


def _values(name: str, cells: Sequence[Cell]) -> list[float]:
    found = [value(cell.measurements, name) for cell in cells]
    return [one for one in found if one is not None]
