"""
The law about windows: called without state, with enough of the past that is cut off again, a codec is as in a stream.

How much is enough is found by search. It is what a server has to keep of each stream that decodes without state.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, joined, unequal
from harness.check.subject import Subject
from harness.codecs.protocol import Codes, OfflineCodec, Side, decode_whole, encode_whole
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.codecs.ties import noisy, tied
from harness.record import Measurement

CALL = 5  # frames that a call is for
PLACES = 2  # calls that are looked at: of the CANDIDATES late in the stream those with the loudest speech
CANDIDATES = 4
TOLD = (0, 1, 4, 16, 64)  # frames of the past whose cost is told at least
SECONDS = 5.0  # of the past that are tried where no context is declared
VERBS = {Side.DECODER: "decode", Side.ENCODER: "encode"}
FINE = 16  # the answer is exact up to so many frames, and beyond that to within one part in so many


def window(subject: Subject) -> Violation | None:
    """Check that windows of the declared context are as good as a stream, and tell the smallest that are."""
    if not subject.info.stateful and not isinstance(subject.codec, OfflineCodec):
        raise NotApplicable("no frame beside its own is declared to matter")
    subject.need_no_reset()
    if subject.info.stateful and (trouble := _all_the_past(subject)):
        return trouble
    needed = {side: _needed(_Windows(subject, side)) for side in reversed(subject.info.sides)}
    past = needed[Side.DECODER].past
    subject.measured = Measurement.missing("none was found") if past is None else Measurement.of(past[1], "frames")
    said = [f"to {VERBS[side]}, {found.words}" for side, found in needed.items()]
    declared = subject.info.context if subject.info.stateful else None
    if declared is not None:
        for side, found in needed.items():
            if declared < found.at_least:
                return Violation(
                    f"windows of the declared context of {declared} frames are not as good as a stream on the {side} "
                    f"side: {'; '.join(said)}",
                    None,
                    Measurement.of(found.at_least - declared, "frames"),
                )
    subject.notes += filter(None, [*said, needed[Side.DECODER].profile])
    return None


def _all_the_past(subject: Subject) -> Violation | None:
    """Hold windows that leave nothing of the past out against the plain stream."""
    frames, size = subject.plain_frames, subject.info.frame_size
    codes, pcm = [], []
    for start in range(0, frames, CALL):
        stop = min(start + CALL, frames)
        codes.append(_encoded(subject, subject.speech(0, stop))[:, start:])
        seen = min(stop + _held(subject), frames)
        pcm.append(_decoded(subject, subject.reference_codes(seen))[start * size : stop * size])
    who = "windows with all of the past"
    return joined(
        subject.codes_off(np.concatenate(codes, axis=1), who, regrouped=True),
        subject.pcm_off(subject.as_streamed(np.concatenate(pcm)), who, tolerance=subject.info.tolerance),
    )


def _held(subject: Subject) -> int:
    """Return how many frames of codes a stream has seen beyond those whose samples it gives."""
    return -(-subject.info.start_up // subject.info.frame_size)


def _encoded(subject: Subject, pcm: Samples) -> Codes:
    codes = guarded("encode of a window", lambda: encode_whole(subject.codec, pcm.copy()))
    return checked_codes(codes, subject.info, len(pcm) // subject.info.frame_size, "encode of a window")


def _decoded(subject: Subject, codes: Codes) -> Samples:
    pcm = guarded("decode of a window", lambda: decode_whole(subject.codec, codes.copy()))
    return checked_pcm(pcm, subject.info, 0, codes.shape[1], "decode of a window")


@dataclass(eq=False)
class _Windows:
    """
    Calls for a few frames late in a stream, with more or less around them, against one call for the whole stream.

    A codec with state has answered before what follows, but for what it holds back: only where there is none may
    windows have to look further ahead.
    """

    subject: Subject
    side: Side
    profile: dict[int, float] = field(default_factory=dict)  # dB of speech over difference, by frames of the past

    @property
    def most(self) -> tuple[int, int]:
        """How many frames before and after a call are tried."""
        info, frames = self.subject.info, self.subject.long_frames - CANDIDATES * CALL
        if not info.stateful:
            return frames * 3 // 4, frames - frames * 3 // 4
        tried = round(SECONDS / info.frame_seconds) if info.context is None else info.context + self.subject.few
        return min(frames, tried), _held(self.subject) if self.side is Side.DECODER else 0

    @property
    def frames(self) -> int:
        """The length of the stream."""
        return sum(self.most) + CANDIDATES * CALL

    @cached_property
    def codes(self) -> Codes:
        return _encoded(self.subject, self.subject.speech(0, self.frames))

    @cached_property
    def pcm(self) -> Samples:
        return _decoded(self.subject, self.codes)

    @cached_property
    def places(self) -> list[int]:
        """The first frames of the calls that are looked at."""
        starts = [self.most[0] + CALL * number for number in range(CANDIDATES)]
        loud = {at: float(np.square(self.subject.speech(at, at + CALL)).sum()) for at in starts}
        return sorted(starts, key=loud.__getitem__)[-PLACES:]

    def good(self, past: int, ahead: int) -> bool:
        """Tell whether windows with so many frames before and after are as good as one call for everything."""
        looks = self._decodes if self.side is Side.DECODER else self._encodes
        return all(looks(max(0, at - past), at, at + CALL + ahead, past) for at in self.places)

    def _decodes(self, first: int, at: int, end: int, past: int) -> bool:
        size = self.subject.info.frame_size
        got = _decoded(self.subject, self.codes[:, first:end])[(at - first) * size :][: CALL * size]
        wanted = self.pcm[at * size :][: CALL * size].astype(np.float64)
        error = np.abs(got - wanted)
        noise, speech = float(np.square(error).sum()), float(np.square(wanted).sum())
        if noise and speech:
            self.profile[past] = min(10 * float(np.log10(speech / noise)), self.profile.get(past, np.inf))
        return bool(error.max() <= self.subject.info.tolerance)

    def _encodes(self, first: int, at: int, end: int, _: int) -> bool:
        spoken = self.subject.speech(first, end)
        here = slice(at - first, at - first + CALL)
        got, wanted = _encoded(self.subject, spoken)[:, here], self.codes[:, at : at + CALL]
        info = self.subject.info
        differ = int(unequal(wanted, got, info.latent_tolerance or 0.0).any(axis=0).sum())
        if not differ or not info.tolerance or info.continuous or differ > 1:
            return not differ
        return bool(tied(wanted, got, lambda run: _encoded(self.subject, noisy(spoken, run))[:, here]))


@dataclass(frozen=True)
class _Needed:
    """
    The smallest window that is good.

    past, ahead : frames before and after, as a count that is not enough and one that is; None if not even *most* is
    """

    past: tuple[int, int] | None
    ahead: tuple[int, int] | None
    most: tuple[int, int]
    frame_seconds: float
    profile: str = ""

    @property
    def at_least(self) -> int:
        return self.most[0] + 1 if self.past is None else self.past[0] + 1

    @property
    def words(self) -> str:
        if self.ahead is None or self.past is None:
            after = f" and {self.most[1]} of what follows" if self.most[1] else ""
            return f"not even {self.most[0]} frames of the past{after} are enough"
        low, high = self.past
        past = f"{high} frames of the past ({high * self.frame_seconds:.2f} s) are enough"
        past += f" and {low} are not" if low >= 0 else ""
        return past + (f", with {self.ahead[1]} of what follows" if self.ahead[1] else "")


def _needed(windows: _Windows) -> _Needed:
    most = windows.most
    ahead = _smallest(lambda count: windows.good(most[0], count), most[1])
    past = None if ahead is None else _smallest(lambda count: windows.good(count, ahead[1]), most[0])
    if past is None:  # then no halving has told what less costs
        for count in TOLD:
            windows.good(min(count, most[0]), most[1])
    told = ", ".join(f"{count}: {ratio:.0f}" for count, ratio in sorted(windows.profile.items()))
    profile = f"speech over difference in dB, by frames of the past: {told}" if told else ""
    return _Needed(past, ahead, most, windows.subject.info.frame_seconds, profile)


def _smallest(good: Callable[[int], bool], most: int) -> tuple[int, int] | None:
    """
    Return a count that is not good, -1 if there is none, and the smallest that is, as fine as FINE says.

    It is found by halving, as if more were never worse. None if *most* is not good.
    """
    if not good(most):
        return None
    low, high = -1, 0
    while high < most and not good(high):
        low, high = high, min(most, 2 * high + (high == 0))
    while high - low > max(1, high // FINE):
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return low, high
