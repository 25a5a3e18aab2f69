"""
The long-lived form of an external program: one process, messages over its standard input and output.

The protocol is described for authors of such programs in `docs/command-adapter.md`. This is its other end. Messages are
little-endian and begin with their length. Every wait has a time limit, and a program that breaks the protocol is
ended: after that its instances are lost, and the next `open` starts it afresh.
"""

import contextlib
import os
import selectors
import subprocess
import threading
import time
from collections import deque
from pathlib import Path

from harness.codecs.command.messages import (
    HEAD,
    LARGEST_MESSAGE,
    PIPE,
    REQUEST,
    Hello,
    RequestCode,
    status_trouble,
    told,
)
from harness.codecs.command.process import Program, StandardError, by_signal, how_it_ended
from harness.codecs.command.said import excerpt
from harness.errors import CodecFailed, ProgramKilled
from harness.runtime.orphans import end, end_group


class Server:
    """A running program and its end of the pipes."""

    def __init__(self, program: Program, *, limit: float, start_limit: float) -> None:
        self._program = program
        self._name = Path(program.arguments[0]).name
        self._limit = limit
        self._process = program.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._process.stdin is None or self._process.stdout is None or self._process.stderr is None:
            raise ValueError("the program was started without pipes")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._messages = StandardError(self._process.stderr, program)
        self._received = bytearray()
        self._lock = threading.Lock()
        self._next = 0
        self.unused: deque[int] = deque()  # instances that nobody holds any more
        self.broken: CodecFailed | None = None
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        try:
            self.hello = self._hello(start_limit)
        except CodecFailed:
            self.stop()
            raise

    def _hello(self, limit: float) -> Hello:
        body = self.ask(RequestCode.HELLO, 0, HEAD.pack(PIPE), limit=limit)
        return Hello.unpack(body, PIPE, f"command: {self._name}", self._program.environment.items())

    def new_instance(self, source: int | None = None) -> int:
        """Have the program open an instance, or clone the instance *source*; return its number."""
        self.close_unused()
        self._next += 1
        if source is None:
            self.ask(RequestCode.OPEN, self._next)
        else:
            self.ask(RequestCode.CLONE, source, HEAD.pack(self._next))
        return self._next

    def close_unused(self, whose: str = "what an earlier stream has left") -> None:
        """Have the program close the instances that nobody holds; *whose* they are is told of one that cannot be."""
        while self.unused:
            try:
                self.ask(RequestCode.CLOSE, self.unused.popleft())
            except CodecFailed as error:
                raise type(error)(f"closing {whose}: {error}") from error

    def ask(self, request: RequestCode, instance: int, payload: bytes = b"", *, limit: float | None = None) -> bytes:
        """
        Send one request and return the payload of its answer.

        Raises `Unsupported` or `CodecFailed` with the program's own words if it refuses, and `CodecFailed`, now and
        ever after, if it hangs, ends, or answers with something that is not one message.
        """
        message = REQUEST.pack(request, instance) + payload
        with self._lock:
            if self.broken is not None:
                raise CodecFailed(f"command: the program is gone since an earlier call failed ({self.broken})")
            try:
                wait = self._limit if limit is None else limit
                answer = self._exchange(HEAD.pack(len(message)) + message, request, wait)
            except CodecFailed as error:
                self.broken = error
                end(self._process)
                raise
        return told(answer[0], answer[1:], f"command: {self._name}", request, self._program.environment.items())

    def stop(self) -> None:
        """End the program and close the pipes."""
        end(self._process)
        self._messages.finish()
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                pipe.close()

    def _exchange(self, message: bytes, request: RequestCode, limit: float) -> bytes:
        deadline, what = time.monotonic() + limit, request.words
        unsent = memoryview(message)
        self._receive()
        if self._received:
            raise CodecFailed(
                f"command: {self._name} wrote {self._shown(self._received)} to standard output without being asked; "
                "only answers belong there, all else on standard error"
            )
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            selector.register(self._stdin, selectors.EVENT_WRITE)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    if (code := self._process.poll()) is not None:
                        end_group(self._process.pid)
                    end(self._process)
                    self._messages.finish()
                    if code is not None:  # it may have handed over to what it started
                        raise CodecFailed(
                            f"command: {self._name} {how_it_ended(code)} during {what} or before, and what it started, "
                            "which holds its standard output open, did not answer either within "
                            f"{limit:g} s; {self._messages.shown()}"
                        )
                    raise CodecFailed(
                        f"command: {self._name} was stopped: no answer to {what} within {limit:g} s, its "
                        f"{request.limited_by}; {self._messages.shown()}"
                    )
                ready = {key.fileobj for key, _ in selector.select(left)}
                if self._stdin in ready:
                    unsent = unsent[self._send(unsent) :]
                    if not unsent:
                        selector.unregister(self._stdin)
                if self._stdout in ready:
                    self._receive(what)
                    if (answer := self._whole_message(what)) is not None:
                        return answer

    def _send(self, unsent: memoryview) -> int:
        try:
            return os.write(self._stdin.fileno(), unsent[: 1 << 16])
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(unsent)  # it has gone; its last words are still to be read from standard output

    def _receive(self, what: str = "") -> None:
        """Take in what has arrived; raise if the program has closed its standard output while we wait for *what*."""
        try:
            part = os.read(self._stdout.fileno(), 1 << 20)
        except BlockingIOError:
            return
        if part:
            self._received += part
            return
        if not what:
            return  # it has ended between two calls; the request that follows will find out
        try:
            code: int | None = self._process.wait(1.0)
            end_group(self._process.pid)  # what it left running; soon its number may belong to somebody else
        except subprocess.TimeoutExpired:
            code = None
        self._messages.finish()
        ended = "closed its standard output" if code is None else how_it_ended(code)
        cut = f" after {len(self._received)} bytes of the answer" if self._received else ""
        kind = ProgramKilled if code is not None and by_signal(code) else CodecFailed
        raise kind(f"command: {self._name} {ended} during {what}{cut}; {self._messages.shown()}")

    def _shown(self, received: bytes | bytearray) -> str:
        return excerpt(received, self._program.environment.items())

    def _whole_message(self, what: str) -> bytes | None:
        if len(self._received) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self._received)
        if not 1 <= length <= LARGEST_MESSAGE:
            raise CodecFailed(
                f"command: {self._name} answered {what} with {self._shown(self._received)}, which does not begin with "
                f"a length of 1 to {LARGEST_MESSAGE} bytes; print nothing but answers on standard output"
            )
        if len(self._received) < HEAD.size + length:
            return None
        answer = bytes(self._received[HEAD.size : HEAD.size + length])
        del self._received[: HEAD.size + length]
        if self._received:
            raise CodecFailed(
                f"command: {self._name} answered {what} and wrote {len(self._received)} bytes more: "
                f"{self._shown(self._received)}; the length at the beginning of a message must count all of it"
            )
        if (trouble := status_trouble(answer[0])) is not None:
            raise CodecFailed(f"command: {self._name}: {what}: {trouble}: {self._shown(answer)}")
        return answer
