"""
Faults of rate: samples taken for samples of another rate, or brought to it carelessly.

Speech 1 % too fast is not noticed without a comparison, 5 % by everybody; at twice the speed words are still read, and
beyond that fewer and fewer (Foulke and Sticht 1969).
"""

from typing import Any

from harness.sensitivity.fault import Family, Fault
from harness.sensitivity.plants import OnPath

SPEED = "a pitch 1 % higher is noticed by some, 5 % by everybody"


def _faster(percent: float, rate: int) -> dict[str, Any]:
    return {"source_rate": round(rate * (1 - percent / 100)), "resampler": "none"}


def _slower(percent: float, rate: int) -> dict[str, Any]:
    return {"source_rate": round(rate * (1 + percent / 100)), "resampler": "none"}


def _in_pieces(milliseconds: float, rate: int) -> dict[str, Any]:
    source = 44_100 if rate != 44_100 else 48_000
    return {"source_rate": source, "chunk": max(16, round(source * milliseconds / 1000))}


def _interpolated(kilohertz: float, rate: int) -> dict[str, Any]:
    del rate
    return {"source_rate": round(kilohertz * 1000), "resampler": "linear"}


ROWS = (
    Fault(
        "too-fast", Family.RATE, "%", (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 25.0, 50.0, 65.0), "aa??ddd!c", SPEED,
        "samples are taken for samples of a higher rate", OnPath(_faster),
    ),
    Fault(
        "too-slow", Family.RATE, "%", (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 25.0, 50.0, 100.0), "aa??dddd!", SPEED,
        "samples are taken for samples of a lower rate", OnPath(_slower),
    ),
    Fault(
        "resampled-in-pieces", Family.RATE, "ms", (500.0, 100.0, 40.0, 20.0, 10.0, 5.0, 2.0), "????ddd",
        "each piece begins with a small click; from 100 a second on it is a buzz",
        "pieces are resampled as if nothing came before", OnPath(_in_pieces),
    ),
    Fault(
        "interpolated", Family.RATE, "kHz", (44.1, 32.0, 22.05, 16.0, 11.025, 8.0, 6.0), "??????d",
        "mirrored speech, 20 to 40 dB below what it mirrors, unless the codec ends below it",
        "the input is resampled by straight lines", OnPath(_interpolated),
    ),
    Fault(
        "stereo-as-mono", Family.RATE, "", (1.0,), "!",
        "half the speed, an octave lower: words can be read by who expects them",
        "left and right are read one after the other", OnPath(lambda size, rate: {"stereo": "interleaved"}),  # noqa: ARG005
    ),
    Fault(
        "odd-bytes", Family.RATE, "", (1.0,), "c", "noise at full scale for half of the time",
        "messages end inside a sample", OnPath(lambda size, rate: {"int16": True, "byte_chunk": 1023}),  # noqa: ARG005
    ),
)  # fmt: skip
