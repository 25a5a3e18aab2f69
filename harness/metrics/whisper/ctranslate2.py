"""
Whisper through CTranslate2: the same weights as openai-whisper's, without torch.

Conventions
-----------
As in `harness.metrics.whisper.engine`; one clip at a time and on one thread. The weights are read as they are and
turned into what is computed in (8 bits or 32-bit floats) when they are loaded.

Silence after a clip is cheap: the encoder sees `SILENCE_ENCODED` seconds of it, and the decoder sees the rest as it is
in a window of nothing but silence, which is encoded once. Without that rest the decoder went on after the end of the
speech, in 16 of 40 clean clips so far that the text was doubted. The end of the last word comes later than with the
whole window: 0.5 s after the speech at most in 95 % of 40 clips, for 0.4 s.

The likelihood of what was said comes from `align`, which leaves Whisper's signs out of the softmax: it is a little
higher than the torch engine's, and the two are never compared.

Source
------
`ctranslate2.models.Whisper` of CTranslate2 4 (MIT); `tests/metrics/whisper/test_ctranslate2.py` holds it against
openai-whisper.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
from whisper_normalizer.english import EnglishTextNormalizer

from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper.ctranslate2_folder import checked_folder
from harness.metrics.whisper.engine import Decoded, Decoding, HeardClip, compute_type
from harness.metrics.whisper.log_mel import log_mel
from harness.metrics.whisper.names import ENGLISH
from harness.metrics.whisper.normaliser import EnglishNormaliser
from harness.metrics.whisper.vocabulary import Vocabulary
from harness.metrics.whisper.windows import SILENCE_ENCODED
from harness.metrics.whisper.word_times import POSITION_SECONDS

Array = npt.NDArray[np.float32]

TEXT_CONTEXT = 448  # tokens, of every Whisper model
FRAMES_PER_POSITION = 2


def load(model: str) -> "CTranslate2Engine":
    """
    Read the engine of *model*, such as "ct2:tiny.en".

    Raises `ScorerUnavailable` if its weights cannot be had or the processor cannot compute so, `WeightsInvalid` if
    they are damaged.
    """
    wanted = str(compute_type(model))
    return CTranslate2Engine(checked_folder(model), wanted)


class CTranslate2Engine:
    """One loaded model, in a folder of CTranslate2."""

    normalise = EnglishNormaliser(EnglishTextNormalizer())
    language = ENGLISH

    def __init__(self, folder: Path, computed_in: str) -> None:
        self._vocabulary = Vocabulary(folder / "tokenizer.json")
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type=computed_in, inter_threads=1, intra_threads=1
            )
        except ValueError as error:  # this processor cannot compute in that type
            raise ScorerUnavailable(f"CTranslate2 cannot compute in {computed_in} here ({error})") from error
        except RuntimeError as error:
            raise WeightsInvalid(f"{folder}: not a Whisper model of CTranslate2 ({error})") from error
        several = ["<|en|>", "<|transcribe|>"] if self._model.is_multilingual else []
        self._start = [self._vocabulary.sign(name) for name in ("<|startoftranscript|>", *several)]
        self._prompt = [*self._start, self._vocabulary.sign("<|notimestamps|>")]
        self.most_text = TEXT_CONTEXT - len(self._prompt)

    def tokens(self, text: str) -> list[int]:
        """Return *text* as tokens, as Whisper writes it after its prompt."""
        return self._vocabulary.tokens(" " + text.strip()) if text.strip() else []

    def listen(self, clips: Sequence[HeardClip], *, whole: bool, word_times: bool) -> list[Decoding]:
        """Return an answer for each of *clips*."""
        return [self._listen(clip, whole=whole, word_times=word_times) for clip in clips]

    def _listen(self, clip: HeardClip, *, whole: bool, word_times: bool) -> Decoding:
        features = self._features(clip, whole=whole)
        decoded = self._decode(features, clip.cap)
        frames = FRAMES_PER_POSITION * max(1, math.floor(round(clip.seconds / POSITION_SECONDS, 6)))
        said = list(clip.said) if len(clip.said) <= self.most_text else []
        answer = Decoding(decoded)
        if said:
            told = self._align(features, said, frames)
            answer = replace(answer, log_probability=_likelihood(told.text_token_probs))
        if word_times and decoded.tokens:
            heard = told if decoded.tokens == said else self._align(features, decoded.tokens, frames)
            answer = replace(answer, words=self._vocabulary.words(decoded.tokens, _starts(heard.alignments)))
        return answer

    def _features(self, clip: HeardClip, *, whole: bool) -> Any:
        """Return what the decoder sees of *clip*, of as many positions as a window has."""
        mel = log_mel(clip.samples, self._model.n_mels)
        positions = math.ceil((clip.seconds + SILENCE_ENCODED) / POSITION_SECONDS)
        if whole or positions * FRAMES_PER_POSITION >= mel.shape[1]:
            return self._encode(mel)
        heard = np.asarray(self._encode(mel[:, : positions * FRAMES_PER_POSITION]))
        return _stored(np.concatenate([heard, self._silence[:, positions:]], axis=1))

    def _encode(self, mel: Array) -> Any:
        return self._model.encode(_stored(mel[None]))

    @functools.cached_property
    def _silence(self) -> Array:
        """What the encoder makes of a silent window, of shape (1, positions, width)."""
        return np.array(self._encode(log_mel(np.zeros(0, np.float32), self._model.n_mels)))

    def _decode(self, features: Any, cap: int) -> Decoded:
        (found,) = self._model.generate(
            features,
            [self._prompt],
            beam_size=1,
            max_length=2 * cap,  # CTranslate2 takes half of it for the text
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = [token for token in found.sequences_ids[0] if token < self._vocabulary.end]
        count = len(found.sequences_ids[0])
        return Decoded(
            tokens=tokens,
            text=self._vocabulary.text(tokens).strip(),
            log_probability=found.scores[0] * count / (count + 1),  # it divides by what precedes the end
            no_speech=found.no_speech_prob,
            capped=count >= cap,
        )

    def _align(self, features: Any, tokens: list[int], frames: int) -> Any:
        (found,) = self._model.align(features, self._start, [tokens], frames)
        return found


def _stored(array: Array) -> Any:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))


def _starts(alignments: Sequence[tuple[int, int]]) -> list[float]:
    """Return the time at which each token begins, and the end of the last, from the path of (token, position)."""
    firsts: dict[int, int] = {}
    for token, position in alignments:
        firsts.setdefault(token, position)
    return [POSITION_SECONDS * firsts[token] for token in sorted(firsts)]


def _likelihood(probabilities: Sequence[float]) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(np.asarray(probabilities, np.float64)).mean())
