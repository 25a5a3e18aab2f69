"""
Codecs that are right and unusual: none may be accused.

`Telephone` carries 300 to 3400 Hz, `OneBit` sends the sign of a slope that adapts (CVSD), `Overlapping` gives the half
of a transform that waits for the next frame at its flush, `Vocoder` makes another waveform of the same sound (LPC).
"""

import copy

import numpy as np
from scipy import signal

from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.protocol import CodecInfo, Side
from harness.metrics.filtering import Reals


class Framewise:
    """A codec whose sides take one frame at a time: `encoded(state, frame)` and `decoded(state, codes)`."""

    encoder: dict[str, np.ndarray]  # the state of a fresh side, by name
    decoder: dict[str, np.ndarray]

    def declare(self, rate, frame, books, bins, **declared):
        name = type(self).__name__.lower()
        rest = {"delay": 0, "stateful": True, "tolerance": 0.0, "context": None, "fingerprint": name} | declared
        self.info = CodecInfo(name=name, sample_rate=rate, frame_size=frame, codebooks=books, bins=bins, **rest)

    def open(self):
        kind = FramewiseFlushing if self.info.start_up else FramewiseInstance
        return kind(self, copy.deepcopy(self.encoder), copy.deepcopy(self.decoder))


class FramewiseInstance:
    def __init__(self, codec, encoder, decoder):
        self.codec, self.encoder, self.decoder = codec, encoder, decoder

    def encode(self, pcm):
        frames = pcm.reshape(whole_frames(pcm, self.codec.info), -1).astype(np.float64)
        return np.stack([self.codec.encoded(self.encoder, frame) for frame in frames], axis=1).astype(np.int64)

    def decode(self, codes):
        whole_codes(codes, self.codec.info)
        return np.concatenate([self.codec.decoded(self.decoder, one) for one in codes.T]).astype(np.float32)

    def reset(self, side):
        if side is not Side.DECODER:
            self.encoder = copy.deepcopy(self.codec.encoder)
        if side is not Side.ENCODER:
            self.decoder = copy.deepcopy(self.codec.decoder)

    def clone(self):
        return type(self)(self.codec, copy.deepcopy(self.encoder), copy.deepcopy(self.decoder))

    def state(self):
        sides = {"encoder": self.encoder, "decoder": self.decoder}
        return {f"{side}/{name}": np.array(value) for side, held in sides.items() for name, value in held.items()}


class FramewiseFlushing(FramewiseInstance):
    def flush(self):
        return self.codec.flushed(self.decoder).astype(np.float32)


def fine(pcm):
    return np.round(np.clip(pcm, -1, 1) * 32767) + 32768


def unfine(codes):
    return (codes - 32768) / 32767


class Telephone(Framewise):
    """*gain*: what all that it carries is multiplied by."""

    def __init__(self, gain=1.0):
        self.passes = signal.firwin(129, [300, 3400], fs=16_000, pass_zero=False) * gain
        self.declare(16_000, 320, 320, 65_536, delay=64, context=1)
        self.encoder, self.decoder = {"past": np.zeros(128)}, {}

    def encoded(self, state, frame):
        pcm, state["past"] = signal.lfilter(self.passes, 1.0, frame, zi=state["past"])
        return fine(pcm)

    def decoded(self, _, codes):
        return unfine(codes)


class OneBit(Framewise):
    def __init__(self):
        self.declare(32_000, 320, 320, 2)
        self.encoder = {"level": np.array(0.0), "step": np.array(1e-3), "last": np.array(0)}
        self.decoder = dict(self.encoder)

    def encoded(self, state, frame):
        return self.followed(state, lambda at, level: frame[at] > level)[0]

    def decoded(self, state, codes):
        return self.followed(state, lambda at, _: codes[at])[1]

    def followed(self, state, bit):
        level, step, last = float(state["level"]), float(state["step"]), int(state["last"])
        bits, levels = np.zeros(320, np.int64), np.zeros(320)
        for at in range(320):
            bits[at] = bit(at, level)
            last = (2 * last + int(bits[at])) % 8
            step = min(0.06, step + 0.004) if last in (0, 7) else max(5e-4, 0.96 * step)
            level = levels[at] = 0.995 * level + (step if bits[at] else -step)
        state |= {"level": np.array(level), "step": np.array(step), "last": np.array(last)}
        return bits, levels


