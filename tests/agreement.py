"""
Metrics beside what people said: conditions whose order listeners agree on, scored, and how each metric orders them.

Three orders that need no download. MNRU (ITU-T P.810): the lower Q, the worse, strictly, since listening tests are
scaled by it; made here by the catalogue's own function. Opus: of 6, 9, 16 and 24 kb/s each is better than the one
before, as in the listening tests of Ramo and Toukomaa (Interspeech 2011) and of Hoene, Valin and others (IETF, 2013).
Bandwidth: the wider the better, from 2.5 to 7 kHz (ITU-T G.107.1 gives wide band 36 points of its R scale more than
narrow band).

`python tests/agreement.py` prints the table of docs/agreement.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.audio.speech import Utterance, load
from harness.audio.waveform import Waveform, resample
from harness.codecs.loading import load as codec
from harness.codecs.protocol import decode_whole, encode_whole
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import MetricFamily
from harness.metrics.perceptual import signal_scores
from harness.metrics.waveform import waveform_measurements
from harness.record import Measurements, value
from harness.runtime.resources import fixture
from harness.sensitivity.catalogue.noise import mnru
from harness.sensitivity.catalogue.spectrum import low_pass
from harness.sensitivity.places import Landscape
from harness.sensitivity.window import Passing, Planted
from harness.verdict import Tolerances, judge_change

MNRU = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 45.0)  # dB Q, worst first
BAND = (2.5, 3.4, 5.0, 7.0)  # kHz, worst first
OPUS = (6000, 9000, 16000, 24000)  # bit/s, worst first
RATE = 16_000
SCORED = tuple(row.name for row in METRICS.values() if row.family is MetricFamily.QUALITY and row.scorer is not None)


@dataclass(frozen=True)
class Scored:
    """An utterance in one condition, which people put at *rank* among its like, 0 the worst."""

    series: str
    condition: str
    rank: int
    measured: Measurements


def scored(utterances: Sequence[Utterance], *, words: bool = False) -> list[list[Scored]]:
    """Return the conditions of each series, scored on each utterance; words : with the likelihood and word errors."""
    found = []
    for utterance in utterances:
        speech = resample(utterance.waveform(), RATE)
        noisy = [("MNRU", f"Q {q:g} dB", _noisy(speech, q), 0) for q in MNRU]
        coded = [("Opus", f"{rate // 1000} kb/s", *_coded(speech, rate)) for rate in OPUS]
        cut = [("Bandwidth", f"{edge:g} kHz", _cut(speech, edge), 0) for edge in BAND]
        for series in (noisy, coded, cut):
            rows = [
                Scored(name, condition, rank, _measured(speech, decoded, delay))
                for rank, (name, condition, decoded, delay) in enumerate(series)
            ]
            if words:
                heard = _heard([decoded for *_, decoded, _ in series], utterance.transcript)
                rows = [
                    Scored(one.series, one.condition, one.rank, one.measured | more)
                    for one, more in zip(rows, heard, strict=True)
                ]
            found.append(rows)
    return found


def rank_correlation(rows: Sequence[Scored], name: str) -> float:
    """Return Spearman's rank correlation of a metric, turned so that more is better, with the order of people."""
    from scipy.stats import spearmanr

    sign = -1.0 if METRICS[name].better == "lower" else 1.0
    values = [sign * (value(one.measured, name) or 0.0) for one in rows]
    if len(set(values)) == 1:
        return 0.0
    return float(spearmanr([one.rank for one in rows], values).statistic)


def means(series: Sequence[Sequence[Scored]]) -> list[Scored]:
    """Return the mean over utterances of each condition of one series."""
    return [
        Scored(
            several[0].series,
            several[0].condition,
            several[0].rank,
            {
                name: several[0]
                .measured[name]
                .model_copy(update={"value": float(np.mean([value(one.measured, name) or 0.0 for one in several]))})
                for name in several[0].measured
                if value(several[0].measured, name) is not None
            },
        )
        for several in zip(*series, strict=True)
    ]


def rungs(rows: Sequence[Scored]) -> list[str]:
    """Return what the ladder says of each condition, held against the best of the series."""
    return [str(judge_change(one.measured, rows[-1].measured, Tolerances()).verdict) for one in rows]


def _noisy(speech: Waveform, q: float) -> Waveform:
    land = Landscape(speech)
    place = Planted(0.0, speech.seconds, 1, land.level, 1.0, RATE, 320)
    return Waveform(mnru(Passing(0).window(speech.samples, RATE, place), q).astype(np.float32), RATE)


def _cut(speech: Waveform, edge: float) -> Waveform:
    place = Planted(0.0, speech.seconds, 1, 0.1, 1.0, RATE, 320)
    return Waveform(low_pass(Passing(512).window(speech.samples, RATE, place), edge).astype(np.float32), RATE)


def _coded(speech: Waveform, bitrate: int) -> tuple[Waveform, int]:
    opus = codec("opus", {"bitrate": bitrate, "sample_rate": RATE})
    frames = len(speech.samples) // opus.info.frame_size
    return (
        Waveform(decode_whole(opus, encode_whole(opus, speech.samples[: frames * opus.info.frame_size])), RATE),
        opus.info.delay,
    )


def _measured(speech: Waveform, decoded: Waveform, delay: int) -> Measurements:
    alignment, measured = waveform_measurements(speech, decoded, delay)
    return measured | signal_scores(alignment.pair, frozenset({"pesq", "pesq_nb", "stoi"}))


def _heard(signals: Sequence[Waveform], transcript: str) -> list[Measurements]:
    from harness.runs.cells import word_measurements
    from harness.runs.conditions import ScoresTable
    from harness.runs.scoring import listen

    scores = ScoresTable()
    heard = listen(list(signals), transcript, str(scores.asr), scores.language)
    return [word_measurements(one, heard[-1]) for one in heard]


def main() -> None:
    """Print the scores of each condition, and the rank correlations."""
    chosen = [one for one in load(fixture("speech")) if one.id in ("heart-04", "rms-04")]
    everything = scored(chosen, words=True)
    names = [*SCORED, "transcript_logp", "word_errors"]
    for kind in ("MNRU", "Opus", "Bandwidth"):
        series = [rows for rows in everything if rows[0].series == kind]
        mean = means(series)
        print(f"\n| {kind} | " + " | ".join(METRICS[name].label for name in names) + " | verdict against the best |")
        print("| --- " * (len(names) + 2) + "|")
        for one, *verdicts in zip(mean, *map(rungs, series), strict=True):
            cells = [f"{value(one.measured, name):.2f}" for name in names]
            said = ", ".join(f"{verdicts.count(rung)} {rung}" for rung in dict.fromkeys(verdicts))
            print(f"| {one.condition} | " + " | ".join(cells) + f" | {said} |")
        told = [f"{np.mean([rank_correlation(rows, name) for rows in series]):.2f}" for name in names]
        print("| rank correlation | " + " | ".join(told) + " | |")


if __name__ == "__main__":
    main()
