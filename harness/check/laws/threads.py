"""The law about threads: instances of one codec, or the two sides of one instance, that are used at the same time."""

import numpy as np

from harness.check.finding import Violation, joined
from harness.check.laws.slots import Alone, off
from harness.check.subject import Subject
from harness.codecs.protocol import Instance, with_rest
from harness.codecs.returned import guarded
from harness.errors import NotOffered
from harness.explain.whose import heard_in
from harness.topology.batch_row import Beside
from harness.topology.model import Sessions
from harness.topology.sessions import Session, Threads

WIRED = (Sessions(count=2), Sessions(count=4, seed=1))
ALONE = "made one after the other, the same calls give what they give alone"
TOO = "made one after the other, the same calls differ too, so threads are not what makes it, or not alone"


def safe(subject: Subject) -> Violation | None:
    """Check that sessions in threads of their own, and encoding and decoding of one instance at once, are as alone."""
    alone = Alone(subject)
    for tried, wired in enumerate(WIRED):
        try:
            trouble = _sessions_off(subject, wired, alone)
        except NotOffered as lacking:
            if not tried:
                raise
            subject.notes.append(f"not with {wired.count} sessions: {lacking}")
            break
        if trouble:
            in_turn = _sessions_off(subject, wired.model_copy(update={"how": "in-turn"}), alone)
            return Violation(f"{trouble.words}; {TOO if in_turn else ALONE}", trouble.frame, trouble.off_by)
    return _sides(subject)


def _sessions_off(subject: Subject, wired: Sessions, alone: Alone) -> Violation | None:
    frames = subject.few
    other = subject.speech(0, frames, "other")
    instances = [subject.open() for _ in range(wired.count)]
    session = Session(instances, subject.info, wired, wired.count - 1, other, 1)
    codes, pcm = [], []
    try:
        for frame in range(frames):
            codes.append(guarded(f"encode of frame {frame}", lambda f=frame: session.encode(subject.speech(f, f + 1))))  # type: ignore[misc]
            pcm.append(guarded(f"decode of frame {frame}", lambda: session.decode(codes[-1])))
        beside = session.beside()
    finally:
        session.close()
    whole = with_rest(pcm, session, subject.info)
    ours = Beside(session.row, session.row, subject.speech(0, frames), np.concatenate(codes, axis=1), whole)
    given = [*beside, ours]
    what = f"of {wired.count} sessions {'at once' if wired.how == 'at-once' else 'in turn'}"
    trouble = joined(*(off(subject, one, f"session {one.row} {what}", alone) for one in given))
    return trouble and Violation(f"{trouble.words}{_whose(subject, given, alone)}", trouble.frame, trouble.off_by)


def _whose(subject: Subject, given: list[Beside], alone: Alone) -> str:
    """Say what of which session was heard in which other one; nothing if that cannot be told."""
    expected = {one.row: alone(one.pcm)[1] for one in given}
    told = [
        f"; in session {one.row}: {said}"
        for one in given
        if (said := heard_in(one.decoded, expected[one.row], expected, one.row, subject.info, "session"))
    ]
    return told[0] if told else ""


def _sides(subject: Subject) -> Violation | None:
    """Encode on an instance in one thread and decode on it in another."""
    instance: Instance = subject.open()
    frames = subject.few
    codes, pcm, threads = [], [], Threads(2)
    _ = subject.codes  # which decoding takes
    try:
        for frame in range(frames):
            threads.make(
                {
                    0: lambda f=frame: codes.append(subject.encode(instance, f, f + 1)),  # type: ignore[misc]
                    1: lambda f=frame: pcm.append(subject.decode(instance, f, f + 1)),  # type: ignore[misc]
                }
            )
    finally:
        threads.close()
    who = "an instance that encodes in one thread and decodes in another"
    return joined(subject.codes_off(np.concatenate(codes, axis=1), who), subject.pcm_off(np.concatenate(pcm), who))
