"""
The torch engine: clips of any length in batches of like cost.

Conventions
-----------
As in `harness.metrics.whisper.engine`.
"""

import math
from collections.abc import Sequence

from harness.metrics.whisper.engine import Decoding, HeardClip
from harness.metrics.whisper.languages import normaliser
from harness.metrics.whisper.model import WhisperModel, one_thread
from harness.metrics.whisper.model import load as load_model
from harness.metrics.whisper.stream import Encoded, together
from harness.record import Word

BATCH_POSITIONS = 8_000  # encoder positions decoded together, about 20 short clips or 5 whole windows: 100 MB


def load(model: str, language: str) -> "TorchEngine":
    """Read the engine of *model*; raises as `model.load` does."""
    return TorchEngine(load_model(model, language))


class TorchEngine:
    """One loaded model of openai-whisper."""

    def __init__(self, whisper: WhisperModel) -> None:
        self._whisper = whisper
        self.most_text = whisper.most_text
        self.language = whisper.language
        self.normalise = normaliser(whisper.language)

    def tokens(self, text: str) -> list[int]:
        """Return *text* as tokens, as Whisper writes it after its prompt."""
        return self._whisper.tokens(text)

    def listen(self, clips: Sequence[HeardClip], *, whole: bool, word_times: bool) -> list[Decoding]:
        """Return an answer for each of *clips*, best given in the order of their lengths."""
        answers: list[Decoding] = []
        batch: list[Encoded] = []
        with one_thread():
            for index, clip in enumerate(clips):
                batch.append(self._whisper.encode(clip.samples, whole=whole))
                if index + 1 == len(clips) or sum(one.positions for one in batch) > BATCH_POSITIONS:
                    asked = clips[len(answers) : index + 1]
                    answers += self._answers(asked, together(batch), word_times=word_times)
                    batch = []
        return answers

    def _answers(self, asked: Sequence[HeardClip], clips: Encoded, *, word_times: bool) -> list[Decoding]:
        decoded = self._whisper.decode(clips, [clip.cap for clip in asked])
        words: list[list[Word]] = [[] for _ in asked]
        if word_times:
            seconds = [clip.seconds for clip in asked]
            words = self._whisper.words(clips, [one.tokens for one in decoded], seconds)
        likely = [math.nan] * len(asked)
        told = [row for row, clip in enumerate(asked) if 0 < len(clip.said) <= self.most_text]
        if told:
            known = clips if len(told) == len(asked) else clips.rows(told)
            found = self._whisper.log_probabilities(known, [asked[row].said for row in told])
            for row, value in zip(told, found, strict=True):
                likely[row] = value
        return [Decoding(*each) for each in zip(decoded, words, likely, strict=True)]
