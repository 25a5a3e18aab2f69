"""Measurements of a healthy cell, and what differs from them."""

from harness.metrics.catalogue import METRICS
from harness.record import Measurement

CLEAN = {row.name: row.itself or 0.0 for row in METRICS.values() if row.itself is not None or row.tolerance} | {
    "codes_equal": 0.0, "pcm_equal": 0.0, "pcm_equivalent": 0.0, "snr_db": 30.0, "max_abs_difference": 0.01,
    "pesq_wb": 3.0, "pesq_nb": 3.4, "stoi": 0.95, "gain_db": 0.0, "delay_ms": 0.0, "polarity": 1.0,
    "length_change_samples": 0.0, "word_errors": 1.0, "reference_words": 12.0, "wer_floor": 0.0,
    "transcript_logp": -0.2, "drift_ppm": 2.0, "level_db": 0.1, "pause_noise_db": -3.0, "pause_peak_db": 2.0,
    "pause_peak_s": 0.5, "dropout_ms": 0.0, "dropout_s": 0.9, "muted_s": 0.9, "clipped_ms": 0.0, "wrapped_samples": 0.0,
    "level_swing_db": 0.5, "level_swing_s": 0.7,
    "band_change_db": 3.0, "band_change_hz": 2000.0, "pesq_wb_scatter": 0.05, "pesq_nb_scatter": 0.05,
}  # fmt: skip


def measured(**changes):
    carried = {"carried_level_db": changes["level_db"]} if "level_db" in changes else {}  # unless it is said otherwise
    values = CLEAN | carried | changes
    return {
        name: Measurement.missing(value) if isinstance(value, str) else Measurement.of(value, "")
        for name, value in values.items()
        if value is not None
    }
