"""Score one pair of files: the scores of a cell, for audio that was decoded elsewhere."""

import math
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from harness.audio import waveform as audio
from harness.audio.utterance import in_one_line
from harness.audio.waveform import Waveform
from harness.errors import UsageInvalid
from harness.files import given
from harness.metrics.alignment import AlignedPair, of_length, with_rest
from harness.metrics.amplitude import amplitude_statistics
from harness.metrics.waveform import waveform_measurements
from harness.metrics.whisper.names import BUNDLED, ENGLISH
from harness.record import Measurement
from harness.runs import cells
from harness.runs.conditions import ScoresTable
from harness.runs.scoring import Scorer
from harness.runtime.workers import opened
from harness.verdict import PairScores, Tolerances, itself, judge_pair


def score(
    reference: Path,
    degraded: Path,
    *,
    text: str | None = None,
    declared_delay: int = 0,
    frame_size: int = 1,
    asr: str = BUNDLED,
    language: str = ENGLISH,
) -> PairScores:
    """
    Score the file *degraded* against *reference*; the degraded one is brought to the reference's rate.

    text : the words said, for WER and transcript likelihood; without it words are not scored
    declared_delay : samples by which the codec says it lags; any other delay is measured, not taken out
    frame_size : samples of the codec's frame; an output that is less than a frame too long, since the last frame was
        filled, is cut to length
    asr, language : as in `[scores]`. Raises `UsageInvalid` if the model does not know the language
    """
    scores = _scores(text, asr, language)
    text = in_one_line(text) if text else text
    uncoded = audio.read(reference)
    decoded = _at_rate_of(uncoded, audio.read(degraded), frame_size)
    if declared_delay >= len(decoded.samples):
        raise UsageInvalid(
            f"{degraded}: {len(decoded.samples)} samples at {uncoded.sample_rate} Hz, and a declared delay of "
            f"{declared_delay} leaves none; wanted a delay shorter than the file"
        )
    alignment, measurements = waveform_measurements(uncoded, decoded, declared_delay)
    same = not declared_delay and np.array_equal(decoded.samples, uncoded.samples)
    measurements |= {"pcm_equal": Measurement.of(float(same), "bool")}
    measurements |= amplitude_statistics(AlignedPair(uncoded, alignment.pair.degraded))
    heard = None
    with opened(2 if text else 1) as workers:
        scorer = Scorer(workers.pool, workers.store, scores)
        signal = scorer.signal(alignment.pair)
        if text:
            whole = with_rest(alignment.pair, decoded, declared_delay)  # what is said there is heard too
            floor, hearing = (future.result() for future in scorer.hear([uncoded, whole], text))
            heard = hearing
            measurements |= cells.word_measurements(hearing, floor)
        measurements |= signal.result().measurements
    tolerances = Tolerances()
    judgement = judge_pair(measurements, tolerances)
    return PairScores(
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        measurements=dict(sorted(measurements.items())),
        heard=heard,
        against=itself(measurements),
        tolerances=tolerances,
    )


def _at_rate_of(reference: Waveform, degraded: Waveform, frame_size: int = 1) -> Waveform:
    """
    Return *degraded* at the rate of *reference*, and as long where the lengths differ by no more than rounding.

    A file at another rate has a whole number of samples there, so it may be up to one of them longer or shorter. One
    that is longer by less than a frame has its last frame filled.
    """
    found = audio.resample(degraded, reference.sample_rate)
    more = len(found.samples) - len(reference.samples)
    other_rate = degraded.sample_rate != reference.sample_rate
    rounding = math.ceil(reference.sample_rate / degraded.sample_rate) if other_rate else 0
    if -rounding <= more <= max(rounding, frame_size - 1):
        return Waveform(of_length(found.samples, len(reference.samples)), found.sample_rate)
    return found


def _scores(text: str | None, asr: str, language: str) -> ScoresTable:
    try:
        return ScoresTable(asr=asr if text else False, language=language)
    except ValidationError as error:
        raise UsageInvalid("; ".join(given.explained(item, of=ScoresTable) for item in error.errors())) from error
