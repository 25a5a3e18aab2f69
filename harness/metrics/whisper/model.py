"""
openai-whisper on the CPU, in batches: encode, decode greedily, score a known text, and time its words.

Conventions
-----------
Audio is mono float32 at 16 000 Hz, shape (T,), at most 30 s. A *position* is 20 ms, one step of the encoder: 1500 of
them fill Whisper's window. Log-probabilities are natural.

Whisper always looks at 30 s; a clip of 4 s is followed by 26 s of silence, which costs most of the time. Cutting the
silence off makes the decoder run away. `encode` keeps the window whole and makes the silence cheap instead: of the
silence that follows the clip, every STRIDE-th position stands for its neighbours, its attention weight multiplied by
STRIDE (log STRIDE added to the score); the first half second after the clip and the last second of the window, on
which attention rests, are kept as they are. `whole=True` computes everything.

Source
------
Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision"; openai-whisper `model.py`,
`decoding.py` and `timing.py`, whose results `tests/metrics/whisper/test_model.py` holds these against.
"""

import functools
import itertools
import math
import statistics
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own custom)
import whisper
from torch import Tensor
from torch.overrides import TorchFunctionMode
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

from harness.audio.waveform import Samples
from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper.engine import Decoded
from harness.metrics.whisper.languages import in_characters
from harness.metrics.whisper.names import BUNDLED, ENGLISH
from harness.metrics.whisper.stream import Encoded, Stream, heads, joined
from harness.metrics.whisper.weights import checkpoint, read_checkpoint
from harness.metrics.whisper.windows import EDGE, MARGIN, SAMPLE_RATE, STRIDE
from harness.metrics.whisper.word_times import token_starts
from harness.record import Word

POSITION = 320  # samples
POSITIONS = 1500

WORTH_LEAVING = 0.7  # share of rows still going below which the finished ones are taken out of a batch
ROWS = 256  # rows of logits computed at once: 50 MB


@functools.cache
def load(model: str, language: str = ENGLISH) -> "WhisperModel":
    """
    Return *model*, read once per process and language: a name, or a path of an openai-whisper checkpoint.

    language : that is spoken, one of `harness.metrics.whisper.names.CODES`
    Raises `ScorerUnavailable` if its weights cannot be had or it does not know the language, `WeightsInvalid` if they
    are damaged.
    """
    place = checkpoint(model)
    found = _from_file(place, model) if isinstance(place, Path) else _downloaded(place)
    if language != ENGLISH and not found.is_multilingual:
        raise ScorerUnavailable(
            f"{model}: this Whisper model knows English only, and the language is {language!r}; "
            'give [scores] asr a multilingual one, such as a .pt file or the name "small"'
        )
    return WhisperModel(found, language)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: results repeat bit for bit, and processes, not threads, share out the work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _from_file(path: Path, name: str) -> Whisper:
    dims, state = read_checkpoint(path)
    try:
        with _Unset():
            model = Whisper(ModelDimensions(**dims))
        model.load_state_dict(state)  # strict: whatever was left unset is in the file, or it is refused
    except (TypeError, RuntimeError) as error:
        detail = " ".join(str(error).split())[:200]
        raise WeightsInvalid(f"{path}: the weights do not fit the dimensions in the file ({detail})") from error
    if name == BUNDLED:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[BUNDLED])
    return model


