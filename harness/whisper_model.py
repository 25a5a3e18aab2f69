"""
openai-whisper on the CPU, in batches: encode, decode greedily, score a known text, and time its words.

Conventions
-----------
Audio is mono float32 at 16 000 Hz, shape (T,), at most 30 s. A *position* is 20 ms, one step of the encoder: 1500 of
them fill Whisper's window. Log-probabilities are natural.

Whisper always looks at 30 s; a clip of 4 s is followed by 26 s of silence, which costs most of the time. Cutting the
silence off makes the decoder run away. `encode` keeps the window whole and makes the silence cheap instead: of the
silence that follows the clip, every STRIDE-th position stands for its neighbours, its attention weight multiplied by
STRIDE (log STRIDE added to the score); the first second after the clip and the last of the window, on which
attention rests, are kept as they are. `whole=True` computes everything.

Source
------
Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision"; openai-whisper `model.py`,
`decoding.py` and `timing.py`, whose results `tests/test_whisper_model.py` holds these against.
"""

import functools
import itertools
import math
import statistics
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
MARGIN, STRIDE, EDGE = 50, 25, 50  # positions: whole after the clip, stood for by one, whole at the window's end

WORTH_LEAVING = 0.7  # share of rows still going below which the finished ones are taken out of a batch
ROWS = 256  # rows of logits computed at once: 50 MB

normalise = functools.cache(EnglishTextNormalizer())


KeysValues = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Encoded:
    """
    Clips as the decoder sees them: per layer the keys and values (B, heads, P, width) of their positions.

    weight : (B, 1, 1, P), added to attention scores: log of how many positions one stands for, -inf where a shorter
        clip has none
    """

    cross: tuple[KeysValues, ...]
    weight: Tensor

    @property
    def positions(self) -> int:
        """P: the cost of a clip."""
        return self.weight.shape[-1]

    def rows(self, chosen: list[int]) -> "Encoded":
        """Return only some of the clips."""
        return Encoded(tuple((k[chosen], v[chosen]) for k, v in self.cross), self.weight[chosen])


def together(clips: Sequence[Encoded]) -> Encoded:
    """Return *clips* as one batch."""
    widest = max(clip.positions for clip in clips)

    def stacked(parts: Sequence[Tensor]) -> Tensor:
        return torch.cat([F.pad(part, (0, 0, 0, widest - part.shape[2])) for part in parts])

    layers = zip(*(clip.cross for clip in clips), strict=True)
    cross = tuple((stacked([k for k, _ in layer]), stacked([v for _, v in layer])) for layer in layers)
    weight = torch.cat([F.pad(clip.weight, (0, widest - clip.positions), value=-math.inf) for clip in clips])
    return Encoded(cross, weight)


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
        features = encoder.ln_post(x)
        layers = [block.cross_attn for block in self.model.decoder.blocks]
        cross = tuple((_heads(a.key(features), a.n_head), _heads(a.value(features), a.n_head)) for a in layers)
        return Encoded(cross, weight[None, None, None])

    def _convolve(self, mel: Tensor) -> Tensor:
        encoder = self.model.encoder
        return F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)

    # ------------------------------------------------------------------------------------------------ decoder

    @torch.inference_mode()
    def decode(self, clips: Encoded, caps: Sequence[int]) -> list[Decoded]:
        """Decode all *clips* greedily, each up to its own cap of tokens."""
        stream = _Stream(self.model, clips)
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
        x = _Stream(self.model, clips).step(torch.tensor(fed))[:, len(self.prompt) - 1 :]
        x = torch.cat([row[: len(text)] for row, text in zip(x, texts, strict=True)])
        wanted = torch.tensor([token for text in texts for token in text])[:, None]
        found: list[float] = []
        for start in range(0, len(x), ROWS):
            logits = self._logits(x[start : start + ROWS])
            chosen = logits.gather(1, wanted[start : start + ROWS])[:, 0]
            found += (chosen - logits.logsumexp(dim=-1)).tolist()
        each = iter(found)
        return [statistics.fmean(itertools.islice(each, len(text))) for text in texts]


class _Stream:
    """The decoder over several clips at once, with its caches of keys and values."""

    def __init__(self, model: Whisper, clips: Encoded) -> None:
        self.decoder = model.decoder
        self.offset = 0
        self.clips = clips
        self.own: list[KeysValues] = []

    def keep(self, rows: list[int]) -> None:
        """Go on with *rows* only."""
        self.clips = self.clips.rows(rows)
        self.own = [(k[rows], v[rows]) for k, v in self.own]

    def step(self, tokens: Tensor) -> Tensor:
        """Feed *tokens* (B, N), N > 1 only at first; return the last layer's output (B, N, D)."""
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
            k, v = self.clips.cross[index]
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.clips.weight)
            x = x + block.cross_attn.out(_joined(y))
            x = x + block.mlp(block.mlp_ln(x))
        self.own = own
        self.offset += count
        final: Tensor = decoder.ln(x)
        return final


def _heads(x: Tensor, heads: int) -> Tensor:
    return x.view(*x.shape[:-1], heads, -1).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)
