"""What inaudible variants of an utterance make of a setup's measurements, as ranges that others are judged by."""

from collections.abc import Mapping

from harness.record import Measurements, value
from harness.verdict.cell import changes_words
from harness.verdict.tolerances import QUALITY, Tolerances, drop
from harness.verdict.variants import ranges

BROKEN = 5.0  # tolerances of a quality: scatter of sound codecs reaches 4 (STOI, Opus at 6 kb/s, 20 human utterances)


def over_variants(
    plain: Measurements, others: Mapping[str, Measurements]
) -> tuple[dict[str, tuple[float, float]], tuple[str, ...]]:
    """
    Return the range of each measurement that is judged, and what is to be said of the variants.

    others : what was measured of each variant, by its name. One that is broken, by the usual tolerances, is told and
        left out: what a codec breaks now and then is no measure of what it makes of sound speech
    """
    usual = Tolerances()
    broken = {name: why for name, one in others.items() if (why := _broken(one, plain, usual))}
    sound = {name: one for name, one in others.items() if name not in broken}
    said = [f"given {name}, which nobody hears, it breaks: {why}" for name, why in broken.items()]
    lost = [name for name, one in sound.items() if changes_words(one, plain, usual)]
    if lost:
        share = f"{len(lost)} of {len(others)}"
        said.append(f"given inaudible variants of the input, {share} lose words: words hardly judge here")
    return ranges(plain, list(sound.values())), tuple(said)


def _broken(measured: Measurements, plain: Measurements, usual: Tolerances) -> str:
    """Return which quality is worse by more than any sound codec scatters; empty if none is."""
    for row in QUALITY:
        lost = drop(measured, plain, row.name)
        if lost is not None and lost > BROKEN * usual.of(row.name):
            return f"{row.told} {value(measured, row.name):.3g} instead of {value(plain, row.name):.3g}"
    return ""
