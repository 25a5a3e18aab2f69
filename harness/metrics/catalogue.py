"""
The table of metrics: everything that is known of a measurement of a cell stands here once, in its row.

Whoever shows, gates, averages, keeps or searches measurements asks this table. A new metric is a row here and a
function in a file of its own; `ARCHITECTURE.md` says how. Within a family, rows are shown in the order of the table.
"""

from collections.abc import Callable, Iterator
from functools import partial

from harness.metrics import signal
from harness.metrics.metric import Better, Metric, MetricFamily, Over, Scoring, Tolerance
from harness.metrics.pesq import SAMPLE_RATE, pesq_scattered
from harness.metrics.pesq import version as pesq_version
from harness.metrics.signal import si_sdr_db
from harness.metrics.stoi import stoi
from harness.metrics.stoi import version as stoi_version

HIGHER, LOWER = Better.HIGHER, Better.LOWER
WORDS, QUALITY, EXACTNESS, SIGNAL, AMPLITUDE, TIME = list(MetricFamily)[:6]
NARROW_BAND = 8_000  # Hz
PAUSES = Tolerance("pause_rise", 6.0)
COUNTED = "the words are counted"
CONTROL = "the negative control: what a dashboard would have seen (`masked`)"
TIMED = "differs from run to run; judged where `[timing]` of the suite asks for it"
PLACE = "a place, not a size"
SEAM = "where the difference is; a witness of a drop of PESQ"

