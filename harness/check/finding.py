"""
What a law found, and how two outputs are compared.

Conventions
-----------
Codes are int64 (K, F), PCM is float32 (F * frame_size,), as in `harness.codecs.protocol`; frames are counted from 0
within the stream under test. How far off is a share of codes (0 to 1) or a largest absolute PCM difference.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes
from harness.record import Frozen, Measurement


class Status(StrEnum):
    """How a law stands."""

    HELD = "held"
    BROKEN = "broken"
    NOT_PROMISED = "not promised"
    NOT_APPLICABLE = "not applicable"
    COULD_NOT_RUN = "could not run"


class LawFinding(Frozen):
    """
    What one law says about one codec: *observed* in words, the first wrong frame, and how far off.

    measured : the number that the law measures, where it measures one, whether it is kept or not
    same_as : the law at which the same cause was told first
    """

    law: str
    promise: str
    status: Status
    observed: str
    first_frame: int | None = None
    off_by: Measurement | None = None
    measured: Measurement | None = None
    same_as: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Violation:
    """A law was broken: how, from which frame on, and by how much."""

    words: str
    frame: int | None = None
    off_by: Measurement | None = None


class NotApplicable(Exception):
    """The law says nothing about this codec; the message is the reason."""


def unequal(expected: Codes, got: Codes, tolerance: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return which codes (K, F) differ; latents, by more than *tolerance*."""
    if not tolerance:
        return np.asarray(expected != got)
    return np.asarray(np.abs(expected.astype(np.float64) - got.astype(np.float64)) > tolerance)


def codes_trouble(expected: Codes, got: Codes, who: str, first: int = 0, tolerance: float = 0.0) -> Violation | None:
    """
    Compare codes of the frames from *first* on; None if equal. *who* names the stream, as in "the clone".

    tolerance : of latents, which is their declared one where the calls may be rounded otherwise
    """
    wrong = unequal(expected, got, tolerance)
    if not wrong.any():
        return None
    frame = first + int(np.flatnonzero(wrong.any(axis=0))[0])
    if expected.dtype.kind == "f":
        most = float(np.abs(expected.astype(np.float64) - got.astype(np.float64)).max())
        words = f"latents of {who} differ from frame {frame} on, by up to {most:.1e}"
        words += f" (declared tolerance {tolerance:.0e})" if tolerance else ""
        return Violation(words, frame, Measurement.of(most, "largest absolute difference of latents"))
    words = f"codes of {who} differ from frame {frame} on: {int(wrong.sum())} of {wrong.size} ({wrong.mean():.1%})"
    return Violation(words, frame, Measurement.of(float(wrong.mean()), "share of codes"))


def pcm_trouble(
    expected: Samples, got: Samples, info: CodecInfo, who: str, first: int = 0, tolerance: float = 0.0
) -> Violation | None:
    """Compare PCM of the frames from *first* on; None if no sample differs by more than *tolerance*."""
    difference = np.abs(expected.astype(np.float64) - got.astype(np.float64))
    wrong = np.flatnonzero(difference > tolerance)
    if not wrong.size:
        return None
    frame = first + int(wrong[0]) // info.frame_size
    most = float(difference.max())
    words = f"PCM of {who} differs from frame {frame} on, by up to {most:.1e}{_below(expected, difference)}"
    if tolerance:
        words += f" (declared tolerance {tolerance:.0e})"
    return Violation(words, frame, Measurement.of(most, "largest absolute PCM difference"))


def joined(*troubles: Violation | None) -> Violation | None:
    """Return all troubles as one, with the earliest frame; None if there are none."""
    found = [trouble for trouble in troubles if trouble is not None]
    if not found:
        return None
    frames = [trouble.frame for trouble in found if trouble.frame is not None]
    off_by = next((trouble.off_by for trouble in found if trouble.off_by is not None), None)
    return Violation("; ".join(trouble.words for trouble in found), min(frames, default=None), off_by)


def _below(expected: Samples, difference: npt.NDArray[np.float64]) -> str:
    signal, noise = float(np.mean(expected.astype(np.float64) ** 2)), float(np.mean(difference**2))
    return f", SNR {10 * np.log10(signal / noise):.0f} dB" if signal > 0 else ""
