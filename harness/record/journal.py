"""
The cells of a run that goes on: one line each, as soon as it is finished, in whatever order that is.

A run that is killed leaves it, and its report shows what is in it. When all are there they go to `cells.jsonl`, in the
order of the record.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from harness.files import not_written, write_all, write_pieces
from harness.record.cells import Cells, Place
from harness.record.lines import Lines
from harness.record.measured import Cell
from harness.record.source import line_of

JOURNAL = "unfinished.jsonl"


class Journal:
    """
    The journal of the run in *folder*, begun anew; raises `NotWritable` if it cannot be.

    Another process that begins the same run writes a file of its own, which takes the name of this one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / JOURNAL
        self.count = 0
        write_pieces(self._path, ())
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise not_written(self._path, error) from error

    def add(self, cells: Iterable[Cell]) -> None:
        """Write finished *cells*, in one piece; raise `NotWritable`."""
        lines = [line_of(cell) for cell in cells]
        try:
            write_all(self._descriptor, b"".join(lines))
        except OSError as error:
            raise not_written(self._path, error) from error
        self.count += len(lines)

    def finish(self, order: Iterable[Place]) -> Cells:
        """Write the cells into `cells.jsonl` in *order*, all of which are here, and return them."""
        finished = Cells(Lines.read(self._path, descriptor=os.dup(self._descriptor)))
        cells = Cells.written(self._folder, (finished.line(*place) for place in order))
        self._path.unlink(missing_ok=True)
        return cells

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)


def so_far(folder: Path) -> tuple[Cells, list[int]]:
    """
    Return the finished cells of a run that was cut off, and the numbers of the lines that are damaged.

    Raises `RecordInvalid` if there is no journal in *folder*.
    """
    lines, broken = Lines.sound(folder / JOURNAL)
    return Cells(lines), broken
