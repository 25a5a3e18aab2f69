"""Every measurement of a decoded waveform against the uncoded speech that takes no model of hearing."""

from harness.audio.waveform import Waveform
from harness.metrics.activity import activity
from harness.metrics.alignment import Alignment, align
from harness.metrics.clipping import clipping
from harness.metrics.replaced import replaced
from harness.metrics.spectrum import colour
from harness.record import Measurements


def waveform_measurements(uncoded: Waveform, decoded: Waveform, declared_delay: int) -> tuple[Alignment, Measurements]:
    """
    Return the pair, aligned, and what is measured of it: lag, gain, drift, sound in pauses, missing and replaced
    speech, flat tops, coloured bands.

    Both at one rate, in Hz; declared_delay : samples by which the codec says that it lags. Undefined values say why.
    """
    alignment = align(uncoded, decoded, declared_delay)
    in_step, aligned = alignment.in_step, alignment.measurements
    found = activity(in_step) | replaced(in_step, aligned) | clipping(in_step) | colour(in_step)
    return alignment, aligned | found
