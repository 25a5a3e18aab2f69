"""
The long-lived external program as a codec: instances that live in another process.
"""

import weakref

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.command.messages import (
    SIDES,
    RequestCode,
    Unsupported,
    answered_codes,
    answered_pcm,
    answered_rest,
    answered_state,
    pack_codes,
    pack_pcm,
)
from harness.codecs.command.process import Loaded, Program
from harness.codecs.command.server import Server
from harness.codecs.protocol import CodecInfo, Codes, Flushes, Instance, Side, State
from harness.errors import TriedAgain


class ServedCodec:
    """A long-lived program; started again when it has been lost."""

    def __init__(self, program: Program, *, limit: float, start_limit: float) -> None:
        self._limit, self._start_limit = limit, start_limit
        self._loaded = Loaded(program)
        self._server = self._start()
        if not self._loaded.has_all():  # it has made files itself as it began
            self._loaded = Loaded(program)
        hello = self._server.hello
        served = f"{hello.name or 'external program'}, served by {program}"
        self.info = hello.info("command", f"command:1:{self._loaded.fingerprint}:{hello}", served)

    def _start(self) -> Server:
        """Start the program; raise `TriedAgain` if it is another than when it was loaded."""
        with self._loaded.in_use():
            server = Server(self._loaded.program, limit=self._limit, start_limit=self._start_limit)
            weakref.finalize(self, server.stop)
        return server

    def open(self) -> "ServedInstance":
        """Return a fresh instance, in a new process if the last one was lost."""
        if self._server.broken is not None:
            self._server.stop()
            server = self._start()
            if server.hello != self._server.hello:  # which stays lost, so that nobody is given the other
                server.stop()
                raise TriedAgain(
                    f"command: {self._loaded.program} was started again and says that it is another codec than before; "
                    "run it once more"
                )
            self._server = server
        return self.instance(self._server.new_instance(), self._server)

    def instance(self, number: int, server: Server) -> "ServedInstance":
        """Return the instance of that number in the program."""
        kind = FlushedInstance if server.hello.flushes else ServedInstance
        return kind(self.info, server, number, self)

    def encode_whole(self, pcm: Samples) -> Codes:
        """Encode a whole signal: without an instance if the program offers that, else on a fresh one."""
        frames = whole_frames(pcm, self.info)
        try:
            return answered_codes(self._server.ask(RequestCode.ENCODE_WHOLE, 0, pack_pcm(pcm)), self.info, frames)
        except Unsupported:
            codes = self.open().encode(pcm)
            self._server.close_unused("the instance of this call")
            return codes

    def decode_whole(self, codes: Codes) -> Samples:
        """Decode all codes, as `encode_whole`."""
        frames = whole_codes(codes, self.info, lowest=-1)
        try:
            return answered_pcm(self._server.ask(RequestCode.DECODE_WHOLE, 0, pack_codes(codes)), self.info, frames)
        except Unsupported:
            pcm = whole_of(self.open(), codes, self.info)
            self._server.close_unused("the instance of this call")
            return pcm


class ServedInstance:
    """One instance inside the long-lived program."""

    def __init__(self, info: CodecInfo, server: Server, number: int, codec: ServedCodec) -> None:
        self._info, self._server, self._number = info, server, number
        self._codec = codec  # keeps the program running as long as an instance is held
        weakref.finalize(self, server.unused.append, number)

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next whole frames."""
        frames = whole_frames(pcm, self._info)
        return answered_codes(self._server.ask(RequestCode.ENCODE, self._number, pack_pcm(pcm)), self._info, frames)

    def decode(self, codes: Codes) -> Samples:
        """Decode the next frames; codes of -1 are passed on as losses."""
        frames = whole_codes(codes, self._info, lowest=-1)
        return answered_pcm(self._server.ask(RequestCode.DECODE, self._number, pack_codes(codes)), self._info, frames)

    def reset(self, side: Side) -> None:
        """Have the program reset one side, or both."""
        self._server.ask(RequestCode.RESET, self._number, bytes([SIDES[side]]))

    def clone(self) -> "ServedInstance":
        """Have the program clone this instance."""
        return self._codec.instance(self._server.new_instance(self._number), self._server)

    def state(self) -> State:
        """Return what the program gives as its state, byte for byte; nothing if it offers none."""
        try:
            body = self._server.ask(RequestCode.STATE, self._number)
        except Unsupported:
            return {}
        return answered_state(body, "command")


class FlushedInstance(ServedInstance):
    """One instance inside a program that can be asked for the end of a stream."""

    def flush(self) -> Samples:
        """Have the program end the decoded stream; return what has not come yet."""
        return answered_rest(self._server.ask(RequestCode.FLUSH, self._number), self._info)


def whole_of(instance: Instance, codes: Codes, info: CodecInfo) -> Samples:
    """Decode *codes* in one call of a fresh *instance*, with what it holds back of a start-up."""
    pcm = instance.decode(codes)
    return np.concatenate([pcm, instance.flush()]) if info.start_up and isinstance(instance, Flushes) else pcm
