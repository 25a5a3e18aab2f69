"""
Scripts: programs with their inputs filled in, and what an implementation answers to each call.

A script is all that an implementation is given, so that it can be played by one that shares no line with this package
(`harness.check.parity.vectors`). Each implementation plays in a process of its own, which it may take down.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from harness.check.implementation import Implementation
from harness.check.parity.program import FLUSH
from harness.codecs.protocol import CodecInfo, Flushes, Instance, Side
from harness.codecs.returned import checked_codes, checked_pcm, finite_pcm, guarded
from harness.codecs.sealed import SealedCodec
from harness.errors import CodecFailed, CodecUnavailable
from harness.runtime.pool import IsolatedPool, WorkerDied

T = TypeVar("T")

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Step:
    """
    One call with its input: PCM (n * frame_size,) for `encode`, codes (K, n) for `decode`, a side for `reset`, `flush`.

    wrong : the input is one that must be refused
    """

    verb: str
    given: Array | Side
    wrong: bool = False


Script = tuple[Step, ...]


@dataclass(frozen=True)
class CallAnswer:
    """What came of a call: an array, nothing for a reset; or a *refusal*, or the end of the process (*died*)."""

    output: Array | None = None
    refusal: str | None = None
    died: str | None = None


def play(codec: SealedCodec, script: Script) -> list[CallAnswer]:
    """Make the calls of *script* on a fresh instance of *codec*; return an answer to each."""
    instance = guarded("open", codec.open)
    return [_answer(instance, codec.info, step) for step in script]


def _answer(instance: Instance, info: CodecInfo, step: Step) -> CallAnswer:
    try:
        return CallAnswer(_made(instance, info, step))
    except CodecFailed as error:
        return CallAnswer(refusal=str(error))


def _made(instance: Instance, info: CodecInfo, step: Step) -> Array | None:
    given = step.given
    if step.verb == FLUSH:
        if not isinstance(instance, Flushes):
            raise CodecFailed("it has no flush()")
        return finite_pcm(guarded("flush", instance.flush), info, 0, "flush")
    if isinstance(given, Side):
        side = given
        guarded("reset", lambda: instance.reset(side))
        return None
    given = given.copy()
    if step.verb == "encode":
        codes = guarded("encode", lambda: np.array(instance.encode(given)))
        return codes if step.wrong else checked_codes(codes, info, len(given) // info.frame_size, "encode")
    pcm = guarded("decode", lambda: np.array(instance.decode(given)))
    return pcm if step.wrong else checked_pcm(pcm, info, 0, given.shape[1], "decode")


class Player:
    """
    An implementation in a process of its own. Use it in a `with` statement.

    limit : seconds that one script may take
    Raises the `HarnessError` that says why the codec cannot be loaded.
    """

    def __init__(self, which: Implementation, limit: float) -> None:
        self.which = which
        self.calls = 0
        self._pool = IsolatedPool(1, limit, limit)
        try:
            self.info: CodecInfo = self._pool.submit(_introduce, which).result()
        except WorkerDied as death:
            self._pool.kill()
            raise CodecUnavailable(f"codec adapter {which.adapter!r}: loading it fails: {death.reason}") from death
        except BaseException:
            self._pool.kill()
            raise

    def __enter__(self) -> "Player":
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.kill()

    def call(self, function: Callable[..., T], *given: Any) -> T:
        """Return what *function* makes of this implementation and what is *given*, in its process."""
        return self._pool.submit(function, self.which, *given).result()

    def play(self, script: Sequence[Step]) -> list[CallAnswer]:
        """Return an answer to each call of *script* on a fresh instance; where the process ends, to those before."""
        self.calls += len(script)
        try:
            return self._pool.submit(_play, self.which, tuple(script)).result()
        except WorkerDied as death:
            return [CallAnswer(died=death.reason)]
        except CodecFailed as error:  # of `open`
            return [CallAnswer(refusal=str(error))]


@functools.lru_cache(maxsize=1)
def codec_of(which: Implementation) -> SealedCodec:
    """Return the codec, made once in each process."""
    return which.load()


def _introduce(which: Implementation) -> CodecInfo:
    return codec_of(which).info


def _play(which: Implementation, script: Script) -> list[CallAnswer]:
    return play(codec_of(which), script)
