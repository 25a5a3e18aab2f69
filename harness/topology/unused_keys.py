"""
Keys of a suite's tables that have no effect: what was meant by them does not happen, so they are refused.

A wire is asked for the keys that its fault reads, even at their default. A signal path and a topology are asked for
those that are not at their default, which in most of them is "off".
"""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from harness.topology.model import Topology
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Fault, Wire

CHUNKS = 8  # calls of the stream that two wirings are compared on
EARLY, LATE = 0.25, 0.75  # two switch points that no stream of so many calls takes for one
# The end of the speech is no step of a plan, and where an instance comes from is said of one that no call needs, too.
UNASKED = {"about", "tail", "instance"}

WAYS = ("at", "every", "pattern", "share", "jitter")  # to say where a fault happens; one of them
OWNERS = {  # keys that belong to some of these ways alone
    "spell": ("share",),
    "hit_inside": ("share",),
    "hit_outside": ("share",),
    "wait": ("jitter",),
    "seed": ("share", "jitter"),
}
PLACED = (*WAYS, *OWNERS)
BURSTS = ("drop", "lose", "repeat-previous", "stall", "zero-frame")  # faults whose count is that of frames in a row
USES: dict[Fault, tuple[str, ...]] = {  # the keys that a fault reads
    "none": (),
    "drop": (*PLACED, "count"),
    "lose": (*PLACED, "count"),
    "duplicate": PLACED,
    "swap": PLACED,
    "repeat-previous": (*PLACED, "count"),
    "stall": (*PLACED, "count"),
    "off-by-one": (),
    "permute": ("codebooks",),
    "keep": ("count",),
    "switch-codebooks": ("at", "every", "count"),
    "zero": ("codebooks",),
    "transpose": (),
    "delay": ("count",),
    "stagger": ("count",),
    "advance": ("count",),
    "shift": ("count",),
    "zero-frame": (*PLACED, "count"),
    "noise": ("noise_db", "seed"),
    "round": ("dtype",),
}
ROUNDING = 1e-9  # 0.8 / (1 - 0.8) is more than 4
NEEDS_CODEBOOKS = ("permute", "zero")
PATH_OWNERS = {  # the key without which another does nothing, and why
    "rounding": ("chunk", "there are no calls to round"),
    "overflow": ("int16", "nothing overflows"),
    "byte_chunk": ("int16", "there are no bytes"),
    "odd_byte": ("byte_chunk", "no message ends inside a sample"),
    "byte_order": ("int16", "there are no bytes"),
}


def checked_wire(given: Wire) -> Wire:
    """Return *given*; raise `ValueError` for a key that its fault does not use, or lacks."""
    said, used = given.model_fields_set - {"fault", "about"}, USES[given.fault]
    for key in sorted(said - {*used}):
        wanted = f"uses {_listed(used)}" if used else "uses no other key"
        raise ValueError(f"{_said(key, getattr(given, key))}: fault = {given.fault!r} {wanted}; remove it")
    if given.fault in NEEDS_CODEBOOKS and not given.codebooks:
        raise ValueError(f"fault = {given.fault!r} needs codebooks, such as codebooks = [0]")
    _check_places(given, said)
    return given


def _check_places(given: Wire, said: set[str]) -> None:
    """Refuse what is said of where the fault happens, if it is said twice, of another way, or hits all or nothing."""
    ways = [key for key in WAYS if key in said]
    for key in ways[:-1]:
        last = ways[-1]
        raise ValueError(
            f"{_said(key, getattr(given, key))}: {last} = {getattr(given, last)!r} says where the faults are; "
            "remove one of them"
        )
    for key, owners in OWNERS.items():
        if key in said and not said & {*owners} and "at" in USES[given.fault]:
            raise ValueError(
                f"{_said(key, getattr(given, key))} without {_listed(owners, 'or')}; remove it, or add that"
            )
    if "count" in said and "count" in USES[given.fault] and said & {"pattern", "share", "jitter"}:
        raise ValueError(f"{_said('count', given.count)}: {ways[-1]} says how many frames are hit in a row; remove it")
    if given.every is not None and given.fault in BURSTS and given.count >= given.every:
        raise ValueError(f"count = {given.count} of every {given.every} frames is all of them; wanted less than every")
    if "pattern" in said and len({*given.pattern}) < 2:
        raise ValueError(f"pattern = {given.pattern!r} hits all frames or none; wanted such as '..x' for every third")
    if given.share is not None:
        _check_chance(given, given.share)


