"""Laws about what must not touch each other: the two sides, instances, rows of a batch."""

import contextlib
from collections.abc import Callable
from functools import partial

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, joined
from harness.check.subject import ROWS, Subject
from harness.codecs.optional import BatchCodec
from harness.codecs.protocol import Codes, Instance, Side
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed
from harness.topology import ending

# Rows that are checked on as many frames as a plain stream: the fewest that a library may fill up to the next size, and
# what has every row that there is. Other sizes are checked on a few frames.
IN_FULL = (2, 3, 4, ROWS)
BATCHES = tuple(range(2, ROWS + 1))  # rows: nobody knows which sizes a library fills up
STEP = 3  # frames of a stream between two things that another one does


def encode_leaves_decode(subject: Subject) -> Violation | None:
    """Check that an instance that encodes other speech meanwhile decodes as one that does not."""
    instance = subject.open()
    pcm = []
    for frame in range(subject.frames):
        subject.encode(instance, frame, frame + 1, stream="other")
        pcm.append(subject.decode(instance, frame, frame + 1))
    return subject.pcm_off(np.concatenate(pcm), "a decoder whose instance encodes other speech")


def decode_leaves_encode(subject: Subject) -> Violation | None:
    """Check that an instance that decodes other speech meanwhile encodes as one that does not."""
    instance = subject.open()
    codes = []
    for frame in range(subject.frames):
        subject.decode(instance, frame, frame + 1, stream="other")
        codes.append(subject.encode(instance, frame, frame + 1))
    return subject.codes_off(np.concatenate(codes, axis=1), "an encoder whose instance decodes other speech")


def instances(subject: Subject) -> Violation | None:
    """
    Check that two instances in turn, on different speech, give what each gives alone; offline calls between too. And
    that a stream stays as it is while another one begins, is used, reset and closed.
    """
    _ = subject.codes, subject.pcm, subject.other_pcm()  # on instances that are gone when two are needed
    return _in_turn(subject) or _comes_and_goes(subject, behind=True) or _comes_and_goes(subject, behind=False)


def _in_turn(subject: Subject) -> Violation | None:
    one, two = subject.open(), subject.open()
    outputs: dict[str, list[np.ndarray]] = {"codes": [], "pcm": []}  # type: ignore[type-arg]
    for frame in range(subject.frames):
        outputs["codes"].append(subject.encode(one, frame, frame + 1))
        subject.encode(two, frame, frame + 1, stream="other")
        outputs["pcm"].append(subject.decode(one, frame, frame + 1))
        subject.decode(two, frame, frame + 1, stream="other")
        if frame == subject.frames // 2:
            subject.offline_codes(2)
            subject.offline_pcm(2)
    who = "an instance beside another"
    return subject.codes_off(np.concatenate(outputs["codes"], axis=1), who) or subject.pcm_off(
        np.concatenate(outputs["pcm"]), who
    )


def _comes_and_goes(subject: Subject, *, behind: bool) -> Violation | None:
    """
    Have another instance come and go in the middle of our stream.

    behind : whether it was opened after ours and no other was before; else one was, whose place it may be given
    """
    if behind:
        ours = subject.open()
    else:
        first = subject.open()
        ours = subject.open()
        ending.close(first)
        del first
    others: list[Instance] = []

    def reset() -> None:
        with contextlib.suppress(CodecFailed):  # a service need not offer it
            subject.reset(others[0], Side.BOTH)

    events: dict[str, Callable[[], object]] = {
        "begins": lambda: others.append(subject.open()),
        "is used": lambda: subject.disturb(others[0], 0),
        "is reset": reset,
        "is closed": lambda: ending.close(others.pop()),
    }
    if trouble := subject.stream_off(ours, 0, STEP, "a stream" if behind else "a stream after another was closed"):
        return trouble
    for number, (what, event) in enumerate(events.items(), 1):
        event()
        where = f"a stream beside which another {what}"
        if trouble := subject.stream_off(ours, number * STEP, (number + 1) * STEP, where):
            return trouble
    return None


def batch_rows(subject: Subject) -> Violation | None:
    """Check that each row of batches of several sizes gives what it gives alone, within the declared tolerance."""
    if not isinstance(subject.codec, BatchCodec):
        raise NotApplicable("there is no batch")
    codec = subject.codec
    return subject.each_that_fits(
        {
            f"{rows} rows": partial(rows_off, subject, codec, rows, subject.frames if rows in IN_FULL else subject.few)
            for rows in BATCHES
        }
    )


def rows_off(subject: Subject, codec: BatchCodec, rows: int, frames: int) -> Violation | None:
    """
    Run *rows* streams in a fresh batch, frame by frame, each another speech; hold every row against the reference.

    Returns the trouble of all rows that differ, each by its number, counted from 0.
    """
    info = subject.info
    streams = ("main", "other", *(f"row-{row}" for row in range(2, rows)))
    sent = np.stack([subject.codes[:, :frames], *(subject.other_codes(name)[:, :frames] for name in streams[1:])])
    batch = guarded(f"open_batch({rows})", lambda: codec.open_batch(rows))
    codes: list[list[Codes]] = [[] for _ in streams]
    pcm: list[list[Samples]] = [[] for _ in streams]
    for frame in range(frames):
        spoken = np.stack([subject.speech(frame, frame + 1, stream) for stream in streams])
        given = sent[:, :, frame : frame + 1].copy()
        where = f"call for frame {frame} of a batch of {rows}"
        encoded = guarded(where, lambda spoken=spoken: batch.encode(spoken))  # type: ignore[misc]
        decoded = guarded(where, lambda given=given: batch.decode(given))  # type: ignore[misc]
        for what, returned in (("codes", encoded), ("PCM", decoded)):
            if len(returned) != rows:
                raise CodecFailed(f"{where} returned {what} of {len(returned)} rows, wanted {rows}")
        for row in range(rows):
            codes[row].append(checked_codes(encoded[row], info, 1, f"{where}, row {row},"))
            pcm[row].append(checked_pcm(decoded[row], info, frame, 1, f"{where}, row {row},"))
    troubles = []
    for row, stream in enumerate(streams):
        who = f"row {row} of a batch of {rows}"
        troubles.append(
            subject.codes_off(np.concatenate(codes[row], axis=1), who, 0, stream, regrouped=True)
            or subject.pcm_off(np.concatenate(pcm[row]), who, 0, stream, info.tolerance)
        )
    return joined(*troubles)
