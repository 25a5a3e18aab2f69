"""A long stream in pieces of a few seconds, each with what it decodes to: what laws of plain use are asked of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.check.finding import NotApplicable, Violation
from harness.check.subject import Subject
from harness.codecs.protocol import CodecInfo
from harness.metrics.delay import Lag, Signal, by_waveform

COMPARED = 4.0  # s of speech that delay, level and polarity are each told from, again and again
AUDIBLE = -70.0  # dB of full scale: what can be heard
SPEAKS = 0.1  # of the mean power; what is below may be a pause


@dataclass(frozen=True)
class SpeechPiece:
    """A few seconds of speech, what they decode to and how late, and where in the stream that is (seconds, frame)."""

    spoken: Signal
    heard: Signal
    lag: Lag
    second: float
    start: int

    @property
    def frame(self) -> int | None:
        """The frame from which on a violation is told; None if it is so from the beginning."""
        return self.start or None

    @property
    def where(self) -> str:
        """The place in words, where it is not the beginning."""
        return f" from {self.second:.0f} s on" if self.start else ""


def both(subject: Subject, frames: int) -> tuple[Signal, Signal]:
    """Return the speech of the main stream and what it decodes to, of the first *frames* frames."""
    return subject.speech(0, frames).astype(np.float64), subject.reference_pcm(frames).astype(np.float64)


def pieces(subject: Subject) -> Iterator[SpeechPiece]:
    """Yield the long stream in pieces of a few seconds, those in which speech goes in and sound comes out."""
    info = subject.info
    spoken, heard = both(subject, subject.long_frames)
    size = max(1, round(COMPARED / info.frame_seconds)) * info.frame_size
    mean = np.square(spoken).mean()
    for start in range(0, max(1, len(spoken) - size + 1), size):
        near, far = spoken[start : start + size], heard[start : start + size]
        if np.square(near).mean() > SPEAKS * mean and (far != far[0]).any():
            lag = by_waveform(near, far, info.sample_rate)
            yield SpeechPiece(near, far, lag, start / info.sample_rate, start // info.frame_size)


def first_of(subject: Subject, asked: Callable[[CodecInfo, SpeechPiece], Violation | None]) -> Violation | None:
    """Return the first violation in the long stream, asked of every few seconds; if none of these can tell, say why."""
    why, told = None, 0
    for piece in pieces(subject):
        try:
            if (trouble := asked(subject.info, piece)) is not None:
                return trouble
            told += 1
        except NotApplicable as error:
            why = why or error
    if not told:
        raise why or NotApplicable("the decoded speech is silent or constant")
    return None


def unlike(lag: Lag, so: str) -> NotApplicable:
    """Return that a law does not apply where the waveform does not follow; *so* : what it therefore does not tell."""
    return NotApplicable(f"the decoded waveform does not follow the input (correlation {lag.correlation:.2f}), so {so}")


def decibel(signal: Signal) -> float:
    """Return the level of *signal* in dB of full scale."""
    return 10 * float(np.log10(np.square(signal).mean() + 1e-20))