def _check_chance(given: Wire, share: float) -> None:
    if share == 0:
        raise ValueError("share = 0: the wire is never bad; wanted more than 0")
    if given.hit_inside == given.hit_outside:
        raise ValueError(
            f"{_said('share', share)}: hit_inside and hit_outside are both {given.hit_outside}; change one"
        )
    fewest = share / (1 - share) * (1 - ROUNDING)
    if given.spell is not None and given.spell < fewest:
        raise ValueError(
            f"spell = {given.spell:g} frames is too short for share = {share:g}: bad spells would have to follow each "
            f"other; wanted spell = {math.ceil(10 * fewest) / 10:g} or more"
        )


def checked_path(given: SignalPath) -> SignalPath:
    """Return *given*; raise `ValueError` for a key that changes nothing beside the others."""
    if given.source_rate is None and "resampler" in given.model_fields_set:
        raise ValueError(f"{_said('resampler', given.resampler)}: without source_rate nothing is resampled; add it")
    if given.chunk is not None and (given.source_rate is None or given.resampler == "none"):
        lacks = "without source_rate" if given.source_rate is None else "with resampler = 'none'"
        raise ValueError(
            f"{_said('chunk', given.chunk)}: {lacks} nothing is resampled; add a source_rate and a resampler"
        )
    for key, (owner, why) in PATH_OWNERS.items():
        default = SignalPath()
        if getattr(given, key) != getattr(default, key) and getattr(given, owner) == getattr(default, owner):
            raise ValueError(f"{_said(key, getattr(given, key))}: without {owner} {why}; add it")
    if given.byte_chunk is not None and given.byte_chunk % 2 == 0:
        raise ValueError(
            f"{_said('byte_chunk', given.byte_chunk)}: an even number of bytes is whole samples; make it odd"
        )
    return given


def checked_topology(given: Topology) -> Topology:
    """Return *given*; raise `ValueError` for a key without which the stream is wired the same."""
    if given.decoder.crossfade and "trim" in given.decoder.model_fields_set:
        raise ValueError(
            f"decoder.trim = {given.decoder.trim!r}: decoder.crossfade = {given.decoder.crossfade:g} says how windows "
            "are joined; remove one of them"
        )
    default = Topology()
    for key, value in given:
        if key not in UNASKED and key not in ("encoder", "decoder") and value != getattr(default, key):
            _check_effect(given, key, value, given.model_copy(update={key: getattr(default, key)}))
    for name, side in given.sides():
        plain = getattr(default, name)
        for key, value in side:
            if key not in UNASKED and value != getattr(plain, key):
                without = side.model_copy(update={key: getattr(plain, key)})
                _check_effect(given, f"{name}.{key}", value, given.model_copy(update={name: without}))
    return given


def _check_effect(given: Topology, key: str, value: object, without: Topology) -> None:
    from harness.topology.plan import plan  # most suites give no key of their own, and collecting tests plans nothing

    one, other = given, without
    if key == "switch":
        one, other = (given.model_copy(update={"switch": place}) for place in (EARLY, LATE))
    frames = CHUNKS if key == "chunk" else CHUNKS * given.chunk
    if plan(one, frames) == plan(other, frames):
        raise ValueError(
            f"{_said(key, value)}: the stream is wired the same without it; remove it, or add what it is for"
        )


def _listed(keys: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(keys[:-1]), keys[-1])))


def _said(key: str, value: object) -> str:
    return f"{key} = {value!r} has no effect"


GivenWire = Annotated[Wire, AfterValidator(checked_wire)]
GivenPath = Annotated[SignalPath, AfterValidator(checked_path)]
GivenTopology = Annotated[Topology, AfterValidator(checked_topology)]
