"""
Laws of the plain use itself, held against the uncoded speech: sound, delay, level, polarity, full scale, noise floor.

All other laws compare two uses of a codec, and hold where both are wrong alike. What can be asked here depends on how
the codec keeps its input: delay and polarity need a waveform that follows it (correlation 0.7 or more), delay at least
band envelopes that do. Where neither does, as with a codec of random weights, the law does not apply, and says so.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples, Waveform
from harness.check.finding import NotApplicable, Violation
from harness.check.laws.pieces import SPEAKS, SpeechPiece, both, first_of, pieces, unlike
from harness.check.subject import Subject
from harness.codecs.protocol import LOST, CodecInfo
from harness.metrics.activity import (
    CLEAR,
    HOP_SECONDS,
    LOUD,
    WINDOW_SECONDS,
    speech_level,
    whole_samples,
    window_levels,
)
from harness.metrics.alignment import OTHER_LAG, UNDISPUTED, align
from harness.metrics.delay import (
    CONFIDENT,
    ENVELOPE_STEP,
    SEARCH_SECONDS,
    Lag,
    Signal,
    by_envelope,
    by_waveform,
    by_window,
    likeness,
    overlap,
)
from harness.record import Measurement
from harness.verdict import Tolerances

DELAY_TOLERANCE = 0.001  # s; STOI and echo sums are hurt by less than this
LEVEL_TOLERANCE = 3.0  # dB: half or double the power; lossy coding alone moves it by up to a decibel
STILL = 0.1  # s of one value, or of next to nothing, where the input speaks, are no speech
FAINT = 50.0  # dB below how loud decoded speech is elsewhere: next to nothing, such as a dither
FAR_BELOW = 30.0  # dB below the level that speech should have; if it is below `AUDIBLE` too, it is next to nothing
FLIPPED = 0.1  # share of the samples at full scale that come out with the other sign, beyond those of quieter input
LARGE = 0.1  # of their level, as quieter input has it: what is smaller has no sign to speak of
SEGMENT = 1.0  # s in which error and floor are compared early and late
CLICK, CLICK_ABOVE = 0.02, 8  # bend of samples (second difference), also so many times what is near without a click
BESIDE_CLICK = 0.002  # s
# More late than early, also in standard deviations: 1 in 1000 if they come evenly.
FEWEST_CLICKS, CLICK_CHANCE = 10, 3.1
GROWN = 3.0  # dB; twice the power of the error on equal speech
FLOOR_GROWN, AUDIBLE = 6.0, -70.0  # dB, dB of full scale: a floor that is this much higher; and what can be heard


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
    change = float(np.median(lags[-few:]) - np.median(lags[:few]))
    seconds = float(np.median(times[-few:]) - np.median(times[:few]))
    if abs(change) <= DELAY_TOLERANCE * rate:
        return None
    said = f"the delay changes by {change:.0f} samples in {seconds:.1f} s ({1e6 * change / rate / seconds:.0f} ppm)"
    return Violation(said, None, Measurement.of(change, "samples"))


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
    found = _decibel(far) - _decibel(near)
    if abs(found - declared) <= LEVEL_TOLERANCE:
        return None
    said = f"decoded speech is at {found:+.1f} dB of its input{piece.where}, declared are {declared:+.1f}"
    return Violation(said, piece.frame, Measurement.of(found - declared, "dB"))


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
        full = np.abs(overlap(signal, quiet, lag.samples)[0]) >= 1
        level = 16 * float(np.sqrt(np.square(overlap(signal, quiet - quiet.mean(), lag.samples)[1][full]).mean()))
        both_levels = (16 * quiet, _through(subject, signal))
        before, after = (_flipped(signal, got, lag, full, LARGE * level) for got in both_levels)
        if after - before > FLIPPED:
            said = f"of {name}, {after:.0%} of the samples at full scale come out with the other sign"
            return Violation(f"{said} ({before:.0%} where it is quieter): they wrap round", None)
    return None


def _flipped(signal: Signal, got: Signal, lag: Lag, full: npt.NDArray[np.bool_], least: float) -> float:
    """Return the share of the samples at full scale that *got* has with the other sign, by *least* from its mean."""
    near, far = overlap(signal, got - got.mean(), lag.samples)
    return float(np.mean(far[full] * np.sign(near[full]) < -least))


def _through(subject: Subject, signal: Signal) -> Signal:
    """Return what the codec makes of *signal*, frame by frame on a fresh instance."""
    return subject.coded(signal.astype(np.float32))[1].astype(np.float64)


def noise_floor(subject: Subject) -> Violation | None:
    """Check that equal speech is decoded with no more error, and pauses no louder, late in a stream than early."""
    info = subject.info
    half = -(-subject.long_frames // 2)
    if not info.stateful or subject.long_frames < 2 * subject.plain_frames:
        raise NotApplicable("there is no long stream" if info.stateful else "each call is a stream of its own")
    spoken, heard = both(subject, subject.long_frames)
    spoken, heard = spoken[: len(spoken) - info.lag], heard[info.lag :]
    size = int(SEGMENT * info.sample_rate)
    period = half * info.frame_size
    follows = by_waveform(spoken[:period], heard[:period], info.sample_rate).correlation >= CONFIDENT
    for start in range(size // 2, len(spoken) - period - size, size):
        early, late = heard[start : start + size], heard[start + period : start + period + size]
        given = spoken[start : start + size]
        second = (start + period) / info.sample_rate
        if follows and np.square(given).mean() > SPEAKS * np.square(spoken).mean():
            gain = float(np.dot(given, early) / np.dot(given, given))
            error = _decibel(late - gain * given)
            rise = error - _decibel(early - gain * given)
            if error > AUDIBLE and rise > GROWN:
                said = f"the error on equal speech is {rise:.1f} dB larger at {second:.1f} s than at the beginning"
                return Violation(said, (start + period) // info.frame_size, Measurement.of(rise, "dB"))
        before, after = (_floor(piece, info.sample_rate) for piece in (early, late))
        if after > AUDIBLE and after - before > FLOOR_GROWN:
            said = f"the noise floor at {second:.1f} s is {after:.0f} dB of full scale, {after - before:.0f} dB higher"
            words = f"{said} than on equal input at the beginning"
            return Violation(words, (start + period) // info.frame_size, Measurement.of(after - before, "dB"))
    return _clicks(heard[:period], heard[period : 2 * period], info.sample_rate) if follows else None


def _clicks(early: Signal, late: Signal, rate: int) -> Violation | None:
    """Tell whether there are more clicks in *late* than in *early*, both decoded from equal speech."""
    count = min(len(early), len(late))
    bends = [np.abs(np.diff(signal[:count], 2)) for signal in (early, late)]
    found = [_clicked(without, bent, rate) for without, bent in (bends, bends[::-1])]
    if found[0] - found[1] < max(FEWEST_CLICKS, CLICK_CHANCE * np.sqrt(sum(found))):
        return None
    said = f"{found[0]} clicks come in the second half of {2 * count / rate:.0f} s, {found[1]} on equal speech before"
    return Violation(said, None, Measurement.of(found[0] - found[1], "clicks"))


def _clicked(without: Signal, bends: Signal, rate: int) -> int:
    """Count where samples bend more than a click does and *without* one nothing near comes close."""
    size = 2 * round(BESIDE_CLICK * rate) + 1
    nearby = np.pad(without, size // 2)
    least = np.lib.stride_tricks.sliding_window_view(nearby, size).max(axis=1)
    places = np.flatnonzero((bends > CLICK) & (bends > CLICK_ABOVE * least))
    return int(len(places) > 0) + int((np.diff(places) > BESIDE_CLICK * rate).sum())


def _floor(signal: Signal, rate: int) -> float:
    """Return the level of the quietest 20 ms, in dB of full scale."""
    size = rate // 50
    return min(_decibel(piece) for piece in signal[: len(signal) // size * size].reshape(-1, size))


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


def _decibel(signal: Signal) -> float:
    return 10 * float(np.log10(np.square(signal).mean() + 1e-20))
