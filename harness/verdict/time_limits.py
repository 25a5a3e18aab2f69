"""
How slow a setup may be: `[timing]` of a suite.

A ratio holds a setup against its reference setup in the same run, so that the speed of the machine drops out; a number
of its own is a limit on this machine, and only meant where one is given. What is not asked for is not judged.
"""

from pydantic import Field

from harness.metrics.catalogue import metric
from harness.metrics.text import text
from harness.record import Frozen, Measurement, Measurements

RATIOS = {
    "rtf_ratio": ("encode_rtf_median", "decode_rtf_median"),
    "call_95_ratio": ("encode_call_95_ms", "decode_call_95_ms"),
    "first_sample_ratio": ("first_sample_ms",),
    "memory_ratio": ("peak_memory_mb",),
}
NUMBERS = {
    "rtf": ("encode_rtf", "decode_rtf"),
    "call_95_ms": ("encode_call_95_ms", "decode_call_95_ms"),
    "first_sample_ms": ("first_sample_ms",),
    "memory_mb": ("peak_memory_mb",),
    "bits_per_second": ("bits_per_second",),
}


class TimeLimits(Frozen):
    """
    The most that is allowed; None asks nothing.

    rtf_ratio, call_95_ratio, first_sample_ratio, memory_ratio : times the figure of the reference setup; the
        real-time factor is that of the median call, since a stall of the machine moves the whole by a factor of 10
    rtf : seconds in the codec for a second of speech, each side by itself; call_95_ms : 95th percentile of its calls
    first_sample_ms, memory_mb, bits_per_second : as measured
    """

    rtf_ratio: float | None = Field(default=None, ge=1)
    call_95_ratio: float | None = Field(default=None, ge=1)
    first_sample_ratio: float | None = Field(default=None, ge=1)
    memory_ratio: float | None = Field(default=None, ge=1)
    rtf: float | None = Field(default=None, gt=0)
    call_95_ms: float | None = Field(default=None, gt=0)
    first_sample_ms: float | None = Field(default=None, gt=0)
    memory_mb: float | None = Field(default=None, gt=0)
    bits_per_second: float | None = Field(default=None, gt=0)


def too_slow(own: Measurements, reference: Measurements | None, limits: TimeLimits, shared: str) -> tuple[str, ...]:
    """
    Return why a setup takes too long, too much memory or too many bits.

    reference : of its reference setup; None if it is that itself, which only numbers can limit
    shared : why a figure is undefined that has nothing to be judged, because the calls were made for another setup
    What a limit asks for and is undefined otherwise fails too.
    """
    if limits == TimeLimits():
        return ()
    if not own or (reference is not None and not reference):
        return ("its time was not measured, or not that of its reference setup; run it with --fresh",)
    found = []
    for key, names in RATIOS.items():
        most = getattr(limits, key)
        for name in names if most is not None and reference is not None else ():
            before = reference.get(name) if reference is not None else None
            found += _beyond_ratio(name, own.get(name), before, most, shared)
    for key, names in NUMBERS.items():
        most = getattr(limits, key)
        for name in names if most is not None else ():
            found += _beyond(name, own.get(name), most, shared)
    return tuple(found)


def _beyond_ratio(
    name: str, own: Measurement | None, before: Measurement | None, most: float, shared: str
) -> list[str]:
    if own is None or before is None or shared in (own.undefined, before.undefined):
        return []
    if own.value is None or before.value is None:
        why = own.undefined or before.undefined
        return [f"{metric(name).told} cannot be held against the reference setup's: {why}"]
    if own.value <= most * before.value:
        return []
    ratio = own.value / before.value if before.value else float("inf")
    figures = f"{text(name, own, unit=True)} against {text(name, before, unit=True)}"
    return [f"{metric(name).told} is {ratio:.2f} times the reference setup's ({figures}), at most {most:g} is allowed"]


def _beyond(name: str, own: Measurement | None, most: float, shared: str) -> list[str]:
    if own is None or own.undefined == shared:
        return []
    if own.value is None:
        return [f"{metric(name).told} is undefined: {own.undefined}"]
    if own.value <= most:
        return []
    return [f"{metric(name).told} is {text(name, own, unit=True)}, at most {most:g} is allowed"]
