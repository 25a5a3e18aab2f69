"""The law of long streams: late is as early, with the same memory and in the same time."""

from harness.check.endurance.run import LongRun, endured
from harness.check.endurance.stream import LongStream
from harness.check.endurance.verdict import Mark, breaks, drifts, flat, leaks, slows
from harness.check.finding import Violation
from harness.check.subject import Subject
from harness.record import Measurement

UNLIMITED = 5.0  # s of past that a fresh instance is given where no context is declared


def endures(subject: Subject) -> Violation | None:
    """Check that late in a long stream a codec is what a fresh instance is with the same context before it."""
    stream = long_stream(subject)
    run = endured(subject.codec, stream, lambda mark: note(subject, mark))
    return told(subject, run, stream)


def long_stream(subject: Subject) -> LongStream:
    """Return the long stream of a subject."""
    info = subject.info
    context = info.context if info.context is not None else round(UNLIMITED / info.frame_seconds)
    frames = max(1, round(subject.minutes * 60 / info.frame_seconds))
    return LongStream(
        subject.speech(0, subject.plain_frames),
        info.frame_size,
        info.sample_rate,
        frames,
        context if info.stateful else 0,
    )


def note(subject: Subject, mark: Mark) -> None:
    """Keep what was measured where it outlives this process."""
    if subject.journal is not None:
        with subject.journal.open("a", encoding="utf-8") as file:
            file.write(f"{mark}\n")


def told(subject: Subject, run: LongRun, stream: LongStream) -> Violation | None:
    """Say what a long run shows."""
    seconds = stream.frames * stream.size / stream.rate
    if run.failed is not None:
        return Violation(f"{run.failed}; until then {flat(run.marks)}")
    told = [breaks(run.marks) or drifts(run.marks), leaks(run.loads, seconds), slows(run.loads)]
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
