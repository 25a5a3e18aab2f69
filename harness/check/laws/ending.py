"""Laws about the two ends of a stream: what is held back at its beginning, flush() and close() at its end."""

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, pcm_trouble
from harness.check.laws.pieces import both
from harness.check.subject import Subject
from harness.codecs.optional import Closes
from harness.codecs.protocol import Flushes, Instance, Side
from harness.codecs.returned import guarded
from harness.codecs.sealed import held_back
from harness.errors import CodecFailed
from harness.metrics.delay import CONFIDENT, by_waveform
from harness.record import Measurement
from harness.topology import ending

OPENED = 20  # instances that are opened and closed one after another
USED = {  # the calls that an instance has had when it ends, and that in words
    ("encode",): "that had encoded",
    ("decode",): "that had decoded",
    (): "that nothing had been asked of",
}
SOUND = 1e-3  # root mean square of -60 dB
ALIKE = 0.5  # correlation of a tail with what a stream gives there that goes on; a fade to silence has more
ENDS = 8  # that are asked where one has less: half of a transform has 0.7 on average, and 0.3 at times
FEWEST = 4  # of these; where fewer have sound, nothing is told


def flush(subject: Subject) -> Violation | None:
    """Check that flush() gives what is still inside, once, ends that stream and no other, and a reset begins anew."""
    info, frames = subject.info, subject.few
    wholes: list[Samples] = []
    for chunk in (1, 3):
        instance = _flushing(subject)
        pcm = subject.decode(instance, 0, frames, chunk)
        rest = ending.flush(instance)  # raises if the length of the whole is not what it must be
        if not info.start_up and len(rest) > info.delay:
            return Violation(
                f"n frames had given n frames, and flush() gives {len(rest)} samples more; declared are a delay of "
                f"{info.delay} and no start-up"
            )
        if again := len(ending.flush_again(instance)):
            return Violation(f"flush() called a second time gives {again} samples more", frames)
        wholes.append(np.concatenate([pcm, rest]))
    if trouble := pcm_trouble(wholes[0], wholes[1], info, "a flushed stream in calls of 3", 0, info.tolerance):
        return trouble
    if trouble := subject.pcm_off(wholes[0][: frames * info.frame_size], "a flushed stream"):
        return trouble
    if trouble := _tail_off(subject, wholes[0], frames) or _after_other_lengths(subject):
        return trouble
    subject.reset(instance, Side.BOTH)
    if trouble := subject.stream_off(instance, 0, frames, "an instance reset after flush()"):
        return trouble
    return _others_go_on(subject)


