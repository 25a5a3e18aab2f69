"""
PESQ: predicted listening quality of degraded speech, wide band and narrow band.

Conventions
-----------
Input is an aligned pair at 16 000 Hz, for both modes: narrow band then needs no second resampler, whose choice would
be part of the score. The score is MOS-LQO, higher is better: 1.02 to 4.64 wide band, 1.02 to 4.55 narrow band. PESQ
aligns in time by itself and ignores gain and polarity: those are measured in `harness.metrics.alignment`.

Clips longer than 30 s are scored in equal windows of at most 30 s, and the score is the mean over the windows in which
the reference has speech: longer clips overrun fixed tables in the library and end the process (186 s did). Even so,
call this in a process that may die (`harness.runtime.pool`).

Source
------
ITU-T P.862.2 (wide band) and P.862 with the mapping of P.862.1 (narrow band), through the package `pesq`, which lacks
Corrigendum 2 of P.862.2; scores of packages that have it (`pesqc2`) are 0.1 to 0.7 higher and must not be mixed.
"""

import math
from importlib import metadata
from typing import Literal

import numpy as np

from harness.audio.waveform import Samples
from harness.errors import MetricUndefined, MissingExtra
from harness.metrics.alignment import AlignedPair, problem

VERSION = 2  # raise it when the same input gives another number
SAMPLE_RATE = 16_000  # Hz
WINDOW_SECONDS = 30
STARTS = (0, 64, 128, 192)  # samples of silence before both signals: evenly over PESQ's hop of 256

Band = Literal["wb", "nb"]
MODES: dict[Band, str] = {"wb": "wb P.862.2 without Corrigendum 2", "nb": "nb P.862.1 at 16 kHz"}


def pesq_scattered(pair: AlignedPair, band: Band) -> tuple[float, float]:
    """
    Return MOS-LQO as the mean over `STARTS`, and the standard deviation that the start alone makes; raises as `pesq`.

    PESQ cuts time into frames of 32 ms, and where they fall decides a part of the score: a few milliseconds of silence
    before both signals moved WB by more than 0.15 on 9 to 13 of 52 utterances, once from 1.82 to 2.95.
    """
    scores = [pesq(pair, band, start) for start in STARTS]
    return float(np.mean(scores)), float(np.std(scores, ddof=1))


def pesq(pair: AlignedPair, band: Band, start: int = 0) -> float:
    """
    Return MOS-LQO, with *start* samples of silence put before both signals.

    Raises `MetricUndefined` for silence, NaN, less than 0.25 s and whatever else PESQ refuses, `MissingExtra` if
    the package is missing, and ValueError if the pair is not at 16 000 Hz.
    """
    if pair.reference.sample_rate != SAMPLE_RATE:
        raise ValueError(
            f"PESQ needs {SAMPLE_RATE} Hz but got {pair.reference.sample_rate} Hz; resample the pair first"
        )
    reason = problem(pair.reference.samples, "reference") or problem(pair.degraded.samples, "output")
    if reason is not None:
        raise MetricUndefined(f"PESQ: {reason}")
    count = math.ceil(len(pair.reference.samples) / (WINDOW_SECONDS * SAMPLE_RATE))
    windows = zip(
        np.array_split(pair.reference.samples, count), np.array_split(pair.degraded.samples, count), strict=True
    )
    scored = [
        (len(ours), _window(ours, theirs, band, start)) for ours, theirs in windows if count == 1 or _speaks(ours, band)
    ]
    if not scored:
        raise MetricUndefined("PESQ: no speech was found in the reference")
    return sum(length * score for length, score in scored) / sum(length for length, _ in scored)


def version(band: Band) -> str:
    """Return library, version and mode, for provenance; does not import the library."""
    try:
        return f"pesq {metadata.version('pesq')} {MODES[band]}, mean of {len(STARTS)} starts, own code {VERSION}"
    except metadata.PackageNotFoundError:
        return "pesq not installed"


def _window(reference: Samples, degraded: Samples, band: Band, start: int = 0) -> float:
    try:
        import pesq as library
    except ImportError as error:
        raise MissingExtra(
            f"PESQ needs the package pesq ({error}); install it with: pip install 'codec-harness[pesq]'"
        ) from error
    try:
        return float(library.pesq(SAMPLE_RATE, np.pad(reference, (start, 0)), np.pad(degraded, (start, 0)), band))
    except library.PesqError as error:
        cause = error.args[0] if error.args else type(error).__name__
        text = cause.decode() if isinstance(cause, bytes) else str(cause)
        raise MetricUndefined(f"PESQ: {text or type(error).__name__}") from error
    except ValueError as error:  # a silent window in an output that has sound elsewhere: NaN inside the library
        raise MetricUndefined(f"PESQ: no score for this output, it may be silent for long ({error})") from error


def _speaks(reference: Samples, band: Band) -> bool:
    """Tell whether PESQ finds speech in a window of the reference, by scoring it against itself."""
    if not reference.any():
        return False
    try:
        _window(reference, reference, band)
    except MetricUndefined:
        return False
    return True
