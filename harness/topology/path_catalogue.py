"""The standard signal paths, by name."""

from harness.errors import SuiteInvalid, meant
from harness.topology.signal_path import SignalPath

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
    "from-44k-rounded": SignalPath(
        source_rate=44_100,
        chunk=1102,
        rounding="nearest",
        about="44.1 kHz, 25 ms at a time, in whole samples: drifts",
    ),
    "from-8k-linear": SignalPath(source_rate=8_000, resampler="linear", about="captured at 8 kHz, interpolated"),
    "int16": SignalPath(int16=True, about="rounded to 16 bits"),
    "int16-wrapped": SignalPath(gain=8.0, int16=True, overflow="wrap", about="18 dB too loud, and wraps round"),
    "odd-bytes": SignalPath(int16=True, byte_chunk=1023, about="messages of 1023 bytes, the last of each dropped"),
    "odd-bytes-padded": SignalPath(
        int16=True, byte_chunk=1023, odd_byte="padded", about="messages of 1023 bytes, a zero byte after each"
    ),
    "odd-bytes-carried": SignalPath(
        int16=True, byte_chunk=1023, odd_byte="carried", about="messages of 1023 bytes, the last carried on: right"
    ),
    "bytes-swapped": SignalPath(int16=True, byte_order="swapped", about="16 bits, read in the other byte order"),
    "int16-scale": SignalPath(int16_scale=True, about="samples 32768 times too large"),
    "gain-half": SignalPath(gain=0.5, about="half the level"),
    "clipped": SignalPath(gain=8.0, clip=1.0, about="18 dB too loud, and cut off"),
    "dc": SignalPath(dc=0.1, about="a constant added"),
    "stereo-interleaved": SignalPath(stereo="interleaved", about="left and right read as successive samples"),
    "mono-as-stereo": SignalPath(stereo="de-interleaved", about="mono read as left and right, the left taken"),
    "stereo-one-side": SignalPath(stereo="one-side", about="the far channel taken, 12 dB down"),
    "stereo-cancelled": SignalPath(stereo="cancelled", about="one channel inverted before both are added"),
}


def find(name: str) -> SignalPath:
    """Return the standard path *name*; raise `SuiteInvalid` if there is none."""
    if name not in PATHS:
        raise SuiteInvalid(f"signal path {name!r} is unknown; {meant(name, PATHS)}wanted one of {', '.join(PATHS)}")
    return PATHS[name]
