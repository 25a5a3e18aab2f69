"""
Ties: codes that may differ although nothing is wrong.

A quantiser picks the nearest entry. Where two are equally near, the last bit of a sum decides, and sums are rounded
otherwise when the same frames are grouped into other calls. So a code that differs proves a fault only if the codec
was not undecided there, and that is measured: the same speech is encoded again and again with inaudible noise,
uniform and below the least significant bit of 24-bit audio, always in calls of one kind. A frame is tied if both turn
up among these runs: exactly the codes that were expected and exactly those that are in question.

Both, because a kind of calls that is wrong gives the same wrong codes in every run.
"""

from collections.abc import Callable

import numpy as np

from harness.audio import Samples
from harness.codec import Codes

NOISE = 2.0**-24  # full scale is 1; half the least significant bit of 24-bit audio
RUNS = 16  # a tie that falls either way half of the time is missed once in 32,768 times


def noisy(speech: Samples, run: int) -> Samples:
    """Return *speech* with inaudible noise, another one for each *run*."""
    noise = np.random.default_rng(run).uniform(-NOISE, NOISE, len(speech))
    return (speech.astype(np.float64) + noise).astype(np.float32)


def tied(expected: Codes, got: Codes, encode: Callable[[int], Codes]) -> list[int]:
    """
    Return the frames of *expected* and *got*, (K, F) both, that differ and are ties.

    encode : gives the codes (K, F) of the same frames in one of the noisy runs, 0 to RUNS - 1
    """
    asked = set(np.flatnonzero((expected != got).any(axis=0)).tolist())
    seen: dict[str, set[int]] = {"expected": set(), "got": set()}
    for run in range(RUNS):
        if asked <= seen["expected"] & seen["got"]:
            break
        again = encode(run)
        for name, codes in (("expected", expected), ("got", got)):
            seen[name] |= {frame for frame in asked if np.array_equal(again[:, frame], codes[:, frame])}
    return sorted(seen["expected"] & seen["got"])
