"""
A long stream through one implementation, in its process, a stretch at a time.

Two implementations are so held side by side, and no more than a stretch of both is kept.
"""

import contextlib
import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.audio.waveform import Samples
from harness.check.endurance.run import decoded, encoded
from harness.check.endurance.stream import LongStream
from harness.check.implementation import Implementation
from harness.check.parity.playing import Player, codec_of
from harness.codecs.protocol import Codes, Instance
from harness.codecs.returned import guarded
from harness.codecs.ties import noisy
from harness.errors import CodecFailed
from harness.runtime.pool import WorkerDied

STRETCH = 64  # frames

_numbers = itertools.count()


@dataclass(frozen=True)
class Stretch:
    """What came of a stretch, codes (K, 1) and PCM (frame_size,) a frame, and why it ended early if it did."""

    codes: list[Codes]
    pcm: list[Samples]
    failed: str | None = None


class StreamPlayer:
    """
    A fresh instance of an implementation that is given *stream*. Use it in a `with` statement, one a player at a time.

    Stretches follow one another without a gap.
    """

    def __init__(self, player: Player, stream: LongStream) -> None:
        self._player, self._stream, self._number = player, stream, next(_numbers)

    def __enter__(self) -> "StreamPlayer":
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(WorkerDied):
            self._player.call(_end)

    def play(self, frames: range, given: list[Codes] | None = None) -> Stretch:
        """Encode *frames*; decode what is *given*, or the codes that came if that is None."""
        return self._call(_played, frames, given)

    def encode(self, frames: range, noise: int) -> Stretch:
        """Encode *frames* with the inaudible noise of this number."""
        return self._call(_encoded, frames, noise)

    def _call(self, function: Callable[..., Stretch], *given: Any) -> Stretch:
        try:
            return self._player.call(function, self._number, self._stream, *given)
        except WorkerDied as death:
            return Stretch([], [], death.reason)


@functools.lru_cache(maxsize=1)
def _instance(which: Implementation, number: int) -> Instance:
    del number  # each stream has a fresh one
    return guarded("open", codec_of(which).open)


def _end(_which: Implementation) -> None:
    _instance.cache_clear()


def _played(
    which: Implementation, number: int, stream: LongStream, frames: range, given: list[Codes] | None
) -> Stretch:
    codes: list[Codes] = []
    pcm: list[Samples] = []
    try:
        info, instance = codec_of(which).info, _instance(which, number)
        for frame in frames:
            codes.append(encoded(instance, info, stream.frame(frame), frame))
            sent = codes[-1] if given is None else given[frame - frames.start]
            pcm.append(decoded(instance, info, sent, frame))
    except CodecFailed as error:
        return Stretch(codes, pcm, str(error))
    return Stretch(codes, pcm)


def _encoded(which: Implementation, number: int, stream: LongStream, frames: range, noise: int) -> Stretch:
    codes: list[Codes] = []
    try:
        info, instance = codec_of(which).info, _instance(which, number)
        for frame in frames:
            codes.append(encoded(instance, info, noisy(stream.frame(frame), noise), frame))
    except CodecFailed as error:
        return Stretch(codes, [], str(error))
    return Stretch(codes, [])
