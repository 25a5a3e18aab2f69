"""
What is worse than the reference setup made it: one reason for each measurement that moved too far.

PESQ scatters. A few milliseconds of silence before both signals move one clip's score by 0.05 to 0.3 and once by 1.1
MOS, and an encoding that is just as good (input 0.1 dB lower, frames cut 2.5 ms later) by up to 0.25. So the score is a
mean over several starts, and its drop counts only with a second witness (STOI, likelihood, the other band by as much,
or a difference that sits at the seams of calls, which no other encoding makes), or if it is beyond what the clip itself
scatters. Else it is told and judges nothing; the setup's mean over all utterances still does (`harness.verdict.setup`).
"""

import math
from typing import NamedTuple

from harness.metrics.text import text
from harness.record import Measurements, value
from harness.verdict.plain_use import FOLLOWS, muted_at_once, plain_losses, wrong_polarity
from harness.verdict.tolerances import QUALITY, Tolerances, drop

PESQ = ("pesq_wb", "pesq_nb")
ENCODING_SCATTER = 0.1  # MOS-LQO, standard deviation: one clip, encoded again just as well
BEYOND = 3.0  # standard deviations
WITNESS_SHARE = 0.5  # of its tolerance, for a measurement that only bears out what PESQ says
BOTH_BANDS = 2.0  # tolerances; the two bands scatter together, so that one is a weak witness of the other
SHORTEST_SOUND = 40.0  # ms; a stop is about as long, and less than that takes no word away
AT_SEAMS = 10.0  # dB: at the seams of calls ten times the error that there is within them


class Loss(NamedTuple):
    """
    Something that is worse.

    of_words : lost words would show in it; no change of level, delay or clock takes a word away
    stands : it degrades its cell by itself; what does not is only told
    """

    reason: str
    of_words: bool = False
    stands: bool = True


def losses(measured: Measurements, reference: Measurements, tolerances: Tolerances, *, one_codec: bool) -> list[Loss]:
    """
    Return what is worse, what judges first; one_codec : as of `harness.verdict.judge`.

    What is seen in the signal itself comes before the scores that fall because of it.
    """
    quality = _quality(measured, reference, tolerances, stands=one_codec)
    if one_codec:
        found = _signal(measured, reference, tolerances) + _length(measured, reference) + quality
        found += _sounds(measured, reference, tolerances)
    else:
        found = [Loss(f"against the uncoded speech: {reason}") for reason in plain_losses(measured, tolerances)]
        found += quality
    lost = drop(measured, reference, "transcript_logp")
    if lost is not None and lost > tolerances.of("transcript_logp"):
        found.append(Loss(f"the words said are {lost:.2f} nat/token less likely to the recogniser", of_words=True))
    return sorted(found, key=lambda loss: not loss.stands)


def _length(measured: Measurements, reference: Measurements) -> list[Loss]:
    before, now = value(reference, "length_change_samples"), value(measured, "length_change_samples")
    if before is None or now is None or before == now:
        return []
    return [Loss(f"{int(abs(now - before))} samples {'more' if now > before else 'fewer'}", of_words=True)]


