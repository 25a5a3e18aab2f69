"""
openai-whisper on the CPU, in batches: encode, decode greedily, score a known text, and time its words.

Conventions
-----------
Audio is mono float32 at 16 000 Hz, shape (T,), at most 30 s. A *position* is 20 ms, one step of the encoder: 1500 of
them fill Whisper's window. Log-probabilities are natural.

Whisper always looks at 30 s; a clip of 4 s is followed by 26 s of silence, which costs most of the time. Cutting the
silence off makes the decoder run away. `encode` keeps the window whole and makes the silence cheap instead: of the
silence that follows the clip, every STRIDE-th position stands for its neighbours, its attention weight multiplied by
STRIDE (log STRIDE added to the score); the first second after the clip and the last two of the window, on which
attention rests, are kept as they are. `whole=True` computes everything.

Source
------
Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision"; openai-whisper `model.py`,
`decoding.py` and `timing.py`, whose results `tests/test_whisper_model.py` holds these against.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own custom)
import whisper
from torch import Tensor
from whisper.model import ModelDimensions, Whisper
from whisper.normalizers import EnglishTextNormalizer
from whisper.tokenizer import get_tokenizer

from harness.audio import Samples
from harness.errors import ScorerUnavailable, WeightsInvalid
from harness.whisper_weights import BUNDLED, checkpoint, read_checkpoint

SAMPLE_RATE = 16_000  # Hz
POSITION = 320  # samples
POSITIONS = 1500
MARGIN, STRIDE, EDGE = 50, 10, 100  # positions: whole after the clip, stood for by one, whole at the window's end

normalise = functools.cache(EnglishTextNormalizer())


@dataclass(frozen=True)
class Encoded:
    """Encoder output: *features* (P, D), *weight* (P,) to add to attention scores, *length* positions of audio."""

    features: Tensor
    weight: Tensor
    length: int

    @property
    def whole(self) -> bool:
        """Whether no position stands for others."""
        return len(self.weight) == POSITIONS


@dataclass(frozen=True)
class Decoded:
    """A greedy decoding: *tokens*, their *text*, mean log-probability with the end, no-speech probability."""

    tokens: list[int]
    text: str
    log_probability: float
    no_speech: float
    capped: bool


@functools.cache
def load(model: str) -> "WhisperModel":
    """
    Return *model*, read once per process: a name, or a path of an openai-whisper checkpoint.

    Raises `ScorerUnavailable` if its weights cannot be had, `WeightsInvalid` if they are damaged.
    """
    place = checkpoint(model)
    return WhisperModel(_from_file(place, model) if isinstance(place, Path) else _downloaded(place))


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
        model = Whisper(ModelDimensions(**dims))
        model.load_state_dict(state)
    except (TypeError, RuntimeError) as error:
        raise WeightsInvalid(f"{path}: the weights do not fit the dimensions in the file ({error})"[:300]) from error
    if name == BUNDLED:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[BUNDLED])
    return model


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

    def __init__(self, model: Whisper) -> None:
        self.model = model.eval().float()
        self.tokenizer = get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language="en", task="transcribe"
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
        """Return *text* as tokens, as Whisper writes it after its prompt."""
        found: list[int] = self.tokenizer.encode(" " + text.strip()) if text.strip() else []
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
                _heads(part(y), block.attn.n_head) for part in (block.attn.query, block.attn.key, block.attn.value)
            )
            mask = weight[None, None, None] if stood else None
            x = x + block.attn.out(_joined(F.scaled_dot_product_attention(q, k, v, attn_mask=mask)))
            x = x + block.mlp(block.mlp_ln(x))
        return Encoded(encoder.ln_post(x)[0], weight, length)

    def _convolve(self, mel: Tensor) -> Tensor:
        encoder = self.model.encoder
        return F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)

    # ------------------------------------------------------------------------------------------------ decoder

    @torch.inference_mode()
    def decode(self, clips: Sequence[Encoded], caps: Sequence[int]) -> list[Decoded]:
        """Decode greedily, all *clips* together, each up to its own cap of tokens."""
        stream = _Stream(self.model, clips)
        texts: list[list[int]] = [[] for _ in clips]
        sums, ended = [0.0] * len(clips), [False] * len(clips)
        logits = stream.step(torch.tensor([self.prompt] * len(clips)))
        no_speech = self._no_speech(logits)
        logits = logits[:, -1]
        logits[:, self.blank] = -math.inf
        rows = list(range(len(clips)))
        while True:
            logits[:, self.suppressed] = -math.inf
            best, tokens = logits.max(dim=-1)
            gains = (best - logits.logsumexp(dim=-1)).tolist()
            chosen = tokens.tolist()
            keep = []
            for place, row in enumerate(rows):
                sums[row] += gains[place]
                ended[row] = chosen[place] == self.tokenizer.eot
                if not ended[row]:
                    texts[row].append(chosen[place])
                    if len(texts[row]) < caps[row]:
                        keep.append(place)
            if not keep:
                break
            if len(keep) < len(rows):
                rows = [rows[place] for place in keep]
                stream.keep(keep)
                tokens = tokens[keep]
            logits = stream.step(tokens[:, None])[:, -1]
        return [
            Decoded(
                text, self.tokenizer.decode(text).strip(), sums[row] / (len(text) + 1), no_speech[row], not ended[row]
            )
            for row, text in enumerate(texts)
        ]

    def _no_speech(self, logits: Tensor) -> list[float]:
        first = logits[:, self.prompt.index(self.tokenizer.sot)].softmax(dim=-1)
        found: list[float] = first[:, self.tokenizer.no_speech].tolist()
        return found

    @torch.inference_mode()
    def log_probability(self, clip: Encoded, tokens: Sequence[int]) -> float:
        """Return the mean log-probability of *tokens* (at least one, at most `most_text`), fed to the decoder."""
        stream = _Stream(self.model, [clip])
        logits = stream.step(torch.tensor([[*self.prompt, *tokens[:-1]]]), first=len(self.prompt) - 1)[0]
        chosen = logits.gather(1, torch.tensor(list(tokens))[:, None])[:, 0]
        return float((chosen - logits.logsumexp(dim=-1)).mean())


class _Stream:
    """The decoder over several clips at once, with its caches of keys and values."""

    def __init__(self, model: Whisper, clips: Sequence[Encoded]) -> None:
        self.decoder = model.decoder
        self.offset = 0
        widest = max(len(clip.weight) for clip in clips)
        features = torch.stack([F.pad(clip.features, (0, 0, 0, widest - len(clip.weight))) for clip in clips])
        weight = torch.stack([F.pad(clip.weight, (0, widest - len(clip.weight)), value=-math.inf) for clip in clips])
        self.weight = weight[:, None, None] if weight.any() else None
        self.cross = [
            (
                _heads(block.cross_attn.key(features), block.cross_attn.n_head),
                _heads(block.cross_attn.value(features), block.cross_attn.n_head),
            )
            for block in self.decoder.blocks
        ]
        self.own: list[tuple[Tensor, Tensor]] = []

    def keep(self, rows: list[int]) -> None:
        """Go on with *rows* only."""
        self.cross = [(k[rows], v[rows]) for k, v in self.cross]
        self.own = [(k[rows], v[rows]) for k, v in self.own]
        self.weight = None if self.weight is None else self.weight[rows]

    def step(self, tokens: Tensor, first: int = 0) -> Tensor:
        """Feed *tokens* (B, N) and return the logits (B, N - first, V) that follow each from *first* on."""
        decoder = self.decoder
        count = tokens.shape[1]
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[self.offset : self.offset + count]
        own = []
        for index, block in enumerate(decoder.blocks):
            attention = block.attn
            y = block.attn_ln(x)
            q, k, v = (_heads(part(y), attention.n_head) for part in (attention.query, attention.key, attention.value))
            if self.own:
                k, v = torch.cat([self.own[index][0], k], dim=2), torch.cat([self.own[index][1], v], dim=2)
            own.append((k, v))
            x = x + attention.out(_joined(F.scaled_dot_product_attention(q, k, v, is_causal=count > 1)))
            q = _heads(block.cross_attn.query(block.cross_attn_ln(x)), attention.n_head)
            x = x + block.cross_attn.out(
                _joined(F.scaled_dot_product_attention(q, *self.cross[index], attn_mask=self.weight))
            )
            x = x + block.mlp(block.mlp_ln(x))
        self.own = own
        self.offset += count
        logits: Tensor = decoder.ln(x[:, first:]) @ decoder.token_embedding.weight.T
        return logits


def _heads(x: Tensor, heads: int) -> Tensor:
    return x.view(*x.shape[:-1], heads, -1).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)
