"""
Why a stream whose calls are made on windows is not what the stream is: looks that could have refuted the answer.

The wiring is run again with all of the past in each window, with all that follows, and cut otherwise; the seam at which
the difference begins is named, and what is lost or doubled there.
"""

from collections.abc import Iterator

from harness.codecs.protocol import Side
from harness.errors import HarnessError
from harness.explain.parted import Answer, Origin, Parted
from harness.topology.model import WHOLE_STREAM, Wiring
from harness.topology.plan import given
from harness.topology.seams import seams


def of_windows(parted: Parted) -> Answer | None:
    """Return what makes windows of the suspect another than the stream; None if it is called on none on that side."""
    topology, rewired = parted.suspect.topology, parted.suspect.rewired
    if topology is None or rewired is None:
        return None
    name = str(parted.side)
    wiring = topology.encoder if parted.side is Side.ENCODER else topology.decoder
    if wiring.calls != "windowed":
        return None
    told, found = [_where(parted)], False
    for what, changes in _otherwise(wiring):
        other = topology.model_copy(update={name: wiring.model_copy(update=changes)})
        try:
            alike = parted.parts(rewired(other), parted.expected) is None
        except HarnessError as error:
            told.append(f"{what} it fails: {error}.")
            continue
        if alike:
            told.append(f"{what} the stream is as it should be: that is what makes it.")
            found = True
            break
        told.append(f"{what} it differs too.")
    if not found:
        told.append("So it is not the window alone that makes it.")
    return Origin.WINDOW if found else None, " ".join(told)


def _otherwise(wiring: Wiring) -> Iterator[tuple[str, dict[str, int | float | str]]]:
    """Yield the windows to try instead, in words and as what is changed: the smallest change first."""
    if getattr(wiring, "crossfade", 0.0):
        yield "Without the crossfade", {"crossfade": 0.0}
    if getattr(wiring, "trim", "left") != "left":
        yield "Cut from the left", {"trim": "left"}
    past: dict[str, int | float | str] = {"left_context": WHOLE_STREAM}
    ahead: dict[str, int | float | str] = {"right_context": WHOLE_STREAM}
    if wiring.left_context < WHOLE_STREAM:
        yield f"With all of the past instead of {wiring.left_context} frames in each window", past
    if wiring.right_context < WHOLE_STREAM:
        yield f"With all that follows instead of {wiring.right_context} frames in each window", ahead
        yield "With both", past | ahead


def _where(parted: Parted) -> str:
    call = parted.calls[1]
    first, end = given(call)
    frames = f"frames {call.start} to {call.stop - 1}"
    said = f"The call for {frames} was given frames {first} to {end - 1}, without any state."
    if call.start:
        said += f" The seam before it is at frame {call.start}."
    if parted.side is Side.DECODER:
        found = seams(parted.got.pieces, parted.got.pcm, parted.expected.pcm, parted.reference.info.frame_size)
        said += f" There are {found.words}." if found is not None and found.words else ""
    return said
