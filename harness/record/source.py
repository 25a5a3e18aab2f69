"""Where the cells of a run come from: held, some of another source, or lines of a file (`harness.record.lines`)."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from harness.record.measured import Cell


def line_of(cell: Cell) -> bytes:
    """Return *cell* as a line of `cells.jsonl`: JSON without what is as usual."""
    return cell.model_dump_json(exclude_defaults=True).encode() + b"\n"


class Source(ABC):
    """Cells by number from 0; *index* has the number of each, by setup and then by utterance."""

    def __init__(self) -> None:
        self.index: dict[str, dict[str, int]] = {}

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, number: int) -> Cell: ...

    @abstractmethod
    def line(self, number: int) -> bytes:
        """Return the line of a cell, with its newline."""

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of all."""
        return map(self.line, range(len(self)))

    def add(self, setup: str, utterance: str, number: int) -> None:
        """Say at which number a cell is."""
        self.index.setdefault(setup, {})[utterance] = number


class Held(Source):
    """Cells that are held as they are."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._cells = tuple(cells)
        super().__init__()
        for number, cell in enumerate(self._cells):
            self.add(cell.setup, cell.utterance, number)

    def __len__(self) -> int:
        return len(self._cells)

    def __getitem__(self, number: int) -> Cell:
        return self._cells[number]

    def line(self, number: int) -> bytes:
        """Return one line."""
        return line_of(self._cells[number])


class PartOfSource(Source):
    """Some of the cells of a *source*, which are found by its own numbers in *index*."""

    def __init__(self, source: Source, index: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__()
        self._source = source
        self._numbers = [number for spoken in index.values() for number in spoken.values()]
        for number, place in enumerate((setup, utterance) for setup, spoken in index.items() for utterance in spoken):
            self.add(*place, number)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Cell:
        return self._source[self._numbers[number]]

    def line(self, number: int) -> bytes:
        """Return one line."""
        return self._source.line(self._numbers[number])
