"""
Calls into foreign code, and what comes back: an error with a place, or plain arrays that are what the codec declared.

Whatever a codec returns is looked at inside the guard too: turning it into an array calls methods of its own.
"""

import signal
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.extremes import all_finite, extremes
from harness.codecs.protocol import LOST, CodecInfo, Codes, State
from harness.errors import CodecFailed, HarnessError, NotOffered, TriedAgain
from harness.runtime.calls import noted
from harness.runtime.text import kind_of, one_line, said_by, told

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

Array = npt.NDArray[Any]


class BrokeItsWord(CodecFailed):
    """A call returned what it must not; the message begins with "returned", and `guarded` says which call."""


def guarded(what: str, call: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """
    Run foreign code: whatever it raises becomes a `CodecFailed` with one line that says in which call, unless it is
    `placed` already.

    Only a Ctrl-C passes. A process that ignores Ctrl-C, as workers do, gets none: the codec has raised it.
    """
    try:
        return noted(what, call, *arguments)
    except BrokeItsWord as error:
        raise CodecFailed(f"{what} {said_by(error)}") from None
    except NotOffered as error:
        raise NotOffered(noted(what, partial(said_by, error))) from None
    except HarnessError as error:
        if isinstance(error, CodecFailed) and error.placed:
            raise
        kind = TriedAgain if isinstance(error, TriedAgain) else CodecFailed
        raise kind(f"{what}: {noted(what, partial(said_by, error))}") from None
    except BaseException as error:  # an adapter may raise anything; a Rust panic and sys.exit() are no Exception
        if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            raise
        # Without its cause: that is foreign too, and whoever prints or pickles it would call its methods.
        raise CodecFailed(f"{what} raised {noted(what, partial(told, error))}") from None


def as_codes(returned: object) -> Array:
    """Return *returned* as an array of integers, sharing its memory if it can; raise `BrokeItsWord` if it is none."""
    return _plain(returned, "iu", "codes", "integers")


def as_latents(returned: object) -> Array:
    """Return *returned* as an array of real numbers, as `as_codes`."""
    return _plain(returned, "f", "codes", "float32 latents")


def as_pcm(returned: object) -> Array:
    """Return *returned* as an array of real numbers, as `as_codes`."""
    return _plain(returned, "fiu", "PCM", "float32")


def as_row(returned: object, wanted: str = "the number of a row") -> int:
    """Return *returned* as the number of a row, or what else is *wanted*; raise `BrokeItsWord` if it is none."""
    if isinstance(returned, bool) or not isinstance(returned, int | np.integer):
        raise BrokeItsWord(f"returned a value of type {kind_of(returned)}, wanted {wanted}")
    return int(returned)


def as_state(returned: object) -> State:
    """Return *returned* as a dict of plain arrays of numbers by name, as `as_codes`."""
    if not isinstance(returned, Mapping):
        raise BrokeItsWord(f"returned a value of type {kind_of(returned)}, wanted a dict of arrays by name")
    return {_name(name): _plain(array, "biufc", "state", "an array of numbers") for name, array in returned.items()}


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise BrokeItsWord(f"returned a state array that is named by a value of type {kind_of(name)}, wanted names")
    return one_line(name, 200)


def _plain(returned: object, kinds: str, what: str, wanted: str) -> Array:
    if type(returned) is np.ndarray:
        array: Array = returned
    elif isinstance(returned, np.ma.MaskedArray):
        raise BrokeItsWord(f"returned {what} as a masked array, wanted {wanted} in a plain array")
    else:
        array = np.asarray(returned)
    if array.dtype.kind not in kinds:
        raise BrokeItsWord(f"returned {what} of type {one_line(str(array.dtype), 80)}, wanted {wanted}")
    return array


def checked_codes(codes: Array, info: CodecInfo, frames: int, where: str) -> Codes:
    """Return a copy of *codes*; raise `CodecFailed` unless they are (K, *frames*), in the declared range or finite."""
    if codes.shape != (info.codebooks, frames):
        raise CodecFailed(f"{where} returned codes of shape {codes.shape}, wanted {(info.codebooks, frames)} (K, F)")
    if info.continuous:
        return _finite(codes, where)
    if codes.size:
        least, most = extremes(codes)
        if least < LOST or most >= info.bins:
            raise CodecFailed(f"{where} returned codes from {least} to {most}, wanted 0 to {info.bins - 1}")
    return codes.copy() if codes.dtype == np.int64 else codes.astype(np.int64)


def checked_pcm(pcm: Array, info: CodecInfo, start: int, frames: int, where: str) -> Samples:
    """Return a copy of *pcm*; raise `CodecFailed` unless it is *frames* whole frames of finite samples."""
    if pcm.shape != (frames * info.frame_size,):
        fewer = pcm.ndim == 1 and len(pcm) < frames * info.frame_size
        hint = "; a codec that holds samples back until flush() says so in CodecInfo: start_up, in samples"
        raise CodecFailed(
            f"{where} returned PCM of shape {pcm.shape}, wanted {(frames * info.frame_size,)}{hint * fewer}"
        )
    return finite_pcm(pcm, info, start, where)


def finite_pcm(pcm: Array, info: CodecInfo, start: int, where: str) -> Samples:
    """Return a copy of *pcm*; raise `CodecFailed` unless it is finite samples (T,), as many as they may be."""
    if pcm.ndim != 1:
        raise CodecFailed(f"{where} returned PCM of shape {pcm.shape}, wanted samples (T,)")
    array = pcm.copy() if pcm.dtype == np.float32 else _narrowed(pcm)
    if not all_finite(array):
        bad = int(np.flatnonzero(~np.isfinite(array))[0])
        raise CodecFailed(
            f"{where} returned NaN or infinite samples, the first in frame {start + bad // info.frame_size}"
        )
    return array


def _finite(latents: Array, where: str) -> Codes:
    found = latents.copy() if latents.dtype == np.float32 else _narrowed(latents)
    wrong = np.flatnonzero(~np.isfinite(found).all(axis=0))
    if wrong.size:
        raise CodecFailed(f"{where} returned NaN or infinite latents, the first in column {wrong[0]}")
    return found


def _narrowed(pcm: Array) -> Samples:
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
        return pcm.astype(np.float32)
