"""What several adapters' tests share: speech at 24 kHz, and one full-size Mimi checkpoint for the whole run."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.audio.waveform import read, resample
from harness.runtime.resources import fixture


@pytest.fixture(scope="session")
def speech_24k() -> np.ndarray:
    """Return six seconds of speech, whole frames of 1920 samples."""
    pcm = resample(read(fixture("speech") / "heart-long.flac"), 24_000).samples
    start = 12_000  # the file begins with half a second of silence
    return pcm[start : start + 75 * 1920]


@pytest.fixture(scope="session")
def full_size_checkpoint(tmp_path_factory: pytest.TempPathFactory, speech_24k: np.ndarray) -> Iterator[Path]:
    """Yield a safetensors file of Kyutai's geometry; made once for a run, by whichever worker needs it first."""
    pytest.importorskip("moshi", reason="needs the extra codec-harness[mimi]")
    from full_size import write_checkpoint  # imports torch

    base = tmp_path_factory.getbasetemp()
    folder = base if base.name.startswith("pytest-") else base.parent  # workers of xdist have folders inside one
    path = folder / "mimi-full-size.safetensors"
    with (folder / "mimi-full-size.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            partial = path.with_suffix(".partial")
            write_checkpoint(partial, speech_24k[: 38 * 1920])
            partial.replace(path)
    yield path
    if "PYTEST_XDIST_WORKER" not in os.environ:  # 400 MB; another worker may still need it
        path.unlink()
