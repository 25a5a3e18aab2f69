"""A long stream through an instance, with a look at each mark, and what the process needs for it."""

import hashlib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from harness.audio.waveform import Samples
from harness.check.endurance.stream import WINDOW, LongStream
from harness.check.endurance.verdict import CAP, FrameSeconds, Load, Mark, slower
from harness.check.finding import unequal
from harness.codecs.protocol import Codec, CodecInfo, Codes, Instance
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed, NotOffered

QUARTERS = 4
PAIRED = 48  # frames that a late and a fresh instance take in turn


@dataclass
class LongRun:
    """What was measured along a stream; *failed* says at which frame it ended before its time, and why."""

    marks: list[Mark] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    beside: FrameSeconds | None = None  # measured where the last quarter took long
    failed: str | None = None


@dataclass(frozen=True)
class MarkWindow:
    """The frames around a mark: codes (K, WINDOW) and PCM (WINDOW * frame_size,)."""

    mark: int
    codes: Codes
    pcm: Samples


def windows(
    instance: Instance, info: CodecInfo, stream: LongStream, loads: list[Load]
) -> Iterator[tuple[MarkWindow, list[Codes]]]:
    """
    Send *stream* through a fresh *instance*; yield what comes at each mark, and the codes of the frames before.

    loads : gets what each quarter of the stream needs
    Raises `CodecFailed` that says at which frame.
    """
    codes: deque[Codes] = deque(maxlen=WINDOW)
    past: deque[Codes] = deque(maxlen=stream.warm + WINDOW)
    pcm: deque[Samples] = deque(maxlen=WINDOW)
    times: list[float] = []
    quarter = max(1, stream.frames // QUARTERS)
    for number in range(stream.frames):
        samples = stream.frame(number)
        begun = time.perf_counter()
        one, heard = one_frame(instance, info, samples, number)
        times.append(time.perf_counter() - begun)
        codes.append(one)
        past.append(one)
        pcm.append(heard)
        mark = stream.ends.get(number)
        if mark is not None:
            yield MarkWindow(mark, np.concatenate(codes, axis=1), np.concatenate(pcm)), list(past)
        if (number + 1) % quarter == 0 and len(loads) < QUARTERS:
            loads.append(Load(resident(), float(np.quantile(times, 0.25))))
            times.clear()


def endured(codec: Codec, stream: LongStream, note: Callable[[Mark], None]) -> LongRun:
    """
    Compare each mark with a fresh instance that was given the last `warm` frames alone; *note* hears of each mark.

    A codec that fails on the way is no error: what was measured until then is returned. Raises `NotOffered` if it has
    no room for two streams.
    """
    found = LongRun()
    try:
        instance = guarded("open", codec.open)
        fresh = FreshStart(codec, stream)
        for window, past in windows(instance, codec.info, stream, found.loads):
            right = fresh.window(window.mark, past)
            found.marks.append(compared(window, right, codec.info.tolerance, codec.info.latent_tolerance))
            note(found.marks[-1])
        if slower(found.loads):
            found.beside = _beside_fresh(codec, instance, stream)
    except NotOffered:  # there is no room for a fresh instance beside it
        raise
    except CodecFailed as error:
        found.failed = str(error)
    return found


def _beside_fresh(codec: Codec, late: Instance, stream: LongStream) -> FrameSeconds:
    """
    Measure what a frame takes in the *late* instance and in a fresh one that has heard `warm` frames, in turn.

    A machine that other work keeps busy slows both alike; only what the stream has left behind slows the late one.
    """
    fresh, info = guarded("open", codec.open), codec.info
    for number in range(stream.warm):
        one_frame(fresh, info, stream.frame(number), number)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(stream.frames, stream.frames + PAIRED):
        samples = stream.frame(number)
        for instance, taken in zip((late, fresh), times, strict=True):
            begun = time.perf_counter()
            one_frame(instance, info, samples, number)
            taken.append(time.perf_counter() - begun)
    return FrameSeconds(*(float(np.quantile(taken, 0.25)) for taken in times))


@dataclass
class FreshStart:
    """What a fresh instance of *codec* makes of a window of *stream*, given what leads to it alone."""

    codec: Codec
    stream: LongStream
    _given: bytes = b""
    _made: MarkWindow | None = None

    def window(self, mark: int, past: Sequence[Codes]) -> MarkWindow:
        """
        Return the window at *mark*, of codes (K, 1) that were sent in its frames and in those before.

        A fresh instance that is given the same samples and codes again would only say the same again; it is not asked.
        """
        first = mark + WINDOW // 2 - len(past)
        heard = [self.stream.frame(number) for number in range(first, first + len(past))]
        given = hashlib.sha256(b"".join(each.tobytes() for each in (*heard, *past))).digest()
        if self._made is None or given != self._given:
            self._given, self._made = given, self._asked(mark, first, heard, past)
        return replace(self._made, mark=mark)

    def _asked(self, mark: int, first: int, heard: Sequence[Samples], past: Sequence[Codes]) -> MarkWindow:
        instance, info = guarded("open", self.codec.open), self.codec.info
        codes, pcm = [], []
        for number, (samples, sent) in enumerate(zip(heard, past, strict=True), first):
            codes.append(encoded(instance, info, samples, number))
            pcm.append(decoded(instance, info, sent, number))
        return MarkWindow(mark, np.concatenate(codes[-WINDOW:], axis=1), np.concatenate(pcm[-WINDOW:]))


def compared(window: MarkWindow, other: MarkWindow, tolerance: float, latent_tolerance: float | None = None) -> Mark:
    """Return the mark that *window* is, held against *other*, which is right; tolerances are what rounding makes."""
    signal = float(np.square(other.pcm.astype(np.float64)).sum())
    error = float(np.square(other.pcm.astype(np.float64) - window.pcm).sum())
    snr = CAP if not error else min(CAP, 10 * float(np.log10(max(signal, 1e-20) / error)))
    codes = float(unequal(other.codes, window.codes, latent_tolerance or 0.0).mean())
    largest = float(np.abs(other.pcm.astype(np.float64) - window.pcm).max())
    return Mark(window.mark, codes, snr, rounding=not codes and largest <= tolerance)


def encoded(instance: Instance, info: CodecInfo, samples: Samples, number: int) -> Codes:
    """Encode a frame; what fails says which."""
    where = f"encode of frame {number}"
    return checked_codes(guarded(where, lambda: np.asarray(instance.encode(samples))), info, 1, where)


def decoded(instance: Instance, info: CodecInfo, codes: Codes, number: int) -> Samples:
    """Decode a frame; what fails says which."""
    where = f"decode of frame {number}"
    return checked_pcm(guarded(where, lambda: np.asarray(instance.decode(codes.copy()))), info, number, 1, where)


def one_frame(instance: Instance, info: CodecInfo, samples: Samples, number: int) -> tuple[Codes, Samples]:
    """Encode a frame, and decode its codes; return both."""
    codes = encoded(instance, info, samples, number)
    return codes, decoded(instance, info, codes, number)


def resident() -> float:
    """Return the memory that this process holds now, MB; the most that it held where a system does not tell."""
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most / 1e3  # bytes there, kilobytes elsewhere
    return pages * resource.getpagesize() / 1e6
