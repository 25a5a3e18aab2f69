"""
Utterances of which there are codes and no recording, as a speech tokenizer of a TTS model is given them.

Nothing is held against uncoded speech, since there is none. The output of the reference setup takes its place: delay,
level, clock, pauses, missing speech and flat tops of another setup are measured against that output, and its words are
held against the transcript and against those that are heard in the reference setup (`harness.verdict.unrecorded`).
What measures quality against a recording (PESQ, STOI, SI-SDR) is undefined, and so is all of this for the reference
setup itself.
"""

from harness.audio.utterance import NO_RECORDING
from harness.audio.waveform import Waveform
from harness.codecs.protocol import CodecInfo
from harness.metrics.alignment import AlignedPair
from harness.metrics.amplitude import amplitude_statistics
from harness.metrics.waveform import waveform_measurements
from harness.record import Measurement, Measurements
from harness.topology.trace import Trace


def against_output(
    traced: Trace, info: CodecInfo, reference: Trace | None, reference_info: CodecInfo
) -> tuple[AlignedPair, Measurements]:
    """
    Return what came out beside the output of the reference setup, and what is measured of it against that.

    reference : None if there is no such output, or *traced* is it: then the measurements are undefined
    """
    out = Waveform(traced.pcm, info.sample_rate)
    if reference is None or info.sample_rate != reference_info.sample_rate:
        own = Waveform(traced.pcm[info.delay :], info.sample_rate)
        alignment, measured = waveform_measurements(own, out, info.delay)
        names = (*measured, *amplitude_statistics(alignment.pair))
        return alignment.pair, dict.fromkeys(names, Measurement.missing(NO_RECORDING))
    golden = Waveform(reference.pcm[reference_info.delay :], info.sample_rate)
    alignment, measured = waveform_measurements(golden, out, info.delay)
    return alignment.pair, measured | amplitude_statistics(alignment.pair)