class _Unset(TorchFunctionMode):
    """Leaves parameters as they come: to draw them by chance takes a quarter of a second, and they are read next."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(function, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return function(*args, **kwargs)


def _downloaded(name: str) -> Whisper:
    if name not in whisper.available_models():
        known = ", ".join(whisper.available_models())
        raise ScorerUnavailable(f"{name}: no such Whisper model; wanted a .pt file or one of {known}")
    try:
        return whisper.load_model(name, device="cpu")
    except (OSError, RuntimeError) as error:
        raise ScorerUnavailable(
            f"the Whisper weights {name!r} could not be downloaded ({error}); "
            f"connect to the network, give the path of a .pt file, or use {BUNDLED!r}"
        ) from error


class WhisperModel:
    """One loaded model. Methods compute with the threads that torch is set to: see `one_thread`."""

    def __init__(self, model: Whisper, language: str = ENGLISH) -> None:
        self.model, self.language = model.eval().float(), language
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # whisper leaves a file open
            self.tokenizer = get_tokenizer(
                model.is_multilingual, num_languages=model.num_languages, language=language, task="transcribe"
            )
        self.prompt: list[int] = list(self.tokenizer.sot_sequence_including_notimestamps)
        self.most_text: int = model.dims.n_text_ctx - len(self.prompt)
        self.suppressed = self._suppressed()
        self.blank = [*self.tokenizer.encode(" "), self.tokenizer.eot]

    def _suppressed(self) -> list[int]:
        names = ("transcribe", "translate", "sot", "sot_prev", "sot_lm", "no_speech")
        special = [getattr(self.tokenizer, name) for name in names]
        return sorted({*self.tokenizer.non_speech_tokens, *(token for token in special if token is not None)})

    def tokens(self, text: str) -> list[int]:
        """Return *text* as tokens, as Whisper writes it after its prompt; "<|endoftext|>" in it is text, too."""
        begin = "" if in_characters(self.language) else " "
        written = begin + text.strip()
        found: list[int] = self.tokenizer.encode(written, disallowed_special=()) if text.strip() else []
        return found

    # ------------------------------------------------------------------------------------------------ encoder

    @torch.inference_mode()
    def encode(self, samples: Samples, *, whole: bool = False) -> Encoded:
        """Encode one clip of at most 30 s, alone, so that its features do not depend on other clips."""
        encoder = self.model.encoder
        length = min(POSITIONS, math.ceil(len(samples) / POSITION))
        kept = POSITIONS if whole else min(POSITIONS, length + MARGIN)
        stood = max(0, POSITIONS - EDGE - kept) // STRIDE
        kept = POSITIONS - EDGE - stood * STRIDE if stood else POSITIONS
        heard = min(POSITIONS, kept + 4)  # the two convolutions see three positions ahead
        mel = whisper.log_mel_spectrogram(
            whisper.pad_or_trim(torch.from_numpy(samples), heard * POSITION), n_mels=self.model.dims.n_mels
        )[None]
        x = self._convolve(mel)
        places = torch.arange(POSITIONS)
        weight = torch.zeros(kept)
        if stood:
            silence = mel[:, :, -1:]
            edge = self._convolve(silence.expand(-1, -1, 2 * (EDGE + 4)))[:, -EDGE:]
            x = torch.cat([x[:, :kept], x[:, kept : kept + 1].expand(-1, stood, -1), edge], dim=1)
            middle = kept + STRIDE // 2 + STRIDE * torch.arange(stood)
            places = torch.cat([places[:kept], middle, places[-EDGE:]])
            weight = torch.cat([weight, torch.full((stood,), math.log(STRIDE)), torch.zeros(EDGE)])
        x = x + encoder.positional_embedding[places]
        for block in encoder.blocks:
            y = block.attn_ln(x)
            q, k, v = (
                heads(part(y), block.attn.n_head) for part in (block.attn.query, block.attn.key, block.attn.value)
            )
            mask = weight[None, None, None] if stood else None
            x = x + block.attn.out(joined(F.scaled_dot_product_attention(q, k, v, attn_mask=mask)))
            x = x + block.mlp(block.mlp_ln(x))
        features = encoder.ln_post(x)
        layers = [block.cross_attn for block in self.model.decoder.blocks]
        cross = tuple((heads(a.key(features), a.n_head), heads(a.value(features), a.n_head)) for a in layers)
        return Encoded(cross, weight[None, None, None])

    def _convolve(self, mel: Tensor) -> Tensor:
        encoder = self.model.encoder
        return F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)

    # ------------------------------------------------------------------------------------------------ decoder

    @torch.inference_mode()
    def decode(self, clips: Encoded, caps: Sequence[int]) -> list[Decoded]:
        """Decode all *clips* greedily, each up to its own cap of tokens."""
        stream = Stream(self.model, clips)
        texts: list[list[int]] = [[] for _ in caps]
        sums, ended = [0.0] * len(caps), [False] * len(caps)
        logits = self._logits(stream.step(torch.tensor([self.prompt] * len(caps))))
        no_speech = self._no_speech(logits)
        logits = logits[:, -1]
        logits[:, self.blank] = -math.inf
        rows = list(range(len(caps)))  # the clip that each row of the stream decodes
        going = set(rows)
        while True:
            logits[:, self.suppressed] = -math.inf
            best, tokens = logits.max(dim=-1)
            gains, chosen = (best - logits.logsumexp(dim=-1)).tolist(), tokens.tolist()
            for row, gain, token in zip(rows, gains, chosen, strict=True):
                if row not in going:
                    continue
                sums[row] += gain
                ended[row] = token == self.tokenizer.eot
                if not ended[row]:
                    texts[row].append(token)
                if ended[row] or len(texts[row]) >= caps[row]:
                    going.remove(row)
            if not going:
                break
            if len(going) <= len(rows) * WORTH_LEAVING:
                keep = [place for place, row in enumerate(rows) if row in going]
                stream.keep(keep)
                rows, tokens = [rows[place] for place in keep], tokens[keep]
            logits = self._logits(stream.step(tokens[:, None])[:, -1])
        return [
            Decoded(text, self.tokenizer.decode(text).strip(), sums[i] / (len(text) + 1), no_speech[i], not ended[i])
            for i, text in enumerate(texts)
        ]

    def _logits(self, x: Tensor) -> Tensor:
        logits: Tensor = x @ self.model.decoder.token_embedding.weight.T
        return logits

    def _no_speech(self, logits: Tensor) -> list[float]:
        first = logits[:, self.prompt.index(self.tokenizer.sot)].softmax(dim=-1)
        found: list[float] = first[:, self.tokenizer.no_speech].tolist()
        return found

    @torch.inference_mode()
    def log_probabilities(self, clips: Encoded, texts: Sequence[Sequence[int]]) -> list[float]:
        """Return for every clip the mean log-probability of its text of 1 to `most_text` tokens, fed to the decoder."""
        longest = max(len(text) for text in texts)
        fed = [[*self.prompt, *text[:-1], *[self.tokenizer.eot] * (longest - len(text))] for text in texts]
        x = Stream(self.model, clips).step(torch.tensor(fed))[:, len(self.prompt) - 1 :]
        x = torch.cat([row[: len(text)] for row, text in zip(x, texts, strict=True)])
        wanted = torch.tensor([token for text in texts for token in text])[:, None]
        found: list[float] = []
        for start in range(0, len(x), ROWS):
            logits = self._logits(x[start : start + ROWS])
            chosen = logits.gather(1, wanted[start : start + ROWS])[:, 0]
            found += (chosen - logits.logsumexp(dim=-1)).tolist()
        each = iter(found)
        return [statistics.fmean(itertools.islice(each, len(text))) for text in texts]

    @torch.inference_mode()
    def words(self, clips: Encoded, texts: Sequence[Sequence[int]], seconds: Sequence[float]) -> list[list[Word]]:
        """Return for every clip the words of its text with their times; *seconds* are the lengths of the clips."""
        longest = max(len(text) for text in texts)
        end = self.tokenizer.eot
        stream = Stream(self.model, clips)
        stream.step(torch.tensor([[*self.prompt, *text, *[end] * (longest + 1 - len(text))] for text in texts]))
        chosen = self.model.alignment_heads.indices().T.tolist()
        found = []
        for row, (text, length) in enumerate(zip(texts, seconds, strict=True)):
            positions = max(1, math.floor(length * SAMPLE_RATE / POSITION))
            asked = slice(len(self.prompt) + len(text) + 1)
            scores = [
                stream.looked[layer][row, head, asked] @ clips.cross[layer][0][row, head, :positions].T
                for layer, head in chosen
            ]
            attention = torch.stack(scores) / math.sqrt(stream.looked[0].shape[-1])
            found.append(self._words(list(text), token_starts(attention.numpy(), len(self.prompt))) if text else [])
        return found

    def _words(self, text: list[int], starts: list[float]) -> list[Word]:
        words: list[Word] = []
        begin = 0
        for written, tokens in zip(*self.tokenizer.split_to_word_tokens(text), strict=True):
            start, begin = begin, begin + len(tokens)
            begins = written.startswith(" ") or (in_characters(self.language) and any(map(str.isalnum, written)))
            if words and not begins:  # punctuation belongs to the word before it
                words[-1] = words[-1].model_copy(update={"text": words[-1].text + written})
            elif written.strip():
                words.append(Word(text=written.strip(), start=round(starts[start], 2), end=round(starts[begin], 2)))
        return words
