"""
How measurements are shown: label, group, digits, and which direction is better. Nothing is computed from them here.
"""

from dataclasses import dataclass
from enum import StrEnum

from harness.record import Measurement


class Better(StrEnum):
    """Which way a measurement is better."""

    HIGHER = "higher"
    LOWER = "lower"


class MeasureFamily(StrEnum):
    """What a measurement is shown with, in reading order."""

    WORDS = "Words"
    QUALITY = "Quality"
    EXACTNESS = "Exactness"
    SIGNAL = "Signal"
    AMPLITUDE = "Amplitude"
    OTHER = "Other"


@dataclass(frozen=True)
class Measure:
    """
    How one named measurement is shown.

    better : which way, or None where neither is better by itself (a delay, a level)
    digits : decimals shown
    short : the label for narrow columns, if another
    """

    name: str
    label: str
    group: MeasureFamily
    better: Better | None
    digits: int
    short: str = ""

    @property
    def head(self) -> str:
        """The label for a narrow column."""
        return self.short or self.label


KNOWN = {
    measure.name: measure
    for measure in (
        Measure("pesq_wb", "PESQ, wide band", MeasureFamily.QUALITY, Better.HIGHER, 2, "PESQ-WB"),
        Measure("pesq_nb", "PESQ, narrow band", MeasureFamily.QUALITY, Better.HIGHER, 2, "PESQ-NB"),
        Measure("pesq_wb_scatter", "Scatter of PESQ, wide band", MeasureFamily.QUALITY, None, 2),
        Measure("pesq_nb_scatter", "Scatter of PESQ, narrow band", MeasureFamily.QUALITY, None, 2),
        Measure("stoi", "STOI", MeasureFamily.QUALITY, Better.HIGHER, 3),
        Measure("estoi", "ESTOI", MeasureFamily.QUALITY, Better.HIGHER, 3),
        Measure("wer", "Word error rate", MeasureFamily.WORDS, Better.LOWER, 3, "WER"),
        Measure("wer_floor", "Word error rate, uncoded", MeasureFamily.WORDS, Better.LOWER, 3),
        Measure("wer_excess", "Excess word errors", MeasureFamily.WORDS, Better.LOWER, 3, "excess WER"),
        Measure("cer", "Character error rate", MeasureFamily.WORDS, Better.LOWER, 3, "CER"),
        Measure(
            "transcript_logp",
            "Log-likelihood of the transcript",
            MeasureFamily.WORDS,
            Better.HIGHER,
            3,
            "log-likelihood",
        ),
        Measure("word_errors", "Words wrong", MeasureFamily.WORDS, Better.LOWER, 0),
        Measure("reference_words", "Words said", MeasureFamily.WORDS, None, 0),
        Measure("transcript_logp_floor", "Log-likelihood, uncoded", MeasureFamily.WORDS, Better.HIGHER, 3),
        Measure("codes_equal", "Codes equal", MeasureFamily.EXACTNESS, Better.HIGHER, 0),
        Measure("pcm_equal", "Samples equal", MeasureFamily.EXACTNESS, Better.HIGHER, 0),
        Measure("pcm_equivalent", "Samples equal within rounding", MeasureFamily.EXACTNESS, Better.HIGHER, 0),
        Measure("codes_tie", "Codes differ in ties alone", MeasureFamily.EXACTNESS, Better.HIGHER, 0),
        Measure("max_abs_difference", "Largest sample difference", MeasureFamily.EXACTNESS, Better.LOWER, 6),
        Measure("snr_db", "Speech over difference", MeasureFamily.SIGNAL, Better.HIGHER, 1),
        Measure("si_sdr_db", "SI-SDR", MeasureFamily.SIGNAL, Better.HIGHER, 1),
        Measure("alignment_confidence", "Confidence of the alignment", MeasureFamily.SIGNAL, Better.HIGHER, 3),
        Measure("delay_ms", "Delay", MeasureFamily.SIGNAL, None, 2),
        Measure("gain_db", "Gain", MeasureFamily.SIGNAL, None, 2),
        Measure("polarity", "Polarity", MeasureFamily.SIGNAL, None, 0),
        Measure("length_change_samples", "Length change", MeasureFamily.SIGNAL, None, 0),
        Measure("drift_ppm", "Clock drift", MeasureFamily.SIGNAL, None, 1),
        Measure("level_db", "Level of the speech", MeasureFamily.SIGNAL, None, 2),
        Measure("pause_noise_db", "Noise in pauses", MeasureFamily.SIGNAL, Better.LOWER, 1),
        Measure("pause_peak_db", "Loudest moment of a pause", MeasureFamily.SIGNAL, Better.LOWER, 1),
        Measure("pause_peak_s", "Where that is", MeasureFamily.SIGNAL, None, 2),
        Measure("dropout_ms", "Clear speech missing", MeasureFamily.SIGNAL, Better.LOWER, 0),
        Measure("dropout_s", "First missing at", MeasureFamily.SIGNAL, None, 2),
        Measure("clear_speech_s", "Clear speech", MeasureFamily.SIGNAL, None, 2),
        Measure("clipped_ms", "Flat tops", MeasureFamily.SIGNAL, Better.LOWER, 1),
        Measure("wrapped_samples", "Wrapped samples", MeasureFamily.SIGNAL, Better.LOWER, 0),
        Measure("amplitude_rms_db", "Level (RMS)", MeasureFamily.AMPLITUDE, None, 2),
        Measure("amplitude_peak_db", "Peak", MeasureFamily.AMPLITUDE, None, 2),
        Measure("amplitude_crest_factor_db", "Crest factor", MeasureFamily.AMPLITUDE, None, 2),
        Measure("amplitude_dynamic_range_db", "Dynamic range", MeasureFamily.AMPLITUDE, None, 2),
        Measure("amplitude_level_histogram_distance", "Level histogram", MeasureFamily.AMPLITUDE, None, 3),
        Measure("amplitude_long_term_spectrum_distance_db", "Long-term spectrum", MeasureFamily.AMPLITUDE, None, 2),
        Measure("amplitude_tilt_db_per_octave", "Spectral tilt", MeasureFamily.AMPLITUDE, None, 2),
    )
}