def _after_other_lengths(subject: Subject) -> Violation | None:
    """Check what flush() gives after one frame, an odd number of frames, and a long stream."""
    if not subject.info.start_up:
        return None
    held = -(-subject.info.start_up // subject.info.frame_size)
    for frames in (1, subject.few - 1, _sounding(subject, held)):
        instance = _flushing(subject)
        pcm = subject.decode(instance, 0, frames)
        if trouble := _tail_off(subject, np.concatenate([pcm, ending.flush(instance)]), frames):
            return trouble
    return None


def _sounding(subject: Subject, held: int) -> int:
    """Return the number of frames, as late as there are, after which the *held* frames that come next have sound."""
    size, pcm = subject.info.frame_size, subject.long_pcm
    last = subject.long_frames - held
    late = range(last, last // 2, -1)
    return next((at for at in late if _loudness(pcm[at * size : (at + held) * size]) > SOUND), last)


def _tail_off(subject: Subject, whole: Samples, frames: int) -> Violation | None:
    """
    Tell whether flush() gives silence, or another sound, where the stream, if it went on, would have sound.

    A decoder that looks ahead finds nothing there at the end, so that the tail need not be the same.
    """
    size = subject.info.frame_size
    rest = whole[frames * size :]
    going_on = subject.reference_pcm(frames - (-len(rest) // size))[frames * size :][: len(rest)]
    for start in range(0, len(rest), size):
        piece, other = rest[start : start + size], going_on[start : start + size]
        if not piece.any() and _loudness(other) > SOUND:
            where = "" if not rest.any() else f" in samples {start} to {start + len(piece) - 1} of {len(rest)}"
            said = f"flush() gives silence{where}, where a stream that goes on has sound: the tail is lost"
            return Violation(said, frames)
    if not len(rest) or _loudness(going_on) <= SOUND or not _follows(subject) or _correlation(rest, going_on) >= ALIKE:
        return None
    others = _other_ends(subject, frames, len(rest))
    alike = float(np.mean(others)) if others else ALIKE
    if len(others) < FEWEST or alike >= ALIKE:
        return None
    of = f"correlation {alike:.2f}, mean of {len(others)} ends"
    said = f"flush() gives another sound than a stream that goes on ({of})"
    return Violation(f"{said}: it is not what was held back", frames)


def _other_ends(subject: Subject, frames: int, rest: int) -> list[float]:
    """
    Return the correlations of *rest* samples that end other streams with what goes on there, where that has sound.

    The streams are of *frames* frames too, from other places of the speech on, since a flush may be wrong after one
    frame alone; where a long one leaves no such place, they end a few frames earlier.
    """
    size, held, found = subject.info.frame_size, -(-rest // subject.info.frame_size), list[float]()
    last = (subject.plain_frames if frames <= subject.few else subject.long_frames) - held
    apart = max(1, (last - frames) // (2 * ENDS))
    later = [(start, start + frames) for start in range(1, last - frames + 1, apart)]
    for start, stop in (*later, *((0, stop) for stop in range(frames - 2, subject.few, -2))):
        if _loudness(subject.reference_pcm(last + held)[stop * size :][:rest]) <= SOUND:
            continue
        going_on = subject.decode(subject.open(), start, stop + held)[(stop - start) * size :][:rest]
        instance = _flushing(subject)
        whole = np.concatenate([subject.decode(instance, start, stop), ending.flush(instance)])
        tail = whole[(stop - start) * size :]
        if len(tail) == len(going_on) and tail.any() and going_on.any():
            found.append(_correlation(tail, going_on))
        if len(found) == ENDS:
            break
    return found


def _correlation(one: Samples, other: Samples) -> float:
    return float(np.dot(one, other)) / float(np.linalg.norm(one) * np.linalg.norm(other))


def _loudness(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0


def _follows(subject: Subject) -> bool:
    """Tell whether decoded speech follows the waveform, so that it is one sound however much the decoder sees."""
    spoken, heard = both(subject, subject.plain_frames)
    return subject.info.encodes and by_waveform(spoken, heard, subject.info.sample_rate).correlation >= CONFIDENT


def _others_go_on(subject: Subject) -> Violation | None:
    """Check that the encoder of a flushed instance, and another instance, go on as if nothing had been."""
    flushed, other, half = _flushing(subject), subject.open(), subject.few // 2
    for instance in (flushed, other):
        subject.stream_off(instance, 0, half, "a stream")
    ending.flush(flushed)
    codes = subject.encode(flushed, half, subject.few)
    if trouble := subject.codes_off(codes, "the encoder of a flushed instance", half):
        return trouble
    return subject.stream_off(other, half, subject.few, "an instance beside one that is flushed")


def _flushing(subject: Subject) -> Instance:
    instance = subject.open()
    if not isinstance(instance, Flushes):
        raise NotApplicable("no start-up is declared, and instances have no flush()")
    return instance


def start_up(subject: Subject) -> Violation | None:
    """Check that as many samples are held back as are declared."""
    declared, size = subject.info.start_up, subject.info.frame_size
    if not declared:
        raise NotApplicable("no start-up is declared, and each call gives the samples of its frames")
    instance, most = subject.open(), 0
    for frame in range(min(subject.plain_frames, declared // size + subject.few)):
        subject.decode(instance, frame, frame + 1)
        most = max(most, held_back(instance))
    subject.measured = Measurement.of(most, "samples held back")
    if most == declared:
        return None
    return Violation(f"a start-up of {declared} samples is declared, and {most} are held back at most", 0)


def closed(subject: Subject) -> Violation | None:
    """Check that a closed instance refuses to go on, that no other is disturbed, and that its place is free again."""
    one, other, half = subject.open(), subject.open(), subject.few // 2
    if not isinstance(one, Closes):
        raise NotApplicable("instances have no close()")
    for instance in (one, other):
        subject.stream_off(instance, 0, half, "a stream")
    guarded("close", one.close)
    for side in subject.info.sides:
        if ending.accepted(one, side, subject.info):
            return Violation(f"a closed instance still takes a call on its {side} side", half)
    middle = (half + subject.few) // 2
    if trouble := subject.stream_off(other, half, middle, "an instance beside one that was closed"):
        return trouble
    later = subject.open()  # has the place of the closed one, not that of the other
    if trouble := subject.stream_off(later, 0, half, "an instance opened after another was closed"):
        return trouble
    if trouble := subject.stream_off(other, middle, subject.few, "an instance, once a place beside it is taken again"):
        return trouble
    ending.close(later, "close of an instance opened after another was closed")
    for used, how in USED.items():
        for number in range(OPENED):
            try:
                instance = subject.open()
            except CodecFailed as error:
                before = f"{number} instances {how} were opened and closed, one after another"
                return Violation(f"after {before}, the next is refused: {error}")
            for verb in used:
                getattr(subject, verb)(instance, 0, 1)
            ending.close(instance, f"close of instance {number + 1}")
    return None
