"""
A run seen as a whole, in one reading of its cells: the verdict of each in a letter, and what each setup comes to.

A page carries sound, pictures and numbers of some thousand cells. Of a larger run it has those of the utterances that
tell most, and of all others the verdicts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from harness.errors import UsageInvalid
from harness.record import Cell, RunRecord
from harness.report.expect import LETTERS
from harness.report.figures import Tally

LARGE = 2000  # cells, from which on a page shows some of them
SHOWN = 1000  # of a larger run
NOT_RUN, PLAIN, MASKED, FAILS = "\N{MIDDLE DOT}", " ", "m", "g"


@dataclass(frozen=True)
class Choice:
    """Which cells have a page: those of *utterances* (patterns), or *everything*; the most telling if neither."""

    utterances: tuple[str, ...] = ()
    everything: bool = False


class Survey:
    """
    What all cells of *record* come to.

    tallies : by setup; letters : by setup, the verdict of each utterance in a letter; marks : likewise, whether it is
    masked or fails its gate
    """

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self._places = {utterance.id: place for place, utterance in enumerate(record.utterances)}
        self.tallies, self.letters, self.marks = dict[str, Tally](), dict[str, str](), dict[str, str]()
        self._worst = [(False, 0, 0)] * len(record.utterances)  # of the cells of each
        for setup in record.setups:
            tally, letters = Tally(), [NOT_RUN] * len(self._places)
            marks = [PLAIN] * len(letters)
            for cell in record.cells.of_setup(setup.name):
                tally.add(cell)
                if (place := self._places.get(cell.utterance)) is None:
                    continue
                letters[place] = LETTERS[cell.verdict]
                marks[place] = FAILS if cell.gate else MASKED if cell.masked else PLAIN
                self._worst[place] = max(self._worst[place], _badness(cell, met=setup.met))
            self.tallies[setup.name] = tally
            self.letters[setup.name], self.marks[setup.name] = "".join(letters), "".join(marks)

    @property
    def large(self) -> bool:
        """Whether there are more cells than a page shows."""
        return len(self._record.cells) > LARGE

    def shown(self, choice: Choice) -> RunRecord:
        """Return the record of the cells that have a page; raise `UsageInvalid` if none of the utterances is there."""
        record = self._record
        if choice.everything or not (self.large or choice.utterances):
            return record
        chosen = self._named(choice.utterances) if choice.utterances else self._telling()
        return record.model_copy(
            update={
                "utterances": tuple(utterance for utterance in record.utterances if utterance.id in chosen),
                "cells": record.cells.only({setup.name for setup in record.setups}, chosen),
            }
        )

    def told(self) -> dict[str, Any]:
        """Return what the page's script shows of all cells."""
        return {
            "utterances": [utterance.id for utterance in self._record.utterances],
            "words": [f"{utterance.transcript} {utterance.speaker}" for utterance in self._record.utterances],
            "setups": [
                [setup.name, setup.met, self.letters[setup.name], self.marks[setup.name]]
                for setup in self._record.setups
            ],
        }

    def _named(self, patterns: Collection[str]) -> set[str]:
        found = {name for name in self._places if any(fnmatchcase(name, pattern) for pattern in patterns)}
        if not found:
            raise UsageInvalid(f"no utterance of the run matches {', '.join(patterns)}")
        return found

    def _telling(self) -> set[str]:
        """Return the utterances by which setups are judged, then those that fail, the worst first, then the first."""
        judged_by = [setup.worst_utterance for setup in self._record.setups if not setup.met]
        judged_by += [setup.worst_utterance for setup in self._record.setups if setup.met]
        first = [name for name in dict.fromkeys(judged_by) if name in self._places]
        rest = sorted(self._places, key=lambda name: self._worst[self._places[name]], reverse=True)
        most = max(1, SHOWN // max(1, len(self._record.setups)))
        return set([name for name in dict.fromkeys([*first, *rest]) if name is not None][:most])


def _badness(cell: Cell, *, met: bool) -> tuple[bool, int, int]:
    """Return whether *cell* fails its gate, its rank if its setup is not *met*, and its rank."""
    return bool(cell.gate), 0 if met else cell.verdict.rank, cell.verdict.rank
