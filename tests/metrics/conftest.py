from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.audio.waveform import Samples, Waveform, read, resample
from harness.metrics.alignment import AlignedPair, align

SPEECH = Path(__file__).parents[2] / "fixtures" / "speech"
FRAME = 1280  # 80 ms at 16 kHz


@pytest.fixture(scope="session")
def speech() -> Waveform:
    """Real reference speech at 16 kHz, about 5 s."""
    return resample(read(SPEECH / "heart-01.flac"), 16_000)


@pytest.fixture(scope="session")
def long_speech() -> Waveform:
    return resample(read(SPEECH / "heart-long.flac"), 16_000)


@pytest.fixture(scope="session")
def against(speech: Waveform) -> Callable[..., AlignedPair]:
    """Return the pair of the speech and some samples that came out for it."""

    def pair(samples: Samples, declared_delay: int = 0) -> AlignedPair:
        return align(speech, Waveform(np.asarray(samples, dtype=np.float32), 16_000), declared_delay).pair

    return pair


@pytest.fixture(scope="session")
def damaged(speech: Waveform) -> dict[str, Samples]:
    """The speech after each of the changes whose scores are known, all as long as it was or shorter."""
    x, rng = speech.samples, np.random.default_rng(7)
    whole = x[: len(x) // FRAME * FRAME].reshape(-1, FRAME)
    tail = x[whole.size :]
    loud = int(np.argmax(np.square(whole).sum(axis=1)))
    muted, repeated = whole.copy(), whole.copy()
    muted[loud], repeated[loud] = 0, whole[loud - 1]
    even = len(whole) // 2 * 2
    swapped = whole[:even].reshape(-1, 2, FRAME)[:, ::-1]
    noise = rng.standard_normal(len(x)) * np.sqrt(np.square(x).mean())
    return {
        "quieter": x * np.float32(0.1),
        "flipped": -x,
        "tail dropped": x[:-FRAME],
        "frame muted": np.append(muted, tail),
        "frame repeated": np.append(repeated, tail),
        "frame removed": np.append(np.delete(whole, loud, axis=0), tail),
        "late 20 ms": np.append(np.zeros(320, dtype=np.float32), x),
        "late 80 ms": np.append(np.zeros(FRAME, dtype=np.float32), x),
        "shuffled": np.append(rng.permutation(whole), tail),
        "reversed": np.append(whole[:, ::-1], tail),
        "swapped": np.concatenate([swapped.ravel(), whole[even:].ravel(), tail]),
        "noise 20 dB": (x + 10 ** (-20 / 20) * noise).astype(np.float32),
        "noise 10 dB": (x + 10 ** (-10 / 20) * noise).astype(np.float32),
    }
