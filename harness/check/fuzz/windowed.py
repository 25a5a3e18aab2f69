"""
Windowed calls of a program: a piece of speech, and of codes, outside streaming, with frames of the past before it.

What such a call gives must not depend on what any instance, or an earlier window, has been through: it is held against
one call on a fresh instance that is given the same window. Unlike on instances it may differ by the declared tolerance
and in ties, since many codecs compute whole signals otherwise than streams. So a window that is too short for the codec
is no fault here; how long it has to be is asked by the law `window`.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from harness.check.finding import Violation, codes_trouble, joined, pcm_trouble
from harness.check.fuzz.noisy import only_ties
from harness.check.fuzz.program import Piece, ProgramLine
from harness.check.subject import Subject
from harness.codecs.protocol import Codes, Side, decode_whole, encode_whole
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import UsageInvalid

Output = npt.NDArray[np.int64] | npt.NDArray[np.float32]


def window_off(
    subject: Subject, step: ProgramLine, piece: Piece, fresh: Callable[[Side, Piece], Output]
) -> Violation | None:
    """
    Make the windowed call of *step* for *piece* on both sides; return how it differs.

    fresh : gives what a fresh instance gives for a whole window in one call
    """
    if step.past > piece.start:
        raise UsageInvalid(f"{step}: {piece} has {piece.start} frames before it, wanted a past of no more")
    window, frames = Piece(piece.stream, piece.start - step.past, piece.stop), piece.stop - piece.start
    who = f"a window of {step.past + frames} frames"
    return joined(
        _codes_off(subject, window, who, fresh(Side.ENCODER, window)[:, step.past :]) if subject.info.encodes else None,
        _pcm_off(subject, window, who, fresh(Side.DECODER, window)[step.past * subject.info.frame_size :]),
    )


def _codes_off(subject: Subject, window: Piece, who: str, expected: Codes) -> Violation | None:
    info, where, frames = subject.info, f"encode of {who}", window.stop - window.start
    spoken = subject.speech(window.start, window.stop, window.stream)
    returned = guarded(where, lambda: encode_whole(subject.codec, spoken))
    codes = checked_codes(returned, info, frames, where)[:, frames - expected.shape[1] :]
    trouble = codes_trouble(expected, codes, who, 0, info.latent_tolerance or 0.0)
    if trouble is None or not info.tolerance or info.continuous:
        return trouble
    return None if only_ties(subject, (window,), expected, codes) else trouble


def _pcm_off(subject: Subject, window: Piece, who: str, expected: Output) -> Violation | None:
    info, where, frames = subject.info, f"decode of {who}", window.stop - window.start
    given = subject.codes_of(window.stream, window.start, window.stop)
    returned = guarded(where, lambda: decode_whole(subject.codec, given))
    pcm = checked_pcm(returned, info, 0, frames, where)[frames * info.frame_size - len(expected) :]
    return pcm_trouble(expected.astype(np.float32), pcm, info, who, 0, info.tolerance)