class Overlapping(Framewise):
    """A lapped transform (MDCT) of 16 bits, whose first frame, of what was before the stream, is not given."""

    def __init__(self):
        self.declare(16_000, 320, 320, 65_536, start_up=320, context=1)
        self.encoder = {"past": np.zeros(320)}
        self.decoder = {"waits": np.zeros(320), "frames": np.array(0)}
        samples, lines = np.arange(640)[:, None] + 0.5, np.arange(320) + 0.5
        self.basis = np.sin(np.pi * samples / 640) * np.cos(np.pi / 320 * (samples + 160) * lines) * np.sqrt(2 / 320)

    def encoded(self, state, frame):
        whole = np.concatenate([state["past"], frame])
        state["past"] = frame
        return fine(whole @ self.basis / 20)

    def decoded(self, state, codes):
        whole = self.basis @ (20 * unfine(codes))
        given, state["waits"] = state["waits"] + whole[:320], whole[320:]
        state["frames"] = state["frames"] + 1
        return given if state["frames"] > 1 else given[:0]

    def flushed(self, state):
        given = state["waits"] if state["frames"] else np.zeros(0)
        state |= {"waits": np.zeros(320), "frames": np.array(0)}
        return given


class Vocoder(Framewise):
    """Linear prediction of ten coefficients, whose excitation are pulses at the voice's period, or noise."""

    def __init__(self):
        self.declare(8_000, 180, 13, 1024)
        self.encoder = {"past": np.zeros(180)}
        self.decoder = {"past": np.zeros(10), "next": np.array(0), "frames": np.array(0)}

    def encoded(self, state, frame):
        whole = np.concatenate([state["past"], frame])
        state["past"] = frame
        shaped = whole * np.hamming(360)
        likeness = np.correlate(shaped, shaped, "full")[359:370]
        likeness[0] = 1.0001 * likeness[0] + 1e-9
        reflections, predictor, power = np.zeros(10), np.ones(1), likeness[0]
        for at in range(10):
            reflections[at] = -np.dot(predictor, likeness[at + 1 : 0 : -1]) / power
            predictor = np.append(predictor, 0) + reflections[at] * np.append(predictor, 0)[::-1]
            power *= 1 - reflections[at] ** 2
        again = np.correlate(whole, whole, "full")[359:]
        period = 20 + int(np.argmax(again[20:147]))
        level = 8 * (100 + 20 * np.log10(np.sqrt(np.mean(np.square(frame))) + 1e-5))
        coefficients = (np.clip(reflections, -0.99, 0.99) + 1) / 2 * 1023
        return np.round([*coefficients, np.clip(level, 0, 1023), period, again[period] > 0.3 * again[0]])

    def decoded(self, state, codes):
        predictor: Reals = np.ones(1)
        for reflection in np.clip(codes[:10] / 1023 * 2 - 1, -0.99, 0.99):
            predictor = np.append(predictor, 0) + reflection * np.append(predictor, 0)[::-1]
        level, period = 10 ** ((codes[10] / 8 - 100) / 20), max(1, int(codes[11]))
        if codes[12] % 2:
            excitation: Reals = np.zeros(180)
            excitation[int(state["next"]) :: period] = np.sqrt(period)
            state["next"] = np.array((int(state["next"]) - 180) % period)
        else:
            excitation = np.random.default_rng(int(state["frames"])).standard_normal(180)
            state["next"] = np.array(0)
        state["frames"] = state["frames"] + 1
        sound, state["past"] = signal.lfilter([1.0], predictor, excitation, zi=state["past"])
        return np.clip(sound * level / np.sqrt(np.mean(np.square(sound)) + 1e-9), -1, 1) * (level > 1e-4)
