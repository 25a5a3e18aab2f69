"""
Pass-through: samples travel as codes and come back bit for bit. The control that every topology must leave perfect.

Conventions
-----------
One code per sample: K is the frame size, and a code is the bit pattern of a float32 read as an unsigned integer, so
that NaN, infinities and signed zeros survive too. There is no state: `reset` does nothing and `clone` has nothing to
copy. If a topology makes this codec anything but identical, the harness is wrong, not the codec.

With `hold` it is the control of how streams begin and end: so many frames are held back until `flush()`.
"""

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Codes, Side, State
from harness.codecs.side_by_side import SideBySide
from harness.errors import CodecFailed, SuiteInvalid

BINS = 1 << 32
MOST_HELD = 1_000


class PcmCodec:
    """
    The codec `pcm`.

    sample_rate : Hz
    frame_ms : length of a frame in milliseconds; must be a whole number of samples, else `SuiteInvalid`
    hold : frames that decoding holds back until the stream is flushed, 0 to 1000
    """

    thread_safe = True

    def __init__(self, sample_rate: int = 16_000, frame_ms: float = 20.0, hold: int = 0) -> None:
        frame_size = round(sample_rate * frame_ms / 1000)
        if frame_size < 1 or abs(frame_size - sample_rate * frame_ms / 1000) > 1e-9:
            raise SuiteInvalid(
                f"pcm: {frame_ms} ms at {sample_rate} Hz is {sample_rate * frame_ms / 1000:g} samples; "
                "wanted a whole number, such as 20 ms at 16000 Hz"
            )
        if isinstance(hold, bool) or not isinstance(hold, int) or not 0 <= hold <= MOST_HELD:
            raise SuiteInvalid(f"pcm: hold is {hold!r:.80}, wanted a number of frames, 0 to {MOST_HELD}")
        self._hold = hold
        self.info = CodecInfo(
            name="pcm",
            sample_rate=sample_rate,
            frame_size=frame_size,
            codebooks=frame_size,
            bins=BINS,
            delay=0,
            stateful=hold > 0,
            tolerance=0.0,
            context=hold,
            fingerprint=f"pcm:1:{sample_rate}:{frame_size}{f':hold-{hold}' * (hold > 0)}",
            description=f"pass-through, frames of {frame_ms:g} ms{f', {hold} of them held back' * (hold > 0)}",
            start_up=hold * frame_size,
        )

    def open(self) -> "PcmInstance":
        """Return an instance; all are alike."""
        return HoldingInstance(self.info, self._hold) if self._hold else PcmInstance(self.info)

    def open_slots(self, rows: int) -> SideBySide:
        """Return a fresh instance with *rows* free rows."""
        return SideBySide(self, rows)


class PcmInstance:
    """An instance of `pcm`: see `harness.codecs.protocol.Instance`."""

    def __init__(self, info: CodecInfo) -> None:
        self._info = info

    def encode(self, pcm: Samples) -> Codes:
        """Return the bit patterns of *pcm*, shape (frame size, n)."""
        frames = whole_frames(pcm, self._info)
        bits = np.ascontiguousarray(pcm).view(np.uint32).astype(np.int64)
        return np.ascontiguousarray(bits.reshape(frames, self._info.frame_size).T)

    def decode(self, codes: Codes) -> Samples:
        """Return the samples whose bit patterns are *codes*."""
        whole_codes(codes, self._info)
        return np.ascontiguousarray(codes.T).astype(np.uint32).view(np.float32).reshape(-1)

    def reset(self, side: Side) -> None:
        """Do nothing: there is no state."""

    def clone(self) -> "PcmInstance":
        """Return another instance."""
        return PcmInstance(self._info)

    def state(self) -> State:
        """Return no arrays."""
        return {}


class HoldingInstance(PcmInstance):
    """An instance of `pcm` that holds frames back: see `harness.codecs.protocol.Flushes`."""

    def __init__(self, info: CodecInfo, hold: int, held: Samples | None = None) -> None:
        super().__init__(info)
        self._hold = hold
        self._held = np.zeros(0, dtype=np.float32) if held is None else held
        self._closed = False

    def encode(self, pcm: Samples) -> Codes:
        """See `PcmInstance.encode`."""
        self._check_open()
        return super().encode(pcm)

    def decode(self, codes: Codes) -> Samples:
        """Return the samples whose bit patterns were given *hold* frames before."""
        self._check_open()
        self._held = np.concatenate([self._held, super().decode(codes)])
        ready = max(0, len(self._held) - self._hold * self._info.frame_size)
        given, self._held = self._held[:ready], self._held[ready:]
        return given

    def flush(self) -> Samples:
        """Return what is held back."""
        given, self._held = self._held, self._held[:0]
        return given

    def close(self) -> None:
        """End the use of this instance: what is asked of it then is refused."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise CodecFailed("pcm: the instance is closed; open another")

    def reset(self, side: Side) -> None:
        """Drop what is held back, which belongs to the decoder."""
        if side is not Side.ENCODER:
            self._held = self._held[:0]

    def clone(self) -> "HoldingInstance":
        """Return another instance that holds the same back."""
        return HoldingInstance(self._info, self._hold, self._held.copy())

    def state(self) -> State:
        """Return what is held back."""
        return {"decoder/held": self._held.copy()}
