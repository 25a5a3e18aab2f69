"""
All scores of an aligned pair that need no recogniser, as measurements.

Conventions
-----------
PESQ, STOI and ESTOI are computed at 16 000 Hz; the pair is resampled here, once, and nowhere in a metric. SI-SDR is
computed at the pair's own rate. A metric that has no value, or whose package is missing, is undefined with the reason.
"""

from collections.abc import Callable, Collection

from harness.audio.waveform import resample
from harness.errors import MetricUndefined, MissingExtra
from harness.metrics import signal
from harness.metrics.alignment import AlignedPair
from harness.metrics.pesq import SAMPLE_RATE, pesq_scattered
from harness.metrics.pesq import version as pesq_version
from harness.metrics.signal import si_sdr_db
from harness.metrics.stoi import stoi
from harness.metrics.stoi import version as stoi_version
from harness.record import Measurement, Measurements

VERSION = 2  # raise it when the same input gives another number, here or in how a metric is called

Scored = tuple[float, float | None]  # a score, and its scatter where it has one
PERCEPTUAL: dict[str, tuple[str, str, Callable[[AlignedPair], Scored]]] = {  # name: family, unit, metric
    "pesq_wb": ("pesq", "MOS-LQO", lambda pair: pesq_scattered(pair, "wb")),
    "pesq_nb": ("pesq", "MOS-LQO", lambda pair: pesq_scattered(pair, "nb")),
    "stoi": ("stoi", "1", lambda pair: (stoi(pair), None)),
    "estoi": ("stoi", "1", lambda pair: (stoi(pair, extended=True), None)),
}


def signal_scores(pair: AlignedPair, wanted: Collection[str] = ("pesq", "stoi")) -> Measurements:
    """
    Return pesq_wb, pesq_nb (MOS-LQO), stoi, estoi (1) and si_sdr_db (dB) of a pair at any rate.

    Beside each PESQ stands its scatter, such as pesq_wb_scatter (MOS-LQO, standard deviation over the starts).

    *wanted* names the families to compute; what is not asked for is absent, what has no value is undefined.
    """
    asked = {name: (unit, metric) for name, (family, unit, metric) in PERCEPTUAL.items() if family in wanted}
    try:
        narrow = AlignedPair(resample(pair.reference, SAMPLE_RATE), resample(pair.degraded, SAMPLE_RATE))
    except ImportError as error:
        reason = f"resampling to {SAMPLE_RATE} Hz needs soxr ({error}): pip install 'codec-harness[resample]'"
        scores = dict.fromkeys(asked, Measurement.missing(reason))
    else:
        scores = {}
        for name, (unit, metric) in asked.items():
            scores |= _measure(name, unit, metric, narrow)
    return scores | _measure("si_sdr_db", "dB", lambda whole: (si_sdr_db(whole), None), pair)


def versions() -> dict[str, str]:
    """Return library, version and mode of each score, for provenance."""
    return {
        "pesq_wb": pesq_version("wb"),
        "pesq_nb": pesq_version("nb"),
        "stoi": stoi_version(),
        "estoi": stoi_version(extended=True),
        "si_sdr_db": f"codec-harness {signal.VERSION}, Le Roux et al. 2019",
    }


def _measure(name: str, unit: str, metric: Callable[[AlignedPair], Scored], pair: AlignedPair) -> Measurements:
    try:
        score, scatter = metric(pair)
    except (MetricUndefined, MissingExtra) as undefined:
        return {name: Measurement.missing(str(undefined))}
    found = {name: Measurement.of(score, unit)}
    return found if scatter is None else found | {f"{name}_scatter": Measurement.of(scatter, unit)}
