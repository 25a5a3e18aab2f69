"""Calls into foreign code, and what comes back: an error with a place, or values that are what the codec declared."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import LOST, CodecInfo, Codes
from harness.errors import CodecFailed, HarnessError

T = TypeVar("T")


def guarded(what: str, call: Callable[[], T]) -> T:
    """Run foreign code: whatever it raises becomes a `CodecFailed` with one line that says in which call."""
    try:
        return call()
    except HarnessError as error:
        raise CodecFailed(f"{what}: {error}") from error
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # an adapter may raise anything; a Rust panic and sys.exit() are no Exception
        raise CodecFailed(f"{what} raised {type(error).__name__}: {error}") from error


def checked_codes(codes: Codes, info: CodecInfo, frames: int, where: str) -> Codes:
    """Return a copy of *codes*; raise `CodecFailed` unless they are integers (K, *frames*) in the declared range."""
    array = np.array(codes)
    if array.shape != (info.codebooks, frames):
        raise CodecFailed(f"{where} returned codes of shape {array.shape}, wanted {(info.codebooks, frames)} (K, F)")
    if not np.issubdtype(array.dtype, np.integer):
        raise CodecFailed(f"{where} returned codes of type {array.dtype}, wanted integers")
    if array.size and (array.min() < LOST or array.max() >= info.bins):
        raise CodecFailed(f"{where} returned codes from {array.min()} to {array.max()}, wanted 0 to {info.bins - 1}")
    return array.astype(np.int64)


def checked_pcm(pcm: Samples, info: CodecInfo, start: int, frames: int, where: str) -> Samples:
    """Return a copy of *pcm*; raise `CodecFailed` unless it is *frames* whole frames of finite samples."""
    array = np.array(pcm, dtype=np.float32)
    if array.shape != (frames * info.frame_size,):
        raise CodecFailed(f"{where} returned PCM of shape {array.shape}, wanted {(frames * info.frame_size,)}")
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array))[0])
        raise CodecFailed(
            f"{where} returned NaN or infinite samples, the first in frame {start + bad // info.frame_size}"
        )
    return array
