"""
The wire between encoder and decoder: what may happen to the codes on their way, as data.

Conventions
-----------
Codes are int64 (K, F). A fault at one place happens at frame `at * F`; with `every` it happens at every so-manieth
frame instead. A burst of `count` frames in a row lies wholly in the stream, if that is long enough: near the end it
begins earlier. What leaves the wire may have another number of frames (drop, duplicate, stall). A code of
`NOT_SENT` belongs to a codebook that is not sent for that frame: no decoder is handed it (`handed`). Latents, float32
(D, F), take the faults that ask for neither codebooks nor a code.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.codecs.protocol import LOST, Codes
from harness.errors import CodecFailed
from harness.record import Frozen, Scalar
from harness.topology import places
from harness.topology.places import Runs

Fault = Literal[
    "none",
    "drop",
    "lose",
    "duplicate",
    "swap",
    "repeat-previous",
    "stall",
    "off-by-one",
    "permute",
    "keep",
    "switch-codebooks",
    "zero",
    "transpose",
    "delay",
    "stagger",
    "advance",
    "shift",
    "zero-frame",
    "noise",
    "round",
]

NOT_SENT = -2


class Wire(Frozen):
    """
    One fault, and where it happens.

    fault : `drop` takes a frame out, `lose` hands it over as lost (all -1), `duplicate` sends it twice, `swap`
        exchanges it with the next, `repeat-previous` sends the one before instead, `stall` plays a lost frame before it
        for each that is hit, so that all that follows comes late; `off-by-one` adds one to every code (modulo bins);
        `permute` puts the codebooks into the order `codebooks`; `keep` sends only the first `count` codebooks,
        `switch-codebooks` does so from `at` on, or, with `every`, for every second so many frames; `zero` sends 0 for
        those in `codebooks`; `transpose` sends (F, K) read as (K, F); `delay` sends all codebooks but the first
        `count` frames late, as language models do, without undoing it, `advance` so many frames early, which is undoing
        it too far; `stagger` delays the second codebook by `count` frames, the third by twice that, and so on;
        `shift` sends all of it `count` frames late, zeros first, and loses the last; `zero-frame` sends zeros for the
        frames that are hit; of latents alone, `noise` adds to all of them, `round` sends them as numbers of another
        type
    at : where a single fault happens, as a share of the stream
    every : instead, at every so-manieth frame
    count : at each of these places, how many frames in a row are hit (a burst) by `drop`, `lose`, `repeat-previous` and
        `stall` and `zero-frame`; for other faults as said there
    pattern : instead, frames are hit as it says, again and again: "..x" is every third
    share, spell, hit_inside, hit_outside : instead, by chance: `share` of the time the wire is bad, for `spell` frames
        on average (None: every frame by itself), and hits there `hit_inside` of the frames (None: all), elsewhere
        `hit_outside` of them (`harness.topology.places.chained`)
    jitter, wait : instead, frames that come too late for a receiver that waits `wait` frames, where each is held up by
        `jitter` frames on average (`harness.topology.places.late`)
    seed : of what is drawn by chance
    noise_db : level of white noise against the latents (dB); dtype : the type that they are rounded to
    """

    fault: Fault = "none"
    at: float = Field(default=0.5, ge=0.0, lt=1.0)
    every: int | None = Field(default=None, ge=2)
    codebooks: tuple[int, ...] = ()
    count: int = Field(default=1, ge=1)
    pattern: str = Field(default="", pattern=r"^[.x]*$", max_length=1000)
    share: float | None = Field(default=None, ge=0.0, lt=1.0)
    spell: float | None = Field(default=None, ge=1.0)
    hit_inside: float | None = Field(default=None, ge=0.0, le=1.0)
    hit_outside: float = Field(default=0.0, ge=0.0, le=1.0)
    jitter: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    wait: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0)
    noise_db: float = Field(default=-20.0, ge=-200.0, le=40.0)
    dtype: Literal["float16", "bfloat16"] = "float16"
    about: str = ""

    def factors(self) -> dict[str, Scalar]:
        """Return the description as dotted names, such as `wire.fault`."""
        codebooks = ",".join(map(str, self.codebooks))
        found = self.model_dump(exclude={"about"}) | {"codebooks": codebooks}
        return {f"wire.{name}": value for name, value in found.items()}


def arriving(wire: Wire, frames: int) -> int:
    """Return how many of *frames* frames leave the wire."""
    grows = {"drop": -1, "duplicate": 1, "stall": 1}.get(wire.fault, 0)
    return frames + grows * len(_hit(wire, frames)) if grows else frames


def send(wire: Wire, codes: Codes, bins: int) -> Codes:
    """Return what arrives of *codes* (K, F), 0 to *bins* - 1; raise `CodecFailed` if the fault cannot be made."""
    return SENDERS[wire.fault](wire, codes.copy(), bins)


def handed(codes: Codes) -> list[Codes]:
    """
    Return what a decoder is handed of *codes* (K, F) that arrived: for each call an array (K', F') of its own.

    It is one call, unless another number of codebooks is sent from some frame on: the call is made in parts there.
    """
    if codes.dtype.kind == "f":  # of which all values are sent
        return [codes.copy()] if codes.shape[1] else []
    rows = (codes != NOT_SENT).sum(axis=0)
    cuts = np.flatnonzero(np.diff(rows)) + 1
    starts = [0, *cuts] if len(rows) else []
    return [part[: rows[start]].copy() for start, part in zip(starts, np.split(codes, cuts, axis=1), strict=False)]


def _runs(wire: Wire, frames: int) -> Runs:
    """Return the runs of frames that are hit."""
    if wire.pattern:
        return places.repeated(frames, wire.pattern)
    if wire.share is not None:
        hits = 1.0 if wire.hit_inside is None else wire.hit_inside, wire.hit_outside
        return places.chained(frames, wire.share, wire.spell, hits, wire.seed)
    if wire.jitter is not None:
        return places.late(frames, wire.jitter, wire.wait, wire.seed)
    starts = range(wire.every - 1, frames, wire.every) if wire.every is not None else [int(wire.at * frames)]
    return places.bursts(frames, starts, wire.count)


def _hit(wire: Wire, frames: int) -> list[int]:
    return sorted({frame for run in _runs(wire, frames) for frame in run})


def _drop(wire: Wire, codes: Codes, _: int) -> Codes:
    return np.delete(codes, _hit(wire, codes.shape[1]), axis=1)


def _lose(wire: Wire, codes: Codes, _: int) -> Codes:
    codes[:, _hit(wire, codes.shape[1])] = LOST
    return codes


def _duplicate(wire: Wire, codes: Codes, _: int) -> Codes:
    hit = _hit(wire, codes.shape[1])
    return np.insert(codes, hit, codes[:, hit], axis=1)


def _swap(wire: Wire, codes: Codes, _: int) -> Codes:
    for place in _hit(wire, codes.shape[1]) if codes.shape[1] > 1 else ():
        first = max(0, min(place - (wire.every is not None), codes.shape[1] - 2))
        codes[:, [first, first + 1]] = codes[:, [first + 1, first]]
    return codes


def _repeat(wire: Wire, codes: Codes, _: int) -> Codes:
    sent = codes.copy()
    for run in _runs(wire, codes.shape[1]):
        codes[:, run] = sent[:, [max(0, run.start - 1)]]
    return codes


def _stall(wire: Wire, codes: Codes, _: int) -> Codes:
    runs = _runs(wire, codes.shape[1])
    starts = {frame: run.start for run in runs for frame in run}
    return np.insert(codes, [starts[frame] for frame in sorted(starts)], LOST, axis=1)


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
    return _fewer(wire, codes, np.ones(codes.shape[1], dtype=bool))


def _switch_codebooks(wire: Wire, codes: Codes, _: int) -> Codes:
    frame = np.arange(codes.shape[1])
    late = frame >= int(wire.at * codes.shape[1])
    return _fewer(wire, codes, late if wire.every is None else frame // wire.every % 2 == 1)


def _fewer(wire: Wire, codes: Codes, where: npt.NDArray[np.bool_]) -> Codes:
    if wire.count > codes.shape[0]:
        raise CodecFailed(f"the wire keeps {wire.count} codebooks, but there are {codes.shape[0]}")
    codes[wire.count :, where] = NOT_SENT
    return codes


def _zero(wire: Wire, codes: Codes, _: int) -> Codes:
    _in_range(wire, codes)
    codes[list(wire.codebooks)] = 0
    return codes


def _transpose(_: Wire, codes: Codes, __: int) -> Codes:
    return np.ascontiguousarray(codes.T).reshape(codes.shape)


def _delay(wire: Wire, codes: Codes, _: int) -> Codes:
    return _shifted(codes, [0] + [wire.count] * (codes.shape[0] - 1))


def _advance(wire: Wire, codes: Codes, _: int) -> Codes:
    return _shifted(codes, [0] + [-wire.count] * (codes.shape[0] - 1))


def _stagger(wire: Wire, codes: Codes, _: int) -> Codes:
    return _shifted(codes, [wire.count * codebook for codebook in range(codes.shape[0])])


def _shifted(codes: Codes, late: list[int]) -> Codes:
    """Return *codes* (K, F), each codebook by so many frames late (early, if negative); 0 where none come."""
    sent, frames = np.zeros_like(codes), codes.shape[1]
    for row, (codebook, by) in enumerate(zip(codes, late, strict=True)):
        by = max(-frames, min(frames, by))
        sent[row, max(0, by) : frames + min(0, by)] = codebook[max(0, -by) : frames - max(0, by)]
    return sent


def _shift(wire: Wire, codes: Codes, _: int) -> Codes:
    return _shifted(codes, [wire.count] * codes.shape[0])


def _zero_frame(wire: Wire, codes: Codes, _: int) -> Codes:
    codes[:, _hit(wire, codes.shape[1])] = 0
    return codes


def _noise(wire: Wire, codes: Codes, _: int) -> Codes:
    _latents(wire, codes)
    level = np.sqrt(np.square(codes.astype(np.float64)).mean()) * 10 ** (wire.noise_db / 20)
    drawn = np.random.default_rng(wire.seed).standard_normal(codes.shape)
    noisy: Codes = (codes + level * drawn).astype(np.float32)
    return noisy


def _round(wire: Wire, codes: Codes, _: int) -> Codes:
    _latents(wire, codes)
    rounded: Codes
    if wire.dtype == "float16":
        with np.errstate(over="ignore"):  # what it cannot hold arrives infinite, as it does
            rounded = codes.astype(np.float16).astype(np.float32)
        return rounded
    bits = np.ascontiguousarray(codes).view(np.uint32)  # bfloat16 is the upper half, rounded to nearest, ties to even
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
    return rounded


def _latents(wire: Wire, codes: Codes) -> None:
    if codes.dtype.kind != "f":
        raise CodecFailed(f"the wire's fault {wire.fault!r} is of latents, and the codes are integers")


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
    "stall": _stall,
    "off-by-one": _off_by_one,
    "permute": _permute,
    "keep": _keep,
    "switch-codebooks": _switch_codebooks,
    "zero": _zero,
    "transpose": _transpose,
    "delay": _delay,
    "stagger": _stagger,
    "advance": _advance,
    "shift": _shift,
    "zero-frame": _zero_frame,
    "noise": _noise,
    "round": _round,
}
OF_LATENTS: tuple[Fault, ...] = ("noise", "round")
OF_CODEBOOKS: tuple[Fault, ...] = (  # or of a code's value: one more, none, lost
    *("off-by-one", "permute", "keep", "switch-codebooks", "zero", "delay", "stagger", "advance"),
    *("lose", "stall"),
)
