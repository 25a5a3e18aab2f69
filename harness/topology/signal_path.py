"""
The signal path before the codec: what an application does to the samples on their way in, as data.

Each step is one way in which real applications have gone wrong. They happen in the order of the fields below.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.audio.waveform import Samples, Waveform, resample
from harness.errors import CodecFailed
from harness.record import Frozen, Scalar
from harness.topology import sixteen_bits
from harness.topology.sixteen_bits import ByteOrder, OddByte, Overflow

Resampler = Literal["soxr", "linear", "cubic", "none"]
Rounding = Literal["none", "down", "nearest", "up"]
Stereo = Literal["none", "interleaved", "de-interleaved", "one-side", "cancelled"]


class SignalPath(Frozen):
    """
    What happens to the speech before it is encoded.

    source_rate : Hz at which the application captures; None = the codec's own rate
    resampler : how it comes to the codec's rate: `soxr`, `linear` or `cubic` interpolation without a filter, or `none`,
        which feeds the samples as they are, at the wrong speed
    chunk : samples at `source_rate` that the resampler is given in one call, each call as if nothing came before or
        after: a click at every seam and, where a chunk is no whole number of samples at the codec's rate, drift; None =
        all in one call
    rounding : with `chunk`, a resampler that does go on from call to call, but gives a whole number of samples for
        each, rounded so: no clicks, and the clock drifts alone
    stereo : captured in stereo and folded wrongly: `interleaved` reads left and right as successive samples,
        `de-interleaved` reads mono as left and right and takes the left, `one-side` takes a channel that is 12 dB
        down, `cancelled` adds a channel of inverted polarity, 0.1 dB apart
    gain : factor; int16_scale : samples are -32768 to 32767 where -1 to 1 is wanted
    dc : offset added; clip : level at which samples are cut off
    int16 : rounded to 16 bits, as a sound card does
    overflow : with `int16`, what becomes of samples beyond full scale: they `clamp` there or `wrap` round to the other
        end
    byte_chunk, odd_byte : with `int16`, the samples travel as bytes, so many a message, each read by itself; the last
        of an odd number is `dropped`, `padded` with a zero byte, or, as is right, `carried` into the next message
    byte_order : with `int16`, `swapped`: read with the bytes of each sample exchanged
    """

    source_rate: int | None = Field(default=None, ge=1000, le=192_000)
    resampler: Resampler = "soxr"
    chunk: int | None = Field(default=None, ge=16, le=192_000)
    rounding: Rounding = "none"
    stereo: Stereo = "none"
    gain: float = Field(default=1.0, gt=0.0)
    int16_scale: bool = False
    dc: float = Field(default=0.0, ge=-1.0, le=1.0)
    clip: float | None = Field(default=None, gt=0.0)
    int16: bool = False
    overflow: Overflow = "clamp"
    byte_chunk: int | None = Field(default=None, ge=3, le=192_000)
    odd_byte: OddByte = "dropped"
    byte_order: ByteOrder = "native"
    about: str = ""

    def factors(self) -> dict[str, Scalar]:
        """Return the description as dotted names, such as `path.resampler`."""
        return {f"path.{name}": value for name, value in self.model_dump(exclude={"about"}).items()}


def feed(path: SignalPath, speech: Waveform, sample_rate: int) -> Samples:
    """
    Return what the codec, which takes *sample_rate* Hz, is fed of *speech*.

    Raises `CodecFailed` if the path cannot be made at that rate, or leaves nothing.
    """
    captured = resample(speech, path.source_rate or sample_rate)
    samples = _folded(path, _at_rate(path, captured, sample_rate)) * path.gain
    if path.int16_scale:
        samples = samples * 32768
    samples = samples + path.dc
    if path.clip is not None:
        samples = np.clip(samples, -path.clip, path.clip)
    if path.int16:
        samples = _in_16_bits(path, samples)
    if not len(samples):
        raise CodecFailed(f"the signal path leaves nothing of {len(speech.samples)} samples; wanted some to encode")
    return np.ascontiguousarray(samples, dtype=np.float32)


def _in_16_bits(path: SignalPath, samples: Samples) -> npt.NDArray[np.float64]:
    numbers = sixteen_bits.rounded(samples, path.overflow)
    if path.byte_chunk is not None:
        numbers = sixteen_bits.through_bytes(numbers, path.byte_chunk, path.odd_byte)
    return sixteen_bits.read(numbers, path.byte_order)


def _at_rate(path: SignalPath, captured: Waveform, sample_rate: int) -> Samples:
    if path.resampler == "none" or captured.sample_rate == sample_rate:
        return captured.samples
    if path.chunk is None:
        return _resampled(path, captured, sample_rate)
    if path.rounding != "none":
        # A ratio of whole numbers, which stands for the two rates: so many samples come, and so many are made of them.
        return _resampled(path, Waveform(captured.samples, path.chunk), _whole(path, path.chunk, captured, sample_rate))
    samples, rate = captured.samples, captured.sample_rate
    starts = range(0, len(samples), path.chunk)
    chunks = [Waveform(samples[start : start + path.chunk], rate) for start in starts]
    return np.concatenate([_resampled(path, chunk, sample_rate) for chunk in chunks])


def _whole(path: SignalPath, chunk: int, captured: Waveform, sample_rate: int) -> int:
    """Return how many samples at *sample_rate* a call of *chunk* gives, rounded."""
    over = chunk * sample_rate
    match path.rounding:
        case "down":
            whole = over // captured.sample_rate
        case "up":
            whole = -(-over // captured.sample_rate)
        case _:
            whole = (2 * over + captured.sample_rate) // (2 * captured.sample_rate)
    if not whole:
        raise CodecFailed(
            f"the signal path cannot be made: of chunk = {chunk} samples at {captured.sample_rate} Hz, rounding = "
            f"{path.rounding!r} leaves none at {sample_rate} Hz; wanted longer chunks"
        )
    return whole


def _resampled(path: SignalPath, captured: Waveform, sample_rate: int) -> Samples:
    if path.resampler == "soxr":
        return resample(captured, sample_rate).samples
    at = np.arange(int(captured.seconds * sample_rate)) * (captured.sample_rate / sample_rate)
    known = np.arange(len(captured.samples))
    if path.resampler == "linear" or len(known) == 1:
        return np.asarray(np.interp(at, known, captured.samples), dtype=np.float32)
    from scipy.interpolate import CubicSpline  # slow to import, and most paths do without

    return np.asarray(CubicSpline(known, captured.samples)(at), dtype=np.float32)


def _folded(path: SignalPath, samples: Samples) -> Samples:
    match path.stereo:
        case "interleaved":
            return np.repeat(samples, 2)
        case "de-interleaved":
            return samples[::2]
        case "one-side":
            return samples * np.float32(10 ** (-12 / 20))
        case "cancelled":
            return samples * np.float32((1 - 10 ** (-0.1 / 20)) / 2)
        case _:
            return samples
