"""Every measurement of a decoded waveform against the uncoded speech that takes no model of hearing."""

from harness.audio.waveform import Waveform
from harness.metrics.activity import activity
from harness.metrics.alignment import Alignment, align, paired
from harness.metrics.clipping import clipping
from harness.record import Measurements

# Most wirings of a codec give the same output, bit for bit. What is kept holds no audio, of which there may be hours.
_MEASURED: dict[tuple[str, str, int], tuple[Measurements, Measurements]] = {}
KEPT = 64  # outputs


def waveform_measurements(uncoded: Waveform, decoded: Waveform, declared_delay: int) -> tuple[Alignment, Measurements]:
    """
    Return the pair, aligned, and what is measured of it: lag, gain, drift, sound in pauses, missing speech, flat tops.

    Both at one rate, in Hz; declared_delay : samples by which the codec says that it lags. Undefined values say why.
    """
    key = uncoded.sha256(), decoded.sha256(), declared_delay
    known = _MEASURED.get(key)
    if known is None:
        alignment = align(uncoded, decoded, declared_delay)
        in_step = alignment.in_step
        known = alignment.measurements, activity(in_step) | clipping(in_step)
        _MEASURED[key] = known
        if len(_MEASURED) > KEPT:
            _MEASURED.pop(next(iter(_MEASURED)))
    aligned, others = known
    return Alignment(paired(uncoded, decoded, declared_delay), dict(aligned)), aligned | others
