"""
Glitches: moments at which the output is another sound, though it is the same before and after.

A score that averages over a clip hardly moves for 20 ms, which every listener hears. An encoder that makes other codes
makes another sound here and there as well: of 119 inaudible changes of the input of Opus at 9 kb/s, 7 gave more than
15 ms. So ask only where the codes are equal: what is another sound there comes of what was sent, or of the decoder. Of
1,825 benign changes with equal codes, none gave any.

Conventions
-----------
Both signals are outputs at one rate, in step: what came out and what comes out of the reference setup. Levels are mean
powers over windows of 10 ms, 5 ms apart, and only of windows in which the reference output sounds: that nothing differs
in a pause is no evidence. Waveforms are compared in what a telephone passes; of hiss above it nobody hears the
waveform, only how loud it is. The output is *the same* where the difference lies `SAME` dB and more below the reference
output, and is *another sound* where the difference is as loud as that, or nearly (`OTHER`), or the output is louder or
softer by `LOUDNESS`, and the reference speaks clearly.
A stretch that is not the same is a glitch if it holds at most `LONGEST` seconds of sound and the output is the same for
`BESIDE` seconds of sound on either side, or to the end of the sound on one of them. What a filter does to all of the
output is no glitch, though it changes one sound and no other: where another sound is found, the filter that makes the
output around it from the reference output is fitted, and must not make that sound too.

glitch_ms : how long the output is another sound, in all glitches together. A gap of 20 ms gives 15 to 35 ms, most often
    25 (more than 15 at 1,985 of 2,000 places), a click 15; a gap of 2 ms, and what is softer than speech, gives
    nothing. Nor does a piece that is 4 dB louder or softer, or gaps so close that nothing between them is the same;
    40 ms of noise 5 dB below the speech give more than 15 ms at a third of places
glitch_s : the middle of the first one
"""

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.metrics.activity import (
    CLEAR,
    SPEECH_RANGE,
    speech_level,
    telephone_band,
    whole_samples,
    window_levels,
)
from harness.metrics.filtering import filtered
from harness.record import Measurement, Measurements

VERSION = 3  # raise it when the same input gives another number
WINDOW_SECONDS, HOP_SECONDS = 0.01, 0.005
OTHER, SAME = 3, 30  # dB by which the difference is below the reference output: another sound, and the same
LOUDNESS, ALIKE = 6, 3  # dB by which a window is louder or softer: another sound, and not the same
RUMBLE = (40, 80)  # Hz
LONGEST, BESIDE = 0.3, 0.04  # s
FILTER_SECONDS = 0.04  # of a frame in which a filter is fitted; it may be a quarter as long
NEARBY_SECONDS = 0.5  # on either side of a glitch, where it is fitted: a clock that drifts is another filter elsewhere
NAMES = ("glitch_ms", "glitch_s")
OTHER_CODES = dict.fromkeys(NAMES, Measurement.missing("the encoder made other codes, whose sound differs by itself"))

Flags = npt.NDArray[np.bool_]
Samples64 = npt.NDArray[np.float64]


def glitches(output: Samples, reference: Samples, rate: int) -> Measurements:
    """Return the measurements named above; undefined where the reference output is silent or either is not finite."""
    none = Measurement.missing("no glitch")
    if output.tobytes() == reference.tobytes() and np.isfinite(output).all() and output.any():
        return {"glitch_ms": Measurement.of(0.0, "ms"), "glitch_s": none}
    shared = min(len(output), len(reference))
    ours, theirs = output[:shared].astype(np.float64), reference[:shared].astype(np.float64)
    if not np.isfinite(ours).all() or not np.isfinite(theirs).all() or not theirs.any() or not len(_levels(ours, rate)):
        return dict.fromkeys(NAMES, Measurement.missing("one of the outputs is silent, not finite or too short"))
    ours, theirs = (_without_rumble(samples, rate) for samples in (ours, theirs))
    full, passed = _levels(theirs, rate), _levels(telephone_band(theirs, rate), rate)
    clear, sounds = (
        [levels >= speech_level(levels) - below for levels in (full, passed)] for below in (CLEAR, SPEECH_RANGE)
    )

    def differs(wanted: Samples64, loudness: float, below: float, where: list[Flags]) -> Flags:
        in_full, in_band = where
        changed = np.abs(_levels(ours, rate) - _levels(wanted, rate)) >= loudness
        error = _levels(telephone_band(ours - wanted, rate), rate)
        return (changed & in_full) | ((error >= passed - below) & in_band)

    heard = differs(theirs, LOUDNESS, OTHER, clear)
    heard &= _in_glitches(differs(theirs, ALIKE, SAME, sounds), sounds[0] | sounds[1])
    if heard.any():
        heard &= differs(_explained(ours, theirs, heard, rate), LOUDNESS, OTHER, clear)
    hop = whole_samples(HOP_SECONDS, rate) / rate
    first = np.flatnonzero(heard)[:1] * hop + WINDOW_SECONDS / 2
    return {
        "glitch_ms": Measurement.of(1000 * hop * _covered(heard), "ms"),
        "glitch_s": Measurement.of(round(float(first[0]), 2), "s") if len(first) else none,
    }


