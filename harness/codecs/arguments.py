"""
Checks of what goes into a codec, shared by the adapters.

A chunk that is not whole frames, or codes of another shape, are refused before the codec sees them: what codecs do
with them ranges from a clear error to silent padding.
"""

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.extremes import extremes
from harness.codecs.protocol import LOST, CodecInfo, Codes
from harness.errors import CodecFailed


def whole_frames(pcm: Samples, info: CodecInfo) -> int:
    """Return the number of frames in *pcm*; raise `CodecFailed` unless it is float32 (T,) of one or more frames."""
    if pcm.dtype != np.float32 or pcm.ndim != 1:
        raise CodecFailed(f"{info.name}: encode got {pcm.dtype} {pcm.shape}, wanted float32 samples of shape (T,)")
    frames, rest = divmod(len(pcm), info.frame_size)
    if rest or not frames:
        raise CodecFailed(
            f"{info.name}: encode got {len(pcm)} samples, wanted a whole number of frames of {info.frame_size}; "
            "pad the last frame with zeros"
        )
    return frames


def whole_codes(codes: Codes, info: CodecInfo, *, fewest_codebooks: int | None = None, lowest: int = 0) -> int:
    """
    Return the number of frames in *codes*; raise `CodecFailed` unless they are int64 (K, F), F >= 1, within range, or
    float32 of a codec with latents.

    fewest_codebooks : accept as few as this many rows, for residual codecs that decode a prefix of their codebooks
    lowest : the smallest value that has a meaning
    """
    if codes.dtype != info.codes_type or codes.ndim != 2:
        wanted = "float32 latents of shape (D, F)" if info.continuous else "int64 codes of shape (K, F)"
        raise CodecFailed(f"{info.name}: decode got {codes.dtype} {codes.shape}, wanted {wanted}")
    rows, frames = codes.shape
    fewest = info.codebooks if fewest_codebooks is None else fewest_codebooks
    if not fewest <= rows <= info.codebooks or not frames:
        wanted = f"{fewest} to {info.codebooks}" if fewest < info.codebooks else f"{info.codebooks}"
        raise CodecFailed(
            f"{info.name}: decode got codes of shape {codes.shape}, wanted (K, F) with K = {wanted} and F >= 1"
        )
    if info.continuous:
        return frames
    smallest, largest = extremes(codes)
    if smallest < lowest or largest >= info.bins:
        lost = "; -1 is a frame that was lost, and this codec conceals none" if smallest == LOST < lowest else ""
        raise CodecFailed(
            f"{info.name}: decode got codes from {smallest} to {largest}, wanted {lowest} to {info.bins - 1}{lost}"
        )
    return frames
