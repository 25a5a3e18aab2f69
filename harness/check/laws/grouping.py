"""Laws about how a stream is cut into calls: offline, in chunks, and beyond the context."""

import itertools
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, joined
from harness.check.subject import Subject
from harness.codecs.protocol import Codes, Instance

Piece = TypeVar("Piece")

SHORT_CHUNKS = (2, 3, 7)
IN_TURN = (4, 16, 6, 8, 5, 1)  # frames of the calls of one stream: what is made for one size alone, and what follows it


def offline(subject: Subject) -> Violation | None:
    """Check that one call outside streaming gives what streaming gives, within the declared tolerance."""
    codes = subject.offline_codes(subject.frames)
    pcm = subject.offline_pcm(subject.frames)
    if codes is None or pcm is None:
        raise NotApplicable("there are no offline calls")
    return _off(subject, codes, pcm, "the offline call")


def chunks(subject: Subject) -> Violation | None:
    """Check that calls of several frames give what single frames give, within the declared tolerance."""
    frames = subject.frames
    return _cut(subject, frames, (*SHORT_CHUNKS, frames)) or _in_turn(subject, frames)


def past_context(subject: Subject) -> Violation | None:
    """Check the same as `chunks` on a stream that is longer than the context."""
    return _cut(subject, _past(subject), (2, 5, 10))


def past_context_offline(subject: Subject) -> Violation | None:
    """Check that streaming equals offline on a stream that is longer than the context."""
    frames = _past(subject)
    codes, pcm = subject.offline_codes(frames), subject.offline_pcm(frames)
    if codes is None or pcm is None:
        raise NotApplicable("there are no offline calls")
    return _off(subject, codes, pcm, "the offline call")


def long_call(subject: Subject) -> Violation | None:
    """Check that one streaming call with more frames than the context is right."""
    frames = _past(subject)
    return _cut(subject, frames, (frames,))


def _past(subject: Subject) -> int:
    """Return how many frames go past the context; where they do not, the finding says so."""
    info, frames = subject.info, subject.long_frames
    if info.context == 0 or not info.stateful:
        raise NotApplicable("no frame of the past is declared to matter")
    if info.context is None:
        subject.notes.append(f"seen on {frames} frames ({frames * info.frame_seconds:.0f} s); no context is declared")
    elif frames <= info.context:
        subject.notes.append(
            f"seen on {frames} frames ({frames * info.frame_seconds:.0f} s), which do not exhaust the declared context "
            f"of {info.context} ({info.context * info.frame_seconds:.0f} s)"
        )
    return frames


def _cut(subject: Subject, frames: int, sizes: tuple[int, ...]) -> Violation | None:
    for size in sizes:
        who = f"a stream of {frames} frames in calls of {size}"
        codes = subject.encode(subject.open(), 0, frames, size)
        pcm = subject.decode(subject.open(), 0, frames, size)
        if trouble := _off(subject, codes, pcm, who):
            return trouble
    return None


def _in_turn(subject: Subject, frames: int) -> Violation | None:
    """Cut a stream into calls of several sizes; if that differs and one size does by itself, say which."""
    bounds = [*itertools.takewhile(lambda end: end < frames, itertools.accumulate(itertools.cycle(IN_TURN), initial=0))]
    pieces = list(itertools.pairwise([*bounds, frames]))
    codes = _of_pieces(subject, subject.encode, pieces)
    pcm = _of_pieces(subject, subject.decode, pieces)
    who = f"a stream of {frames} frames in calls of {', '.join(map(str, IN_TURN[:-1]))} and {IN_TURN[-1]} in turn"
    trouble = _off(subject, np.concatenate(codes, axis=1), np.concatenate(pcm), who)
    return trouble and (_cut(subject, frames, IN_TURN) or trouble)


def _of_pieces(
    subject: Subject, called: Callable[[Instance, int, int, int], Piece], pieces: list[tuple[int, int]]
) -> list[Piece]:
    """Return what one instance gives for *pieces*, a call for each; it is gone then: there may be room for one."""
    instance = subject.open()
    return [called(instance, begin, end, end - begin) for begin, end in pieces]


def _off(subject: Subject, codes: Codes, pcm: Samples, who: str) -> Violation | None:
    """Return how what *who* gives for the stream differs from single frames, beyond the declared tolerance."""
    return joined(
        subject.codes_off(codes, who, regrouped=True), subject.pcm_off(pcm, who, tolerance=subject.info.tolerance)
    )
