"""The law of long streams: late is as early, with the same memory and in the same time."""

from dataclasses import replace

import numpy as np

from harness.check.endurance.run import LongRun, MarkWindow, compared, endured, one_frame
from harness.check.endurance.stream import LEVELS, WINDOW, LongStream
from harness.check.endurance.verdict import Mark, breaks, drifts, flat, leaks, slows
from harness.check.finding import NotApplicable, Violation
from harness.check.subject import Subject
from harness.codecs.optional import Advances
from harness.codecs.protocol import Instance
from harness.codecs.returned import guarded
from harness.record import Measurement

FEWEST = 2  # marks without which nothing is told
MOST = 120.0  # s of a stream that nobody asked for
UNLIMITED = 5.0  # s of past that a fresh instance is given where no context is declared


def endures(subject: Subject) -> Violation | None:
    """Check that late in a long stream a codec is what a fresh instance is with the same context before it."""
    if subject.position is not None:
        return moved(subject, subject.position)
    stream = long_stream(subject)
    run = endured(subject.codec, stream, lambda mark: note(subject, mark))
    return told(subject, run, stream)


def moved(subject: Subject, position: int) -> Violation | None:
    """Check that a stream goes on as it would have when its positions are moved, to powers of two up to *position*."""
    info = subject.info
    instance = subject.open()
    if not isinstance(instance, Advances) or info.context is None:
        raise NotApplicable("its state cannot be moved to a late position; play a stream of --minutes")
    warm = info.context + WINDOW
    stream = replace(long_stream(subject), frames=warm + WINDOW, warm=warm)
    for number in range(warm):
        one_frame(instance, info, stream.frame(number), number)
    right = _rest(subject, subject.clone(instance), stream, warm)
    marks, place = [], 1 << info.context.bit_length()
    while place <= position:
        late = subject.clone(instance)
        assert isinstance(late, Advances)  # noqa: S101 - the original is
        frame = place
        reached = warm + guarded("advance", lambda late=late, frame=frame: late.advance(frame - warm))  # type: ignore[misc]
        marks.append(
            replace(
                compared(_rest(subject, late, stream, warm), right, info.tolerance, info.latent_tolerance),
                frame=reached,
            )
        )
        note(subject, marks[-1])
        place *= 2
    if not marks:
        raise NotApplicable(f"--from-position {position} lies within the context; give more than {2 * info.context}")
    trouble = breaks(marks) or drifts(marks)
    subject.measured = Measurement.of(marks[-1].snr, "dB")
    if trouble is not None:
        return Violation(f"moved on, not played: {trouble}")
    subject.notes.append(f"moved on, not played: {flat(marks)}")
    return None


def _rest(subject: Subject, instance: Instance, stream: LongStream, warm: int) -> MarkWindow:
    frames = range(warm, warm + WINDOW)
    codes, pcm = zip(*(one_frame(instance, subject.info, stream.frame(one), one) for one in frames), strict=True)
    return MarkWindow(warm, np.concatenate(codes, axis=1), np.concatenate(pcm))


def long_stream(subject: Subject) -> LongStream:
    """Return the long stream of a subject: as many minutes as are asked for, or more if it has too few marks then."""
    info = subject.info
    context = info.context if info.context is not None else round(UNLIMITED / info.frame_seconds)
    asked = max(1, round(subject.minutes * 60 / info.frame_seconds))
    speech = subject.speech(0, subject.plain_frames)
    warm = context if info.stateful else 0
    levels = LEVELS if info.encodes else ()
    stream = LongStream(speech, info.frame_size, info.sample_rate, asked, warm, levels)
    while len(stream.marks) < FEWEST:
        stream = replace(stream, frames=stream.frames * 5 // 4 + WINDOW)
    if stream.frames > max(asked, round(MOST / info.frame_seconds)):
        raise NotApplicable(
            f"behind a context of {context * info.frame_seconds:.0f} s it takes a stream of "
            f"{stream.frames * info.frame_seconds / 60:.0f} minutes; give so many --minutes"
        )
    return stream.looked_at_to_the_end()  # which may be a little longer than what was asked for


def note(subject: Subject, mark: Mark) -> None:
    """Keep what was measured where it outlives this process."""
    if subject.journal is not None:
        with subject.journal.open("a", encoding="utf-8") as file:
            file.write(f"{mark}\n")


def told(subject: Subject, run: LongRun, stream: LongStream) -> Violation | None:
    """Say what a long run shows."""
    seconds = stream.frames * stream.size / stream.rate
    if run.failed is not None:
        return Violation("; ".join(filter(None, [run.failed, run.odd, f"until then {flat(run.marks)}"])))
    told = [breaks(run.marks) or drifts(run.marks), run.odd, leaks(run.loads, seconds), slows(run.loads, run.beside)]
    found = [words for words in told if words]
    if run.marks:
        subject.measured = Measurement.of(run.marks[-1].snr, "dB")
    if found:
        return Violation(f"over {length(seconds)}: {'; '.join(found)}")
    subject.notes.append(f"over {length(seconds)} {flat(run.marks)}")
    return None


def length(seconds: float) -> str:
    """Return a length of time in words."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
