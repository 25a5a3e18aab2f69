"""
The law `stays-together`: two implementations on one long stream, compared frame by frame.

Both encode the same speech and decode the reference's codes. A port that is right for a second and wrong for a minute,
or for a moment in that minute, is found by nothing shorter. Near powers of two it is told how the difference grows.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.endurance.run import MarkWindow, compared
from harness.check.endurance.stream import WINDOW, LongStream
from harness.check.endurance.verdict import Mark, breaks, drifts, flat
from harness.check.parity.agreement import FOLLOWS, Agreement, nearness, well_below
from harness.check.parity.comparing import ParityComparison, in_16_bits
from harness.check.parity.pair import Pair
from harness.check.parity.playing import Player
from harness.check.parity.stretches import STRETCH, StreamPlayer
from harness.codecs.protocol import Codes
from harness.codecs.ties import FEW, few, tied
from harness.errors import CodecFailed

PROMISE = "over a long stream both stay what they are to each other"

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Together:
    """How far two implementations agree over a long stream: in words, from which frame on not, and in numbers."""

    agreement: Agreement
    words: str
    first_frame: int | None
    compared: ParityComparison


def stays_together(pair: Pair, minutes: float) -> Together:
    """Send a stream of *minutes* through both, and compare each frame."""
    info = pair.reference.info
    frames = max(4 * WINDOW, round(minutes * 60 / info.frame_seconds))
    stream = LongStream(pair.inputs.speech, info.frame_size, info.sample_rate, frames, warm=0)
    side = _SideBySide(stream, pair.tolerance)
    failed = None
    with StreamPlayer(pair.reference, stream) as reference, StreamPlayer(pair.other, stream) as other:
        for start in range(0, frames, STRETCH):
            stretch = range(start, min(start + STRETCH, frames))
            expected = reference.play(stretch)
            if expected.failed is not None:
                raise CodecFailed(f"the reference {info.name} does not last {minutes:g} minutes: {expected.failed}")
            got = other.play(stretch, expected.codes)
            for right, left, heard, mine in zip(expected.codes, got.codes, expected.pcm, got.pcm, strict=False):
                side.take(right, left, heard, mine)
            failed = got.failed
            if failed is not None:
                break
    return _judged(side, _not_ties(side, pair.reference), failed)


@dataclass
class _SideBySide:
    """
    What is kept of two streams: numbers of each frame, the frames with other codes as long as they are few, the marks.

    unlike, beyond : the frames whose codes differ, and whose PCM differs by more than the tolerance
    """

    stream: LongStream
    tolerance: float
    frames: int = 0
    largest: float = 0.0
    bits: bool = True
    sixteen: tuple[bool, bool] = (True, True)
    marks: list[Mark] = field(default_factory=list)
    unlike: list[int] = field(default_factory=list)
    beyond: list[int] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    signal: list[float] = field(default_factory=list)
    codes: list[tuple[Codes, Codes]] = field(default_factory=list)
    _last: deque[tuple[Codes, Codes, Samples, Samples]] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def take(self, right: Codes, left: Codes, heard: Samples, mine: Samples) -> None:
        """Compare the next frame: codes (K, 1) and PCM (frame_size,) of the reference, and of the other."""
        number, self.frames = self.frames, self.frames + 1
        if (right != left).any():
            self.unlike.append(number)
            if len(self.codes) <= FEW * self.stream.frames:  # if there are more, they are no ties
                self.codes.append((right, left))
        self.bits = self.bits and heard.tobytes() == mine.tobytes()
        difference = heard.astype(np.float64) - mine
        largest = float(np.abs(difference).max())
        self.largest = max(self.largest, largest)
        self.sixteen = self.sixteen[0] and in_16_bits(heard), self.sixteen[1] and in_16_bits(mine)
        if largest > self.tolerance:
            self.beyond.append(number)
        self.error.append(float(np.square(difference).mean()))
        self.signal.append(float(np.square(heard.astype(np.float64)).mean()))
        self._last.append((right, left, heard, mine))
        mark = self.stream.ends.get(number)
        if mark is not None:
            rights, lefts, heards, mines = zip(*self._last, strict=True)
            expected = MarkWindow(mark, np.concatenate(rights, axis=1), np.concatenate(heards))
            got = MarkWindow(mark, np.concatenate(lefts, axis=1), np.concatenate(mines))
            self.marks.append(compared(got, expected, self.tolerance))


def _not_ties(side: _SideBySide, reference: Player) -> Frames:
    """Return the frames whose codes differ and are no ties of the reference."""
    unlike = np.array(side.unlike, np.intp)
    if not few(len(unlike), side.frames):
        return unlike
    right, left = (np.concatenate([pair[which] for pair in side.codes], axis=1) for which in (0, 1))

    def again(run: int) -> Codes:
        found = np.full_like(right, -3)  # no code: of what fails with noise nothing is a tie
        with StreamPlayer(reference, side.stream) as stream:
            for start in range(0, int(unlike[-1]) + 1, STRETCH):
                made = stream.encode(range(start, min(start + STRETCH, int(unlike[-1]) + 1)), run)
                for place in np.flatnonzero((unlike >= start) & (unlike < start + len(made.codes))):
                    found[:, place] = made.codes[unlike[place] - start][:, 0]
                if made.failed is not None:
                    break
        return found

    return np.delete(unlike, tied(right, left, again))


def _judged(side: _SideBySide, unlike: Frames, failed: str | None) -> Together:
    found = ParityComparison(
        bits=side.bits and not side.unlike,
        ties=len(side.unlike) - len(unlike),
        largest=side.largest,
        beyond=(0, side.beyond[0]) if side.beyond else None,
        sixteen=side.sixteen,
        error=np.array(side.error),
        signal=np.array(side.signal),
    )
    agreed = _by_pcm(found)
    told = [] if failed is None else [failed]
    firsts = [] if failed is None else [side.frames]
    if unlike.size:
        told.append(f"codes differ {_where(unlike, side)}")
        firsts.append(int(unlike[0]))
    if agreed is Agreement.PARTED:
        first, words = _pcm_parts(found, side)
        told.append(words)
        firsts.append(first)
    elif agreed is Agreement.ARITHMETIC:
        near = nearness(found)
        place = int(near.argmax())
        nearest = round(-10 * np.log10(near[place]))
        told.append(f"SNR {round(found.snr or 0)} dB, nearest to the sound in frame {place}: {nearest} dB")
    # What is a tie, or within the tolerance everywhere, may grow as it likes.
    trouble = (breaks(side.marks) or drifts(side.marks)) if unlike.size or side.beyond else None
    if trouble is not None and not firsts:
        firsts.append(side.beyond[0])
    if firsts:
        agreed = Agreement.PARTED
    if trouble is None:
        trouble = flat(side.marks) if failed is None else f"until then {flat(side.marks)}"
    return Together(agreed, "; ".join([*told, trouble]), min(firsts, default=None), found)


def _by_pcm(found: ParityComparison) -> Agreement:
    """Judge the PCM; whether a difference grows is asked of the marks, where the same speech is heard each time."""
    if found.beyond is None:
        return Agreement.BITS if found.bits else Agreement.ROUNDING
    return Agreement.ARITHMETIC if found.rounded or well_below(found) else Agreement.PARTED


def _pcm_parts(found: ParityComparison, side: _SideBySide) -> tuple[int, str]:
    """Return the frame from which on PCM is another one, and where and by how much it differs, in words."""
    beyond, near = np.array(side.beyond, np.intp), np.flatnonzero(nearness(found) > 10 ** (-FOLLOWS / 10))
    words = f"PCM differs {_where(beyond, side)}, by up to {found.largest:.1e}"
    words += "" if found.snr is None else f" (SNR {round(found.snr)} dB)"
    if not near.size or near[0] <= beyond[0]:
        return int(beyond[0]), words
    from_the_first = beyond[0] <= np.flatnonzero(found.signal)[0]
    words += f", and is less than {FOLLOWS:g} dB below the sound {_where(near, side)}"
    return int(near[0] if from_the_first else beyond[0]), words


def _where(frames: Frames, side: _SideBySide) -> str:
    """Say which *frames* these are, and at what time."""
    first, last, seconds = int(frames[0]), int(frames[-1]), side.stream.size / side.stream.rate
    sounding = np.flatnonzero(side.signal)
    end = int(sounding[-1]) if sounding.size else side.frames - 1
    if last >= end - WINDOW:
        words, last = f"from frame {first} on ({first * seconds:.2f} s)", side.frames - 1
    elif first == last:
        words = f"in frame {first} alone ({first * seconds:.2f} s)"
    else:
        words = f"from frame {first} to {last} ({first * seconds:.2f} to {(last + 1) * seconds:.2f} s)"
    all_of_them = last + 1 - first
    return words + (f", in {len(frames)} of {all_of_them} frames" if len(frames) < all_of_them else "")
