"""
What the recogniser asks of an engine, which computes with Whisper's weights: tokens, a text, its words, a likelihood.

Conventions
-----------
A clip is mono float32 at 16 000 Hz, shape (T,), at most 30 s. Log-probabilities are natural. What is answered about a
clip does not depend on the other clips of the call; only the speed does.

Engines
-------
torch     openai-whisper's model, the default: `asr = "tiny.en"`
ct2       CTranslate2 with weights quantised to 8 bits: `asr = "ct2:tiny.en"`. Needs no torch
ct2-float32   CTranslate2 in 32-bit floats
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.audio.waveform import Samples
from harness.metrics.whisper.windows import SAMPLE_RATE
from harness.record import Word

COMPUTE_TYPES = {"ct2": "int8", "ct2-float32": "float32"}  # of CTranslate2, by what stands before the colon


@dataclass(frozen=True, eq=False)
class HeardClip:
    """One clip, the tokens that were *said* in it (none if that is unknown), and the most tokens to hear in it."""

    samples: Samples
    said: Sequence[int]
    cap: int

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class Decoded:
    """A greedy decoding: *tokens*, their *text*, mean log-probability with the end, no-speech probability."""

    tokens: list[int]
    text: str
    log_probability: float
    no_speech: float
    capped: bool


@dataclass(frozen=True)
class Decoding:
    """
    What was *decoded*, its *words* with times if asked for, and the mean log-probability of what was said.

    log_probability : NaN if what was said is unknown or longer than `most_text`, -inf if floats cannot hold it
    """

    decoded: Decoded
    words: list[Word] = field(default_factory=list)
    log_probability: float = math.nan


class Engine(Protocol):
    """
    One loaded model. It computes on one thread: results repeat bit for bit, and processes share out the work.

    language : that is spoken
    normalise : what its texts are compared as
    most_text : tokens that a text can have
    """

    language: str

    most_text: int

    @property
    def normalise(self) -> Callable[[str], str]:
        """What writes a text as words with spaces between."""
        ...

    def tokens(self, text: str) -> list[int]:
        """Return *text* as tokens, as Whisper writes it after its prompt."""
        ...

    def listen(self, clips: Sequence[HeardClip], *, whole: bool, word_times: bool) -> list[Decoding]:
        """Return an answer for each of *clips*; silence after one is made cheap unless the *whole* window is asked."""
        ...


def compute_type(model: str) -> str | None:
    """Return in what CTranslate2 computes for a *model* such as "ct2:tiny.en"; None if another engine is meant."""
    before, colon, _ = model.partition(":")
    return COMPUTE_TYPES.get(before) if colon else None
