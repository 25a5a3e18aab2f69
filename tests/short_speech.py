"""A second or less of the embedded speech, for tests that ask how a codec is used and nothing of words."""

from pathlib import Path

import numpy as np
import soundfile

from harness.audio.speech import Utterance, load
from harness.audio.waveform import Waveform
from harness.runtime.resources import fixture

BEGINS = 0.3  # s, where the embedded speech has begun


def excerpts(samples: int) -> tuple[Waveform, Waveform]:
    """Return so many samples of our speech and of another, each from its first loud one on."""

    def excerpt(utterance: Utterance) -> Waveform:
        waveform = utterance.waveform()
        start = np.flatnonzero(np.abs(waveform.samples) > 0.1)[0]
        return Waveform(waveform.samples[start : start + samples], waveform.sample_rate)

    main, other = load(fixture("speech"))[:2]
    return excerpt(main), excerpt(other)


def write_short(folder: Path, name: str = "slt-04", seconds: float = 1.2) -> Path:
    """Write *folder* as speech to test with, with a piece of the embedded utterance *name* alone; return it."""
    folder.mkdir(parents=True)
    samples, rate = soundfile.read(fixture("speech") / f"{name}.flac", dtype="int16")
    begin = round(BEGINS * rate)
    soundfile.write(folder / f"{name}.flac", samples[begin : begin + round(seconds * rate)], rate)
    (folder / f"{name}.txt").write_text("whatever is said", encoding="utf-8")
    return folder
