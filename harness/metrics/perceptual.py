"""
All scores of an aligned pair that need no recogniser, as measurements.

Conventions
-----------
PESQ, STOI and ESTOI are computed at 16 000 Hz; the pair is resampled here, once, and nowhere in a metric. SI-SDR is
computed at the pair's own rate. A metric that has no value, or whose package is missing, is undefined with the reason.
"""

from collections.abc import Callable, Collection

from harness.alignment import AlignedPair
from harness.audio import resample
from harness.errors import MetricUndefined, ScorerUnavailable
from harness.metrics import signal
from harness.metrics.pesq import SAMPLE_RATE, pesq
from harness.metrics.pesq import version as pesq_version
from harness.metrics.signal import si_sdr_db
from harness.metrics.stoi import stoi
from harness.metrics.stoi import version as stoi_version
from harness.record import Measurement, Measurements

VERSION = 1  # raise it when the same input gives another number, here or in how a metric is called

PERCEPTUAL: dict[str, tuple[str, str, Callable[[AlignedPair], float]]] = {  # name: family, unit, metric
    "pesq_wb": ("pesq", "MOS-LQO", lambda pair: pesq(pair, "wb")),
    "pesq_nb": ("pesq", "MOS-LQO", lambda pair: pesq(pair, "nb")),
    "stoi": ("stoi", "1", stoi),
    "estoi": ("stoi", "1", lambda pair: stoi(pair, extended=True)),
}


def signal_scores(pair: AlignedPair, wanted: Collection[str] = ("pesq", "stoi")) -> Measurements:
    """
    Return pesq_wb, pesq_nb (MOS-LQO), stoi, estoi (1) and si_sdr_db (dB) of a pair at any rate.

    *wanted* names the families to compute; what is not asked for is absent, what has no value is undefined.
    """
    asked = {name: (unit, metric) for name, (family, unit, metric) in PERCEPTUAL.items() if family in wanted}
    try:
        narrow = AlignedPair(resample(pair.reference, SAMPLE_RATE), resample(pair.degraded, SAMPLE_RATE))
    except ImportError as error:
        reason = f"resampling to {SAMPLE_RATE} Hz needs librosa ({error}): pip install 'codec-harness[resample]'"
        scores = dict.fromkeys(asked, Measurement.missing(reason))
    else:
        scores = {name: _measure(unit, metric, narrow) for name, (unit, metric) in asked.items()}
    return scores | {"si_sdr_db": _measure("dB", si_sdr_db, pair)}


def versions() -> dict[str, str]:
    """Return library, version and mode of each score, for provenance."""
    return {
        "pesq_wb": pesq_version("wb"),
        "pesq_nb": pesq_version("nb"),
        "stoi": stoi_version(),
        "estoi": stoi_version(extended=True),
        "si_sdr_db": f"codec-harness {signal.VERSION}, Le Roux et al. 2019",
    }


def _measure(unit: str, metric: Callable[[AlignedPair], float], pair: AlignedPair) -> Measurement:
    try:
        return Measurement.of(metric(pair), unit)
    except (MetricUndefined, ScorerUnavailable) as undefined:
        return Measurement.missing(str(undefined))
