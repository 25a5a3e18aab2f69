"""
Faults of the wire between encoder and decoder.

Losses that are concealed: 1 % is not noticed by most, 5 % is annoying, and 20 % costs words (ITU-T G.113, appendix I,
for codecs that conceal). A code that is another one is a frame that sounds otherwise.
"""

import numpy as np

from harness.codecs.protocol import Codes
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnCodes, OnWire
from harness.sensitivity.window import Planted, Reals, whole_frames

CONCEALED = "ITU-T G.113, appendix I: 1 % of concealed loss is hardly noticed, 5 % is, and 20 % costs words"
BURSTS = "a concealed loss of 20 ms is hardly heard, 60 ms is, and from 100 ms on sounds are gone (ITU-T G.113)"
SHARES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
OTHER = "each code that is another one is a frame that sounds otherwise"


def _drawn(codes: Codes, first: int, seed: int) -> Reals:
    """Return a number from 0 to 1 for each of *codes*, the same for each frame however they are cut."""
    frames = range(first, first + codes.shape[1])
    drawn = [np.random.default_rng([seed, frame]).random(codes.shape[0]) for frame in frames]
    return np.asarray(drawn).reshape(codes.shape[::-1]).T


def _flipped(codes: Codes, first: int, percent: float, place: Planted, bins: int) -> Codes:
    hit = (_drawn(codes, first, place.seed) < percent / 100) & (codes >= 0)
    further = 1 + (_drawn(codes, first, place.seed + 1) * (bins - 1)).astype(np.int64)
    return np.where(hit, (codes + further) % bins, codes)


def _neighbours(codes: Codes, first: int, percent: float, place: Planted, bins: int) -> Codes:
    hit = (_drawn(codes, first, place.seed) < percent / 100) & (codes >= 0)
    return np.where(hit, (codes + 1) % bins, codes)


def _last_zeroed(codes: Codes, first: int, percent: float, place: Planted, bins: int) -> Codes:
    del first, place, bins
    codes[codes.shape[0] - _share_of_books(percent, codes.shape[0]) :] = 0
    return codes


def _share_of_books(percent: float, books: int) -> int:
    return max(1, round(books * percent / 100))


def _exchanged(codes: Codes, first: int, size: float, place: Planted, bins: int) -> Codes:
    del size, bins
    late = first + np.arange(codes.shape[1]) >= place.frame
    codes[:2, late] = codes[1::-1, late]
    return codes


def _stuck(codes: Codes, first: int, milliseconds: float, place: Planted, bins: int) -> Codes:
    del bins
    frames = first + np.arange(codes.shape[1])
    hit = (frames >= place.frame) & (frames < place.frame + place.frames(milliseconds))
    codes[0, hit & (codes[0] >= 0)] = 1
    return codes


def _burst(fault: str) -> OnWire:
    return OnWire(lambda size, place: {"fault": fault, "at": place.share, "count": place.frames(size)})


def _by_chance(fault: str) -> OnWire:
    return OnWire(lambda size, place: {"fault": fault, "share": size / 100, "seed": place.seed})


ROWS = (
    Fault(
        "losses", Family.WIRE, "%", SHARES, "????dd!", CONCEALED,
        "frames are lost by chance, and the decoder is told", _by_chance("lose"),
    ),
    Fault(
        "loss-burst", Family.WIRE, "ms", (10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "???d!!", BURSTS,
        "some frames in a row are lost, and the decoder is told", _burst("lose"), Where.SPEECH,
    ),
    Fault(
        "repeats", Family.WIRE, "%", SHARES, "????dd!", CONCEALED,
        "by chance a frame is the one before it", _by_chance("repeat-previous"),
    ),
    Fault(
        "repeat-burst", Family.WIRE, "ms", (10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "???d!!", BURSTS,
        "some frames in a row are the one before them", _burst("repeat-previous"), Where.SPEECH,
    ),
    Fault(
        "zero-frames", Family.WIRE, "ms", (10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "??dd!!", BURSTS,
        "some frames in a row are zeros", _burst("zero-frame"), Where.SPEECH,
    ),
    Fault(
        "frames-swapped", Family.WIRE, "frames between", (100.0, 50.0, 20.0, 10.0, 5.0, 2.0), "???dd!", OTHER,
        "every so often two frames are exchanged",
        OnWire(lambda size, place: {"fault": "swap", "every": max(2, round(size))}),  # noqa: ARG005
    ),
    Fault(
        "codes-flipped", Family.WIRE, "%", (0.05, 0.2, 0.5, 2.0, 5.0, 20.0, 50.0), "????d!!", OTHER,
        "by chance a code is another one", OnCodes(_flipped),
    ),
    Fault(
        "codes-off-by-one", Family.WIRE, "%", (0.2, 1.0, 5.0, 20.0, 50.0, 100.0), "******",
        "in some codecs the next code sounds alike, in others like anything",
        "by chance a code is one too high", OnCodes(_neighbours),
    ),
    Fault(
        "codebooks-zeroed", Family.WIRE, "%", (5.0, 10.0, 25.0, 50.0, 75.0, 90.0), "???d!!",
        "the last codebooks carry the finest detail", "the last codebooks are zeros",
        OnCodes(_last_zeroed, books=2, counted=lambda size, info: _share_of_books(size, info.codebooks)),
    ),
    Fault(
        "codebooks-exchanged", Family.WIRE, "", (1.0,), "!", "the first codebook carries the most",
        "from one moment on the first two codebooks are exchanged", OnCodes(_exchanged, books=2), Where.BEGINNING,
    ),
    Fault(
        "code-stuck", Family.WIRE, "ms", (20.0, 80.0, 160.0, 320.0, 640.0, 1280.0), "??d!!!", OTHER,
        "one codebook gives the same code for a while",
        OnCodes(_stuck, counted=lambda size, info: whole_frames(size, info.sample_rate, info.frame_size)), Where.SPEECH,
    ),
    Fault(
        "codebooks-late", Family.WIRE, "frames", (1.0, 2.0, 4.0, 8.0), "?!!!",
        "detail of one frame is put on another", "all codebooks but the first are late",
        OnWire(lambda size, place: {"fault": "delay", "count": round(size)}, books=2),  # noqa: ARG005
    ),
)  # fmt: skip
