"""
The cells of a run, one after another and by their place, without all of them being held.

`cells.jsonl` beside `run.json` has one line for each, by setup and then by utterance, and is written once. What is told
of some of them afterwards (where they diverge, why they fail a gate) stands in `run.json`. A cell is read from its line
when it is asked for.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self, overload

from harness.files import write_pieces
from harness.record.lines import Lines
from harness.record.measured import Cell, Frozen, Told
from harness.record.source import Held, PartOfSource, Source

CELLS = "cells.jsonl"

Place = tuple[str, str]  # setup and utterance


class Telling(Frozen):
    """What is told of a cell after it was judged: where it diverges from its reference, and why it fails its gate."""

    setup: str
    utterance: str
    localisation: Told | None = None
    gate: tuple[Told, ...] = ()

    @property
    def place(self) -> Place:
        """Setup and utterance of the cell."""
        return self.setup, self.utterance

    def into(self, cell: Cell) -> Cell:
        """Return *cell* with all of it."""
        found: dict[str, Any] = {} if self.localisation is None else {"localisation": self.localisation}
        if self.gate:
            found |= {"gate": self.gate, "reasons": (*self.gate, *cell.reasons)}
        return cell.model_copy(update=found)


class CellsFile(Frozen):
    """What `run.json` says of the cells: how many lines `cells.jsonl` has, its hash, and what is told of some."""

    count: int
    sha256: str
    told: tuple[Telling, ...] = ()


class Cells(Sequence[Cell]):
    """Cells in order; also by setup, and by setup and utterance. Iterating holds one at a time."""

    def __init__(self, source: Source, told: Iterable[Telling] = ()) -> None:
        self._source = source
        self._told = {one.place: one for one in told}

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Self:
        """Return *cells*, all held; those that are in a file stay there."""
        return cells if isinstance(cells, cls) else cls(Held(cells))

    @classmethod
    def read(cls, folder: Path, said: CellsFile | None = None) -> Self:
        """
        Return the cells in the run's *folder*; raise `RecordInvalid` if their file is missing or damaged.

        said : what the record says of the file, which it must be
        """
        lines = Lines.read(folder / CELLS, None if said is None else (said.count, said.sha256))
        return cls(lines, () if said is None else said.told)

    @classmethod
    def written(cls, folder: Path, lines: Iterable[bytes]) -> Self:
        """Write *lines* as the cells in the run's *folder*, and return them; raise `NotWritable`."""
        write_pieces(folder / CELLS, lines)
        return cls.read(folder)

    def save(self, folder: Path) -> None:
        """Write `cells.jsonl` into *folder*, unless these cells were read from there; raise `NotWritable`."""
        path = folder / CELLS
        if not (isinstance(self._source, Lines) and self._source.is_of(path)):
            write_pieces(path, self._source.lines())

    def __len__(self) -> int:
        return len(self._source)

    @overload
    def __getitem__(self, number: int) -> Cell: ...

    @overload
    def __getitem__(self, number: slice) -> "Cells": ...

    def __getitem__(self, number: "int | slice") -> "Cell | Cells":
        if isinstance(number, slice):
            return Cells.of([self[each] for each in range(*number.indices(len(self)))])
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        cell = self._source[number % len(self)]
        told = self._told.get((cell.setup, cell.utterance)) if self._told else None
        return cell if told is None else told.into(cell)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells):
            return NotImplemented
        return self._told == other._told and (self._source is other._source or self.sha256 == other.sha256)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} cells>"

    @property
    def places(self) -> Iterator[Place]:
        """Setup and utterance of each, by setup; no cell is read."""
        return ((setup, utterance) for setup, spoken in self._source.index.items() for utterance in spoken)

    @cached_property
    def sha256(self) -> str:
        """The hash of the lines."""
        if isinstance(self._source, Lines):
            return self._source.sha256
        digest = hashlib.sha256()
        for line in self._source.lines():
            digest.update(line)
        return digest.hexdigest()

    @property
    def file(self) -> CellsFile:
        """What `run.json` says of them."""
        order = {place: number for number, place in enumerate(self.places)} if len(self._told) > 1 else {}
        told = sorted(self._told.values(), key=lambda one: order.get(one.place, 0))
        return CellsFile(count=len(self), sha256=self.sha256, told=tuple(told))

    def has(self, setup: str, utterance: str) -> bool:
        """Tell whether there is this cell; it is not read."""
        return utterance in self._source.index.get(setup, {})

    def get(self, setup: str, utterance: str | None) -> Cell | None:
        """Return one cell; None if there is none."""
        number = self._source.index.get(setup, {}).get(utterance or "")
        return None if number is None else self[number]

    def count_of(self, setup: str) -> int:
        """Return how many cells *setup* has."""
        return len(self._source.index.get(setup, {}))

    def of_setup(self, setup: str) -> Iterator[Cell]:
        """Yield the cells of *setup*, in order."""
        return (self[number] for number in self._source.index.get(setup, {}).values())

    def only(self, setups: Collection[str], utterances: Collection[str]) -> "Cells":
        """Return those of these *setups* and *utterances*, where they are."""
        index = {
            setup: {utterance: number for utterance, number in spoken.items() if utterance in utterances}
            for setup, spoken in self._source.index.items()
            if setup in setups
        }
        return Cells(PartOfSource(self._source, index), self._told.values())

    def line(self, setup: str, utterance: str) -> bytes:
        """Return the line of a cell, which is there, as it was written before anything more was told of it."""
        return self._source.line(self._source.index[setup][utterance])

    def explained(self, texts: Mapping[Place, str]) -> "Cells":
        """Return the cells with where they diverge, by place."""
        return self._telling({place: {"localisation": text} for place, text in texts.items()})

    def gated(self, failures: Mapping[Place, Sequence[str]]) -> "Cells":
        """Return the cells with why they fail their gates, and no other, by place."""
        bare: dict[Place, dict[str, Any]] = {place: {"gate": ()} for place, one in self._told.items() if one.gate}
        return self._telling(bare | {place: {"gate": tuple(why)} for place, why in failures.items() if why})

    @property
    def explanations(self) -> dict[Place, str]:
        """Where cells diverge, by place, of those that were told it."""
        return {place: one.localisation for place, one in self._told.items() if one.localisation is not None}

    def _telling(self, more: Mapping[Place, Mapping[str, Any]]) -> "Cells":
        told = dict(self._told)
        for place, update in more.items():
            before = told.pop(place, None) or Telling(setup=place[0], utterance=place[1])
            after = Telling.model_validate(dict(before) | dict(update))
            if after.gate or after.localisation is not None:
                told[place] = after
        return Cells(self._source, told.values())
