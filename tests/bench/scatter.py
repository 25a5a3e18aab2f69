"""
How often a benign change is called worse than *altered*, and how often a small fault is, per utterance and per setup.

    python tests/bench/scatter.py opus --option bitrate=9000 [--speech FOLDER] [--utterances 20] [--jobs 2]

Benign changes are made to what is encoded, faults to what was decoded, so that any adapter will do. A setup's verdict
is drawn from many corpora: as many utterances as there are, with replacement. Words are not scored: they would need a
recogniser for every cell, and only add witnesses.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from harness.audio import waveform as audio
from harness.audio.speech import Utterance
from harness.audio.waveform import Samples, Waveform
from harness.codecs.loading import load
from harness.codecs.protocol import Codec
from harness.metrics.perceptual import signal_scores
from harness.metrics.waveform import waveform_measurements
from harness.record import Cell, Measurement, Measurements, Verdict
from harness.runs.conditions import SpeechTable
from harness.runs.suite_speech import chosen_speech
from harness.topology.trace import whole_frames
from harness.verdict import Tolerances, judge, judge_setup

CORPORA = 100
Change = tuple[str, str, Samples, int]  # kind, name, what comes out, samples to leave off its start


def decoded(codec: Codec, pcm: Samples) -> Samples:
    """Return what a fresh instance makes of *pcm*, frame by frame."""
    instance, size = codec.open(), codec.info.frame_size
    frames = whole_frames(pcm, codec.info)
    return np.concatenate(
        [instance.decode(instance.encode(frames[at : at + size])) for at in range(0, len(frames), size)]
    )


def changes(codec: Codec, speech: Waveform) -> Iterator[Change]:
    """Yield the plain use, what is as good, and what is not."""
    samples, rate = speech.samples, speech.sample_rate
    plain = decoded(codec, samples)
    yield "plain", "plain", plain, 0
    noise = np.random.default_rng(1).standard_normal(len(plain)).astype(np.float32)
    yield "benign", "0.1 dB lower", decoded(codec, samples * np.float32(10 ** (-0.1 / 20))), 0
    yield "benign", "16 bit", decoded(codec, np.round(samples * 32767).astype(np.float32) / np.float32(32767)), 0
    yield "benign", "24 bit dither", decoded(codec, samples + noise[: len(samples)] * np.float32(2**-23)), 0
    over = audio.resample(audio.resample(speech, 2 * rate), rate).samples[: len(samples)]
    over = np.pad(over, (0, len(samples) - len(over))).astype(np.float32)
    yield "benign", "by twice the rate", decoded(codec, over), 0
    for milliseconds in (2.5, 9.0):
        later = int(milliseconds * rate / 1000)
        yield "benign", f"frames {milliseconds} ms later", decoded(codec, np.pad(samples, (later, 0))), later
    loud = float(np.sqrt(np.mean(np.square(samples[np.abs(samples) > 0.02 * np.abs(samples).max()]))))
    middle = int(np.argmax(np.convolve(np.square(samples), np.ones(rate // 5), "same")))
    for decibels in (-50, -40, -30):
        yield "fault", f"hiss at {decibels} dB", plain + noise * np.float32(loud * 10 ** (decibels / 20)), 0
    yield "fault", "one click", plain + np.where(np.arange(len(plain)) == middle, np.float32(0.3), np.float32(0)), 0
    ticks = np.where(np.arange(len(plain)) % int(0.32 * rate) == 0, np.float32(0.3), np.float32(0))
    yield "fault", "a click every 0.32 s", plain + ticks, 0
    for milliseconds in (20, 40, 80):
        muted = plain.copy()
        muted[middle : middle + milliseconds * rate // 1000] = 0
        yield "fault", f"{milliseconds} ms muted", muted, 0
    burst = plain.copy()
    burst[: rate // 20] += noise[: rate // 20] * np.float32(loud)
    yield "fault", "50 ms of noise first", burst, 0
    again = plain.copy()
    again[middle : middle + rate // 50] = plain[middle - rate // 50 : middle]
    yield "fault", "20 ms said twice", again, 0


def measured(adapter: str, options: dict[str, object], utterance: Utterance) -> list[tuple[str, str, Measurements]]:
    """Measure all changes of one utterance."""
    codec = load(adapter, options)
    speech = audio.resample(utterance.waveform(), codec.info.sample_rate)
    found = []
    for kind, name, pcm, skip in changes(codec, speech):
        heard = Waveform(pcm[skip : skip + len(speech.samples) + codec.info.delay], speech.sample_rate)
        aligned, numbers = waveform_measurements(speech, heard, codec.info.delay)
        found.append((kind, name, numbers | signal_scores(aligned.pair)))
    return found


def cell(utterance: str, numbers: Measurements, plain: Measurements) -> Cell:
    """Return the judged cell."""
    judgement = judge(numbers, plain, Tolerances())
    return Cell(
        setup="suspect", utterance=utterance, key="", verdict=judgement.verdict, reasons=judgement.reasons,
        masked=False, first_diverging_frame=0, measurements=numbers,
    )  # fmt: skip


def main() -> None:
    """Print one line a change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adapter")
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--speech", default="embedded")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    pairs = (option.split("=") for option in given.option)
    options = {name: int(text) if text.isdigit() else text for name, text in pairs}
    utterances = chosen_speech(SpeechTable(source=given.speech, utterances=tuple(given.only)))
    with ProcessPoolExecutor(given.jobs) as pool:
        found = list(pool.map(partial(measured, given.adapter, options), utterances))
    by_change: dict[tuple[str, str], list[tuple[Cell, Cell]]] = defaultdict(list)
    for utterance, rows in zip(utterances, found, strict=True):
        plain = next(numbers for kind, _, numbers in rows if kind == "plain")
        for kind, name, numbers in rows:
            by_change[kind, name].append((cell(utterance.id, numbers, plain), cell(utterance.id, plain, plain)))
    print(
        f"{len(utterances)} utterances, {sum(u.waveform().seconds for u in utterances):.0f} s, {CORPORA} corpora each"
    )
    for (kind, name), both in by_change.items():
        print(line(kind, name, both))


def line(kind: str, name: str, pairs: list[tuple[Cell, Cell]]) -> str:
    """Say how far PESQ-WB moved, and how many utterances and corpora are worse than altered."""
    drops = [_score(plain) - _score(suspect) for suspect, plain in pairs]
    verdicts = Counter(suspect.verdict.rank > Verdict.ALTERED.rank for suspect, _ in pairs)
    rng, worse = np.random.default_rng(2), 0
    for _ in range(CORPORA if kind != "plain" else 0):
        drawn = [pairs[place] for place in rng.integers(len(pairs), size=len(pairs))]
        again = [
            (suspect.model_copy(update={"utterance": str(n)}), plain.model_copy(update={"utterance": str(n)}))
            for n, (suspect, plain) in enumerate(drawn)
        ]
        judgement, _ = judge_setup([one for one, _ in again], [other for _, other in again], Tolerances())
        worse += judgement.verdict.rank > Verdict.ALTERED.rank
    return (
        f"{kind:<7}{name:<24}PESQ-WB lower by {np.mean(drops):+.2f} ({min(drops):+.2f} to {max(drops):+.2f}), scatter "
        f"{np.std(drops):.2f}; worse: {verdicts[True]} of {len(pairs)} utterances, {worse} of {CORPORA} corpora"
    )


def _score(of: Cell) -> float:
    return of.measurements.get("pesq_wb", Measurement.missing("")).value or float("nan")


if __name__ == "__main__":
    main()
