"""
How long calls took, how many bits the codes are, and how much memory it took: of one trace, and of a whole setup.

Conventions
-----------
Times are wall times inside the codec, in the process that ran it; other work on the machine lengthens them, so that
they are compared with those of a reference setup of the same run rather than with a number. The first call of each
side, in which libraries warm up, stands apart and is in no other figure. What a cell was read back with was measured
when it was computed.

encode_rtf, decode_rtf : seconds in the codec for a second of speech, 0 or more; below 1 keeps up
encode_rtf_median, ... : the same of the median call, which stalls of the machine do not move
encode_call_ms, ... : median, 95th percentile and longest of the calls of one side
first_sample_ms : opening, and the calls up to the one that gives the first sample of speech
algorithmic_delay_ms : of the largest call to decode, the declared lag, and the delay measured beyond it
bits_per_second : of the codes as encoded: log2 of the values that a code can take, or 32 for a latent
peak_memory_mb : the most resident memory of the process while the setup ran, in 10^6 bytes, whatever else it holds;
    what a server or another program takes is not in it
"""

import math
from array import array
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np

from harness.codecs.protocol import LOST, CodecInfo, Side
from harness.record import Cell, Measurement, Measurements
from harness.topology.trace import Call, Trace

FEWEST_CALLS = 20  # of which a 95th percentile says something that the longest does not
ELSEWHERE = "the codes were encoded once, for another setup with the same calls"
SIDES = {"encode": Side.ENCODER, "decode": Side.DECODER}
CLOCKED = ("encode_", "decode_", "first_sample_")  # wall times, which no second run of a codec takes to the last digit


def timing(trace: Trace, info: CodecInfo, beyond_declared: Measurement) -> Measurements:
    """Return the figures of *trace*; *beyond_declared* : its delay beyond what the codec declares, ms."""
    found: Measurements = {}
    for name, side in SIDES.items():
        if side in info.sides:
            found |= _of_side(name, [call for call in trace.calls if call.side is side], info)
    return found | {
        "first_sample_ms": _first_sample(trace, info),
        "algorithmic_delay_ms": _algorithmic_delay(trace, info, beyond_declared),
        "bits_per_second": _bits(trace, info),
        "peak_memory_mb": Measurement.missing("the peak of the process cannot be read on this system")
        if trace.peak_memory is None
        else Measurement.of(trace.peak_memory / 1e6, "MB"),
    }


def clocked(cell: Cell) -> frozenset[tuple[str, float]]:
    """Return the wall times of *cell*; where two cells have the same, the codec ran once and one was read back."""
    return frozenset(
        (name, one.value) for name, one in cell.timing.items() if name.startswith(CLOCKED) and one.value is not None
    )


class SetupTiming:
    """
    The figures of a setup, of cells that are added one by one: factors and rates over all speech, the median of
    medians, else the largest.

    What is undefined in every cell is undefined; what is in some is of the others.
    """

    def __init__(self) -> None:
        self._undefined: dict[str, Measurement] = {}  # the first of each figure
        self._units: dict[str, str] = {}
        self._values: dict[str, array[float]] = {}
        self._seconds: dict[str, array[float]] = {}

    def add(self, cell: Cell, seconds: float) -> None:
        """Add a cell, whose utterance is so many *seconds* long."""
        for name, one in cell.timing.items():
            values = self._values.setdefault(name, array("d"))
            if one.value is None:
                self._undefined.setdefault(name, one)
                continue
            self._units.setdefault(name, one.unit or "")
            values.append(one.value)
            self._seconds.setdefault(name, array("d")).append(seconds)

    def found(self) -> Measurements:
        """Return the figures of what was added so far."""
        return {
            name: Measurement.of(_together(name, values, self._seconds[name]), self._units[name])
            if values
            else self._undefined[name]
            for name, values in self._values.items()
        }


def _together(name: str, values: Sequence[float], seconds: Sequence[float]) -> float:
    if name.endswith("_rtf") or name == "bits_per_second":
        weights = seconds if any(seconds) else [1.0] * len(values)  # less than a millisecond is kept as 0 s
        return sum(one * each for one, each in zip(values, weights, strict=True)) / sum(weights)
    return median(values) if name.endswith(("_call_ms", "_median")) else max(values)


