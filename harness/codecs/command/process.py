"""
Start external programs, bound what they may do, and say in one line how they ended.

No shell is involved: a program is a list of arguments. Each one gets a session of its own, so that whatever it starts
in turn can be ended with it. Standard error is read all the time and only its end is kept: a program that floods it
neither blocks nor fills memory.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from harness.codecs.command.said import without
from harness.codecs.named_files import LOG
from harness.errors import CodecFailed, CodecUnavailable, HarnessError, ProgramKilled, TriedAgain
from harness.files import given
from harness.runtime import orphans
from harness.runtime.text import one_line

SHOWN = 500  # characters of standard error that go into a message
LARGEST_FILE = 256 << 20  # bytes; no test utterance comes near it
POLL = 0.05  # seconds
SHELL_SAYS_SIGNAL = 128  # a shell ends with this and the number of the signal that ended what it ran


@dataclass(frozen=True)
class Program:
    """An external program: *arguments* with place-holders, the *folder* to run in, *environment* on top of ours."""

    arguments: tuple[str, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(self.arguments)

    def executable(self) -> Path:
        """Return the program's file; raise `CodecUnavailable` if there is none or it may not be run."""
        name = self.arguments[0]
        if os.sep in name:
            path = self.folder / name
            if not given.is_file(path):
                raise CodecUnavailable(f"command: {path} does not exist; build the program or correct the path")
            if not os.access(path, os.X_OK):
                raise CodecUnavailable(f"command: {path} is not executable; chmod +x it, or name its interpreter first")
            return path
        found = shutil.which(name)
        if found is None:
            raise CodecUnavailable(f"command: there is no program {name!r} on the PATH; install it or give its path")
        return Path(found)

    def files(self) -> list[Path]:
        """Return the files that decide what it does, as far as is known: its own, and those that arguments name."""
        named = [self.folder / argument for argument in self.arguments[1:]]
        return [self.executable(), *(path for path in named if path.suffix != LOG and given.is_file(path))]

    def fingerprint(self, files: Collection[Path] | None = None) -> str:
        """Return a hash of the arguments and of the contents of *files*, or of all that they name, but for logs."""
        files = self.files() if files is None else files
        digest = hashlib.sha256(repr(sorted(self.environment.items())).encode())
        for place, argument in enumerate(self.arguments):
            digest.update(f"{len(argument)}:{argument}".encode())
            path = self.folder / argument if place else self.executable()
            if path in files and given.is_file(path):
                with path.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()[:16]

    def hidden(self, text: str) -> str:
        """Return *text* that the program wrote without the values of its environment, which are no one else's."""
        return without(text, self.environment.items())

    def start(self, *, stdin: int, stdout: int, files: dict[str, Path] | None = None) -> subprocess.Popen[bytes]:
        """Start it with place-holders such as `{in}` replaced by *files*; standard error becomes a pipe."""
        arguments = [str(self.executable().absolute())]
        for argument in self.arguments[1:]:
            for name, path in (files or {}).items():
                argument = argument.replace(f"{{{name}}}", str(path))
            arguments.append(argument)
        try:
            return orphans.start(
                arguments,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self.folder,
                env=os.environ | self.environment,
            )
        except OSError as error:
            raise CodecUnavailable(f"command: {arguments[0]} cannot be started ({error})") from error