def _without_rumble(samples: Samples64, rate: int) -> Samples64:
    """Take out what is below speech, such as an offset that begins or ends: 40 Hz and less, and some up to 80."""
    return filtered(samples, rate, lambda frequencies: np.interp(frequencies, RUMBLE, (0.0, 1.0)))


def _levels(samples: npt.NDArray[np.floating], rate: int) -> Samples64:
    return window_levels(samples, rate, WINDOW_SECONDS, HOP_SECONDS)


def _in_glitches(different: Flags, sounding: Flags) -> Flags:
    """Keep of *different* the windows of glitches; stretches less than `BESIDE` of sound apart are one."""
    found = np.zeros_like(different)
    sound = np.flatnonzero(sounding)
    beside, longest = round(BESIDE / HOP_SECONDS), round(LONGEST / HOP_SECONDS)
    places = np.flatnonzero(different[sound])
    for run in np.split(places, np.flatnonzero(np.diff(places) > beside) + 1):
        if not len(run):
            continue
        same = run[0], len(sound) - 1 - run[-1]  # windows of sound before it, and after it; all of them, or `BESIDE`
        if max(same) >= beside and run[-1] - run[0] < longest:
            found[sound[run]] = True
    return found


def _explained(output: Samples64, reference: Samples64, heard: Flags, rate: int) -> Samples64:
    """Return *reference* through the filter that makes *output* of it around each of the places that are *heard*."""
    found, near = reference.copy(), round(NEARBY_SECONDS * rate)
    places = np.flatnonzero(heard) * whole_samples(HOP_SECONDS, rate)
    for group in np.split(places, np.flatnonzero(np.diff(places) > near) + 1):
        part = slice(max(0, group[0] - near), group[-1] + near)
        found[part] = _filtered(output[part], reference[part], group - part.start, rate)
    return found


def _filtered(output: Samples64, reference: Samples64, left_out: npt.NDArray[np.int64], rate: int) -> Samples64:
    """Return *reference* through the filter that makes *output* of it, fitted without windows from *left_out* on."""
    size = 2 * max(1, round(FILTER_SECONDS * rate / 2))
    window = np.sin(np.pi * (np.arange(size) + 0.5) / size)
    padded = [np.pad(one, (size, 2 * size)) for one in (output, reference)]
    starts = np.arange(0, len(reference) + size, size // 2)
    ours, theirs = (np.fft.rfft(one[starts[:, None] + np.arange(size)] * window) for one in padded)
    places = left_out + size  # in the padded signals
    near = np.searchsorted(places, starts - WINDOW_SECONDS * rate), np.searchsorted(places, starts + size)
    kept = near[0] == near[1]
    power = np.square(np.abs(theirs[kept])).sum(axis=0)
    if not power.any():
        return reference  # nothing is left to fit, and nothing explained
    response = (ours[kept] * theirs[kept].conj()).sum(axis=0) / np.maximum(power, np.finfo(float).tiny)
    made = np.zeros(len(padded[0]))
    for start, frame in zip(starts, np.fft.irfft(theirs * response, size) * window, strict=True):
        made[start : start + size] += frame
    return made[size : size + len(reference)]


def _covered(windows: Flags) -> int:
    """Return how many hops lie in at least one of *windows*, of which each is two."""
    covered = np.zeros(len(windows) + 1, dtype=bool)
    covered[:-1] |= windows
    covered[1:] |= windows
    return int(covered.sum())
