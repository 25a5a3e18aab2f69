"""
The signal path before the codec: what an application does to the samples on their way in, as data.

Each step is one way in which real applications have gone wrong. They happen in the order of the fields below.
"""

from typing import Literal

import numpy as np
from pydantic import Field

from harness.audio.waveform import Samples, Waveform, resample
from harness.errors import SuiteInvalid
from harness.record import Frozen, Scalar

Resampler = Literal["soxr", "linear", "cubic", "none"]
Stereo = Literal["none", "interleaved", "one-side", "cancelled"]


class SignalPath(Frozen):
    """
    What happens to the speech before it is encoded.

    source_rate : Hz at which the application captures; None = the codec's own rate
    resampler : how it comes to the codec's rate: `soxr`, `linear` or `cubic` interpolation without a filter, or `none`,
        which feeds the samples as they are, at the wrong speed
    chunk : samples at `source_rate` that the resampler is given in one call, each call as if nothing came before or
        after: a click at every seam and, where a chunk is no whole number of samples at the codec's rate, drift; None =
        all in one call
    stereo : captured in stereo and folded wrongly: `interleaved` reads left and right as successive samples, `one-side`
        takes a channel that is 12 dB down, `cancelled` adds a channel of inverted polarity, 0.1 dB apart
    gain : factor; int16_scale : samples are -32768 to 32767 where -1 to 1 is wanted
    dc : offset added; clip : level at which samples are cut off
    int16 : rounded to 16 bits, as a sound card does
    """

    source_rate: int | None = Field(default=None, ge=4000, le=192_000)
    resampler: Resampler = "soxr"
    chunk: int | None = Field(default=None, ge=16, le=192_000)
    stereo: Stereo = "none"
    gain: float = Field(default=1.0, gt=0.0)
    int16_scale: bool = False
    dc: float = Field(default=0.0, ge=-1.0, le=1.0)
    clip: float | None = Field(default=None, gt=0.0)
    int16: bool = False
    about: str = ""

    def factors(self) -> dict[str, Scalar]:
        """Return the description as dotted names, such as `path.resampler`."""
        return {f"path.{name}": value for name, value in self.model_dump(exclude={"about"}).items()}


PATHS: dict[str, SignalPath] = {
    "16k-as-24k": SignalPath(source_rate=16_000, resampler="none", about="16 kHz samples fed as they are"),
    "8k-as-native": SignalPath(source_rate=8_000, resampler="none", about="8 kHz samples fed as they are"),
    "from-48k-soxr": SignalPath(source_rate=48_000, about="captured at 48 kHz, resampled properly"),
    "from-48k-linear": SignalPath(source_rate=48_000, resampler="linear", about="captured at 48 kHz, interpolated"),
    "from-48k-cubic": SignalPath(
        source_rate=48_000, resampler="cubic", about="captured at 48 kHz, cubic interpolation"
    ),
    "from-48k-per-chunk": SignalPath(
        source_rate=48_000, chunk=480, about="captured at 48 kHz, every 10 ms resampled by themselves"
    ),
    "from-44k-per-chunk": SignalPath(
        source_rate=44_100, chunk=1024, about="captured at 44.1 kHz, every 1024 samples resampled by themselves: drifts"
    ),
    "from-8k-linear": SignalPath(source_rate=8_000, resampler="linear", about="captured at 8 kHz, interpolated"),
    "int16": SignalPath(int16=True, about="rounded to 16 bits"),
    "int16-scale": SignalPath(int16_scale=True, about="samples 32768 times too large"),
    "gain-half": SignalPath(gain=0.5, about="half the level"),
    "clipped": SignalPath(gain=8.0, clip=1.0, about="18 dB too loud, and cut off"),
    "dc": SignalPath(dc=0.1, about="a constant added"),
    "stereo-interleaved": SignalPath(stereo="interleaved", about="left and right read as successive samples"),
    "stereo-one-side": SignalPath(stereo="one-side", about="the far channel taken, 12 dB down"),
    "stereo-cancelled": SignalPath(stereo="cancelled", about="one channel inverted before both are added"),
}


def find(name: str) -> SignalPath:
    """Return the standard path *name*; raise `SuiteInvalid` if there is none."""
    if name not in PATHS:
        raise SuiteInvalid(f"signal path {name!r} is unknown; wanted one of {', '.join(PATHS)}")
    return PATHS[name]


def feed(path: SignalPath, speech: Waveform, sample_rate: int) -> Samples:
    """Return what the codec, which takes *sample_rate* Hz, is fed of *speech*."""
    captured = resample(speech, path.source_rate or sample_rate)
    samples = _folded(path, _at_rate(path, captured, sample_rate)) * path.gain
    if path.int16_scale:
        samples = samples * 32768
    samples = samples + path.dc
    if path.clip is not None:
        samples = np.clip(samples, -path.clip, path.clip)
    if path.int16:
        samples = np.round(np.clip(samples, -1, 32767 / 32768) * 32768) / 32768
    return np.ascontiguousarray(samples, dtype=np.float32)


def _at_rate(path: SignalPath, captured: Waveform, sample_rate: int) -> Samples:
    if path.resampler == "none" or captured.sample_rate == sample_rate:
        return captured.samples
    if path.chunk is None:
        return _resampled(path, captured, sample_rate)
    samples, rate = captured.samples, captured.sample_rate
    starts = range(0, len(samples), path.chunk)
    chunks = [Waveform(samples[start : start + path.chunk], rate) for start in starts]
    return np.concatenate([_resampled(path, chunk, sample_rate) for chunk in chunks])


def _resampled(path: SignalPath, captured: Waveform, sample_rate: int) -> Samples:
    if path.resampler == "soxr":
        return resample(captured, sample_rate).samples
    at = np.arange(int(captured.seconds * sample_rate)) * (captured.sample_rate / sample_rate)
    known = np.arange(len(captured.samples))
    if path.resampler == "linear":
        return np.asarray(np.interp(at, known, captured.samples), dtype=np.float32)
    from scipy.interpolate import CubicSpline  # slow to import, and most paths do without

    return np.asarray(CubicSpline(known, captured.samples)(at), dtype=np.float32)


def _folded(path: SignalPath, samples: Samples) -> Samples:
    match path.stereo:
        case "interleaved":
            return np.repeat(samples, 2)
        case "one-side":
            return samples * np.float32(10 ** (-12 / 20))
        case "cancelled":
            return samples * np.float32((1 - 10 ** (-0.1 / 20)) / 2)
        case _:
            return samples
