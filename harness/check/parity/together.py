"""
The law `stays-together`: two implementations on one long stream, looked at near powers of two.

Both encode the same speech and decode the reference's codes. A port that is right for a second and wrong for a minute
is found by nothing shorter.
"""

from dataclasses import dataclass

import numpy as np

from harness.check.endurance.run import LongRun, MarkWindow, compared, windows
from harness.check.endurance.stream import WINDOW, LongStream
from harness.check.endurance.verdict import CAP, breaks, drifts, flat
from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.pair import Pair
from harness.check.parity.playing import Player, codec_of
from harness.codecs.protocol import Codes
from harness.codecs.returned import guarded
from harness.errors import CodecFailed
from harness.runtime.pool import WorkerDied

PROMISE = "over a long stream both stay what they are to each other"
NO_CODES: Codes = np.zeros((0, 0), np.int64)


@dataclass(frozen=True)
class StreamHeard:
    """
    What one implementation gave at the marks, the codes of all frames if both decode them, and why it ended before its
    time if it did.
    """

    windows: list[MarkWindow]
    codes: Codes
    failed: str | None


@dataclass(frozen=True)
class Together:
    """How far two implementations agree over a long stream, in words, and at the last mark."""

    agreement: Agreement
    words: str
    run: LongRun


def stays_together(pair: Pair, minutes: float) -> Together:
    """Send a stream of *minutes* through both, and compare them at each mark."""
    info = pair.reference.info
    frames = max(4 * WINDOW, round(minutes * 60 / info.frame_seconds))
    stream = LongStream(pair.inputs.speech, info.frame_size, info.sample_rate, frames, warm=0)
    expected = _heard(pair.reference, stream, None)
    if expected.failed is not None:
        raise CodecFailed(f"the reference {info.name} does not last {minutes:g} minutes: {expected.failed}")
    got = _heard(pair.other, stream, expected.codes)
    marks = [compared(mine, right, pair.tolerance) for mine, right in zip(got.windows, expected.windows, strict=False)]
    run = LongRun(marks=marks, failed=got.failed)
    if got.failed is not None:
        return Together(Agreement.PARTED, f"{got.failed}; until then {flat(marks)}", run)
    trouble = breaks(marks) or drifts(marks)
    if trouble is not None:
        return Together(Agreement.PARTED, trouble, run)
    if any(mark.codes for mark in marks):
        share = max(mark.codes for mark in marks)
        return Together(Agreement.PARTED, f"codes differ all along, by up to {share:.1%}; {flat(marks)}", run)
    if all(mark.snr >= CAP for mark in marks):
        return Together(Agreement.BITS, flat(marks), run)
    close = all(mark.rounding for mark in marks)
    return Together(Agreement.ROUNDING if close else Agreement.ARITHMETIC, flat(marks), run)


def _heard(player: Player, stream: LongStream, given: Codes | None) -> StreamHeard:
    try:
        return player.call(_played, stream, given)
    except WorkerDied as death:
        return StreamHeard([], NO_CODES, death.reason)


def _played(which: Implementation, stream: LongStream, given: Codes | None) -> StreamHeard:
    found: list[MarkWindow] = []
    codes: list[Codes] = []  # of the reference, which both decode
    failed = None
    try:
        codec = codec_of(which)
        instance = guarded("open", codec.open)
        for window, _ in windows(instance, codec.info, stream, given, [], codes if given is None else None):
            found.append(window)
    except CodecFailed as error:
        failed = str(error)
    return StreamHeard(found, np.concatenate(codes, axis=1) if codes else NO_CODES, failed)
