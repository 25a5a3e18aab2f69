"""
How the stream of an instance ends, and calls that an instance must refuse.

Usually what is held back is flushed, and the instance is closed. Other ends are those of careless callers.
"""

from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.optional import Closes
from harness.codecs.protocol import CodecInfo, Flushes, Instance, Side
from harness.codecs.returned import Array, guarded
from harness.errors import CodecFailed, NotOffered
from harness.topology.model import End


def flush(instance: Instance) -> Samples:
    """Return what *instance* held back, which ends its stream; nothing if it has no flush()."""
    if not isinstance(instance, Flushes):
        return np.zeros(0, dtype=np.float32)
    return _samples(guarded("flush", instance.flush))


def close(instance: Instance, what: str = "close") -> None:
    """Close *instance*, if it has that; *what* names the call in errors."""
    if isinstance(instance, Closes):
        guarded(what, instance.close)


def finish(instance: Instance, end: End, info: CodecInfo) -> Samples:
    """
    End the stream on *instance* as *end* says; return what came out then.

    Raises `NotOffered` if the codec has nothing that could be done so, `CodecFailed` if it does what it must refuse.
    """
    if end in ("no-flush", "flush-twice") and not isinstance(instance, Flushes):
        raise NotOffered(f"end = {end!r}: the codec {info.name} holds nothing back (flush)")
    if end == "use-closed" and not isinstance(instance, Closes):
        raise NotOffered(f"end = {end!r}: instances of the codec {info.name} have no close()")
    rest = np.zeros(0, dtype=np.float32) if end == "no-flush" else flush(instance)[: info.start_up]
    if end == "flush-twice":
        rest = np.concatenate([rest, flush_again(instance)])
    if end == "use-closed":
        close(instance)
        for side in info.sides:
            if accepted(instance, side, info):
                raise CodecFailed(f"end = {end!r}: a call on the {side} side after close() was not refused")
    return rest


def flush_again(instance: Instance) -> Samples:
    """Return what comes of a second flush(); a codec may refuse it."""
    try:
        return flush(instance)
    except CodecFailed:
        return np.zeros(0, dtype=np.float32)


def accepted(instance: Instance, side: Side, info: CodecInfo) -> bool:
    """Tell whether *instance* takes a frame of silence, or of codes of zero, on *side*, one of `info.sides`."""
    call: Any = (
        (lambda: instance.encode(np.zeros(info.frame_size, dtype=np.float32)))
        if side is Side.ENCODER
        else (lambda: instance.decode(np.zeros((info.codebooks, 1), dtype=info.codes_type)))
    )
    try:
        guarded("a call", call)
    except CodecFailed:
        return False
    return True


def refuse(instance: Instance, side: Side, info: CodecInfo) -> None:
    """
    Make a call on *side* that is wrong: with a sample too many, a code too high, or latents of a value too many.

    Raises `CodecFailed` if it is not refused.
    """
    call: Any
    if side is Side.ENCODER:
        given = f"encode of {info.frame_size + 1} samples, which are no whole frames,"
        call = lambda: instance.encode(np.full(info.frame_size + 1, 0.25, dtype=np.float32))  # noqa: E731
    elif info.continuous:
        given = f"decode of latents of {info.codebooks + 1} values, where there are {info.codebooks},"
        call = lambda: instance.decode(np.zeros((info.codebooks + 1, 1), dtype=np.float32))  # noqa: E731
    else:
        given = f"decode of code {info.bins} of {info.bins} bins"
        call = lambda: instance.decode(np.full((info.codebooks, 1), info.bins, dtype=np.int64))  # noqa: E731
    try:
        guarded(given, call)
    except CodecFailed:
        return
    raise CodecFailed(f"{side}.refused = true: {given} was not refused")


def _samples(given: Array) -> Samples:
    samples: Samples = np.asarray(given, dtype=np.float32).reshape(-1)
    if not np.isfinite(samples).all():
        raise CodecFailed("flush returned NaN or infinite samples")
    return samples
