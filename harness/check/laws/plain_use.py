"""
Laws of the plain use itself, held against the uncoded speech: sound, level, polarity, full scale, finite output.

All other laws compare two uses of a codec, and hold where both are wrong alike. What can be asked here depends on how
the codec keeps its input: level and polarity need a waveform that follows it (correlation 0.7 or more), level at least
band envelopes that do. Where neither does, as with a codec of random weights, the law does not apply, and says so.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.finding import NotApplicable, Violation
from harness.check.laws.pieces import AUDIBLE, SPEAKS, SpeechPiece, both, decibel, first_of, pieces, unlike
from harness.check.subject import Subject
from harness.codecs.protocol import LOST, CodecInfo
from harness.metrics.activity import (
    CLEAR,
    HOP_SECONDS,
    LOUD,
    WINDOW_SECONDS,
    carried,
    speech_level,
    whole_samples,
    window_levels,
)
from harness.metrics.delay import (
    CONFIDENT,
    SEARCH_SECONDS,
    Lag,
    Signal,
    by_envelope,
    by_waveform,
    overlap,
)
from harness.record import Measurement

LEVEL_TOLERANCE = 3.0  # dB: half or double the power; lossy coding alone moves it by up to a decibel
STILL = 0.1  # s of one value, or of next to nothing, where the input speaks, are no speech
FAINT = 50.0  # dB below how loud decoded speech is elsewhere: next to nothing, such as a dither
FAR_BELOW = 30.0  # dB below the level that speech should have; if it is below `AUDIBLE` too, it is next to nothing
FLIPPED = 0.1  # share of the samples at full scale that come out with the other sign, beyond those of quieter input
LOUD_SAMPLES = {1.0: "at full scale", 0.3: "above 0.3"}  # what has too much gain inside wraps round twice at full scale
LARGE = 0.1  # of their level, as quieter input has it: what is smaller has no sign to speak of


def sound(subject: Subject) -> Violation | None:
    """Check that speech decodes to sound, not to silence, nor to one value or a mere dither for 0.1 s."""
    spoken, heard = both(subject, subject.long_frames)
    if (heard == heard[0]).all():
        kind = "silence" if not heard[0] else f"one constant value, {heard[0]:g}"
        return Violation(f"speech decodes to {kind}", 0)
    if not subject.info.encodes:  # codes are given, and what was said is not at hand
        return None
    return _still(subject, spoken, heard) or _faint(subject, spoken, heard)


def _still(subject: Subject, spoken: Signal, heard: Signal) -> Violation | None:
    """Tell where speech decodes to one value."""
    rate, size = subject.info.sample_rate, subject.info.frame_size
    edges = np.flatnonzero(np.diff(heard, prepend=np.nan, append=np.nan) != 0)
    power = np.concatenate([[0.0], np.cumsum(np.square(spoken))])
    for start, stop in pairwise(edges):
        if stop - start < STILL * rate:
            continue
        begin = int(start) or _begins(subject)
        if stop - begin < STILL * rate:
            continue
        first = max(0, begin - subject.info.lag)
        last = max(first + 1, stop - subject.info.lag)
        if (power[last] - power[first]) / (last - first) > SPEAKS * power[-1] / len(spoken):
            length = (stop - begin) / rate
            return Violation(f"speech decodes to one value, {heard[start]:g}, for {length:.2f} s", begin // size)
    return None


def _faint(subject: Subject, spoken: Signal, heard: Signal) -> Violation | None:
    """Tell where speech that is clear throughout decodes to next to nothing, whatever constant that lies on."""
    rate = subject.info.sample_rate
    begin = _begins(subject)  # as late as the speech comes, so that its pauses are where ours are
    late = subject.info.lag if begin == round(SEARCH_SECONDS * rate) else begin
    spoken, heard = spoken[: len(spoken) - late], heard[late:]
    window, step = (whole_samples(seconds, rate) for seconds in (WINDOW_SECONDS, HOP_SECONDS))
    if len(spoken) < window or len(heard) < window:
        return None
    ours, theirs = window_levels(spoken, rate), _without_means(heard, window, step)
    count = min(len(ours), len(theirs))
    ours, theirs = ours[:count], theirs[:count]
    level = speech_level(ours)
    nothing = min(AUDIBLE, level + (subject.info.gain_db or 0.0) - FAR_BELOW)
    faint = (ours > level - CLEAR) & (theirs < max(float(np.percentile(theirs, LOUD)) - FAINT, nothing))
    few = round(STILL * rate / step)
    for run in np.split(np.flatnonzero(faint), np.flatnonzero(np.diff(np.flatnonzero(faint)) > 1) + 1):
        if len(run) >= few:
            level, length = theirs[run].max(), ((len(run) - 1) * step + window) / rate
            said = f"clear speech decodes to no more than {level:.0f} dB of full scale for {length:.2f} s"
            return Violation(said, int(late + run[0] * step) // subject.info.frame_size)
    return None


def _without_means(signal: Signal, window: int, step: int) -> Signal:
    """Return the levels of windows in dB of full scale, each without its own mean."""
    pieces = np.lib.stride_tricks.sliding_window_view(signal, window)[::step]
    levels: Signal = 10 * np.log10(np.var(pieces, axis=1) + 1e-20)
    return levels


def _begins(subject: Subject) -> int:
    """Return the sample at which decoded speech has to begin: what is only late is for the law of delay to tell."""
    first = next(pieces(subject), None)
    if first is not None and first.start == 0 and abs(first.lag.correlation) >= CONFIDENT:
        return max(0, first.lag.samples)
    return round(SEARCH_SECONDS * subject.info.sample_rate)


def level(subject: Subject) -> Violation | None:
    """Check that decoded speech is as loud as declared, within 3 dB, from beginning to end."""
    if subject.info.gain_db is None:
        raise NotApplicable("the codec is declared to set its level itself")
    return first_of(subject, _loud)


def _loud(info: CodecInfo, piece: SpeechPiece) -> Violation | None:
    declared = info.gain_db or 0.0
    lag = piece.lag
    if abs(lag.correlation) < CONFIDENT and by_envelope(piece.spoken, piece.heard, info.sample_rate) is None:
        raise unlike(lag, "it tells no level")
    near, far = overlap(piece.spoken, piece.heard, lag.samples)
    found, whole = decibel(far - far.mean()) - decibel(near - near.mean()), decibel(far) - decibel(near)
    if found < declared - LEVEL_TOLERANCE:  # as of a codec that leaves out the lowest tones, where most of the power is
        kept = decibel(carried(far, info.sample_rate)) - decibel(carried(near, info.sample_rate))
        if abs(kept - declared) <= LEVEL_TOLERANCE:
            found, whole = kept, kept + whole - found
    if abs(found - declared) > LEVEL_TOLERANCE:
        said = f"decoded speech is at {found:+.1f} dB of its input{piece.where}, declared are {declared:+.1f}"
        return Violation(said, piece.frame, Measurement.of(found - declared, "dB"))
    if abs(whole - declared) > LEVEL_TOLERANCE:
        said = f"decoded speech lies on a constant of {far.mean():+.2g}{piece.where}, its input on {near.mean():+.2g}"
        return Violation(said, piece.frame, Measurement.of(float(far.mean()), "1"))
    return None


def polarity(subject: Subject) -> Violation | None:
    """Check that decoded speech is not inverted, from beginning to end."""
    return first_of(subject, _inverted)


def _inverted(_: CodecInfo, piece: SpeechPiece) -> Violation | None:
    if abs(piece.lag.correlation) < CONFIDENT:
        raise unlike(piece.lag, "it tells no polarity")
    return Violation(f"decoded speech is inverted{piece.where}", piece.frame) if piece.lag.correlation < 0 else None


def full_scale(subject: Subject) -> Violation | None:
    """
    Check that samples at and above full scale do not come out with the other sign, as integers that wrap round do.

    Held against the same signals at a quarter of their level, so that only what loudness does counts.
    """
    info, frames = subject.info, subject.few
    speech = subject.speech(0, frames).astype(np.float64)
    loud = 4 * speech / np.abs(speech).max()
    for name, signal in (("speech that is clipped at full scale", np.clip(loud, -1, 1)), ("speech above it", loud)):
        quiet = _through(subject, signal / 16)
        if (quiet == quiet[0]).all():
            raise NotApplicable("the decoded speech is silent or constant")
        lag = by_waveform(signal, quiet, info.sample_rate)
        if lag.correlation < CONFIDENT:
            raise unlike(lag, "it tells no sign")
        both_levels = (16 * quiet, _through(subject, signal))
        near, far = overlap(signal, quiet - quiet.mean(), lag.samples)
        for least, where in LOUD_SAMPLES.items():
            large = np.abs(near) >= least
            level = 16 * float(np.sqrt(np.square(far[large]).mean()))
            before, after = (_flipped(signal, got, lag, large, LARGE * level) for got in both_levels)
            if after - before > FLIPPED:
                said = f"of {name}, {after:.0%} of the samples {where} come out with the other sign"
                return Violation(f"{said} ({before:.0%} where it is quieter): they wrap round", None)
    return None


def _flipped(signal: Signal, got: Signal, lag: Lag, full: npt.NDArray[np.bool_], least: float) -> float:
    """
    Return the share of the samples *full* that *got* has with the other sign, by *least* from its mean.

    Those do not count on which it is still on its way, as where a codec of one bit a sample cannot follow a step: it
    had that sign before the input changed its own, and comes to the right one while the input stays there.
    """
    near, far = overlap(signal, got - got.mean(), lag.samples)
    signs = np.where(full, np.sign(near), 0.0)
    wrong = far * signs < -least
    edges = [0, *(np.flatnonzero(np.diff(signs)) + 1), len(signs)]
    for start, stop in pairwise(edges):
        if not wrong[start] or start == 0 or far[start - 1] * signs[start] >= 0:
            continue
        right = np.flatnonzero(far[start:stop] * signs[start] > 0)
        if right.size:
            wrong[start : start + right[0]] = False
    return float(np.mean(wrong[full]))


def _through(subject: Subject, signal: Signal) -> Signal:
    """Return what the codec makes of *signal*, frame by frame on a fresh instance."""
    return subject.coded(signal.astype(np.float32))[1].astype(np.float64)


def finite(subject: Subject) -> Violation | None:
    """Check that loud, silent, tiny and constant input gives codes in range, and PCM that is finite and no constant."""
    for name, signal in _extremes(subject).items():
        instance = subject.open()
        size = subject.info.frame_size
        try:
            codes = np.asarray(instance.encode(signal.copy()))
            if subject.info.continuous:
                if not np.isfinite(codes).all():
                    return Violation(f"{name}: encodes to NaN or infinite latents", 0)
            elif codes.size and (codes.min() < LOST or codes.max() >= subject.info.bins):
                return Violation(f"{name}: codes from {codes.min()} to {codes.max()}, of {subject.info.bins} bins", 0)
            pcm = np.asarray(instance.decode(codes.astype(subject.info.codes_type)))
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises on finite audio is the finding
            return Violation(f"{name}: raised {type(error).__name__}: {error}", 0)
        bad = np.flatnonzero(~np.isfinite(pcm))
        if bad.size:
            return Violation(f"{name}: decodes to NaN or infinite samples", int(bad[0]) // size)
        constant = float(np.ravel(pcm)[0]) if pcm.size and (pcm == np.ravel(pcm)[0]).all() else None
        audible = constant is not None and abs(constant) > np.abs(signal).mean() + 10 ** (AUDIBLE / 20)
        if constant is not None and (audible or (np.ptp(signal) > 1 and name != "constant 1")):
            return Violation(f"{name}: decodes to one constant value, {constant:g}", 0)
    return None


def _extremes(subject: Subject) -> dict[str, Samples]:
    size = subject.few * subject.info.frame_size
    time = np.arange(size) / subject.info.sample_rate
    random = np.random.default_rng(20)
    signals = {
        "silence": np.zeros(size),
        "full-scale square wave": np.sign(np.sin(2 * np.pi * 150 * time) + 1e-9),
        "constant 1": np.ones(size),
        "denormal noise": random.standard_normal(size) * 1e-40,
        "speech 20 dB too loud": subject.speech(0, subject.few) * 10,
        "noise": random.uniform(-1, 1, size),
    }
    return {name: signal.astype(np.float32) for name, signal in signals.items()}
