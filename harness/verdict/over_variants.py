"""What inaudible variants of an utterance make of a setup's measurements, as ranges that others are judged by."""

from collections.abc import Mapping
from typing import NamedTuple

from harness.metrics.catalogue import Rows
from harness.metrics.metric import MetricFamily
from harness.metrics.text import text
from harness.record import Measurements, value
from harness.verdict.cell import changes_words
from harness.verdict.plain_use import silent
from harness.verdict.tolerances import QUALITY, Tolerances, worse
from harness.verdict.variants import MOST_TOLERANCES, ranges

BOUNDED = Rows(lambda row: row.tolerance is not None and row.family is not MetricFamily.WORDS and not row.own)
EXACT = ("length_change_samples", "polarity", "wrapped_samples")


class OverVariants(NamedTuple):
    """
    What variants make of one cell.

    ranges : of each measurement that is judged; broken : what breaks of variants that nobody hears, which is in none
    said : what is to be said of the others
    """

    ranges: dict[str, tuple[float, float]]
    broken: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def over_variants(
    plain: Measurements, others: Mapping[str, Measurements], failed: Mapping[str, str] | None = None
) -> OverVariants:
    """
    Return what variants of an utterance make of *plain*, by the usual tolerances.

    others : what was measured of each, by its name; failed : why nothing was, of those that the codec failed on
    What a codec breaks now and then is no measure of what it makes of sound speech.
    """
    usual = Tolerances()
    why = {name: f"it fails: {reason}" for name, reason in (failed or {}).items()}
    why |= {name: found for name, one in others.items() if (found := _broken(one, plain, usual))}
    sound = {name: one for name, one in others.items() if name not in why}
    lost = [name for name, one in sound.items() if changes_words(one, plain, usual)]
    said: tuple[str, ...] = ()
    if lost:
        share = f"{len(lost)} of {len(others)}"
        said = (f"given inaudible variants of the input, {share} lose words: words hardly judge here",)
    broken = tuple(f"given {name}, which nobody hears, {reason}" for name, reason in why.items())
    return OverVariants(ranges(plain, list(sound.values())), broken, said)


def _broken(measured: Measurements, plain: Measurements, usual: Tolerances) -> str:
    """Return what is worse by more than any sound codec scatters, or gone; empty if nothing is."""
    nothing = silent(measured)
    if nothing is not None and silent(plain) is None:
        return f"no speech comes out: {nothing}"
    for row in QUALITY:
        if row.name in measured and value(measured, row.name) is None and value(plain, row.name) is not None:
            return f"{row.told} is {text(row.name, measured[row.name], why=True)}"
    for row in BOUNDED:
        if worse(row, measured, plain) > MOST_TOLERANCES * usual.of(row.name):
            return f"{row.told} {text(row.name, measured[row.name])} instead of {text(row.name, plain[row.name])}"
    for name in EXACT:
        now, before = value(measured, name), value(plain, name)
        if now is not None and before is not None and now != before:
            return f"{name} {now:g} instead of {before:g}"
    return ""
