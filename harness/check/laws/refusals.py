"""
Laws of what a codec cannot process: it is refused, with a message, and leaves the stream where it was.

What must be refused is `WRONG`. What a codec may take as well as refuse is `ODD`: only if it is refused, the call has
to be harmless.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation
from harness.check.subject import Subject
from harness.codecs.protocol import CodecInfo, Codes, Instance, Side
from harness.errors import CodecFailed, NotOffered

Input = npt.NDArray[Any]


@dataclass(frozen=True)
class WrongInput:
    """
    An input that is not as the protocol has it: what it is in words, and how it is made of good input.

    make : of what the codec declares, two frames of PCM (2 * frame_size,) and codes of one frame (K, 1)
    """

    verb: Literal["encode", "decode"]
    words: str
    make: Callable[[CodecInfo, Samples, Codes], Input]


def _with(codes: Codes, row: int, code: int) -> Codes:
    codes = codes.copy()
    codes[row, 0] = code
    return codes


def _spoilt(info: CodecInfo, pcm: Samples, value: float) -> Samples:
    pcm = pcm[: info.frame_size].copy()
    pcm[info.frame_size // 2] = value
    return pcm


def _bad_after_good(info: CodecInfo, _: Samples, codes: Codes) -> Codes:
    bad = np.full_like(codes, np.nan) if info.continuous else _with(codes, 0, info.bins)
    return np.concatenate([codes, bad], axis=1)


WRONG: Mapping[str, WrongInput] = {
    "no-samples": WrongInput("encode", "no samples", lambda _info, pcm, _codes: pcm[:0]),
    "frame-less-one": WrongInput(
        "encode", "a frame less one sample", lambda info, pcm, _codes: pcm[: info.frame_size - 1]
    ),
    "frame-and-one": WrongInput(
        "encode", "a frame and one sample", lambda info, pcm, _codes: pcm[: info.frame_size + 1]
    ),
    "no-frames": WrongInput("decode", "no frames", lambda _info, _pcm, codes: codes[:, :0]),
    "code-beyond": WrongInput(
        "decode", "a code that is one too large", lambda info, _pcm, codes: _with(codes, 0, info.bins)
    ),
    # -1 means lost, which a codec may conceal
    "code-below": WrongInput("decode", "code -2", lambda _info, _pcm, codes: _with(codes, -1, -2)),
    "codebook-more": WrongInput(
        "decode",
        "one codebook more than there are",
        lambda info, _pcm, _codes: np.zeros((info.codebooks + 1, 1), dtype=info.codes_type),
    ),
}
NO_SIDE = "neither"
OF_LONG_FRAMES = ("frame-less-one", "frame-and-one")  # of a frame that is one sample, no samples and two frames
OF_A_RANGE = ("code-beyond", "code-below")  # which latents have not
ODD: Mapping[str, WrongInput] = {
    "nan": WrongInput("encode", "a frame with a NaN", lambda info, pcm, _codes: _spoilt(info, pcm, np.nan)),
    "infinity": WrongInput("encode", "a frame with an infinity", lambda info, pcm, _codes: _spoilt(info, pcm, np.inf)),
    "channels": WrongInput("encode", "two channels", lambda _info, pcm, _codes: pcm.reshape(2, -1)),
    "float64": WrongInput(
        "encode", "a frame of float64", lambda i, pcm, _codes: pcm[: i.frame_size].astype(np.float64)
    ),
    "int16": WrongInput(
        "encode", "a frame of int16", lambda info, pcm, _codes: (pcm[: info.frame_size] * 32767).astype(np.int16)
    ),
    "codebook-less": WrongInput("decode", "one codebook less than there are", lambda _info, _pcm, codes: codes[:-1]),
    "bad-after-good": WrongInput("decode", "two frames, of which the second is out of range", _bad_after_good),
    "one-dimension": WrongInput("decode", "codes of one dimension", lambda _info, _pcm, codes: codes[:, 0]),
}


def honest(subject: Subject) -> Violation | None:
    """Check that empty, partial and out-of-range input is refused with a message, on a fresh instance each."""
    complaints = filter(None, (_complaint(wrong, subject) for wrong in _asked(WRONG, subject.info)))
    said = "; ".join(complaints)
    return Violation(said) if said else None


def _complaint(wrong: WrongInput, subject: Subject) -> str | None:
    name, instance = f"{wrong.verb} of {wrong.words}", subject.open()
    try:
        returned = _given(wrong, instance, subject)
    except Exception as error:  # noqa: BLE001 - any exception is a refusal
        return None if str(error).strip() else f"{name}: raised {type(error).__name__} without a message"
    return f"{name}: no error, returned {_described(returned)}"


def harmless(subject: Subject) -> Violation | None:
    """Check that a call that is refused leaves its stream, and another beside it, where they were."""
    refused = False
    for wrong in _asked({**WRONG, **ODD}, subject.info):
        this, trouble = _refused_amid(subject, wrong)
        if trouble is None and this:
            trouble = _refused_beside(subject, wrong)
        if trouble is not None:
            return trouble
        refused |= this
    this, trouble = _refused_reset(subject)
    if trouble is not None:
        return trouble
    if not (refused or this):
        raise NotApplicable("no wrong call raises")
    return None


def _refused_amid(subject: Subject, wrong: WrongInput) -> tuple[bool, Violation | None]:
    """Make a wrong call in the middle of a stream; return whether it is refused, and if so, how the stream suffers."""
    instance, half = subject.open(), subject.few // 2
    subject.stream_off(instance, 0, half, "a stream")
    try:
        _given(wrong, instance, subject)
    except Exception:  # noqa: BLE001 - any exception is a refusal
        who = f"a stream after a refused {wrong.verb} of {wrong.words}"
        return True, subject.stream_off(instance, half, subject.few, who)
    return False, None  # it was taken, and the stream is another one


def _refused_reset(subject: Subject) -> tuple[bool, Violation | None]:
    """Ask for a reset of a side that there is not; as `_refused_amid`."""
    instance, half = subject.open(), subject.few // 2
    subject.stream_off(instance, 0, half, "a stream")
    try:
        instance.reset(NO_SIDE)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - any exception is a refusal
        who = f"a stream after a refused reset of the side {NO_SIDE!r}"
        return True, subject.stream_off(instance, half, subject.few, who)
    return False, None


def _refused_beside(subject: Subject, wrong: WrongInput) -> Violation | None:
    """Tell how a stream suffers from a call that is refused on another instance; nothing if there is room for one."""
    who = f"a stream beside another instance that refused {wrong.verb} of {wrong.words}"

    def suffers(*, refuse: bool) -> Violation | None:
        ours, half = subject.open(), subject.few // 2
        subject.stream_off(ours, 0, half, who)
        try:
            other = subject.open()
        except (CodecFailed, NotOffered):
            return None
        if refuse:
            with contextlib.suppress(Exception):
                _given(wrong, other, subject)
        return subject.stream_off(ours, half, subject.few, who)

    trouble = suffers(refuse=True)
    return trouble if trouble is not None and suffers(refuse=False) is None else None


def _asked(wrongs: Mapping[str, WrongInput], info: CodecInfo) -> list[WrongInput]:
    """
    Return those of *wrongs* that can be asked of a codec: of its sides, of a range if its codes have one, and of a part
    of a frame if that has parts.
    """
    sides = {Side.ENCODER: "encode", Side.DECODER: "decode"}
    verbs = {sides[side] for side in info.sides}
    barred = {*(OF_A_RANGE if info.continuous else ()), *(OF_LONG_FRAMES if info.frame_size == 1 else ())}
    return [wrong for key, wrong in wrongs.items() if wrong.verb in verbs and key not in barred]


def _given(wrong: WrongInput, instance: Instance, subject: Subject) -> object:
    made = wrong.make(subject.info, subject.speech(0, 2), subject.codes[:, :1].copy())
    return instance.encode(made) if wrong.verb == "encode" else instance.decode(made)


def _described(returned: object) -> str:
    array = np.asarray(returned)
    return "nothing" if returned is None else f"{array.dtype} {array.shape}"
