"""
Lines of cells in a file, found by setup and utterance and read one at a time.

A line is a cell as JSON without what is as usual, its setup and utterance first, so that its place is known without
reading the rest.
"""

import hashlib
import json
import os
import re
import sys
from array import array
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from harness.errors import RecordInvalid
from harness.files import given
from harness.record.measured import Cell
from harness.record.source import Source

LARGEST_FILE = 1 << 40  # bytes
LARGEST_LINE = 64 << 20  # bytes: an hour of speech is a tenth of it
PLACE = re.compile(rb'\{"setup":("(?:[^"\\]|\\.)*"),"utterance":("(?:[^"\\]|\\.)*")[,}]')
MEND = "run again"
WANTED = "the cells of a run"
NUL = b"\\u0000"


def cell_of(line: bytes, path: Path) -> Cell:
    """Return the cell that *line*, of *path*, holds; raise `RecordInvalid`."""
    try:
        if NUL in line:
            given.json_of(line, path, RecordInvalid, what="a cell", mend=MEND)
        return Cell.model_validate_json(line)
    except ValidationError as error:
        said = given.explained(error.errors()[0], "it")
        raise RecordInvalid(f"{path}: a line that is no cell: {said}; {MEND}") from None


class Lines(Source):
    """The lines of *path*, which stays open, so that another file put in its place is not read instead."""

    def __init__(self, path: Path, descriptor: int) -> None:
        super().__init__()
        self._path, self._descriptor = path, descriptor
        self._starts, self._lengths = array("Q"), array("L")
        self.sha256 = ""

    @classmethod
    def read(cls, path: Path, said: tuple[int, str] | None = None, *, descriptor: int | None = None) -> Self:
        """
        Find the lines of *path*; raise `RecordInvalid` unless they are as many and of the hash that is *said*.

        descriptor : of the file, if it is open already; it is closed with these lines
        """
        found = cls(path, _opened(path) if descriptor is None else descriptor)
        broken = found._find()
        if broken or (said is not None and said != (len(found), found.sha256)):
            where = f"{path}:{broken[0]}" if broken else path
            raise RecordInvalid(f"{where}: cells that are not as they were written: damaged, or edited; {MEND}")
        return found

    @classmethod
    def sound(cls, path: Path) -> tuple[Self, list[int]]:
        """Find the lines of *path* that hold a cell; return them, and the numbers (from 1) of those that do not."""
        found = cls(path, _opened(path))
        return found, found._find(look=True)

    def is_of(self, path: Path) -> bool:
        """Tell whether what is at *path* is the file that these are lines of."""
        try:
            return os.path.samestat(path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> Cell:
        return cell_of(self.line(number), self._path)

    def __del__(self) -> None:
        os.close(self._descriptor)

    def line(self, number: int) -> bytes:
        """Return one line, with its newline."""
        return os.pread(self._descriptor, self._lengths[number], self._starts[number])

    def _find(self, *, look: bool = False) -> list[int]:
        """Find the lines, and *look* at each; return the numbers of those that are none."""
        digest, broken, start = hashlib.sha256(), [], os.lseek(self._descriptor, 0, os.SEEK_SET)
        with open(self._descriptor, "rb", closefd=False) as file:
            for number, line in enumerate(iter(lambda: file.readline(LARGEST_LINE), b""), 1):
                digest.update(line)
                place = _place(line)
                if place is None or (look and not _is_cell(line, self._path)):
                    broken.append(number)
                else:
                    self.add(*place, len(self))
                    self._starts.append(start)
                    self._lengths.append(len(line))
                start += len(line)
        self.sha256 = digest.hexdigest()
        return broken


def _place(line: bytes) -> tuple[str, str] | None:
    """Return setup and utterance of a *line*; None if it is torn, or no cell's."""
    found = PLACE.match(line)
    if found is None or not line.endswith(b"\n"):
        return None
    try:
        setup, utterance = (sys.intern(str(json.loads(quoted))) for quoted in found.groups())
    except ValueError:
        return None
    return setup, utterance


def _is_cell(line: bytes, path: Path) -> bool:
    try:
        cell_of(line, path)
    except RecordInvalid:
        return False
    return True


def _opened(path: Path) -> int:
    given.check_file(path, RecordInvalid, wanted=WANTED, most=LARGEST_FILE)
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RecordInvalid(f"{path}: cannot be read ({error.strerror}); wanted {WANTED}") from None