def _sounds(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> list[Loss]:
    """Return what is heard where the reference setup is silent, what is missing where it is not, and flat tops."""
    found = []
    rises = {name: _rise(measured, reference, name) for name in ("pause_noise_db", "pause_peak_db")}
    at = value(measured, "pause_peak_s")
    where = f", loudest at {at:.2f} s" if at is not None else ""
    for name, what in (("pause_noise_db", "noise"), ("pause_peak_db", "a burst of sound")):
        if rises[name] > tolerances.of(name):
            found.append(Loss(f"{what} in the pauses of the speech, {rises[name]:.0f} dB louder than before{where}"))
            break
    gone = _more(measured, reference, "dropout_ms")
    muted = _more(measured, reference, "muted_ms")
    is_gone = gone >= max(tolerances.of("dropout_ms"), 1e-9)
    of_words = max(gone, muted) >= SHORTEST_SOUND
    if is_gone:
        said = f"{gone:.0f} ms of clear speech are missing{_first_at(measured, 'dropout_s')}"
        found.append(Loss(said, of_words=of_words))
    elif muted > tolerances.of("muted_ms"):
        found.append(Loss(muted_at_once(muted, measured), of_words=of_words))
    strange = value(measured, "glitch_ms") or 0.0  # against the reference setup itself, whatever that is held against
    if strange - gone * is_gone > tolerances.of("glitch_ms"):
        begin = _first_at(measured, "glitch_s")
        said = f"{strange:.0f} ms are another sound{begin}, and the output is the same before and after"
        found.append(Loss(said, of_words=strange >= SHORTEST_SOUND))
    other = _more(measured, reference, "replaced_ms")
    if other > max(tolerances.of("replaced_ms"), strange):
        start = value(measured, "replaced_s") or 0.0
        found.append(Loss(f"{other:.0f} ms of speech are another sound, from {start:.2f} s on", of_words=True))
    swings, middle = _more(measured, reference, "level_swing_db"), value(measured, "level_swing_s")
    if swings > tolerances.of("level_swing_db"):
        where = f", furthest off around {middle:.2f} s" if middle is not None else ""
        found.append(Loss(f"the level swings by {swings:.1f} dB more than before{where}"))
    flat = _more(measured, reference, "clipped_ms")
    if flat > tolerances.of("clipped_ms"):
        found.append(Loss(f"{flat:.0f} ms of flat tops: the output is clipped"))
    coloured, band = _more(measured, reference, "band_change_db"), value(measured, "band_change_hz")
    if coloured > tolerances.of("band_change_db") and band is not None:
        found.append(Loss(f"the band around {band:.0f} Hz is {coloured:.0f} dB further from the uncoded speech"))
    wrapped = _more(measured, reference, "wrapped_samples")
    if wrapped > 0:
        found.append(
            Loss(f"{wrapped:.0f} steps from one end of its range to the other: samples wrap round", of_words=True)
        )
    return found


def _first_at(measured: Measurements, name: str) -> str:
    """Say in a sentence where something is first; nothing where that is not known."""
    first = value(measured, name)
    return f", first at {first:.2f} s" if first is not None else ""


def _quality(measured: Measurements, reference: Measurements, tolerances: Tolerances, *, stands: bool) -> list[Loss]:
    found = []
    for row in QUALITY:
        name = row.name
        lost = drop(measured, reference, name)
        if lost is None or lost <= tolerances.of(name):
            continue
        told = f"{row.told} {text(name, measured[name])} instead of {text(name, reference[name])}"
        if not stands:
            found.append(Loss(f"{told}, which tells nothing of another codec", of_words=True, stands=False))
        elif borne_out(name, measured, reference, tolerances):
            found.append(Loss(told, of_words=True))
        else:
            found.append(Loss(f"{told}, within what this clip scatters by itself", of_words=True, stands=False))
    return found


def borne_out(name: str, measured: Measurements, reference: Measurements, tolerances: Tolerances) -> bool:
    """
    Tell whether a drop of PESQ is seen by a second witness too, or is beyond what this clip scatters by itself; and
    whether a change of gain is one of level.
    """
    if name == "gain_db":
        return _of_level(measured, reference, tolerances)
    lost = drop(measured, reference, name)
    if lost is None or name not in PESQ:
        return True
    limit = tolerances.of(name)
    starts = (value(reference, f"{name}_scatter") or 0.0, value(measured, f"{name}_scatter") or 0.0)
    if lost > limit + BEYOND * math.hypot(ENCODING_SCATTER, *starts):
        return True
    other = drop(measured, reference, next(band for band in PESQ if band != name))
    witnesses = (
        (None if other is None else min(lost, other), BOTH_BANDS * limit),
        (drop(measured, reference, "stoi"), WITNESS_SHARE * tolerances.of("stoi")),
        (drop(measured, reference, "transcript_logp"), WITNESS_SHARE * tolerances.of("transcript_logp")),
    )
    return _at_seams(measured) or any(seen is not None and seen > least for seen, least in witnesses)


def _of_level(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> bool:
    """
    Tell whether the speech is louder, or quieter, by more than the tolerance too, where the gain says so.

    Gain is a projection: an output that follows the waveform less has less of it. Where the reference setup follows it
    well, that is a change, too. Where it does not, it is chance: what nobody hears in the input of Opus at 6 kb/s moved
    the gain of clips by 1.1 to 1.5 dB, and the level of their speech by 0.5 to 1.2 dB.
    """
    follows = value(reference, "alignment_confidence")
    gain, level = (drop(reference, measured, name) for name in ("gain_db", "level_db"))
    if follows is None or follows >= FOLLOWS or gain is None or level is None:
        return True
    return _moves_alike(gain, level, tolerances)


def _moves_alike(gain: float, level: float, tolerances: Tolerances) -> bool:
    """Tell whether the level of the speech moved the way of the gain, and by more than the tolerance."""
    return math.copysign(1.0, gain) * level > tolerances.of("gain_db")


def _louder(gain: float, level: float | None, tolerances: Tolerances) -> str:
    """Say what a gain is: one of level, or of a waveform that is followed less, as where a piece of it comes later."""
    if level is None or _moves_alike(gain, level, tolerances):
        return f"level changed by {gain:+.1f} dB"
    return f"gain changed by {gain:+.1f} dB, the level of the speech by {level:+.1f} dB"


def _at_seams(measured: Measurements) -> bool:
    """Tell whether the error sits at the seams of calls: that is how the stream was cut, and not chance."""
    inside, at = value(measured, "inside_snr_db"), value(measured, "seam_snr_db")
    return inside is not None and at is not None and inside - at > AT_SEAMS


def _signal(measured: Measurements, reference: Measurements, tolerances: Tolerances) -> list[Loss]:
    found = []
    drift = _more(measured, reference, "drift_ppm")
    if abs(drift) > tolerances.of("drift_ppm"):
        found.append(Loss(f"the clock drifts: {drift:+.0f} ppm, {'slow' if drift > 0 else 'fast'}"))
    gain = drop(reference, measured, "gain_db")
    if gain is None:
        gain = drop(reference, measured, "level_db")
    if gain is not None and abs(gain) > tolerances.of("gain_db") and _of_level(measured, reference, tolerances):
        found.append(Loss(_louder(gain, drop(reference, measured, "level_db"), tolerances)))
    late = drop(reference, measured, "delay_ms")
    if late is not None and abs(late) > tolerances.of("delay_ms"):
        found.append(Loss(f"delay changed by {late:+.1f} ms"))
    jump = _more(measured, reference, "delay_jump_ms")
    if jump > tolerances.of("delay_jump_ms"):
        found.append(Loss(f"the delay jumps by {jump:.0f} ms more than before on the way"))
    polarity, polarity_before = value(measured, "polarity"), value(reference, "polarity")
    if polarity is not None and polarity_before and polarity != polarity_before:  # 0: the reference's turns itself
        found.append(Loss(wrong_polarity(measured)))
    return found


def _rise(measured: Measurements, reference: Measurements, name: str) -> float:
    """Return by how many dB pauses got louder, above what is heard there at all (0 dB); 0 where it is not known."""
    now, before = value(measured, name), value(reference, name)
    return 0.0 if now is None or before is None else max(now, 0.0) - max(before, 0.0)


def _more(measured: Measurements, reference: Measurements, name: str) -> float:
    now, before = value(measured, name), value(reference, name)
    return 0.0 if now is None or before is None else now - before