_ROWS = (
    Metric(
        "pesq_wb", "MOS-LQO", QUALITY, 2, "PESQ, wide band",
        "ITU-T P.862.2, mean of four starts, 1.04 to 4.64, higher is better", short="PESQ-WB", better=HIGHER,
        over=Over.MEAN, tolerance=Tolerance("pesq_wb_drop", 0.15), itself=4.644, axis=(1.0, 4.64), gated=True,
        headline=True, foremost=True, plotted=True,
        scorer=Scoring(partial(pesq_scattered, band="wb"), partial(pesq_version, "wb"), SAMPLE_RATE, "pesq"),
    ),
    Metric(
        "pesq_nb", "MOS-LQO", QUALITY, 2, "PESQ, narrow band",
        "ITU-T P.862.1, mean of four starts, 1.02 to 4.55, higher is better", short="PESQ-NB", better=HIGHER,
        over=Over.MEAN, tolerance=Tolerance("pesq_nb_drop", 0.15), itself=4.549, gated=True, plotted=True,
        scorer=Scoring(
            partial(pesq_scattered, band="nb"), partial(pesq_version, "nb"), SAMPLE_RATE, "pesq", "pesq_nb", NARROW_BAND
        ),
    ),
    Metric(
        "pesq_wb_scatter", "MOS-LQO", QUALITY, 2, "Scatter of PESQ, wide band",
        "standard deviation of pesq_wb over the starts that it is a mean of", kept=True,
    ),
    Metric(
        "pesq_nb_scatter", "MOS-LQO", QUALITY, 2, "Scatter of PESQ, narrow band",
        "standard deviation of pesq_nb over the starts that it is a mean of", kept=True,
    ),
    Metric(
        "stoi", "1", QUALITY, 3, "STOI", "short-time objective intelligibility (Taal 2011), up to 1", better=HIGHER,
        over=Over.MEAN, tolerance=Tolerance("stoi_drop", 0.02), floor=0.5, itself=1.0, axis=(0.0, 1.0), gated=True,
        headline=True, plotted=True, scorer=Scoring(stoi, stoi_version, SAMPLE_RATE, "stoi"),
    ),
    Metric(
        "estoi", "1", QUALITY, 3, "ESTOI", "extended STOI (Jensen 2016), up to 1", better=HIGHER, over=Over.MEAN,
        plotted=True, unjudged="follows STOI, and is less well known",
        scorer=Scoring(partial(stoi, extended=True), partial(stoi_version, extended=True), SAMPLE_RATE, "stoi"),
    ),
    Metric(
        "wer", "1", WORDS, 1, "Word error rate", "word errors per word said, of the recogniser on the output",
        short="WER", percent=True, better=LOWER, over=Over.POOLED, axis=(1.0, 0.0), headline=True, unjudged=COUNTED,
    ),
    Metric(
        "wer_floor", "1", WORDS, 1, "Word error rate, uncoded",
        "the same recogniser's word errors on the uncoded speech", percent=True, better=LOWER, over=Over.POOLED,
        kept=True,
    ),
    Metric(
        "wer_excess", "1", WORDS, 1, "Excess word errors",
        "word error rate less that of the uncoded speech, in percentage points",
        short="excess WER", percent=True, points=True, foremost=True, better=LOWER, over=Over.POOLED, plotted=True,
        unjudged=COUNTED,
    ),
    Metric(
        "cer", "1", WORDS, 1, "Character error rate", "character errors per character said", short="CER",
        percent=True, better=LOWER, over=Over.POOLED, unjudged=COUNTED,
    ),
    Metric(
        "transcript_logp", "nat/token", WORDS, 2, "Log-likelihood of the transcript",
        "mean log-probability of the human transcript, given the output", short="logp",
        said="likelihood of the words said", better=HIGHER, over=Over.MEAN, tolerance=Tolerance("logp_drop", 0.35),
        gated=True, headline=True, plotted=True,
    ),
    Metric(
        "word_errors", "words", WORDS, 0, "Words wrong", "words substituted, deleted and inserted",
        said="word errors beyond the uncoded speech's", better=LOWER, gated=True,
    ),
    Metric(
        "words_in_a_row", "words", WORDS, 0, "Words wrong in a row",
        "the most words in a row that are wrong and are not in the uncoded speech", better=LOWER,
        tolerance=Tolerance("word_row", 5.0), itself=0.0, kept=True,
    ),
    Metric(
        "reference_words", "words", WORDS, 0, "Words said", "words said", kept=True,
        unjudged="a count of what was said",
    ),
    Metric(
        "transcript_logp_floor", "nat/token", WORDS, 2, "Log-likelihood, uncoded",
        "mean log-probability of the human transcript, given the uncoded speech", better=HIGHER,
        unjudged="of the uncoded speech",
    ),
    Metric(
        "codes_equal", "bool", EXACTNESS, 0, "Codes equal", "the codes are the reference setup's, bit for bit",
        better=HIGHER,
    ),
    Metric(
        "pcm_equal", "bool", EXACTNESS, 0, "Samples equal",
        "the PCM is the reference setup's, bit for bit and of equal length", better=HIGHER,
    ),
    Metric(
        "pcm_equivalent", "bool", EXACTNESS, 0, "Samples equal within rounding",
        "the PCM differs by no more than the codec's declared rounding tolerance", better=HIGHER,
    ),
    Metric(
        "codes_tie", "bool", EXACTNESS, 0, "Codes differ in ties alone",
        "the few codes that differ are ties, and the PCM is what they decode to", better=HIGHER,
    ),
    Metric(
        "max_abs_difference", "full scale", EXACTNESS, 6, "Largest sample difference",
        "largest sample difference from the reference setup's PCM", better=LOWER,
        unjudged="told with `equivalent`; beyond rounding a loud sample says nothing of speech",
    ),
    Metric(
        "snr_db", "dB", SIGNAL, 1, "Speech over difference",
        "level of the reference setup's PCM over that of the difference", better=HIGHER, over_difference=True,
        unjudged="told with `altered`; one other code makes another waveform that sounds alike",
    ),
    Metric(
        "seam_snr_db", "dB", SIGNAL, 1, "The same at seams of calls",
        "the same within half a frame of the seams between calls to decode", better=HIGHER, unjudged=SEAM,
        over_difference=True,
    ),
    Metric(
        "inside_snr_db", "dB", SIGNAL, 1, "The same inside calls", "the same inside these calls", better=HIGHER,
        unjudged=SEAM, over_difference=True,
    ),
    Metric(
        "seam_samples", "samples", SIGNAL, 0, "Samples doubled at a seam",
        "samples doubled (or lost, negative) at the worst of these seams",
        unjudged="what is missing in all is judged as `length_change_samples`, and what is heard by scores",
    ),
    Metric(
        "si_sdr_db", "dB", SIGNAL, 1, "SI-SDR",
        "scale-invariant signal-to-distortion ratio against the uncoded speech (Le Roux 2019)", better=HIGHER,
        over=Over.MEAN, plotted=True, unjudged="a codec that sounds right may have a negative one",
        scorer=Scoring(si_sdr_db, signal.version),
    ),
    Metric(
        "alignment_confidence", "1", SIGNAL, 3, "Confidence of the alignment",
        "largest normalised correlation with the uncoded speech, 0 to 1", better=HIGHER, kept=True,
        unjudged="says whether delay, gain and polarity can be measured",
    ),
    Metric(
        "delay_ms", "ms", SIGNAL, 2, "Delay", "lag of the output beyond the delay that the codec declares",
        tolerance=Tolerance("delay_change", 1.0), itself=0.0, gated=True,
    ),
    Metric(
        "gain_db", "dB", SIGNAL, 2, "Gain",
        "gain of the output over the uncoded speech, beyond what the codec declares",
        tolerance=Tolerance("gain_change", 1.0), itself=0.0, gated=True,
    ),
    Metric(
        "polarity", "sign", SIGNAL, 0, "Polarity", "1, -1 if the output is inverted, 0 if it turns on the way",
        itself=1.0, gated=True,
    ),
    Metric("polarity_turn_s", "s", SIGNAL, 2, "Polarity turns at", "where it turns first", unjudged=PLACE),
    Metric(
        "length_change_samples", "samples", SIGNAL, 0, "Length change",
        "samples more (or fewer) than should have come out", said="length", itself=0.0, gated=True,
    ),
    Metric(
        "drift_ppm", "ppm", SIGNAL, 1, "Clock drift", "growth of the lag over time",
        tolerance=Tolerance("drift_change", 50.0), itself=0.0, gated=True,
    ),
    Metric(
        "delay_jump_ms", "ms", SIGNAL, 2, "Jump of the delay", "how far the lags of two stretches of speech are apart",
        better=LOWER, tolerance=Tolerance("delay_jump", 5.0), itself=0.0, gated=True,
    ),
    Metric(
        "level_db", "dB", SIGNAL, 2, "Level of the speech",
        "level of the speech against the uncoded, beyond what the codec declares", itself=0.0, kept=True,
    ),
    Metric(
        "carried_level_db", "dB", SIGNAL, 2, "Level between 300 and 3400 Hz",
        "the same of what every codec of speech carries", itself=0.0,
        unjudged="says whether a level that is too low is one in what every codec carries, too",
    ),
    Metric(
        "level_swing_db", "dB", SIGNAL, 2, "Swing of the level",
        "level of the loudest 0.4 s of speech less that of the softest, both against the uncoded",
        said="swing of the level", better=LOWER, tolerance=Tolerance("level_swing", 1.5), itself=0.0, gated=True,
    ),
    Metric("level_swing_s", "s", SIGNAL, 2, "Furthest off at", "where it is furthest from usual", unjudged=PLACE),
    Metric(
        "pause_noise_db", "dB", SIGNAL, 1, "Noise in pauses",
        "how much louder than the uncoded speech its pauses are, on average", better=LOWER, tolerance=PAUSES,
        itself=0.0, inaudible=0.0, gated=True,
    ),
    Metric(
        "pause_peak_db", "dB", SIGNAL, 1, "Loudest moment of a pause", "the same at the loudest moment of a pause",
        better=LOWER, tolerance=PAUSES, itself=0.0, inaudible=0.0, gated=True,
    ),
    Metric("pause_peak_s", "s", SIGNAL, 2, "Where that is", "where that moment is", unjudged=PLACE),
    Metric(
        "dropout_ms", "ms", SIGNAL, 0, "Clear speech missing", "clear speech that is missing", said="missing speech",
        better=LOWER, tolerance=Tolerance("dropout", 20.0, may_be_0=True), itself=0.0, gated=True,
    ),
    Metric("dropout_s", "s", SIGNAL, 2, "First missing at", "where it is first missing", unjudged=PLACE),
    Metric(
        "muted_ms", "ms", SIGNAL, 0, "Speech muted at one go",
        "speech that the longest silence of the output takes away", said="muted speech", better=LOWER,
        tolerance=Tolerance("muted", 40.0, may_be_0=True), itself=0.0,
    ),
    Metric("muted_s", "s", SIGNAL, 2, "Muted from", "where that silence begins", unjudged=PLACE),
    Metric(
        "replaced_ms", "ms", SIGNAL, 0, "Replaced speech",
        "the longest stretch in which another sound comes in place of loud speech", said="replaced speech",
        better=LOWER, tolerance=Tolerance("replaced", 100.0), itself=0.0, gated=True,
    ),
    Metric("replaced_s", "s", SIGNAL, 2, "Replaced from", "where that begins", unjudged=PLACE),
    Metric(
        "glitch_ms", "ms", SIGNAL, 0, "Glitches",
        "clear speech that is another sound than the reference setup's, though the output is the same on either side",
        better=LOWER, tolerance=Tolerance("glitch", 15.0, may_be_0=True), itself=0.0, gated=True,
    ),
    Metric("glitch_s", "s", SIGNAL, 2, "First glitch at", "where the first of these is", unjudged=PLACE),
    Metric(
        "band_change_db", "dB", SIGNAL, 1, "Most coloured band",
        "how much louder, or softer in telephone speech, a third of an octave is, level taken out",
        said="colour", better=LOWER, tolerance=Tolerance("band_change", 6.0), itself=0.0, gated=True,
    ),
    Metric("band_change_hz", "Hz", SIGNAL, 0, "Which that is", "the middle of that band", unjudged=PLACE),
    Metric(
        "clear_speech_s", "s", SIGNAL, 2, "Clear speech", "how much clear speech there is",
        unjudged="what `dropout_ms` is a part of",
    ),
    Metric(
        "clipped_ms", "ms", SIGNAL, 1, "Flat tops", "flat tops beyond those of the uncoded speech", better=LOWER,
        tolerance=Tolerance("clipped", 5.0, may_be_0=True), itself=0.0, gated=True,
    ),
    Metric(
        "wrapped_samples", "samples", SIGNAL, 0, "Wrapped samples",
        "steps from one end of the output's range to the other", better=LOWER, itself=0.0, gated=True,
    ),
    Metric(
        "amplitude_rms_db", "dB", AMPLITUDE, 2, "Level (RMS)",
        "change of level against the reference setup's output (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_peak_db", "dB", AMPLITUDE, 2, "Peak", "change of peak level (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_crest_factor_db", "dB", AMPLITUDE, 2, "Crest factor",
        "change of peak over RMS (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_dynamic_range_db", "dB", AMPLITUDE, 2, "Dynamic range",
        "change of the range of frame levels (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_level_histogram_distance", "1", AMPLITUDE, 3, "Level histogram",
        "share of samples at another level (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_long_term_spectrum_distance_db", "dB", AMPLITUDE, 2, "Long-term spectrum",
        "mean change of the long-term spectrum (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "amplitude_tilt_db_per_octave", "dB/octave", AMPLITUDE, 2, "Spectral tilt",
        "change of spectral tilt (negative control)", unjudged=CONTROL,
    ),
    Metric(
        "encode_rtf", "1", TIME, 3, "Real-time factor, encoding",
        "seconds to encode a second of speech, the first call apart", short="RTF enc",
        said="real-time factor, encoding", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_rtf", "1", TIME, 3, "Real-time factor, decoding",
        "seconds to decode a second of speech, the first call apart", short="RTF dec",
        said="real-time factor, decoding", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "encode_rtf_median", "1", TIME, 3, "Real-time factor, encoding, median",
        "the same of the median call, which a stall of the machine does not move", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "encode_first_ms", "ms", TIME, 2, "First call to encode",
        "time of the first call to encode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "encode_call_ms", "ms", TIME, 2, "Call to encode, median",
        "median time of the later calls to encode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "encode_call_95_ms", "ms", TIME, 2, "Call to encode, 95th percentile",
        "95th percentile of the later calls to encode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "encode_call_worst_ms", "ms", TIME, 2, "Call to encode, longest",
        "longest of the later calls to encode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_rtf_median", "1", TIME, 3, "Real-time factor, decoding, median",
        "the same of the median call, which a stall of the machine does not move", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_first_ms", "ms", TIME, 2, "First call to decode",
        "time of the first call to decode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_call_ms", "ms", TIME, 2, "Call to decode, median",
        "median time of the later calls to decode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_call_95_ms", "ms", TIME, 2, "Call to decode, 95th percentile",
        "95th percentile of the later calls to decode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "decode_call_worst_ms", "ms", TIME, 2, "Call to decode, longest",
        "longest of the later calls to decode", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "first_sample_ms", "ms", TIME, 1, "Start-up to the first sample",
        "time in the codec from opening to the first sample", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "algorithmic_delay_ms", "ms", TIME, 1, "Algorithmic delay",
        "largest call to decode, declared lag, and the delay measured beyond it", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "bits_per_second", "bit/s", TIME, 0, "Bit rate of the codes",
        "bits of the codes as encoded, for a second of speech", better=LOWER, unjudged=TIMED,
    ),
    Metric(
        "peak_memory_mb", "MB", TIME, 0, "Peak memory",
        "most resident memory of the process while the setup ran", better=LOWER, unjudged=TIMED,
    ),
)  # fmt: skip

