"""A long stream through an instance, with a look at each mark and each frame, and what the process needs for it."""

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
from harness.check.endurance.verdict import CAP, FOLLOWS, FrameSeconds, Load, Mark, slower
from harness.check.finding import unequal
from harness.codecs.protocol import Codec, CodecInfo, Codes, Instance
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed, NotOffered

QUARTERS = 4
BLOCK = 125  # frames that one fresh instance is given, or as many as lead to them if these are more
FARTHEST = 30.0  # s of context, where it is more than a block; further back, the way there would take too long
EARLIER = (4, 7)  # frames by which instances begin earlier that a difference is asked of again; no period fits both
ASKED = 4  # differences that are asked of again; where others were no fault of the late frame, none is
PAIRED = 48  # frames that a late and a fresh instance take in turn


@dataclass
class LongRun:
    """What was measured along a stream; *failed* says at which frame it ended before its time, and why."""

    marks: list[Mark] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    beside: FrameSeconds | None = None  # measured where the last quarter took long
    failed: str | None = None
    odd: str | None = None  # what a frame is that is not as in a fresh instance


@dataclass(frozen=True)
class MarkWindow:
    """The frames around a mark: codes (K, WINDOW) and PCM (WINDOW * frame_size,)."""

    mark: int
    codes: Codes
    pcm: Samples


def windows(
    instance: Instance,
    info: CodecInfo,
    stream: LongStream,
    loads: list[Load],
    heeds: Callable[[int, Codes, Samples], None],
) -> Iterator[tuple[MarkWindow, list[Codes]]]:
    """
    Send *stream* through a fresh *instance*; yield what comes at each mark, and the codes of the frames before.

    loads : gets what each quarter of the stream needs; heeds : hears of each frame, with its codes and its PCM
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
        heeds(number, one, heard)
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
        fresh, each = FreshStart(codec, stream), EachFrame(codec, stream)
        for window, past in windows(instance, codec.info, stream, found.loads, each.heed):
            right = fresh.window(window.mark, past)
            found.marks.append(compared(window, right, codec.info.tolerance, codec.info.latent_tolerance))
            note(found.marks[-1])
        found.odd = each.odd
        if slower(found.loads):
            found.beside = _beside_fresh(codec, instance, stream)
    except NotOffered:  # there is no room for a fresh instance beside it
        raise
    except CodecFailed as error:
        found.failed, found.odd = str(error), each.odd
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


@dataclass
class EachFrame:
    """
    Holds each frame of *stream* against a fresh instance of *codec* that is given the declared context before it.

    A ring that wraps round, or a table that ends, may spoil one frame between two marks. It takes a codec that declares
    its context. A block is no shorter than the way there, so all blocks take no more than twice the stream. What
    depends on its place in any stream, such as a dither, is not told here: fresh instances that begin at other places
    have to agree.
    """

    codec: Codec
    stream: LongStream
    odd: str | None = None
    _codes: deque[Codes] = field(default_factory=deque)
    _pcm: deque[Samples] = field(default_factory=deque)
    _asked: int = 0

    def heed(self, number: int, codes: Codes, pcm: Samples) -> None:
        """Take what a frame gave; the last one of a block has the block compared."""
        info, lead = self.codec.info, self.stream.warm + max(EARLIER)
        if self.odd is not None or self._asked >= ASKED or (info.stateful and info.context is None):
            return
        if self.stream.warm > max(BLOCK, FARTHEST / info.frame_seconds):
            return
        self._codes.append(codes)
        self._pcm.append(pcm)
        if len(self._codes) == lead + max(BLOCK, self.stream.warm) or number + 1 == self.stream.frames:
            self._compare(number + 1 - len(self._codes), min(lead, len(self._codes)))
            while len(self._codes) > lead:
                self._codes.popleft()
                self._pcm.popleft()

    def _compare(self, first: int, lead: int) -> None:
        """Compare the kept frames, which begin at frame *first*, but for the *lead* that another block has had."""
        codes, pcm = self._fresh(first, range(lead - self.stream.warm, len(self._codes)))
        for at in range(lead, len(self._codes)):
            back = len(self._codes) - at
            said = self._differs(at, codes[-back], pcm[-back])
            if said is None:
                continue
            self._asked += 1
            near, *others = (self._last_of(first, at, earlier) for earlier in (0, *EARLIER))
            if all(self._unlike(near, other) is None for other in others):
                said = self._differs(at, *near)
                if said is not None:
                    frame = first + at
                    where = f"frame {frame} ({frame * self.codec.info.frame_seconds:.1f} s)"
                    self.odd = f"{where} is not what fresh instances give behind the declared context: {said}"
            if self.odd is not None or self._asked >= ASKED:
                return

    def _differs(self, at: int, codes: Codes, pcm: Samples) -> str | None:
        return self._unlike((codes, pcm), (self._codes[at], self._pcm[at]))

    def _unlike(self, right: tuple[Codes, Samples], other: tuple[Codes, Samples]) -> str | None:
        """Say in what a frame differs: in codes of a codec without rounding, or in PCM by more than rounding."""
        info = self.codec.info
        if len(right[1]) != len(other[1]):  # one still holds samples back
            return None
        if not info.tolerance and not info.continuous and (right[0] != other[0]).any():
            return f"{float((right[0] != other[0]).mean()):.0%} of its codes differ"
        mark = compared(MarkWindow(0, right[0], other[1]), MarkWindow(0, right[0], right[1]), info.tolerance)
        if mark.rounding or (info.tolerance and mark.snr >= FOLLOWS):
            return None
        return f"its PCM differs, by up to {np.abs(right[1] - other[1]).max():.1e} (SNR {mark.snr:.0f} dB)"

    def _last_of(self, first: int, at: int, earlier: int) -> tuple[Codes, Samples]:
        """Return what a fresh instance gives of kept frame *at* that begins *earlier* frames before its context."""
        codes, pcm = self._fresh(first, range(at - self.stream.warm - earlier, at + 1))
        return codes[-1], pcm[-1]

    def _fresh(self, first: int, kept: range) -> tuple[list[Codes], list[Samples]]:
        """Return what a fresh instance gives of those *kept* frames, of which number 0 is frame *first*."""
        instance, info = guarded("open", self.codec.open), self.codec.info
        codes, pcm = [], []
        for at in kept:
            number = first + at
            codes.append(encoded(instance, info, self.stream.frame(number), number))
            pcm.append(decoded(instance, info, self._codes[at], number))
        return codes, pcm


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
