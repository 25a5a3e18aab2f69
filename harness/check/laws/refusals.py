"""The law of honest errors: what a codec cannot process, it refuses, and says why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.finding import Violation
from harness.check.subject import Subject
from harness.codecs.protocol import CodecInfo, Codes, Instance

Input = npt.NDArray[Any]


@dataclass(frozen=True)
class WrongInput:
    """
    An input that no codec can take: what it is in words, and how it is made of good input.

    make : of what the codec declares, two frames of PCM (2 * frame_size,) and codes of one frame (K, 1)
    """

    verb: Literal["encode", "decode"]
    words: str
    make: Callable[[CodecInfo, Samples, Codes], Input]


def _with(codes: Codes, row: int, code: int) -> Codes:
    codes = codes.copy()
    codes[row, 0] = code
    return codes


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
OF_A_RANGE = ("code-beyond", "code-below")  # which latents have not


def honest(subject: Subject) -> Violation | None:
    """Check that empty, partial and out-of-range input is refused with a message, on a fresh instance each."""
    complaints = []
    for key, wrong in WRONG.items():
        if key in OF_A_RANGE and subject.info.continuous:
            continue
        name, instance = f"{wrong.verb} of {wrong.words}", subject.open()
        try:
            returned = _given(wrong, instance, subject)
        except Exception as error:  # noqa: BLE001 - any exception is a refusal
            if not str(error).strip():
                complaints.append(f"{name}: raised {type(error).__name__} without a message")
        else:
            complaints.append(f"{name}: no error, returned {_described(returned)}")
    return Violation("; ".join(complaints)) if complaints else None


def _given(wrong: WrongInput, instance: Instance, subject: Subject) -> object:
    made = wrong.make(subject.info, subject.speech(0, 2), subject.codes[:, :1].copy())
    return instance.encode(made) if wrong.verb == "encode" else instance.decode(made)


def _described(returned: object) -> str:
    array = np.asarray(returned)
    return "nothing" if returned is None else f"{array.dtype} {array.shape}"
