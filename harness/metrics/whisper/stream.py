"""
Whisper's text decoder over a batch of clips, with caches of keys and values, and clips of any number of positions.

Conventions
-----------
B clips, N tokens, P encoder positions (20 ms each, or one for several), D channels in `heads` heads of `width`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own custom)
from torch import Tensor
from whisper.model import Whisper

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


class Stream:
    """The decoder over several clips at once, with its caches of keys and values."""

    def __init__(self, model: Whisper, clips: Encoded) -> None:
        self.decoder = model.decoder
        self.offset = 0
        self.clips = clips
        self.own: list[KeysValues] = []
        self.looked: list[Tensor] = []  # per layer the last queries to the audio, (B, heads, N, width)

    def keep(self, rows: list[int]) -> None:
        """Go on with *rows* only."""
        self.clips = self.clips.rows(rows)
        self.own = [(k[rows], v[rows]) for k, v in self.own]

    def step(self, tokens: Tensor) -> Tensor:
        """Feed *tokens* (B, N), N > 1 only at first; return the last layer's output (B, N, D)."""
        decoder = self.decoder
        count = tokens.shape[1]
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[self.offset : self.offset + count]
        own, self.looked = [], []
        for index, block in enumerate(decoder.blocks):
            attention = block.attn
            y = block.attn_ln(x)
            q, k, v = (heads(part(y), attention.n_head) for part in (attention.query, attention.key, attention.value))
            if self.own:
                k, v = torch.cat([self.own[index][0], k], dim=2), torch.cat([self.own[index][1], v], dim=2)
            own.append((k, v))
            x = x + attention.out(joined(F.scaled_dot_product_attention(q, k, v, is_causal=count > 1)))
            q = heads(block.cross_attn.query(block.cross_attn_ln(x)), attention.n_head)
            self.looked.append(q)
            k, v = self.clips.cross[index]
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=self.clips.weight)
            x = x + block.cross_attn.out(joined(y))
            x = x + block.mlp(block.mlp_ln(x))
        self.own = own
        self.offset += count
        final: Tensor = decoder.ln(x)
        return final


def heads(x: Tensor, count: int) -> Tensor:
    """Return *x* (B, N, D) parted into heads, (B, count, N, D / count)."""
    return x.view(*x.shape[:-1], count, -1).transpose(1, 2)


def joined(x: Tensor) -> Tensor:
    """Undo `heads`."""
    return x.transpose(1, 2).flatten(2)
