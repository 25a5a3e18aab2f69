"""
Faults of length: something is missing, doubled or late at the ends or in between.

Frames that are missing or doubled once are heard as a click or a slip; from about 40 ms on sounds are missing, from
200 ms on syllables (`harness.sensitivity.catalogue.timing`).
"""

import numpy as np

from harness.sensitivity.catalogue.timing import GAPS
from harness.sensitivity.fault import Family, Fault, Where
from harness.sensitivity.plants import OnSamples, OnWire, OnWiring
from harness.sensitivity.window import PieceOfStream, Reals

FADES = "a word fades over its last 100 ms, of which the half is hardly heard"
LENGTHS = (10.0, 40.0, 80.0, 160.0, 320.0, 640.0)  # ms; a frame at least


def _muted_from(window: PieceOfStream, milliseconds: float) -> Reals:
    return np.where((window.since >= 0) & (window.since < milliseconds / 1000), 0.0, window.new)


def _muted_until(window: PieceOfStream, milliseconds: float) -> Reals:
    return np.where((window.since <= 0) & (window.since > -milliseconds / 1000), 0.0, window.new)


ROWS = (
    Fault(
        "first-word-cut", Family.LENGTH, "ms", (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "aa???d!!", GAPS,
        "the beginning of the first word is silent", OnSamples(_muted_from), Where.BEGINNING,
    ),
    Fault(
        "last-word-cut", Family.LENGTH, "ms", (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0), "aaa???!!", FADES,
        "the end of the last word is silent", OnSamples(_muted_until), Where.ENDING,
    ),
    Fault(
        "frames-dropped", Family.LENGTH, "ms", LENGTHS, "?dd!!!", GAPS,
        "frames are taken out, and all that follows comes early",
        OnWire(lambda size, place: {"fault": "drop", "at": place.share, "count": place.frames(size)}),
        Where.SPEECH,
    ),
    Fault(
        "frames-doubled", Family.LENGTH, "ms", LENGTHS, "?dd!!!", GAPS,
        "frames are sent twice, and all that follows comes late",
        OnWire(lambda size, place: {"fault": "duplicate", "at": place.share, "count": place.frames(size)}),
        Where.SPEECH,
    ),
    Fault(
        "stream-late", Family.LENGTH, "ms", LENGTHS, "??dd!!",
        "who only listens hears no delay; what is late is cut off at the end",
        "the whole stream is late, and its end is lost",
        OnWire(lambda size, place: {"fault": "shift", "count": place.frames(size)}, sides=("wire", "decoder")),
    ),
    Fault(
        "buffer-stalls", Family.LENGTH, "ms", LENGTHS, "?dddd!", GAPS,
        "the buffer runs dry, and all that follows comes late",
        OnWire(lambda size, place: {"fault": "stall", "at": place.share, "count": place.frames(size)}),
        Where.SPEECH,
    ),
    Fault(
        "tail-dropped", Family.LENGTH, "", (1.0,), "?",
        "less than a frame is missing at the end of the file, where there is seldom speech",
        "the last part of a frame is never sent",
        OnWiring(lambda size, place: {"tail": "drop"}, ("input", "end", "encoder"), stateful=False),  # noqa: ARG005
    ),
)  # fmt: skip
