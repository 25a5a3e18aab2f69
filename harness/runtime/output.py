"""
Standard output carries the result of a command and nothing else; what is said there or on standard error is escaped.

Codecs and libraries print too. While a command runs (`claimed`), and in every worker process (`divert`), what Python
code prints on standard output goes to standard error, `MOST` characters of each process at most. What native code or a
program writes to file descriptor 1 is dropped.

Both may be closed, full or without a reader (`steady`): a result that cannot be written is no verdict, and what cannot
be said on standard error is dropped.
"""

import errno
import io
import os
import select
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TextIO

from harness.errors import NotWritable
from harness.runtime.text import json_printable, loggable, one_line

MOST = 1 << 16  # characters
READER_GONE = 141  # exit code: what a shell says of a program that SIGPIPE ended

_result: TextIO | None = None  # standard output as it was, while it is claimed


def steady() -> None:
    """
    Have this process, a command, go on where a standard stream is closed, full or without a reader.

    What is closed is opened as `/dev/null`, so that no file of ours takes its number. Streams that a caller in this
    process has put in the place of the standard ones stay as they are.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            _silence(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is sys.__stdout__:
        sys.stdout = sys.__stdout__ = _text(_Result(1, "wb", closefd=False), sys.stdout)  # type: ignore[misc]
    if sys.stderr is sys.__stderr__:
        _steady_error()


def _steady_error() -> None:
    sys.stderr = sys.__stderr__ = _text(_BestEffort(2, "wb", closefd=False), sys.stderr)  # type: ignore[misc]


def _text(raw: io.FileIO, like: TextIO | None) -> io.TextIOWrapper:
    """Return a stream of lines over *raw*, with the encoding of *like*, which is None if it was closed."""
    encoding = "utf-8" if like is None else like.encoding
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=True)


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
            _result = _text(_Result(os.dup(kept), "wb"), before)
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
    _steady_error()
    sys.stdout, warnings.showwarning = _aside(), _show_warning


class _Result(io.FileIO):
    """
    Standard output; where it cannot be written the command ends, not as if it had judged something.

    If its reader has gone it ends quietly. A reader that has set the pipe not to wait is waited for.
    """

    def write(self, content: Any) -> int:
        try:
            while (written := super().write(content)) is None:
                select.select([], [self], [])
        except OSError as error:
            _silence(self.fileno())  # for what is buffered, which is written once more at the end
            if error.errno == errno.EPIPE:
                raise SystemExit(READER_GONE) from None
            raise NotWritable(f"standard output: cannot be written ({error.strerror or error})") from None
        return written


class _BestEffort(io.FileIO):
    """Standard error; what cannot be written there is dropped, since neither a codec nor a verdict is to blame."""

    def write(self, content: Any) -> int:
        try:
            written = super().write(content)
        except OSError:
            written = None
        return memoryview(content).nbytes if written is None else written


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
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:  # it was closed, and is the lowest that is free
        os.set_inheritable(descriptor, True)
        return
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
