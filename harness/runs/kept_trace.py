"""A trace as the store keeps it."""

from typing import Literal

import numpy as np
from pydantic import ConfigDict

from harness.codecs.protocol import Side
from harness.record import Frozen
from harness.topology.model import Tail
from harness.topology.trace import Call, Trace
from harness.topology.windows import WindowPiece


class KeptTrace(Frozen):
    """Arrays as bytes, and without the steps, which follow from what was asked."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    codebooks: int
    codes: bytes  # (K, F)
    arrived: bytes  # (K, F')
    pcm: bytes  # float32 (T,)
    calls: tuple[tuple[Side, int, int, float], ...]
    tail: Tail
    pieces: tuple[tuple[int, int, int], ...]
    said: str
    codes_type: Literal["int64", "float32"] = "int64"

    @classmethod
    def of(cls, trace: Trace) -> "KeptTrace":
        """Return what is kept of *trace*."""
        return cls(
            codebooks=len(trace.codes),
            codes=trace.codes.tobytes(),
            arrived=trace.arrived.tobytes(),
            pcm=trace.pcm.astype(np.float32).tobytes(),
            calls=tuple((call.side, call.start, call.stop, call.seconds) for call in trace.calls),
            tail=trace.tail,
            pieces=tuple((piece.start, piece.stop, piece.samples) for piece in trace.pieces),
            said=trace.said,
            codes_type="float32" if trace.codes.dtype == np.float32 else "int64",
        )

    def trace(self) -> Trace:
        """Return the trace, but for its steps."""
        return Trace(
            np.frombuffer(self.codes, self.codes_type).reshape(self.codebooks, -1).copy(),
            np.frombuffer(self.arrived, self.codes_type).reshape(self.codebooks, -1).copy(),
            np.frombuffer(self.pcm, np.float32).copy(),
            tuple(Call(*call) for call in self.calls),
            (),
            self.tail,
            tuple(WindowPiece(*piece) for piece in self.pieces),
            said=self.said,
        )
