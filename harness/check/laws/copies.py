"""Laws about copying state: clones, snapshots, and the arrays that `state()` hands out."""

from typing import Any

import numpy as np
import numpy.typing as npt

from harness.check.finding import NotApplicable, Violation, joined
from harness.check.subject import Subject
from harness.codecs.optional import Snapshots
from harness.codecs.protocol import Instance, Side
from harness.codecs.returned import guarded


def clone_continues(subject: Subject) -> Violation | None:
    """Check that a clone made before use, or in mid-stream, goes on as its original would have."""
    for used in (0, subject.frames // 2):
        original = subject.open()
        if used:
            subject.stream_off(original, 0, used, "the original")
        copy = subject.clone(original)
        for instance, who in ((copy, "a clone"), (original, "the original of a clone")):
            if trouble := subject.stream_off(instance, used, subject.frames, f"{who} made after {used} frames"):
                return trouble
    return None


def clone_independent(subject: Subject) -> Violation | None:
    """
    Check that clone and original, and a clone of the clone, used in turn on different speech, disturb none of them.

    In turn, because shared memory shows only if one writes between two calls of the other.
    """
    for used in (0, subject.frames // 2):
        for swapped in (False, True):
            original = subject.open()
            if used:
                subject.stream_off(original, 0, used, "the original")
            copy = subject.clone(original)
            watched, disturbing = (original, copy) if swapped else (copy, original)
            who = f"{'the original of a clone' if swapped else 'a clone'} made after {used} frames, used in turn"
            if trouble := _in_turn(subject, watched, disturbing, used, who):
                return trouble
    del original, copy, watched, disturbing  # there may be room for two alone
    half, original = subject.frames // 2, subject.open()
    subject.stream_off(original, 0, half, "the original")
    copy = subject.clone(original)
    del original
    return _in_turn(subject, subject.clone(copy), copy, half, "a clone of a clone, used in turn with it,")


def late_copies(subject: Subject) -> Violation | None:
    """
    Check that copies which are made late in a long stream go on as their original, and that a reset then still works.

    A clone that replays the last frames, or copies a part of a ring, is right as long as that is all there is.
    """
    late, end = subject.late, subject.long_frames
    original = subject.aged()
    troubles = []
    taken = guarded("snapshot", original.snapshot) if isinstance(original, Snapshots) else None
    if "clone-continues" not in subject.promises_not:
        first, second = subject.clone(original), subject.clone(original)
        who = f"a clone made after {late} frames"
        troubles.append(_in_turn(subject, first, original, late, f"{who}, used in turn with its original,", end))
        troubles.append(subject.stream_off(second, late, end, f"{who}, used after its original,"))
    if isinstance(original, Snapshots) and "snapshot-restores" not in subject.promises_not:
        original.restore(taken)
        troubles.append(subject.stream_off(original, late, end, f"an instance rewound to frame {late}"))
    subject.reset(original, Side.BOTH)
    troubles.append(subject.stream_off(original, 0, subject.few, f"an instance reset after {end} frames"))
    return joined(*troubles)


def _in_turn(
    subject: Subject, watched: Instance, disturbing: Instance, start: int, who: str, stop: int | None = None
) -> Violation | None:
    codes, pcm = [], []
    for frame in range(start, subject.frames if stop is None else stop):
        codes.append(subject.encode(watched, frame, frame + 1))
        pcm.append(subject.decode(watched, frame, frame + 1))
        subject.disturb(disturbing, frame)
    return subject.codes_off(np.concatenate(codes, axis=1), who, start) or subject.pcm_off(
        np.concatenate(pcm), who, start
    )


def snapshot_restores(subject: Subject) -> Violation | None:
    """Check that a restored snapshot rewinds, any number of times, also in another instance, and disturbs no donor."""
    half, end = subject.frames // 2, subject.frames
    donor = subject.open()
    if not isinstance(donor, Snapshots):
        raise NotApplicable("instances have no snapshot and restore")
    subject.stream_off(donor, 0, half, "the donor")
    taken = guarded("snapshot", donor.snapshot)
    if trouble := subject.stream_off(donor, half, end, "an instance after its snapshot was taken"):
        return trouble
    guarded("restore", lambda: donor.restore(taken))
    if trouble := subject.stream_off(donor, half, end, f"an instance rewound to frame {half}"):
        return trouble
    guarded("restore", lambda: donor.restore(taken))
    receiver = subject.dirty()
    guarded("restore", lambda: receiver.restore(taken))  # type: ignore[attr-defined]
    return _in_turn(subject, receiver, subject.open(), half, "another instance that was given the snapshot") or (
        subject.stream_off(donor, half, end, "the donor after another instance used its snapshot")
    )


def state_is_copied(subject: Subject) -> Violation | None:
    """Check that `state()` hands out copies, by side, and that each call changes its own side alone."""
    instance = subject.open()
    state = guarded("state", instance.state)
    if not state:
        if subject.info.stateful:
            raise NotApplicable("state() shows nothing")
        return None
    if odd := [name for name in state if not name.startswith(("encoder/", "decoder/"))]:
        return Violation(f"state() names {odd[0]!r}; names begin with encoder/ or decoder/")
    for side, call in (("encoder", subject.encode), ("decoder", subject.decode)):
        before = guarded("state", instance.state)
        kept = {name: array.copy() for name, array in before.items()}
        call(instance, 0, 1)
        if stale := [name for name in before if not _same(before[name], kept[name])]:
            return Violation(f"state() is not a copy: {stale[0]} changed in the caller's hands during the next call", 0)
        after = guarded("state", instance.state)
        changed = [name for name in after if not _same(after[name], kept.get(name, np.zeros(0)))]
        if wrong := [name for name in changed if not name.startswith(side)]:
            return Violation(f"a call on the {side} side changed {wrong[0]}", 0)
        for array in after.values():
            if array.flags.writeable:
                array[...] = 0
    return subject.stream_off(instance, 1, 4, "a stream whose state() arrays were overwritten")


def _same(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> bool:
    return left.shape == right.shape and left.tobytes() == right.tobytes()
