"""
All scores of an aligned pair that need no recogniser, as measurements.

Conventions
-----------
PESQ, STOI and ESTOI are computed at 16 000 Hz; the pair is resampled here, once, and nowhere in a metric. SI-SDR is
computed at the pair's own rate. A metric that has no value, or whose package is missing, is undefined with the reason.
"""

from collections.abc import Callable

from harness.alignment import AlignedPair
from harness.audio import resample
from harness.errors import MetricUndefined, ScorerUnavailable
from harness.metrics.pesq import SAMPLE_RATE, pesq
from harness.metrics.pesq import version as pesq_version
from harness.metrics.signal import si_sdr_db
from harness.metrics.stoi import stoi
from harness.metrics.stoi import version as stoi_version
from harness.record import Measurement, Measurements


def signal_scores(pair: AlignedPair) -> Measurements:
    """Return pesq_wb, pesq_nb (MOS-LQO), stoi, estoi (1) and si_sdr_db (dB) of a pair at any rate."""
    try:
        narrow = AlignedPair(resample(pair.reference, SAMPLE_RATE), resample(pair.degraded, SAMPLE_RATE))
    except ImportError as error:
        reason = f"resampling to {SAMPLE_RATE} Hz needs librosa ({error}): pip install 'codec-harness[resample]'"
        perceptual = dict.fromkeys(("pesq_wb", "pesq_nb", "stoi", "estoi"), Measurement.missing(reason))
    else:
        perceptual = {
            "pesq_wb": _measure("MOS-LQO", lambda: pesq(narrow, "wb")),
            "pesq_nb": _measure("MOS-LQO", lambda: pesq(narrow, "nb")),
            "stoi": _measure("1", lambda: stoi(narrow)),
            "estoi": _measure("1", lambda: stoi(narrow, extended=True)),
        }
    return perceptual | {"si_sdr_db": _measure("dB", lambda: si_sdr_db(pair))}


def versions() -> dict[str, str]:
    """Return library, version and mode of each score, for provenance."""
    return {
        "pesq_wb": pesq_version("wb"),
        "pesq_nb": pesq_version("nb"),
        "stoi": stoi_version(),
        "estoi": stoi_version(extended=True),
        "si_sdr_db": "codec-harness, Le Roux et al. 2019",
    }


def _measure(unit: str, metric: Callable[[], float]) -> Measurement:
    try:
        return Measurement.of(metric(), unit)
    except (MetricUndefined, ScorerUnavailable) as undefined:
        return Measurement.missing(str(undefined))
