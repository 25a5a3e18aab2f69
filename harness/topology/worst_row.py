"""
Several streams, in rows of one call or in sessions at the same time: every one must give what it gives alone, and the
one that does not is judged.

Our speech is in the last row or session, other speech in the others (`harness.topology.batch_row`, `.slots`,
`.sessions`).
Where another row differs from its stream alone beyond rounding, our speech goes through that row, so that the harm is
measured on speech whose words are known.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes
from harness.errors import CodecFailed
from harness.topology.exact import Comparison, compare
from harness.topology.model import Topology
from harness.topology.slot_schedule import schedule
from harness.topology.trace import Trace

TRIES = 3  # with our speech in the session that differed; threads do not meet twice in the same way


def worst_row(
    run: Callable[[int | None], Trace],
    alone: Callable[[Samples | None], Trace],
    tie: Callable[[Samples | None, Trace, Codes, Samples], bool],
    topology: Topology,
    info: CodecInfo,
) -> Trace:
    """
    Return the trace of our speech in the worst row of the batch or the slots of *topology*, with what is to be said.

    run : runs our speech in a place, the last one if None
    alone : runs a stream without the others; our speech, with all that is done to it, if None
    tie : tells whether codes and PCM of a stream differ from what it gives alone in ties only (`harness.codecs.ties`)
    Raises `CodecFailed` if a row differs as long as other speech is in it, and not with ours, or ours cannot be in it.
    """
    trace = run(None)
    if trace.place is None or trace.row is None:
        raise ValueError("the trace of several streams tells which is ours, this one does not")
    ours = alone(None)

    def found(place: int, row: int, codes: Codes, pcm: Samples, spoken: Samples | None, single: Trace) -> _Found:
        off = compare(codes, pcm, single.codes, single.pcm, info.frame_size, info.tolerance)
        return _Found(place, row, off, not off.within_tolerance and not tie(spoken, single, codes, pcm))

    rows = [found(one.place, one.row, one.codes, one.decoded, one.pcm, alone(one.pcm)) for one in trace.beside]
    rows.append(found(trace.place, trace.row, trace.codes, trace.pcm, None, ours))
    beyond = [one for one in rows if one.harmed]
    if not beyond:
        return replace(trace, said=_rounding(rows, topology.seat))
    worst = max(beyond, key=lambda one: (_above(one.off), one.place))
    said = _said(worst, beyond, rows, topology)
    if worst.place != trace.place:
        if not _may_be_ours(worst.place, len(ours.codes[0]), topology):
            raise CodecFailed(f"{said}, with other speech in it, and ours cannot be in its place")
        for _ in range(TRIES if topology.sessions.count else 1):
            trace = run(worst.place)
            if found(worst.place, worst.row, trace.codes, trace.pcm, None, ours).harmed:
                break
        else:
            raise CodecFailed(f"{said}, with other speech in it; with ours it does not")
    return replace(trace, said=said)


@dataclass(frozen=True)
class _Found:
    """How the stream of a place differs from itself alone; *harmed* if it is by more than rounding and ties."""

    place: int
    row: int
    off: Comparison
    harmed: bool


def _may_be_ours(place: int, frames: int, topology: Topology) -> bool:
    return not topology.slots.rows or schedule(topology.slots, frames, 1, topology.switch)[place].whole


def _above(one: Comparison) -> float:
    """Return how far the difference is above the level of the stream, in dB; for a stream that is silent, far."""
    return -one.snr_db if one.snr_db is not None else 1e3


def _rounding(found: list[_Found], seat: str) -> str:
    differing = sorted({one.row for one in found if not one.off.pcm_equal})
    count = len({one.row for one in found})
    return f"{_rows(differing, seat)} of {count} differ from the same stream alone by rounding" if differing else ""


def _said(worst: _Found, beyond: list[_Found], found: list[_Found], topology: Topology) -> str:
    too = sorted({one.row for one in beyond} - {worst.row})
    rest = sorted({one.row for one in found} - {one.row for one in beyond})
    seat, last = topology.seat, topology.streams - 1
    more = f" ({_rows(too, seat)} too)" if too else f" ({_rows(rest, seat)} not)" if rest else ""
    return f"{seat} {worst.row} of {seat}s 0 to {last} differs from the same stream alone{more}"


def _rows(rows: list[int], seat: str) -> str:
    return f"{seat}{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"
