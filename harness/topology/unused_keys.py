"""
Keys of a suite's tables that have no effect: what was meant by them does not happen, so they are refused.

A wire is asked for the keys that its fault reads, even at their default. A signal path and a topology are asked for
those that are not at their default, which in most of them is "off".
"""

from typing import Annotated

from pydantic import AfterValidator

from harness.topology.model import Topology
from harness.topology.plan import plan
from harness.topology.signal_path import SignalPath
from harness.topology.wire import NEEDS_CODEBOOKS, USES, Wire

CHUNKS = 8  # calls of the stream that two wirings are compared on
EARLY, LATE = 0.25, 0.75  # two switch points that no stream of so many calls takes for one
# The end of the speech is no step of a plan, and where an instance comes from is said of one that no call needs, too.
UNASKED = {"about", "tail", "instance"}


def checked_wire(given: Wire) -> Wire:
    """Return *given*; raise `ValueError` for a key that its fault does not use, or lacks."""
    used = USES[given.fault]
    for key in sorted(given.model_fields_set - {"fault", "about", *used}):
        wanted = f"uses {' and '.join(used)}" if used else "uses no other key"
        raise ValueError(f"{_said(key, getattr(given, key))}: fault = {given.fault!r} {wanted}; remove it")
    if {"at", "every"} <= given.model_fields_set:
        raise ValueError(
            f"{_said('at', given.at)}: every = {given.every} says where the faults are; remove one of them"
        )
    if given.fault in NEEDS_CODEBOOKS and not given.codebooks:
        raise ValueError(f"fault = {given.fault!r} needs codebooks, such as codebooks = [0]")
    if given.every is not None and given.count >= given.every and "count" in used:
        raise ValueError(f"count = {given.count} of every {given.every} frames is all of them; wanted less than every")
    return given


def checked_path(given: SignalPath) -> SignalPath:
    """Return *given*; raise `ValueError` for a key that changes nothing beside the others."""
    if given.source_rate is None and "resampler" in given.model_fields_set:
        raise ValueError(f"{_said('resampler', given.resampler)}: without source_rate nothing is resampled; add it")
    if given.chunk is not None and (given.source_rate is None or given.resampler == "none"):
        lacks = "without source_rate" if given.source_rate is None else "with resampler = 'none'"
        raise ValueError(
            f"{_said('chunk', given.chunk)}: {lacks} nothing is resampled; add a source_rate and a resampler"
        )
    return given


def checked_topology(given: Topology) -> Topology:
    """Return *given*; raise `ValueError` for a key without which the stream is wired the same."""
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
    one, other = given, without
    if key == "switch":
        one, other = (given.model_copy(update={"switch": place}) for place in (EARLY, LATE))
    frames = CHUNKS if key == "chunk" else CHUNKS * given.chunk
    if plan(one, frames) == plan(other, frames):
        raise ValueError(
            f"{_said(key, value)}: the stream is wired the same without it; remove it, or add what it is for"
        )


def _said(key: str, value: object) -> str:
    return f"{key} = {value!r} has no effect"


GivenWire = Annotated[Wire, AfterValidator(checked_wire)]
GivenPath = Annotated[SignalPath, AfterValidator(checked_path)]
GivenTopology = Annotated[Topology, AfterValidator(checked_topology)]
