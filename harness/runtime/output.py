"""
Standard output carries the result of a command and nothing else; what is said there or on standard error is escaped.

Codecs and libraries print too. While a command runs (`claimed`), and in every worker process (`divert`), what Python
code prints on standard output goes to standard error, `MOST` characters of each process at most. What native code or a
program writes to file descriptor 1 is dropped.
"""

import io
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, TextIO

from harness.runtime.text import json_printable, loggable, one_line

MOST = 1 << 16  # characters
READER_GONE = 141  # exit code: what a shell says of a program that SIGPIPE ended

_result: TextIO | None = None  # standard output as it was, while it is claimed


def result() -> TextIO:
    """Return the stream that results are written to."""
    return _result or sys.stdout


def say(text: object = "") -> None:
    """Write a part of the result, in whole lines; control characters are shown as escapes."""
    print(loggable(str(text)), file=result(), flush=True)


def say_json(text: str) -> None:
    """Write a result that is JSON."""
    say_json_pieces([text])


def say_json_pieces(pieces: Iterable[str]) -> None:
    """Write a result that is JSON, in *pieces*, each as soon as it is there."""
    for piece in pieces:
        print(json_printable(piece), end="", file=result())
    print(file=result(), flush=True)


def complain(text: str) -> None:
    """Write one line to standard error, whatever *text* holds."""
    print(loggable(one_line(text)), file=sys.stderr, flush=True)


def width() -> int:
    """Return the width of the terminal that results go to; 80 if it is none."""
    try:
        return int(os.environ.get("COLUMNS", "")) or os.get_terminal_size(result().fileno()).columns
    except (ValueError, OSError):
        import shutil  # which loads three kinds of compression, and every command loads this module

        return shutil.get_terminal_size().columns


@contextmanager
def claimed() -> Iterator[None]:
    """Keep standard output for the result of a command; everything else that is printed is diverted."""
    global _result
    if _result is not None:
        yield
        return
    before, told = sys.stdout, warnings.showwarning
    kept = _descriptor(before)
    before.flush()
    try:
        if kept is None:  # not standard output itself but something in memory
            _result = before
        else:
            own = os.fdopen(os.dup(kept), "wb")
            _result = _Result(own, encoding=before.encoding, errors="backslashreplace", line_buffering=True)
            _silence(kept)
        sys.stdout, warnings.showwarning = _aside(), _show_warning
        yield
    finally:
        stream, _result = _result, None
        sys.stdout, warnings.showwarning = before, told
        if kept is not None and stream is not None:
            os.dup2(stream.fileno(), kept)
            stream.close()


def divert() -> None:
    """Divert all that this process, a worker, will ever print on standard output."""
    _silence(1)
    sys.stdout, warnings.showwarning = _aside(), _show_warning


class _Result(io.TextIOWrapper):
    """Standard output; if its reader has gone, the command ends, quietly and not as if it had judged something."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            raise SystemExit(READER_GONE) from None

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            raise SystemExit(READER_GONE) from None

    def close(self) -> None:
        with suppress(BrokenPipeError, SystemExit):
            super().close()


class _Limited(io.RawIOBase):
    """Passes what is written on to standard error, up to a limit."""

    def __init__(self) -> None:
        self._left = MOST

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def write(self, content: Any) -> int:
        given = bytes(content)
        text = loggable(given[: self._left].decode(errors="backslashreplace"))
        if self._left > 0 and sys.stderr is not None:
            self._left -= len(given)
            sys.stderr.write(text)
            if self._left <= 0:
                sys.stderr.write(f"\n(process {os.getpid()} prints more on standard output; the rest is dropped)\n")
            sys.stderr.flush()
        return len(given)


def _aside() -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(_Limited()), "utf-8", errors="backslashreplace", line_buffering=True)


def _descriptor(stream: TextIO) -> int | None:
    """Return the file descriptor of *stream* if it is standard output itself, else None."""
    try:
        return stream.fileno() if stream is sys.__stdout__ else None
    except (AttributeError, ValueError, OSError):
        return None


def _silence(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: IO[str] | None = None,
    line: str | None = None,
) -> None:
    del filename, lineno, file, line
    complain(f"codec-harness: warning: {message} ({category.__name__})")