class PeakMemory:
    """The most memory that this process holds at once, from now on."""

    def __init__(self) -> None:
        self._works = True
        try:
            Path("/proc/self/clear_refs").write_text("5", "ascii")  # Linux: the peak begins anew
        except OSError:
            self._works = False

    def so_far(self) -> int | None:
        """Return the peak in bytes; None where the system does not tell."""
        try:
            lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines() if self._works else []
        except OSError:
            return None
        told = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        return int(told[0]) * 1024 if told else None


def _of_side(name: str, calls: Sequence[Call], info: CodecInfo) -> Measurements:
    figures = {
        "rtf": "1",
        "rtf_median": "1",
        "first_ms": "ms",
        "call_ms": "ms",
        "call_95_ms": "ms",
        "call_worst_ms": "ms",
    }
    if not calls:
        reason = ELSEWHERE if name == "encode" else "nothing was decoded"
        return {f"{name}_{figure}": Measurement.missing(reason) for figure in figures}
    first, later = calls[0], calls[1:]
    found = {figure: Measurement.missing("there was one call, the first") for figure in figures}
    found["first_ms"] = Measurement.of(1000 * first.seconds, "ms")
    counted = later or calls  # the whole stream in one call is all that there is
    spoken = sum(call.stop - call.start for call in counted) * info.frame_seconds
    found["rtf"] = Measurement.of(sum(call.seconds for call in counted) / spoken, "1")
    each = [call.seconds / ((call.stop - call.start) * info.frame_seconds) for call in counted]
    found["rtf_median"] = Measurement.of(median(each), "1")
    if later:
        times = sorted(1000 * call.seconds for call in later)
        found["call_ms"] = Measurement.of(median(times), "ms")
        found["call_worst_ms"] = Measurement.of(times[-1], "ms")
        found["call_95_ms"] = (
            Measurement.missing(f"{len(later)} calls after the first, fewer than {FEWEST_CALLS}")
            if len(later) < FEWEST_CALLS
            else Measurement.of(_percentile_95(times), "ms")
        )
    return {f"{name}_{figure}": one for figure, one in found.items()}


def _percentile_95(ascending: Sequence[float]) -> float:
    place = 0.95 * (len(ascending) - 1)
    below, above = ascending[math.floor(place)], ascending[math.ceil(place)]
    return below + (above - below) * (place % 1)


def _first_sample(trace: Trace, info: CodecInfo) -> Measurement:
    if trace.opening is None:
        return Measurement.missing("the time to open was not measured")
    decoding = [call for call in trace.calls if call.side is Side.DECODER]
    giving = [place for place, call in enumerate(decoding) if call.stop * info.frame_size > info.start_up]
    if not giving:
        return Measurement.missing("no call gave a sample")
    needed, end = decoding[: giving[0] + 1], decoding[giving[0]].stop
    encoding = [call for call in trace.calls if call.side is Side.ENCODER and call.start < end]
    if info.encodes and not encoding:
        return Measurement.missing(ELSEWHERE)
    return Measurement.of(1000 * (trace.opening + sum(call.seconds for call in (*encoding, *needed))), "ms")


def _algorithmic_delay(trace: Trace, info: CodecInfo, beyond_declared: Measurement) -> Measurement:
    decoding = [call for call in trace.calls if call.side is Side.DECODER]
    if len(decoding) < 2:
        return Measurement.missing("the whole stream is decoded in one call")
    if beyond_declared.value is None:
        return Measurement.missing(f"the delay is undefined: {beyond_declared.undefined}")
    largest = max(call.stop - call.start for call in decoding)
    return Measurement.of(
        1000 * (largest * info.frame_seconds + info.lag / info.sample_rate) + beyond_declared.value, "ms"
    )


def _bits(trace: Trace, info: CodecInfo) -> Measurement:
    seconds = trace.codes.shape[1] * info.frame_seconds
    each = 32.0 if info.continuous else math.log2(info.bins) if info.bins > 1 else 0.0
    count = trace.codes.size if info.continuous else int(np.count_nonzero(trace.codes != LOST))
    return Measurement.of(count * each / seconds, "bit/s") if seconds else Measurement.missing("nothing was encoded")
