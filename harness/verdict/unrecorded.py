"""
Utterances without a recording: what is measured of a setup there is against the output of its reference setup.

So what that output measures against itself stands in the place of what the reference setup is off the uncoded speech,
and the words that are heard in it say whether words can be read. PESQ and the like have no value: what nothing is found
to be wrong with is not known to be as good.
"""

from harness.audio.utterance import NO_RECORDING
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.record import Measurement, Measurements
from harness.verdict.tolerances import QUALITY


def is_unrecorded(measured: Measurements) -> bool:
    """Tell whether what was *measured* is of an utterance of which there is no recording."""
    return any(one.undefined == NO_RECORDING for one in measured.values())


def against_output(measured: Measurements, reference: Measurements) -> tuple[Measurements, Measurements]:
    """Return what to judge such an utterance by: what is known of it, and of the output that it is held against."""
    quality = {row.name for row in QUALITY}
    known = {name: one for name, one in measured.items() if name not in quality}
    output = {
        row.name: Measurement.of(row.itself, row.unit)
        for row in METRICS.values()
        if row.itself is not None and row.family is MetricFamily.SIGNAL and row.name != "length_change_samples"
    }
    words = {"wer_floor": reference["wer"]} if "wer" in reference else {}
    return known | words, reference | output
