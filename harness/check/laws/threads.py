"""The law about threads: instances of one codec, or the two sides of one instance, that are used at the same time."""

from functools import partial

import numpy as np

from harness.check.finding import Violation, joined
from harness.check.laws.slots import Alone, off
from harness.check.subject import Subject
from harness.codecs.protocol import Instance, with_rest
from harness.codecs.returned import guarded
from harness.errors import CodecFailed, NotOffered
from harness.explain.whose import heard_in
from harness.topology.batch_row import Beside
from harness.topology.model import Sessions
from harness.topology.sessions import Session, Threads

WIRED = (Sessions(count=2), Sessions(count=4, seed=1))
ALONE = "made one after the other, the same calls give what they give alone"
TOO = "made one after the other, the same calls differ too, so threads are not what makes it, or not alone"


def safe(subject: Subject) -> Violation | None:
    """Check that sessions in threads of their own, a clone and the two sides of one instance at once are as alone."""
    alone = Alone(subject)
    at_once = {f"{wired.count} sessions": partial(_at_once_off, subject, wired, alone) for wired in WIRED}
    return subject.each_that_fits(at_once) or _of_a_clone(subject, alone) or _sides(subject)


def _of_a_clone(subject: Subject, alone: Alone) -> Violation | None:
    """
    Look at a session and one that is a clone of it, in turn and then at once.

    Nothing is told where there is no clone, or no room for one, nor if they differ in turn: that is another law's, and
    at once such clones may take the process with them.
    """
    wired = WIRED[0]

    def cloned() -> list[Instance]:
        original = subject.open()
        return [original, *(subject.clone(original) for _ in range(wired.count - 1))]

    try:
        if _sessions_off(subject, wired.model_copy(update={"how": "in-turn"}), alone, cloned()):
            return None
    except (CodecFailed, NotOffered):
        return None
    trouble = _sessions_off(subject, wired, alone, cloned())
    return trouble and Violation(f"a session and its clone: {trouble.words}; {ALONE}", trouble.frame, trouble.off_by)


def _at_once_off(subject: Subject, wired: Sessions, alone: Alone) -> Violation | None:
    """Return how sessions at once are not as alone, and whether the same calls in turn are."""
    trouble = _sessions_off(subject, wired, alone)
    if trouble is None:
        return None
    in_turn = _sessions_off(subject, wired.model_copy(update={"how": "in-turn"}), alone)
    return Violation(f"{trouble.words}; {TOO if in_turn else ALONE}", trouble.frame, trouble.off_by)


def _sessions_off(
    subject: Subject, wired: Sessions, alone: Alone, instances: list[Instance] | None = None
) -> Violation | None:
    """Return how sessions differ from what they give alone; of fresh instances if no *instances* are given."""
    given = _sessions(subject, wired, instances or [subject.open() for _ in range(wired.count)])
    what = f"of {wired.count} sessions {'at once' if wired.how == 'at-once' else 'in turn'}"
    trouble = joined(*(off(subject, one, f"session {one.row} {what}", alone) for one in given))
    return trouble and Violation(f"{trouble.words}{_whose(subject, given, alone)}", trouble.frame, trouble.off_by)


def _sessions(subject: Subject, wired: Sessions, instances: list[Instance]) -> list[Beside]:
    """Return what each session was given and gave; none of them is open any more."""
    frames, info, ours = subject.few, subject.info, wired.count - 1
    session = Session(instances, info, wired, ours, subject.speech(0, frames, "other"), 1)
    codes, pcm = [], []
    try:
        for frame in range(frames):
            spoken = subject.speech(frame, frame + 1)
            codes.append(guarded(f"encode of frame {frame}", partial(session.encode, spoken)))
            pcm.append(guarded(f"decode of frame {frame}", partial(session.decode, codes[-1])))
        beside = session.beside()
        whole = with_rest(pcm, session, info)
    finally:
        session.close()
    return [*beside, Beside(ours, ours, subject.speech(0, frames), np.concatenate(codes, axis=1), whole)]


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