HEADLINE = ("wer_excess", "word_errors", "transcript_logp", "stoi", "pesq_wb")
"""What two results are compared by, most telling first."""

PLOTTED = ("wer_excess", "transcript_logp", "stoi", "estoi", "pesq_wb", "pesq_nb", "si_sdr_db")
"""What a setup page plots, one strip each, if measured."""


def measure(name: str) -> Measure:
    """Return how *name* is shown; unknown names get a plain form, so that a new metric needs no change here."""
    if name in KNOWN:
        return KNOWN[name]
    amplitude = name.startswith("amplitude")
    label = name.removeprefix("amplitude_").replace("_", " ").capitalize()
    return Measure(name, label, MeasureFamily.AMPLITUDE if amplitude else MeasureFamily.OTHER, None, 3)


def order(names: set[str]) -> list[Measure]:
    """Return *names* as measures in reading order: by group, then as listed above, then by name."""
    listed, families = list(KNOWN), list(MeasureFamily)

    def place(item: Measure) -> tuple[int, int, str]:
        known = listed.index(item.name) if item.name in KNOWN else len(listed)
        return families.index(item.group), known, item.name

    return sorted((measure(name) for name in names), key=place)


def number(value: float, digits: int, sign: str = "-") -> str:
    """Return *value* with *digits* decimals and a real minus sign; nothing is shown as minus zero."""
    return f"{round(value, digits) + 0.0:{sign}.{digits}f}".replace("-", "\N{MINUS SIGN}")


def unit(measurement: Measurement | None) -> str:
    """Return the unit to show; shares, scores and yes or no have none."""
    if measurement is None or measurement.unit in (None, "1", "bool"):
        return ""
    return str(measurement.unit)


def text(name: str, measurement: Measurement | None) -> str:
    """Return *measurement*'s value as a person reads it, without its unit; the page tells apart why it is undefined."""
    if measurement is None:
        return "not measured"
    if measurement.value is None:
        return "undefined"
    if measurement.unit == "bool":
        return "yes" if measurement.value else "no"
    return number(measurement.value, measure(name).digits)
