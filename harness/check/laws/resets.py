"""Laws about reset: an instance that was reset is as good as new, whatever happened to it."""

import contextlib
from collections.abc import Callable

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation, codes_trouble, joined, pcm_trouble
from harness.check.subject import Subject
from harness.codecs.protocol import Codes, Instance, Side
from harness.errors import CodecFailed
from harness.record import Measurement

CYCLES = 8


def encoder(subject: Subject) -> Violation | None:
    """Check that after other speech and a reset of the encoder side, it encodes as a fresh one."""

    def encoded(instance: Instance, frames: int, after: str) -> Violation | None:
        subject.reset(instance, Side.ENCODER)
        return subject.codes_off(subject.encode(instance, 0, frames), f"a used encoder after reset{after}")

    return _after_each_use(subject, encoded)


def decoder(subject: Subject) -> Violation | None:
    """Check that after other speech and a reset of the decoder side, it decodes as a fresh one."""

    def decoded(instance: Instance, frames: int, after: str) -> Violation | None:
        subject.reset(instance, Side.DECODER)
        return subject.pcm_off(subject.decode(instance, 0, frames), f"a used decoder after reset{after}")

    return _after_each_use(subject, decoded)


def _after_each_use(subject: Subject, look: Callable[[Instance, int, str], Violation | None]) -> Violation | None:
    """
    Return the first trouble of *look* at an instance after many frames, after one, and an odd number if many are even.

    A decoder whose two halves take turns may be forgotten by half. look : is also given how many frames to compare, and
    after what in words
    """
    many, few = subject.frames, subject.few
    if trouble := look(subject.dirty(), many, ""):
        return trouble
    for used in sorted({1, max(1, few - (many - few + 1) % 2)}):
        if trouble := look(subject.dirty(used), few, f", of {used} frame{'s' * (used > 1)},"):
            return trouble
    return None


def one_side_only(subject: Subject) -> Violation | None:
    """Check that a reset of one side leaves the other in mid-stream."""
    half = subject.frames // 2
    for side in (Side.ENCODER, Side.DECODER):
        instance = subject.open()
        subject.stream_off(instance, 0, half, "a stream")
        subject.reset(instance, side)
        if side is Side.ENCODER:
            pcm = subject.decode(instance, half, subject.frames)
            trouble = subject.pcm_off(pcm, "the decoder after a reset of the encoder", half)
        else:
            codes = subject.encode(instance, half, subject.frames)
            trouble = subject.codes_off(codes, "the encoder after a reset of the decoder", half)
        if trouble:
            return trouble
    return None


def after_nan(subject: Subject) -> Violation | None:
    """Check that a reset cures an instance that was given a NaN sample, and one that was given an infinite one."""
    for name, value in (("NaN", np.nan), ("infinity", np.inf)):
        instance = subject.open()
        subject.stream_off(instance, 0, 2, "a stream")
        spoilt = subject.speech(2, 3)
        spoilt[len(spoilt) // 2] = value
        with contextlib.suppress(Exception):  # refusing it is right, and so is passing it on
            codes = instance.encode(spoilt)
            codes = np.asarray(codes)
            instance.decode(codes if subject.info.continuous else np.clip(codes, 0, subject.info.bins - 1))
        if trouble := _as_fresh(subject, instance, f"an instance that was given one {name} and then reset"):
            return trouble
    return None


def after_silence(subject: Subject) -> Violation | None:
    """Check that a reset is complete after digital silence, where adaptive state goes to its limits."""
    instance = subject.open()
    silence = np.zeros(subject.info.frame_size, dtype=np.float32)
    for _ in range(subject.frames // 2):
        instance.decode(np.asarray(instance.encode(silence.copy())).astype(subject.info.codes_type))
    return _as_fresh(subject, instance, "an instance reset after silence")


def into_silence(subject: Subject) -> Violation | None:
    """
    Check that a used and reset instance treats a stream that begins with silence as a fresh one does.

    Speech overwrites adaptive state that a reset forgot; in digital silence it stays and decides.
    """
    half = subject.frames // 2
    stream = np.concatenate([np.zeros(half * subject.info.frame_size, np.float32), subject.speech(0, half)])
    instance, fresh = subject.dirty(), subject.open()
    subject.reset(instance, Side.BOTH)
    expected, got = (_whole(subject, each, stream) for each in (fresh, instance))
    who = "a used and reset instance, on a stream that begins with silence,"
    return joined(codes_trouble(expected[0], got[0], who), pcm_trouble(expected[1], got[1], subject.info, who))


def _whole(subject: Subject, instance: Instance, pcm: Samples) -> tuple[Codes, Samples]:
    """Return the codes of *pcm*, and what the same instance decodes from its own codes, frame by frame."""
    size, frames = subject.info.frame_size, len(pcm) // subject.info.frame_size
    parts = [np.asarray(instance.encode(pcm[i * size : (i + 1) * size].copy())) for i in range(frames)]
    codes = np.concatenate(parts, axis=1).astype(subject.info.codes_type)
    heard = [np.asarray(instance.decode(codes[:, i : i + 1].copy())) for i in range(frames)]
    return codes, np.concatenate(heard)


def after_failure(subject: Subject) -> Violation | None:
    """Check that a reset is complete after a call that raised."""
    instance = subject.open()
    subject.stream_off(instance, 0, 2, "a stream")
    if not provoke(subject, instance):
        raise NotApplicable("no wrong call raises")
    return _as_fresh(subject, instance, "an instance reset after a failed call")


def many_times(subject: Subject) -> Violation | None:
    """Check that use and reset can be repeated: nothing adds up in the instance."""
    instance, used, span = subject.open(), 0, max(1, subject.frames // 2)
    troubles: list[Violation] = []
    for cycle in range(CYCLES):
        try:
            trouble = subject.stream_off(instance, 0, span, f"use {cycle + 1} of an instance reset in between")
            subject.reset(instance, Side.BOTH)
        except CodecFailed as error:
            words = f"fails in use {cycle + 1}, after {used} frames in all with a reset every {span}: {error}"
            return Violation(words, None, Measurement.of(used, "frames"))
        used += span
        troubles += [trouble] if trouble else []
    return troubles[0] if troubles else None


def provoke(subject: Subject, instance: Instance) -> bool:
    """Make calls with half a frame, no frame, and codes out of range; tell whether any was refused."""
    info = subject.info
    calls: list[Callable[[], object]] = [
        lambda: instance.encode(subject.speech(0, 1)[:-1]),
        lambda: instance.decode(np.zeros((info.codebooks + 1, 1), dtype=info.codes_type)),
    ]
    if not info.continuous:  # latents have no range
        calls.insert(1, lambda: instance.decode(np.full((info.codebooks, 1), info.bins, dtype=np.int64)))
    refused = False
    for call in calls:
        try:
            call()
        except Exception:  # noqa: BLE001 - any refusal will do here
            refused = True
    return refused


def _as_fresh(subject: Subject, instance: Instance, who: str) -> Violation | None:
    subject.reset(instance, Side.BOTH)
    return subject.stream_off(instance, 0, subject.frames, who)
