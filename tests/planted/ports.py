"""
An adaptive delta codec and ports of it that are each wrong in one way, for laws of two implementations.

Four bits a sample, 8 kHz, frames of 80 samples; the step grows with large codes and shrinks with small ones. A lost
frame decays and clears the step. The quantiser works on whole numbers, so that the codes are exact.
"""

import os
import time

import numpy as np

from harness.codecs.protocol import LOST, CodecInfo, Codes, Side, State
from harness.errors import CodecFailed
from planted import faults

FRAME, RATE = 80, 8_000
LEAST, MOST = 4, 4096  # of the step


class _Side:
    def __init__(self, faults):
        self.value, self.step, self.faults = 0, LEAST, faults

    def move(self, code):
        size = (2 * (code & 7) + 1) * self.step // 2
        down = bool(code & 8)
        if "sign" in self.faults and self.step > 800 and code & 7 == 7:
            down = not down
        self.value = max(-32768, min(32767, self.value - size if down else self.value + size))
        grown = self.step * (3 if code & 7 > 3 else 2 if code & 7 > 1 else 1) // 2
        self.step = max(LEAST, min(MOST, grown))
        return self.value

    def code_for(self, sample):
        distance = sample - self.value
        code = min(7, abs(distance) // self.step) | (8 if distance < 0 else 0)
        self.move(code)
        return code

    def conceal(self):
        held = [self.value * (FRAME - at) // FRAME for at in range(FRAME)]
        self.value = 0
        if "loss" not in self.faults:
            self.step = LEAST
        return held


class _Instance:
    def __init__(self, faults):
        self.faults = faults
        self.reset(Side.BOTH)

    def encode(self, pcm):
        whole, rest = divmod(len(pcm), FRAME)
        if rest or not whole:
            raise CodecFailed(f"got {len(pcm)} samples, wanted whole frames of {FRAME}")
        wanted = np.clip(np.rint(np.asarray(pcm, np.float64) * 32768), -32768, 32767).astype(int).tolist()
        codes = [self.encoder.code_for(sample) for sample in wanted]
        return np.array(codes, np.int64).reshape(-1, FRAME).T

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[0] != FRAME or not codes.shape[1]:
            raise CodecFailed(f"got codes of shape {codes.shape}, wanted ({FRAME}, F)")
        if (codes.max() > 15 and "lenient" not in self.faults) or codes.min() < LOST:
            raise CodecFailed(f"got codes from {codes.min()} to {codes.max()}, wanted 0 to 15")
        if "dies" in self.faults and (codes == LOST).all(axis=0).any():
            os._exit(7)
        if "hangs" in self.faults and (codes == LOST).all(axis=0).any():
            time.sleep(600)
        out = []
        for column in codes.T.tolist():
            lost = all(code == LOST for code in column)
            out += self.decoder.conceal() if lost else [self.decoder.move(code & 15) for code in column]
        pcm = np.array(out, np.float32) / np.float32(32767 if "scale" in self.faults else 32768)
        return pcm[:-1] if "short" in self.faults else pcm

    def reset(self, side):
        if "both" in self.faults and side is Side.DECODER:
            side = Side.BOTH
        if side in (Side.ENCODER, Side.BOTH):
            self.encoder = _Side(self.faults)
        if side in (Side.DECODER, Side.BOTH) and not ("reset" in self.faults and hasattr(self, "decoder")):
            self.decoder = _Side(self.faults)

    def clone(self):
        raise CodecFailed("no clones")

    def state(self) -> State:
        return {"decoder/value": np.array([self.decoder.value])}


class Delta:
    """The codec; *faults*: words, each of which plants one. `chance` makes its codes differ from run to run."""

    def __init__(self, faults: str = "", bins: int = 16, tolerance: float = 0.0) -> None:
        self.faults = frozenset(faults.split())
        self.info = CodecInfo("delta", RATE, FRAME, FRAME, bins, 0, True, tolerance, None, f"delta:{faults}")

    def open(self):
        return _Chance(self.faults) if "chance" in self.faults else _Instance(self.faults)


class _Chance(_Instance):
    def encode(self, pcm) -> Codes:
        codes: Codes = super().encode(pcm)
        return codes ^ np.random.default_rng().integers(0, 2, (FRAME, 1))


class In16Bits(faults.Sound):
    """Decoded speech is rounded to 16 bits; with *more* a factor on it, which is no rounding."""

    def __init__(self, inner="opus", more=1.0, **options):
        super().__init__(inner, **options)
        self.more = np.float32(more)

    def wrap(self, instance):
        more = self.more

        class Rounded(faults.SoundInstance):
            def decode(self, codes):
                steps = np.rint(self.inner.decode(codes) * more * np.float32(32768))
                return np.asarray(steps / np.float32(32768), np.float32)

        return Rounded(self, instance)
