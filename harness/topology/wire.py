"""
The wire between encoder and decoder: what may happen to the codes on their way, as data.

Conventions
-----------
Codes are int64 (K, F). A fault at one place happens at frame `at * F`; with `every` it happens at every so-manieth
frame instead. A burst of `count` frames in a row lies wholly in the stream, if that is long enough: near the end it
begins earlier. What leaves the wire may have another number of frames (drop, duplicate) or of codebooks (keep).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from pydantic import Field

from harness.codecs.protocol import LOST, Codes
from harness.errors import CodecFailed, SuiteInvalid
from harness.record import Frozen, Scalar

Fault = Literal[
    "none",
    "drop",
    "lose",
    "duplicate",
    "swap",
    "repeat-previous",
    "off-by-one",
    "permute",
    "keep",
    "zero",
    "transpose",
    "delay",
]


class Wire(Frozen):
    """
    One fault.

    fault : `drop` takes a frame out, `lose` hands it over as lost (all -1), `duplicate` sends it twice, `swap`
        exchanges it with the next, `repeat-previous` sends the one before instead; `off-by-one` adds one to every code
        (modulo bins); `permute` puts the codebooks into the order `codebooks`; `keep` sends only the first `count`
        codebooks; `zero` sends 0 for those in `codebooks`; `transpose` sends (F, K) read as (K, F); `delay` sends all
        codebooks but the first `count` frames late, as language models do, without undoing it
    at : where a single fault happens, as a share of the stream
    every : instead, at every so-manieth frame
    count : for `drop`, `lose` and `repeat-previous` how many frames in a row are hit at each place (a burst); for
        `keep` and `delay` as said there
    """

    fault: Fault = "none"
    at: float = Field(default=0.5, ge=0.0, lt=1.0)
    every: int | None = Field(default=None, ge=2)
    codebooks: tuple[int, ...] = ()
    count: int = Field(default=1, ge=1)
    about: str = ""

    def factors(self) -> dict[str, Scalar]:
        """Return the description as dotted names, such as `wire.fault`."""
        return {
            "wire.fault": self.fault,
            "wire.at": self.at,
            "wire.every": self.every,
            "wire.codebooks": ",".join(map(str, self.codebooks)),
            "wire.count": self.count,
        }


PLACES = ("at", "every")
USES: dict[Fault, tuple[str, ...]] = {  # the keys that a fault reads
    "none": (),
    "drop": (*PLACES, "count"),
    "lose": (*PLACES, "count"),
    "duplicate": PLACES,
    "swap": PLACES,
    "repeat-previous": (*PLACES, "count"),
    "off-by-one": (),
    "permute": ("codebooks",),
    "keep": ("count",),
    "zero": ("codebooks",),
    "transpose": (),
    "delay": ("count",),
}
NEEDS_CODEBOOKS = ("permute", "zero")

WIRES: dict[str, Wire] = {
    "drop-frame": Wire(fault="drop", about="one frame is taken out; everything after it comes early"),
    "lose-frame": Wire(fault="lose", about="one frame is lost, and the decoder is told"),
    "lose-every-10th": Wire(fault="lose", every=10, about="every tenth frame is lost, and the decoder is told"),
    "lose-burst": Wire(fault="lose", count=5, about="five frames in a row are lost, and the decoder is told"),
    "lose-bursts": Wire(fault="lose", every=20, count=3, about="of every twenty frames three in a row are lost, told"),
    "drop-burst": Wire(fault="drop", count=5, about="five frames in a row are taken out"),
    "duplicate-frame": Wire(fault="duplicate", about="one frame is sent twice"),
    "swap-frames": Wire(fault="swap", about="two neighbouring frames are exchanged"),
    "swap-every-2nd": Wire(fault="swap", every=2, about="frames are exchanged in pairs, all the way"),
    "repeat-previous": Wire(fault="repeat-previous", about="one frame is replaced by the one before"),
    "repeat-burst": Wire(fault="repeat-previous", count=5, about="five frames in a row are the one before them"),
    "repeat-every-3rd": Wire(fault="repeat-previous", every=3, about="every third frame is the one before it"),
    "off-by-one": Wire(fault="off-by-one", about="every code is one too high"),
    "swap-codebooks-0-1": Wire(fault="permute", codebooks=(1, 0), about="the first two codebooks are exchanged"),
    "reverse-codebooks": Wire(fault="permute", codebooks=(-1,), about="the codebooks come in reverse order"),
    "first-codebook-only": Wire(fault="keep", count=1, about="only the first codebook is sent"),
    "zero-codebook-0": Wire(fault="zero", codebooks=(0,), about="the first codebook is all zeros"),
    "transposed": Wire(fault="transpose", about="(F, K) is read as (K, F)"),
    "acoustic-delay": Wire(fault="delay", count=1, about="all codebooks but the first are one frame late"),
}


def find(name: str) -> Wire:
    """Return the standard wire *name*; raise `SuiteInvalid` if there is none."""
    if name not in WIRES:
        raise SuiteInvalid(f"wire {name!r} is unknown; wanted one of {', '.join(WIRES)}")
    return WIRES[name]


def arriving(wire: Wire, frames: int) -> int:
    """Return how many of *frames* frames leave the wire."""
    hit = len(_places(wire, frames))
    return frames + {"drop": -hit, "duplicate": hit}.get(wire.fault, 0)


def send(wire: Wire, codes: Codes, bins: int) -> Codes:
    """Return what arrives of *codes* (K, F), 0 to *bins* - 1; raise `CodecFailed` if the fault cannot be made."""
    return SENDERS[wire.fault](wire, codes.copy(), bins)


def _bursts(wire: Wire, frames: int) -> list[range]:
    """Return the runs of frames that are hit, one of `count` frames for each place."""
    places = range(wire.every - 1, frames, wire.every) if wire.every is not None else [int(wire.at * frames)]
    starts = [min(place, max(0, frames - wire.count)) for place in places]
    return [range(start, min(start + wire.count, frames)) for start in starts]


def _places(wire: Wire, frames: int) -> list[int]:
    return sorted({place for burst in _bursts(wire, frames) for place in burst})


def _drop(wire: Wire, codes: Codes, _: int) -> Codes:
    return np.delete(codes, _places(wire, codes.shape[1]), axis=1)


def _lose(wire: Wire, codes: Codes, _: int) -> Codes:
    codes[:, _places(wire, codes.shape[1])] = LOST
    return codes


def _duplicate(wire: Wire, codes: Codes, _: int) -> Codes:
    places = _places(wire, codes.shape[1])
    return np.insert(codes, places, codes[:, places], axis=1)


def _swap(wire: Wire, codes: Codes, _: int) -> Codes:
    for place in _places(wire, codes.shape[1]) if codes.shape[1] > 1 else ():
        first = max(0, min(place - (wire.every is not None), codes.shape[1] - 2))
        codes[:, [first, first + 1]] = codes[:, [first + 1, first]]
    return codes


def _repeat(wire: Wire, codes: Codes, _: int) -> Codes:
    sent = codes.copy()
    for burst in _bursts(wire, codes.shape[1]):
        codes[:, burst] = sent[:, [max(0, burst.start - 1)]]
    return codes


def _off_by_one(_: Wire, codes: Codes, bins: int) -> Codes:
    return (codes + 1) % bins


def _permute(wire: Wire, codes: Codes, _: int) -> Codes:
    if wire.codebooks == (-1,):
        return codes[::-1]
    _in_range(wire, codes)
    order = [*wire.codebooks, *range(len(wire.codebooks), codes.shape[0])]
    if sorted(order) != list(range(codes.shape[0])):
        raise CodecFailed(f"the wire cannot permute: {wire.codebooks} is no order of the first codebooks")
    return codes[order]


def _keep(wire: Wire, codes: Codes, _: int) -> Codes:
    if wire.count > codes.shape[0]:
        raise CodecFailed(f"the wire keeps {wire.count} codebooks, but there are {codes.shape[0]}")
    return codes[: wire.count]


def _zero(wire: Wire, codes: Codes, _: int) -> Codes:
    _in_range(wire, codes)
    codes[list(wire.codebooks)] = 0
    return codes


def _transpose(_: Wire, codes: Codes, __: int) -> Codes:
    return np.ascontiguousarray(codes.T).reshape(codes.shape)


def _delay(wire: Wire, codes: Codes, _: int) -> Codes:
    late = min(wire.count, codes.shape[1])
    codes[1:] = np.concatenate([np.zeros_like(codes[1:, :late]), codes[1:, : codes.shape[1] - late]], axis=1)
    return codes


def _in_range(wire: Wire, codes: Codes) -> None:
    if any(not 0 <= codebook < codes.shape[0] for codebook in wire.codebooks):
        raise CodecFailed(f"the wire names codebooks {wire.codebooks}, but there are {codes.shape[0]}")


SENDERS: dict[Fault, Callable[[Wire, Codes, int], Codes]] = {
    "none": lambda wire, codes, bins: codes,  # noqa: ARG005 - one form for all
    "drop": _drop,
    "lose": _lose,
    "duplicate": _duplicate,
    "swap": _swap,
    "repeat-previous": _repeat,
    "off-by-one": _off_by_one,
    "permute": _permute,
    "keep": _keep,
    "zero": _zero,
    "transpose": _transpose,
    "delay": _delay,
}
