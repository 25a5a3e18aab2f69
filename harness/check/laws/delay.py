"""The law of the delay: as declared, from the beginning of a long stream to its end."""

import numpy as np

from harness.audio.waveform import Waveform
from harness.check.finding import Violation
from harness.check.laws.pieces import SpeechPiece, both, first_of, unlike
from harness.check.subject import Subject
from harness.codecs.protocol import CodecInfo
from harness.metrics.alignment import OTHER_LAG, UNDISPUTED, align
from harness.metrics.delay import CONFIDENT, ENVELOPE_STEP, Signal, by_envelope, by_waveform, by_window, likeness
from harness.record import Measurement
from harness.verdict import Tolerances

DELAY_TOLERANCE = 0.001  # s; STOI and echo sums are hurt by less than this
SCATTER = 2.0  # medians; a clock that is off scatters the lags of a quarter by a twelfth of the change between two


def delay(subject: Subject) -> Violation | None:
    """Check that decoded speech lags its input by the declared number of samples, from beginning to end."""
    trouble = first_of(subject, _late)
    if trouble is not None and trouble.frame is None:
        return trouble
    # Of a clock that is off the rate says more than the lag.
    return _drifts(subject, subject.info.lag) or trouble or _jumps(subject)


def _late(info: CodecInfo, piece: SpeechPiece) -> Violation | None:
    lag = piece.lag
    if abs(lag.correlation) < CONFIDENT:
        seconds = by_envelope(piece.spoken, piece.heard, info.sample_rate)
        if seconds is None:
            raise unlike(lag, "it tells no delay")
        found, tolerance = round(seconds * info.sample_rate), 1.5 * ENVELOPE_STEP
    else:
        found, tolerance = lag.samples, DELAY_TOLERANCE
    if abs(found - info.lag) <= tolerance * info.sample_rate:
        return None
    said = f"decoded speech lags by {found} samples{piece.where}, declared are {info.lag}"
    return Violation(said, piece.frame, Measurement.of(found - info.lag, "samples"))


def _drifts(subject: Subject, around: int) -> Violation | None:
    """Tell whether the lag is another one at the end of the long stream than at its beginning."""
    rate = subject.info.sample_rate
    windows = by_window(*both(subject, subject.long_frames), rate, around)
    times, lags = windows.times, windows.lags
    few = len(lags) // 4
    if few < 2:
        return None
    early, late = lags[:few], lags[-few:]
    change = float(np.median(late) - np.median(early))
    seconds = float(np.median(times[-few:]) - np.median(times[:few]))
    # A vocoder's windows correlate at one period of the voice or another: what scatters as far at each end is none.
    scatter = SCATTER * (_scatter(early) + _scatter(late))
    if abs(change) <= max(DELAY_TOLERANCE * rate, scatter):
        return None
    said = f"the delay changes by {change:.0f} samples in {seconds:.1f} s ({1e6 * change / rate / seconds:.0f} ppm)"
    return Violation(said, None, Measurement.of(change, "samples"))


def _scatter(lags: Signal) -> float:
    """Return how far lags are from their median, in the median."""
    return float(np.median(np.abs(lags - np.median(lags))))


def _jumps(subject: Subject) -> Violation | None:
    """Tell whether the lag is another one for a while, too short to show in pieces of some seconds."""
    rate, lag = subject.info.sample_rate, subject.info.lag
    spoken, heard = both(subject, subject.long_frames)
    if by_waveform(spoken, heard, rate).correlation < CONFIDENT:  # such a waveform may be another at each time
        return None
    period = -(-subject.long_frames // 2) * subject.info.frame_size
    if subject.info.stateful and subject.long_frames >= 2 * subject.plain_frames:
        found = _differs_when_said_again(heard[lag:period], heard[period + lag :], rate)
        if found is not None:
            at, by = found
            said = f"the delay at {at:.1f} s and at {at + period / rate:.1f} s, where the same is said, differs by "
            return Violation(f"{said}{abs(by):.0f} samples", None, Measurement.of(by, "samples"))
    near, far = (Waveform(one.astype(np.float32), rate) for one in (spoken, heard))
    jump = align(near, far, lag).measurements["delay_jump_ms"]
    if jump.value is None or jump.value <= Tolerances().of("delay_jump_ms"):
        return None
    return Violation(f"the delay jumps by {jump.value:.0f} ms on the way", None, jump)


def _differs_when_said_again(early: Signal, late: Signal, rate: int) -> tuple[float, float] | None:
    """Return where (s) *late* lags *early*, in what the same speech decodes to, and by how many samples; or None."""
    windows = by_window(early, late, rate, 0)
    off = (np.abs(windows.lags) > DELAY_TOLERANCE * rate) & (np.abs(windows.correlations) >= UNDISPUTED)
    for place in np.flatnonzero(off[1:] & off[:-1]):
        two = slice(place, place + 2)
        unmoved = float(likeness(early, late, rate, windows.times[two], np.zeros(1), DELAY_TOLERANCE)[0])
        alike = float(np.median(np.abs(windows.correlations[two])))
        if np.ptp(windows.lags[two]) <= DELAY_TOLERANCE * rate and unmoved < alike - OTHER_LAG:
            return float(windows.times[place]), float(np.median(windows.lags[two]))
    return None
