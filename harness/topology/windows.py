"""
Windows: calls without state that are given some of the past, and of what follows, which is cut off again.

This is how decoders without state are served, and those with state by whom does not want to keep it: a call for frames
*start* to *stop* is given the frames of a window around them. Where the window holds all that the codec looks back at,
and ahead, nothing is lost; where it does not, the harm sits at the seams between calls.

Conventions
-----------
Frames are counted in the stream. What a call gives is float32 (T,), and T need not be whole frames: codecs whose
convolutions are not padded give fewer samples, and how the overlap is then cut decides which are lost, or heard twice.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.audio.waveform import Samples
from harness.errors import CodecFailed

Trim = Literal["left", "keep-last", "proportional"]


@dataclass(frozen=True)
class Window:
    """
    The frames that a call for some of them is given: *first* to *end*, and how what is too much is cut off.

    trim : as `harness.topology.model.DecoderWiring`
    fade : ms over which what the call before gave is blended into what this one gives of the same frames, 0 for none
    """

    first: int
    end: int
    trim: Trim = "left"
    fade: float = 0.0


@dataclass(frozen=True)
class WindowPiece:
    """What came of a call for frames *start* to *stop*: so many *samples* of the output."""

    start: int
    stop: int
    samples: int


def cut(pcm: Samples, window: Window, start: int, stop: int, frame_size: int) -> tuple[int, int]:
    """
    Return which samples of *pcm*, that was decoded from *window*, are kept as those of frames *start* to *stop*.

    `left` counts the frames before from the beginning of what came, `keep-last` those that are wanted from its end, and
    `proportional` takes the share of samples that is the share of frames, rounded down: all three are in use, and give
    the same where a window comes out as whole frames. Raises `CodecFailed` if nothing would be left.
    """
    before, after, frames = start - window.first, window.end - stop, window.end - window.first
    match window.trim:
        case "left":
            begin, end = before * frame_size, (stop - window.first) * frame_size if after else len(pcm)
        case "keep-last":
            end = len(pcm) - after * frame_size
            begin = max(0, end - (stop - start) * frame_size)
        case "proportional":
            begin, end = int(before / frames * len(pcm)), int((stop - window.first) / frames * len(pcm))
    if not 0 <= begin < min(end, len(pcm)):
        raise CodecFailed(
            f"decode of the window of frames {window.first} to {window.end - 1} returned {len(pcm)} samples; wanted "
            f"more than the {before * frame_size} of its {before} frames of left context"
        )
    return begin, min(end, len(pcm))


def blend(before: Samples, pcm: Samples) -> Samples:
    """
    Return *before* turning into *pcm*, both (T,) of the same stretch; the weights are linear and reach neither end.

    Equal samples stay what they are, bit for bit.
    """
    weight = np.arange(1, len(pcm) + 1, dtype=np.float64) / (len(pcm) + 1)
    blended = before + weight * (pcm.astype(np.float64) - before)
    return np.where(before == pcm, pcm, blended).astype(np.float32)
