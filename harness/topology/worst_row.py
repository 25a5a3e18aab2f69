"""
A batched topology, row by row: every row must give what its stream gives alone, and the row that does not is judged.

Our speech is in the last row, other speech in the others (`harness.topology.batch_row`). Where another row differs from
its stream alone beyond rounding, our speech goes through that row, so that the harm is measured on speech whose words
are known.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes
from harness.errors import CodecFailed
from harness.topology.exact import Comparison, compare
from harness.topology.interpreter import Trace


def worst_row(
    run: Callable[[int], Trace], alone: Callable[[Samples | None], Trace], rows: int, info: CodecInfo
) -> Trace:
    """
    Return the trace of our speech in the worst of *rows*, with what is to be said of the rows.

    run : runs our speech in a row of the batch
    alone : runs a stream without a batch; our speech, with all that is done to it, if None
    Raises `CodecFailed` if a row differs as long as other speech is in it, and not with ours.
    """
    trace = run(rows - 1)
    if trace.beside is None:
        raise ValueError("the trace of a batch tells what the other rows gave, this one does not")
    found = [
        _against(codes, pcm, alone(stream), info)
        for codes, pcm, stream in zip(trace.beside.codes, trace.beside.decoded(), trace.beside.pcm, strict=True)
    ]
    ours = alone(None)
    found.append(_against(trace.codes, trace.pcm, ours, info))
    beyond = [row for row, one in enumerate(found) if not one.within_tolerance]
    if not beyond:
        return replace(trace, row=rows - 1, said=_rounding(found))
    worst = max(beyond, key=lambda row: (_above(found[row]), row))
    said = _said(worst, beyond, rows)
    if worst < rows - 1:
        trace = run(worst)
        if _against(trace.codes, trace.pcm, ours, info).within_tolerance:
            raise CodecFailed(f"{said}, with other speech in it; with ours it does not")
    return replace(trace, row=worst, said=said)


def _against(codes: Codes, pcm: Samples, alone: Trace, info: CodecInfo) -> Comparison:
    return compare(codes, pcm, alone.codes, alone.pcm, info.frame_size, info.tolerance)


def _above(one: Comparison) -> float:
    """Return how far the difference is above the level of the stream, in dB; for a stream that is silent, far."""
    return -one.snr_db if one.snr_db is not None else 1e3


def _rounding(found: list[Comparison]) -> str:
    differing = [row for row, one in enumerate(found) if not one.pcm_equal]
    return f"{_rows(differing)} of {len(found)} differ from the same stream alone by rounding" if differing else ""


def _said(worst: int, beyond: list[int], rows: int) -> str:
    too = [row for row in beyond if row != worst]
    rest = [row for row in range(rows) if row not in beyond]
    more = f" ({_rows(too)} too)" if too else f" ({_rows(rest)} not)"
    return f"row {worst} of rows 0 to {rows - 1} differs from the same stream alone{more}"


def _rows(rows: list[int]) -> str:
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"
