"""
Judge the reference setup, against the uncoded speech: everything else is relative to it.

A codec may be coarse; that is not judged here (`Floors` can ask for more). What no codec may do by itself: come late,
be louder or quieter than it declares or change its level on the way, turn the polarity, drift, say nothing, leave
speech out, fill the pauses, clip or wrap round. Delay and level are measured against what the codec declares
(`CodecInfo.delay`, `gain_db`).
"""

from collections import Counter

from harness.metrics.text import number
from harness.record import Cell, Measurements, Verdict, value
from harness.verdict.judgement import Judgement
from harness.verdict.tolerances import FLOORED, Floors, Tolerances
from harness.verdict.unrecorded import is_unrecorded

# Correlation with the uncoded speech below which an output does not follow its waveform. What such a codec leaves out
# has level too: innocent Opus at 6 kb/s is up to 4.4 dB quieter (20 human utterances), so twice as much is allowed.
FOLLOWS, LOOSE = 0.9, 2.0
PEAK_OVER_NOISE = 15  # dB; a narrow-band codec's loudest moment in a pause, beside a word, is up to 15 above its noise


def judge_plain_use(measured: Measurements, tolerances: Tolerances) -> Judgement:
    """Judge one utterance through the reference setup."""
    nothing = silent(measured)
    if nothing is not None:
        return Judgement.of(Verdict.CORRUPT, f"no speech comes out of the plain use: {nothing}")
    worse = plain_losses(measured, tolerances)
    if worse:
        return Judgement.of(Verdict.DEGRADED, *(f"plain use against the uncoded speech: {reason}" for reason in worse))
    return Judgement.of(Verdict.IDENTICAL, "the reference setup")


def plain_losses(measured: Measurements, tolerances: Tolerances) -> list[str]:
    """Return what an output must not do to the uncoded speech, whatever the codec, and does."""
    return [*_signal(measured, tolerances), *_sounds(measured, tolerances)]


def looseness(measured: Measurements) -> float:
    """Return how many times `plain_level` an output may be off in level: more of it only where some is left out."""
    follows, level = value(measured, "alignment_confidence"), value(measured, "level_db")
    loose = follows is not None and follows < FOLLOWS and level is not None and level < 0
    return LOOSE if loose else 1.0


def _carries(measured: Measurements, tolerances: Tolerances) -> bool:
    """Tell whether what every codec carries is as loud as declared: most of a voice's power may lie below it."""
    carried = value(measured, "carried_level_db")
    return carried is not None and abs(carried) <= tolerances.plain_level


def wrong_polarity(measured: Measurements) -> str:
    """Say of an output whose polarity is not the speech's how it is."""
    turn = value(measured, "polarity_turn_s")
    return "polarity is inverted" if turn is None else f"polarity turns around {turn:.2f} s"


def muted_at_once(milliseconds: float, measured: Measurements) -> str:
    """Say that so many *milliseconds* of speech are muted, and from where on if that is known."""
    since = value(measured, "muted_s")
    return f"{milliseconds:.0f} ms of speech are muted at one go" + (
        f", from {since:.2f} s on" if since is not None else ""
    )


def silent(measured: Measurements) -> str | None:
    """Return why there is no speech in the output at all, or None."""
    for name in ("level_db", "dropout_ms"):  # of a codec that sets its level itself, the level says only that
        reason = measured[name].undefined if name in measured else None
        if reason is not None and reason.startswith("the output"):
            return reason
    return None


