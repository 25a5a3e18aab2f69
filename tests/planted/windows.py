"""
Codecs that look back, or ahead, by a number of frames that is known, and such that are windowed wrongly inside.

`Echo` is PCM whose decoder adds what was decoded *past* frames ago and what will be *ahead* frames later, so that this
is exactly what a window must hold. `Inside` decodes on windows by itself, as ports of decoders do, each with a fault.
"""

from dataclasses import replace

import numpy as np

from harness.codecs.loading import load
from harness.codecs.whole_signal import PROMISES_NOT, WholeSignalInstance


class Echo:
    """
    past, ahead : frames that the decoder looks back and ahead; one that looks ahead knows whole signals only
    lost, where : so many samples are missing at the "start" or the "end" of what a call outside streaming gives
    """

    def __init__(self, past=3, ahead=0, lost=0, where="end", context=None):
        self.inner = load("pcm", {})
        self.past, self.ahead, self.lost, self.where = past, ahead, lost, where
        if ahead:
            self.promises_not = PROMISES_NOT
        self.info = replace(
            self.inner.info,
            name="echo",
            stateful=not ahead,
            context=None if ahead else past if context is None else context,
            tolerance=1e-6,
            fingerprint=f"echo:{past}:{ahead}:{lost}:{where}",
        )

    def open(self):
        return WholeSignalInstance(self) if self.ahead else Echoing(self)

    def encode_offline(self, pcm):
        return self.inner.open().encode(pcm)

    def decode_offline(self, codes):
        pcm = self.echoed(self.inner.open().decode(codes))
        return pcm[self.lost :] if self.where == "start" else pcm[: len(pcm) - self.lost]

    def echoed(self, pcm):
        size = self.info.frame_size
        echo = pcm.copy()
        if self.past:
            echo[self.past * size :] += 0.5 * pcm[: max(0, len(pcm) - self.past * size)]
        if self.ahead:
            echo[: max(0, len(pcm) - self.ahead * size)] += 0.5 * pcm[self.ahead * size :]
        return echo


class Echoing:
    def __init__(self, codec):
        self.codec, self.encoder = codec, codec.inner.open()
        self.heard = np.zeros(codec.past * codec.info.frame_size, np.float32)

    def encode(self, pcm):
        return self.encoder.encode(pcm)

    def decode(self, codes):
        heard = np.concatenate([self.heard, self.codec.inner.open().decode(codes)])
        before = len(self.heard)
        self.heard = heard[len(heard) - before :].copy()
        return self.codec.echoed(heard)[before:]

    def reset(self, side):
        if side != "encoder":
            self.heard = np.zeros_like(self.heard)

    def clone(self):
        other = Echoing(self.codec)
        other.heard = self.heard.copy()
        return other

    def state(self):
        return {"decoder/heard": self.heard.copy()}


class Counting(Echo):
    """Each frame is a little louder than the one before, counted from the first of a stream, or of a call without."""

    def __init__(self):
        super().__init__(past=1)
        self.info = replace(self.info, name="counting", context=None, fingerprint="counting")

    def open(self):
        return CountingInstance(self)

    def decode_offline(self, codes):
        return self.open().decode(codes)


class CountingInstance(WholeSignalInstance):
    def __init__(self, codec):
        super().__init__(codec)
        self.codec, self.frames = codec, 0

    def decode(self, codes):
        pcm = self.codec.inner.open().decode(codes).reshape(codes.shape[1], -1)
        first, self.frames = self.frames, self.frames + codes.shape[1]
        return (pcm * (1 + 1e-3 * np.arange(first, self.frames, dtype=np.float32)[:, None])).reshape(-1)


FAULTS = {
    "none": "right",
    "short": "the window is half of what the decoder looks back",
    "first-only": "only the first call is given the past that the stream began with; later ones begin from nothing",
    "late": "the cut is rounded down to whole tens of samples, and the piece is that much early",
}


class Inside:
    """`Echo`, whose decoder is called without state on windows of its past, with a *fault*."""

    def __init__(self, past=4, fault="none"):
        self.echo, self.fault = Echo(past), fault
        if fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}")
        self.info = replace(self.echo.info, name="inside", fingerprint=f"{self.echo.info.fingerprint}:{fault}")

    def open(self):
        return Windowing(self)

    def encode_offline(self, pcm):
        return self.echo.encode_offline(pcm)

    def decode_offline(self, codes):
        return self.echo.decode_offline(codes)


class Windowing:
    def __init__(self, codec):
        self.codec, self.calls = codec, 0
        self.past = np.zeros((codec.info.codebooks, 0), np.int64)

    def encode(self, pcm):
        return self.codec.encode_offline(pcm)

    def decode(self, codes):
        fault, size = self.codec.fault, self.codec.info.frame_size
        window = np.concatenate([self.past, codes], axis=1)
        keep = {"short": self.codec.echo.past // 2, "first-only": 0}.get(fault, self.codec.echo.past)
        self.past = window[:, max(0, window.shape[1] - keep) :].copy()
        pcm = self.codec.decode_offline(window)
        begin = len(pcm) - codes.shape[1] * size
        if fault == "late":
            begin = max(0, begin - 10 * bool(begin))
        return pcm[begin : begin + codes.shape[1] * size].copy()

    def reset(self, side):
        if side != "encoder":
            self.past = self.past[:, :0]

    def clone(self):
        other = Windowing(self.codec)
        other.past = self.past.copy()
        return other

    def state(self):
        return {"decoder/past": self.past.copy()}


class Cached(Echo):
    """One instance is kept for all calls outside streaming, and is reset for the first of them alone."""

    def __init__(self, past=3):
        super().__init__(past)
        self.info = replace(self.info, name="cached", fingerprint=f"cached:{past}")
        self.kept = Echoing(self)

    def decode_offline(self, codes):
        return self.kept.decode(codes)
