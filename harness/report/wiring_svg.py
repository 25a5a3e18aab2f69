"""
A setup's wiring drawn as SVG from its factors: instances, clones, resets, calls and the wire.

Two rows at most: the instance that encodes and, if it is another, the instance that decodes. The page defines the tip
of arrows, `#tip`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from harness.record import Scalar, SetupRecord
from harness.report.svg import Drawing, Shape, rect, text
from harness.topology.catalogue import SESSIONS, SLOT_EVENTS
from harness.topology.model import WHOLE_STREAM

_CLONED = {
    "before-use": "cloned before use",
    "mid-encode": "cloned after half was encoded",
    "after-encode": "cloned after all was encoded",
    "switch": "cloned in mid-stream, carries on",
}
_ENCODER_CLONED = {"before-use": "a clone made before use", "switch": "a clone carries on"}
_RESETS = {"start": "reset at the start", "every-call": "reset before every call", "switch": "reset in mid-stream"}
WINDOW = ("left_context", "right_context", "trim", "crossfade")
_CALLS = {"offline": "one call, no state kept", "stateless": "no state kept between calls"}


@dataclass(frozen=True)
class _Box:
    """One side of an instance: a titled rectangle at *x*, *y* with notes below its title; *odd*: unusual wiring."""

    x: int
    y: int
    title: str
    notes: tuple[str, ...]
    odd: bool


def draw(setup: SetupRecord, reference: SetupRecord | None = None) -> Drawing | None:
    """
    Return *setup* as a drawing, or None if its factors say nothing about the wiring.

    reference : the setup that it is held against; what the wire and the signal path do otherwise than there is told
    """
    factors = setup.factors
    before = reference.factors if reference is not None else {}
    if not any(name.startswith("topology.") for name in factors):
        return None
    instance = str(factors.get("topology.decoder.instance", "shared"))
    late = instance == "clone" and factors.get("topology.decoder.cloned") == "switch"
    lower = 0 if instance == "shared" else 118
    encoder = _Box(150, 34, "encoder", _notes(factors, "encoder"), _unusual(factors, "encoder"))
    decoder = _Box(510, 34 + lower, "decoder", _notes(factors, "decoder"), _unusual(factors, "decoder"))
    shapes = _instance(136, 8, 536 if not lower else 176, "instance a")
    if lower:
        shapes += _instance(496, 8 + lower, 176, "instance b")
    shapes += [text(10, 70, "speech"), _path("M64 66L150 66"), *_box(encoder), *_box(decoder)]
    shapes += [*_wire(factors, _otherwise("wire.", factors, before), lower)]
    shapes += _signal_path(_otherwise("path.", factors, before))
    shapes += [_path(f"M658 {66 + lower}L722 {66 + lower}"), text(728, 70 + lower, "decoded")]
    if instance == "clone":
        aliased = ", sharing its memory" * (factors.get("topology.decoder.aliased") is True)
        shapes += _clone(_CLONED.get(str(factors.get("topology.decoder.cloned")), "cloned") + aliased, late)
    if factors.get("topology.encoder.crosstalk") is True:
        shapes += _other(90, 112, 150, 92)
    if factors.get("topology.decoder.crosstalk") is True:
        shapes += _other(450, 112 + lower, 510, 92 + lower)
    beside = _beside(factors)
    shapes += [text(136, 140 + lower + 14 * row, said, "start", "small odd") for row, said in enumerate(beside)]
    height = 128 + lower + 16 * len(beside)
    return Drawing(800, height, f"Wiring of {setup.name}: {setup.diagram}", tuple(shapes), "wiring")


def _notes(factors: Mapping[str, Scalar], side: str) -> tuple[str, ...]:
    def factor(name: str) -> Scalar:
        return factors.get(f"topology.{side}.{name}")

    notes = [_CALLS.get(str(factor("calls")), ""), _RESETS.get(str(factor("reset")), "")]
    notes += [_short(f"but {factor('spares')}", 25)] if factor("spares") else []
    notes += ["has heard other speech"] if factor("dirty") is True else []
    notes += [_ENCODER_CLONED.get(str(factor("cloned")), "")] if side == "encoder" else []
    notes += ["a fresh one takes over"] if factor("takeover") is True else []
    notes += ["refuses a wrong call"] if factor("refused") is True else []
    notes += _window(*(factor(name) for name in WINDOW)) if factor("calls") == "windowed" else []
    return tuple(note for note in notes if note)


def _window(left: Scalar, right: Scalar, trim: Scalar, fade: Scalar) -> list[str]:
    """Say what the calls of a side are given beside their frames, and how that is cut off."""
    before = "all before" if left == WHOLE_STREAM else f"{left or 0} before"
    notes = [f"given {before}" + (f", {right} after" if right else "")]
    notes += [f"cut off: {trim}"] if trim not in (None, "left") else []
    return notes + ([f"{fade:g} ms blended"] if isinstance(fade, float) and fade else [])


def _unusual(factors: Mapping[str, Scalar], side: str) -> bool:
    return bool(_notes(factors, side)) or factors.get(f"topology.{side}.crosstalk") is True


def _otherwise(prefix: str, factors: Mapping[str, Scalar], before: Mapping[str, Scalar]) -> list[str]:
    """Return what the factors under *prefix* say that those of the reference do not, in words."""
    found = {
        name.removeprefix(prefix): value
        for name, value in factors.items()
        if name.startswith(prefix) and value not in (None, "", "none", False) and value != before.get(name)
    }
    if prefix == "wire." and str(factors.get("wire.fault", "none")) == "none":
        return []
    return [str(value) if name == "fault" else f"{name} {value}" for name, value in found.items()]


def _signal_path(odd: list[str]) -> list[Shape]:
    return [text(10, 88 + 14 * row, _short(said, 22), "start", "small odd") for row, said in enumerate(odd[:3])]


def _wire(factors: Mapping[str, Scalar], odd: list[str], lower: int) -> list[Shape]:
    chunk = factors.get("topology.chunk", 1)
    calls = "frame by frame" if chunk == 1 else f"{chunk} frames a call"
    if str(factors.get("topology.encoder.calls")) == "offline" or chunk == WHOLE_STREAM:
        calls = "all at once"
    if factors.get("topology.order") in ("sequential", "duplex"):
        calls += ", then decoded"
    caption = "wire: " + ", ".join(said.replace(" ", "\N{NO-BREAK SPACE}") for said in odd) if odd else "codes"
    above = wrap(caption, 60 if lower else 32, max_lines=3, placeholder="…")
    kind = "path odd" if odd else "path"
    line = f"M298 66H396V{66 + lower}H510" if lower else "M298 66H510"
    middle, anchor = (404, "start") if lower else (404, "middle")
    said = [text(middle, 56 - 14 * up, words, anchor, "odd" * bool(odd)) for up, words in enumerate(above[::-1])]
    return [_path(line, kind), *said, text(middle, 84, calls, anchor, "small")]


def _beside(factors: Mapping[str, Scalar]) -> list[str]:
    """Say what else goes on at the same time, and what is not sent."""
    said = {
        ("neighbour", "own"): "beside it, a second session on an instance of its own",
        ("neighbour", "source"): f"beside it, the source of the clone {_source_does(factors)} a second session",
        ("order", "duplex"): "while it decodes, the instance encodes other speech",
        ("tail", "drop"): "a part of a frame at the end is not sent",
        ("tail", "error"): "a part of a frame at the end is refused",
        ("end", "no-flush"): "what the decoder holds back is not flushed at the end",
        ("end", "flush-twice"): "at the end it is flushed twice",
        ("end", "use-closed"): "after it is closed it is used again",
    }
    found = [words for (name, value), words in said.items() if factors.get(f"topology.{name}") == value]
    rows, slots = factors.get("topology.batch", 1), factors.get("topology.slots.rows", 0)
    found += [f"in a batch of {rows} streams, ours beside other speech"] if rows != 1 else []
    event = SLOT_EVENTS.get(str(factors.get("topology.slots.event")), "other speech in the others")
    found += [f"{slots} slots: {event}"] if slots else []
    sessions, how = factors.get("topology.sessions.count", 0), str(factors.get("topology.sessions.how"))
    words = {str(name): said for name, said in SESSIONS.items()}.get(how, "sessions with other speech")
    return found + ([f"ours is one of {sessions} {words}"] if sessions else [])


def _source_does(factors: Mapping[str, Scalar]) -> str:
    does = {
        "encodes": factors.get("topology.encoder.cloned", "never") != "never",
        "decodes": factors.get("topology.decoder.instance") == "clone",
    }
    return " and ".join(word for word, cloned in does.items() if cloned)


def _clone(caption: str, late: bool) -> list[Shape]:
    return [_path("M216 112V206H496", "path clone late" if late else "path clone"), text(226, 198, caption)]


def _other(x: int, y: int, to_x: int, to_y: int) -> list[Shape]:
    line = _path(f"M{x} {y}H{to_x - 24}L{to_x} {to_y}", "path odd")
    return [line, text(x - 6, y + 4, "other speech", "end", "small odd")]


def _instance(x: int, y: int, width: int, name: str) -> list[Shape]:
    return [rect(x, y, width, 104, "instance", corner=10), text(x + 10, y + 18, name, "start", "small")]


def _box(box: _Box) -> list[Shape]:
    middle, top = box.x + 74, 38 if not box.notes else 20
    return [
        rect(box.x, box.y, 148, 66, "side odd" if box.odd else "side", corner=6),
        text(middle, box.y + top, box.title, "middle", "strong"),
        *(text(middle, box.y + 36 + 13 * row, note, "middle", "small odd") for row, note in enumerate(box.notes)),
    ]


def _path(line: str, kind: str = "path") -> Shape:
    return Shape("path", {"class": kind, "d": line, "marker-end": "url(#tip)"})


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