class OverFloors:
    """
    Holds means over cells, which are added one by one, against floors; a mean of which a part is undefined is none.

    Utterances without a recording are not asked: they have no such value, and a note of the run says so.
    """

    def __init__(self) -> None:
        self._sums = dict.fromkeys((row.name for row in FLOORED), 0.0)
        self._known, self._asked = Counter[str](), Counter[str]()

    def add(self, cell: Cell) -> None:
        """Add a cell of the reference setup."""
        if is_unrecorded(cell.measurements):
            return
        for row in FLOORED:
            if row.name in cell.measurements:
                self._asked[row.name] += 1
            if (one := value(cell.measurements, row.name)) is not None:
                self._known[row.name] += 1
                self._sums[row.name] += one

    def below(self, floors: Floors) -> tuple[str, ...]:
        """Return which means are below their floor."""
        found = []
        for row in FLOORED:
            least, known = getattr(floors, row.name), self._known[row.name]
            if least is None or not known or known < self._asked[row.name]:
                continue
            mean = self._sums[row.name] / known
            if mean < least:
                found.append(f"{row.told} is {number(row.name, mean)} on average, below the floor of {least:g}")
        return tuple(found)

    def unknown(self, floors: Floors) -> tuple[str, ...]:
        """Return which means have a floor and no value, so that nobody can tell whether they are below it."""
        found = []
        for row in FLOORED:
            least, known, asked = getattr(floors, row.name), self._known[row.name], self._asked[row.name]
            if least is not None and known < asked:
                lost = f"{asked - known} of {asked} utterances"
                found.append(f"{row.told} is undefined for {lost}, and has a floor of {least:g}")
        return tuple(found)


def _signal(measured: Measurements, tolerances: Tolerances) -> list[str]:
    found = []
    drift, late = value(measured, "drift_ppm"), value(measured, "delay_ms")
    if drift is not None and abs(drift) > tolerances.of("drift_ppm"):
        found.append(f"the clock drifts by {drift:+.0f} ppm, {'slow' if drift > 0 else 'fast'}")
    if late is not None and abs(late) > tolerances.plain_delay:
        found.append(f"{abs(late):.0f} ms {'later' if late > 0 else 'earlier'} than the codec declares")
    jump = value(measured, "delay_jump_ms")
    if jump is not None and jump > tolerances.of("delay_jump_ms"):
        found.append(f"its delay jumps by {jump:.0f} ms on the way")
    level = value(measured, "level_db")
    off = level is not None and abs(level) > tolerances.plain_level * looseness(measured)
    if level is not None and off and not (level < 0 and _carries(measured, tolerances)):
        found.append(f"{abs(level):.1f} dB {'louder' if level > 0 else 'quieter'} than the codec declares")
    swings, at = value(measured, "level_swing_db"), value(measured, "level_swing_s")
    if swings is not None and at is not None and swings > tolerances.plain_swing:
        found.append(f"its level swings by {swings:.1f} dB, furthest off around {at:.2f} s")
    polarity = value(measured, "polarity")
    if polarity is not None and polarity != 1:
        found.append(wrong_polarity(measured))
    length = value(measured, "length_change_samples")
    if length:
        found.append(f"{abs(length):.0f} samples {'more' if length > 0 else 'fewer'} than should come out")
    return found


def _sounds(measured: Measurements, tolerances: Tolerances) -> list[str]:
    found = []
    noise, peak = value(measured, "pause_noise_db"), value(measured, "pause_peak_db")
    at = value(measured, "pause_peak_s")
    if (noise or 0.0) > tolerances.plain_noise or (peak or 0.0) > tolerances.plain_noise + PEAK_OVER_NOISE:
        said = f"pauses are {noise:.0f} dB louder" if noise is not None else "pauses are louder"
        found.append(f"{said}, up to {peak:.0f} dB at {at:.2f} s")
    gone, speech = value(measured, "dropout_ms"), value(measured, "clear_speech_s")
    if gone and speech and gone > tolerances.plain_dropout * speech:
        found.append(f"{gone:.0f} ms of {speech:.1f} s of clear speech are missing")
    muted = value(measured, "muted_ms")
    if muted is not None and muted > tolerances.of("muted_ms"):
        found.append(muted_at_once(muted, measured))
    other, begin = value(measured, "replaced_ms"), value(measured, "replaced_s")
    if other is not None and begin is not None and other > tolerances.of("replaced_ms"):
        found.append(f"{other:.0f} ms of speech are another sound, from {begin:.2f} s on")
    flat, wrapped = value(measured, "clipped_ms"), value(measured, "wrapped_samples")
    if flat is not None and flat > tolerances.of("clipped_ms"):
        found.append(f"{flat:.0f} ms of flat tops: the output is clipped")
    if wrapped:
        found.append(f"{wrapped:.0f} steps from one end of its range to the other: samples wrap round")
    return found
