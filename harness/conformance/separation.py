"""Laws about what must not touch each other: the two sides, instances, rows of a batch."""

import numpy as np

from harness.capabilities import BatchCodec
from harness.conformance.finding import NotApplicable, Trouble
from harness.conformance.subject import Subject
from harness.execution import checked_codes, checked_pcm, guarded


def encode_leaves_decode(subject: Subject) -> Trouble | None:
    """Check that an instance that encodes other speech meanwhile decodes as one that does not."""
    instance = subject.open()
    pcm = []
    for frame in range(subject.frames):
        subject.encode(instance, frame, frame + 1, stream="other")
        pcm.append(subject.decode(instance, frame, frame + 1))
    return subject.pcm_off(np.concatenate(pcm), "a decoder whose instance encodes other speech")


def decode_leaves_encode(subject: Subject) -> Trouble | None:
    """Check that an instance that decodes other speech meanwhile encodes as one that does not."""
    instance = subject.open()
    codes = []
    for frame in range(subject.frames):
        subject.decode(instance, frame, frame + 1, stream="other")
        codes.append(subject.encode(instance, frame, frame + 1))
    return subject.codes_off(np.concatenate(codes, axis=1), "an encoder whose instance decodes other speech")


def instances(subject: Subject) -> Trouble | None:
    """Check that two instances in turn, on different speech, give what each gives alone; offline calls between too."""
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


def batch_rows(subject: Subject) -> Trouble | None:
    """Check that each row of a batch gives what it gives alone, within the declared tolerance."""
    if not isinstance(subject.codec, BatchCodec):
        raise NotApplicable("there is no batch")
    return rows_off(subject, subject.codec, subject.frames)


def rows_off(subject: Subject, codec: BatchCodec, frames: int) -> Trouble | None:
    """Run both streams as rows of a fresh batch, frame by frame; return the first trouble against the reference."""
    info = subject.info
    batch = guarded("open_batch", lambda: codec.open_batch(2))
    codes: dict[str, list[np.ndarray]] = {"main": [], "other": []}  # type: ignore[type-arg]
    pcm: dict[str, list[np.ndarray]] = {"main": [], "other": []}  # type: ignore[type-arg]
    for frame in range(frames):
        spoken = np.stack([subject.speech(frame, frame + 1, stream) for stream in codes])
        sent = np.stack([subject.codes[:, frame : frame + 1], subject.other_codes[:, frame : frame + 1]])
        where = f"batched call for frame {frame}"
        encoded = guarded(where, lambda spoken=spoken: batch.encode(spoken))  # type: ignore[misc]
        decoded = guarded(where, lambda sent=sent: batch.decode(sent))  # type: ignore[misc]
        for row, stream in enumerate(codes):
            codes[stream].append(checked_codes(encoded[row], info, 1, where))
            pcm[stream].append(checked_pcm(decoded[row], info, frame, 1, where))
    for stream in codes:
        who = f"the row with the {stream} speech"
        if trouble := subject.codes_off(np.concatenate(codes[stream], axis=1), who, 0, stream, regrouped=True):
            return trouble
        if trouble := subject.pcm_off(np.concatenate(pcm[stream]), who, 0, stream, info.tolerance):
            return trouble
    return None
