"""What running a topology gives, and the whole frames that go in."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes, Side
from harness.errors import CodecFailed
from harness.topology.batch_row import Beside
from harness.topology.model import Tail
from harness.topology.plan import Step
from harness.topology.windows import WindowPiece


class Call(NamedTuple):
    """One call into the codec: which side, which frames, and how long it took (seconds, wall time)."""

    side: Side
    start: int
    stop: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Trace:
    """
    What a topology produced.

    codes : (K, F), as encoded; arrived : (K, F'), after the wire; pcm : (F' * frame_size,), as decoded, or shorter
        or longer where the stream did not end as it must
    tail : how the last frame was filled
    pieces : of which calls to decode the samples came
    beside : of several streams, what the others carried and gave
    place : of our stream among them; row : which row that is
    said : what is to be said of them all (`harness.topology.worst_row`)
    opening : seconds in the codec to open instances; peak_memory : bytes, of the process; None where not measured
    """

    codes: Codes
    arrived: Codes
    pcm: Samples
    calls: tuple[Call, ...]
    steps: tuple[Step, ...]
    tail: Tail = "pad"
    pieces: tuple[WindowPiece, ...] = ()
    beside: tuple[Beside, ...] = ()
    place: int | None = None
    row: int | None = None
    said: str = ""
    opening: float | None = None
    peak_memory: int | None = None

    @property
    def seconds(self) -> float:
        """Wall time spent inside the codec."""
        return sum(call.seconds for call in self.calls)


def whole_frames(pcm: Samples, info: CodecInfo, tail: Tail = "pad") -> Samples:
    """
    Return *pcm* as a whole number of frames.

    `pad` appends zeros: room for the declared delay, and up to a whole frame. `drop` leaves out the last samples that
    fill no frame. `error` raises `CodecFailed` if there are any.
    """
    size = info.frame_size
    over = len(pcm) % size
    if tail == "error" and over:
        raise CodecFailed(
            f"tail = 'error': {len(pcm)} samples are {len(pcm) // size} frames of {size} and {over} samples over; "
            "wanted whole frames, or tail = 'pad' or 'drop'"
        )
    if tail != "pad":
        if len(pcm) < size:
            raise CodecFailed(f"tail = {tail!r}: {len(pcm)} samples fill no frame of {size}; wanted one or more frames")
        return pcm[: len(pcm) - over]
    frames = max(1, -(-(len(pcm) + info.delay) // size))
    padded = np.zeros(frames * size, dtype=np.float32)
    padded[: len(pcm)] = pcm
    return padded
