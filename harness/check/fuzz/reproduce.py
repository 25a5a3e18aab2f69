"""
From a program to the standard topologies that show the same fault, so that a suite can keep it in regression.

A program may use several instances in ways that no topology has; then none shows it, and the program itself is kept.
"""

import functools
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.audio.waveform import Samples
from harness.check.finding import Violation
from harness.check.fuzz.promised import CLONES, RESETS, promises
from harness.check.laws.slots import Alone, rows_off
from harness.check.subject import Subject
from harness.codecs.optional import SlotCodec
from harness.codecs.protocol import Codes
from harness.errors import CodecFailed, NotOffered
from harness.record import Verdict
from harness.topology.catalogue import SLOT_EVENTS, TOPOLOGIES, find
from harness.topology.interpreter import run_topology
from harness.topology.model import Slots, Topology
from harness.topology.plan import Clone, Reset, plan

Output = tuple[Codes, Samples] | str
REFERENCE = "shared"
ROWS = 4  # of the events of slots: a bucket that is not full, with a row on either side


def topologies_showing(subject: Subject) -> list[str]:
    """Return the standard topologies that must be identical to the shared instance, and here are not."""
    reference = _output(subject, TOPOLOGIES[REFERENCE].topology)
    named = {
        name: entry.topology
        for name, entry in TOPOLOGIES.items()
        if entry.expectation.at_least is Verdict.IDENTICAL and name != REFERENCE and _promised(subject, entry.topology)
    }
    found = {name: _output(subject, topology) for name, topology in named.items()}
    showing = [name for name, output in found.items() if output is not None and not _equal(output, reference)]
    return [*showing, *_events_showing(subject)]


def _promised(subject: Subject, topology: Topology) -> bool:
    """Return whether the codec promises the clones and resets of *topology*: without, it shows no fault."""
    for step in plan(topology, subject.frames):
        if isinstance(step, Clone) and not promises(subject, CLONES):
            return False
        if isinstance(step, Reset) and not promises(subject, RESETS[step.side]):
            return False
    return True


def _events_showing(subject: Subject) -> list[str]:
    """Return the standard topologies of slots, of `ROWS` rows, in which a row is not as alone."""
    codec, alone = subject.codec, Alone(subject)
    if not isinstance(codec, SlotCodec):
        return []
    found = []
    for event in SLOT_EVENTS:
        name, slots = f"slot-{event}-{ROWS}", Slots.model_validate({"rows": ROWS, "event": event})
        look = functools.partial(rows_off, subject, codec, slots, alone)
        if find(name).expectation.at_most is None and _differs(look):
            found.append(name)
    return found


def _differs(look: Callable[[], Violation | None]) -> bool:
    try:
        return look() is not None
    except NotOffered:
        return False
    except CodecFailed:
        return True


def suite_text(adapter: str, options: dict[str, Any], topologies: list[str], codes_from: str | None = None) -> str:
    """Return a suite that runs these topologies on the codec, as TOML; *codes_from* makes the codes of a decoder."""
    # JSON's strings, numbers, booleans and lists are TOML's too.
    rows = [f"adapter = {json.dumps(adapter)}", *(f"{key} = {json.dumps(value)}" for key, value in options.items())]
    names = ", ".join(json.dumps(name) for name in [REFERENCE, *topologies])
    encoder = []
    if codes_from is not None:
        rows.append('codes_from = "encoder"')
        encoder = ["[codecs.encoder]", f"adapter = {json.dumps(codes_from)}", ""]
    return "\n".join(
        ["[codecs.found]", *rows, "", *encoder, "[[setups]]", 'codec = "found"', f"topology = [{names}]", ""]
    )


def _output(subject: Subject, topology: Topology) -> Output | None:
    """Return what came out, or why nothing did; None for a topology that does not apply to the codec."""
    main, other = subject.speech(0, subject.frames), subject.speech(0, subject.frames, "other")
    try:
        trace = run_topology(topology, subject.codec, main, other, prior_frames=subject.frames // 2)
    except NotOffered:
        return None
    except CodecFailed as error:
        return str(error)
    return trace.codes, trace.pcm


def _equal(left: Output, right: Output | None) -> bool:
    if right is None or isinstance(left, str) or isinstance(right, str):
        return left == right
    return np.array_equal(left[0], right[0]) and np.array_equal(left[1], right[1])
