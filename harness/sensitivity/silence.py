"""The suite's own speech with silence before and after it, to see what a suite would notice if it had such speech."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform, write
from harness.runtime.temporary import temporary_folder
from harness.sensitivity.places import PAUSE, WINDOW, Landscape
from harness.sensitivity.subject import FaultSubject

SECONDS = 0.8
FLOOR = 1e-4  # of full scale, -80 dB: where the speech is cut so close that it has no pause of its own


@contextmanager
def silent_subject(subject: FaultSubject) -> Iterator[FaultSubject]:
    """Yield *subject* with silence on either side of each utterance."""
    with temporary_folder() as folder:
        made: dict[str, Utterance] = {}
        for name, (utterance, _) in subject.speech.items():
            path = folder / f"{len(made)}.wav"
            write(path, padded(utterance.waveform()))
            made[name] = replace(
                utterance, path=path, sha256=None, read_sha256=None, channels=None, offset=0.0, duration=None
            )
        speech = {name: (made[name], made.get(other.id, other)) for name, (_, other) in subject.speech.items()}
        yield replace(subject, speech=speech, _landscapes={})


def padded(waveform: Waveform) -> Waveform:
    """Return *waveform* with `SECONDS` of noise on either side, as loud as its quietest pause, or as `FLOOR`."""
    size = round(WINDOW * waveform.sample_rate)
    windows = waveform.samples[: len(waveform.samples) // size * size].astype(np.float64).reshape(-1, size)
    quietest = float(np.sqrt(np.square(windows).mean(axis=1).min()))
    is_pause = quietest < Landscape(waveform).level * 10 ** (-PAUSE / 20)
    drawn = np.random.default_rng(0).standard_normal(2 * round(SECONDS * waveform.sample_rate))
    drawn *= quietest if is_pause else FLOOR
    half = len(drawn) // 2
    whole = np.concatenate([drawn[:half], waveform.samples.astype(np.float64), drawn[half:]])
    return Waveform(whole.astype(np.float32), waveform.sample_rate)