class Loaded:
    """
    A *program* as it was when its codec was loaded.

    What it gives is kept under that *fingerprint*, so nothing is taken from it once a file of its is another.
    """

    def __init__(self, program: Program) -> None:
        self.program, self._files = program, program.files()
        self._stamps = self._now()  # before the contents are read: what changes meanwhile is noticed
        self.fingerprint = program.fingerprint(self._files)

    def has_all(self) -> bool:
        """Tell whether there is no file now that was not there when it was loaded."""
        return self._files == self.program.files()

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Raise `TriedAgain` if a file is another than when it was loaded, before the block or after, fail or not."""
        self.check()
        try:
            yield
        except HarnessError as error:
            self.check(f"; besides, {error}")  # what is half written fails in any way
            raise
        self.check()

    def check(self, besides: str = "") -> None:
        """
        Raise `TriedAgain` if a file is another than when it was loaded; none is read that was not written to.

        besides : what else is to be said then
        """
        stamps = self._now()
        if stamps == self._stamps:
            return
        if not self._is_the_same():
            written = [str(path) for path in self._files if self._stamps.get(path) != stamps.get(path)]
            raise TriedAgain(
                f"command: {', '.join(written)} changed since the program was loaded; run it once more. If the program "
                f"itself writes to it, give it a name that ends in {LOG}{besides}"
            )
        self._stamps = stamps

    def _is_the_same(self) -> bool:
        try:
            return self.program.fingerprint(self._files) == self.fingerprint
        except (CodecUnavailable, OSError):  # it has gone, or may not be run yet
            return False

    def _now(self) -> dict[Path, tuple[int, ...]]:
        """Return for each file what is another once it is written to, or another file takes its place."""
        found: dict[Path, tuple[int, ...]] = {}
        for path in self._files:
            with contextlib.suppress(OSError):  # it has gone
                status = path.stat()
                found[path] = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return found


class StandardError:
    """Reads a pipe to its end in the background and keeps the last characters."""

    def __init__(self, pipe: IO[bytes], program: Program) -> None:
        self._pipe, self._program = pipe, program
        self._tail = b""
        self._seen = 0
        self._thread = threading.Thread(target=self._read, name="standard error", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError), self._pipe:  # closed under us: nothing more to show
            while part := self._pipe.read(1 << 16):
                self._seen += len(part)
                self._tail = (self._tail + part)[-4 * SHOWN :]

    def finish(self) -> bool:
        """Wait a moment for what was written last; return False if somebody still holds the pipe open."""
        self._thread.join(1.0)
        return not self._thread.is_alive()

    def shown(self) -> str:
        """Return the end of what was written as one line, for an error message."""
        lines = [line.strip() for line in self._tail.decode(errors="replace").splitlines() if line.strip()]
        text = one_line(self._program.hidden(" | ".join(lines)))
        if not text:
            return "nothing on standard error"
        cut = "..." if len(text) > SHOWN or self._seen > len(self._tail) else ""
        return f"standard error: {cut}{text[-SHOWN:]}"


def by_signal(code: int) -> bool:
    """Tell whether a signal ended a program, or one that a shell ran for it."""
    return code < 0 or code > SHELL_SAYS_SIGNAL


def how_it_ended(code: int) -> str:
    """Describe an exit status for a person."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}"


def run(loaded: Loaded, *, limit: float, source: Path, target: Path) -> None:
    """
    Run a program once on the file *source*; afterwards the file *target* exists.

    Raises `CodecFailed` if it is another than when it was loaded, takes more than *limit* seconds, fails, or writes
    nothing or far too much.
    """
    with loaded.in_use():
        _run(loaded.program, limit, source, target)


def _run(program: Program, limit: float, source: Path, target: Path) -> None:
    name = Path(program.arguments[0]).name
    process = program.start(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, files={"in": source, "out": target})
    if process.stderr is None:
        raise ValueError("the program was started without a pipe for standard error")
    messages = StandardError(process.stderr, program)
    deadline = time.monotonic() + limit
    try:
        while True:
            try:
                code = process.wait(POLL)
                break
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > deadline:
                raise CodecFailed(f"command: {name} was stopped after {limit:g} s; {messages.shown()}")
            if target.exists() and target.stat().st_size > LARGEST_FILE:
                raise CodecFailed(
                    f"command: {name} was stopped: it wrote more than {LARGEST_FILE >> 20} MiB; {messages.shown()}"
                )
        clean = messages.finish()
        orphans.end_group(process.pid)  # what it left running would stay, and may still write to the file
        if not clean:
            messages.finish()
    except BaseException:
        orphans.end(process)
        messages.finish()
        raise
    orphans.untie(process.pid)
    if code:
        kind = ProgramKilled if by_signal(code) else CodecFailed
        raise kind(f"command: {name} {how_it_ended(code)}; {messages.shown()}")
    if not target.is_file():
        raise CodecFailed(f"command: {name} ended well but wrote no {target.name}; {messages.shown()}")