METRICS = {row.name: row for row in _ROWS}


class Rows:
    """The rows of the table that *fits* takes, with those that suites have added until it is asked."""

    def __init__(self, fits: Callable[[Metric], bool]) -> None:
        self._fits = fits

    def __iter__(self) -> Iterator[Metric]:
        return (row for row in METRICS.values() if self._fits(row))


def add(row: Metric) -> None:
    """Add a metric of a suite's own to the table of this process, instead of an earlier one of that name."""
    METRICS[row.name] = row


def metric(name: str) -> Metric:
    """Return the row of *name*; a plain one where there is none, as of a record of a newer harness."""
    return METRICS.get(name) or Metric(name, "", MetricFamily.OTHER, 3, name.replace("_", " ").capitalize(), "")


def order(names: set[str]) -> list[Metric]:
    """Return *names* in reading order: by family, then as the table has them, then by name."""
    listed, families = list(METRICS), list(MetricFamily)

    def place(row: Metric) -> tuple[int, int, str]:
        return families.index(row.family), listed.index(row.name) if row.name in METRICS else len(listed), row.name

    return sorted(map(metric, names), key=place)


def tolerances() -> dict[str, Tolerance]:
    """Return every tolerance of the table by its name in `[tolerances]`."""
    rows = (row for row in METRICS.values() if not row.own)
    return {row.tolerance.name: row.tolerance for row in rows if row.tolerance is not None}
