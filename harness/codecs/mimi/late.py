"""
Moving a model in streaming mode to a late position, as if hours had been played.

The keys in an attention's ring are turned by their own position (rotary embedding), so they are turned on by as much as
moshi would have turned them there: with its own rounding, which is what grows with the position. `apply_rope` takes
positions as float32: the angle of position p is off by up to p * 2**-24 radians, and positions beyond 2**24 collide.
"""

import math

import torch
from moshi.models.compression import MimiModel
from moshi.modules.rope import RotaryEmbedding
from moshi.modules.transformer import RingKVCache

from harness.codecs.mimi.state import Leaf, leaves
from harness.errors import CodecFailed

POSITIONS = ("end_offset", "offset", "offset_cpu", "offsets")


def advance(model: MimiModel, frames: int) -> int:
    """
    Move the positions of all attention on by *frames*, up to a whole number of rings; return by how many frames.

    A whole number, since a slot of a ring is found by its position. Raises `CodecFailed` unless all rings are full:
    slots that were never written would else be taken for written.
    """
    steps = round(model.encoder_frame_rate / model.frame_rate)  # of the transformers, in a frame
    found = [leaf for leaf in leaves(model) if leaf.side is not None]
    rings = [leaf for leaf in found if isinstance(leaf.owner, RingKVCache) and leaf.field == "end_offset"]
    capacities = [leaf.owner.capacity for leaf in rings]  # type: ignore[attr-defined]
    whole = math.lcm(*capacities, steps)
    moved = -(-frames * steps // whole) * whole
    with torch.no_grad():
        for leaf in rings:
            _turn_keys(model, leaf, moved)
        for leaf in found:
            live = leaf.value
            if leaf.field not in POSITIONS:
                continue
            if isinstance(live, torch.Tensor):
                live.add_(moved)
            else:
                setattr(leaf.owner, leaf.field, live + moved)
    return moved // steps


def _turn_keys(model: MimiModel, leaf: Leaf, moved: int) -> None:
    """Turn the keys of a ring on to where *moved* steps later they would have been turned."""
    ring = leaf.owner
    assert isinstance(ring, RingKVCache)  # noqa: S101 - as the caller chose them
    if int(ring.end_offset.min()) < ring.capacity:
        raise CodecFailed(f"mimi: {leaf.module} has seen less than its context; play that first")
    rope = model.get_submodule(leaf.module).rope
    if not isinstance(rope, RotaryEmbedding):
        return
    last = ring.end_offset.view(-1, 1) - 1
    ahead = torch.arange(ring.capacity, device=last.device) - last % ring.capacity
    at = last + torch.where(ahead <= 0, ahead, ahead - ring.capacity)  # (B, capacity)
    keys = ring.cache[0]
    half = keys.shape[-1] // 2
    places = torch.arange(half, device=keys.device, dtype=torch.float32)
    speeds = torch.exp(places * (-math.log(rope.max_period) * 2 / keys.shape[-1]))  # as apply_rope computes them
    turn = (_angles(at + moved, speeds) - _angles(at, speeds))[:, None]  # (B, 1, capacity, half)
    shape = (*keys.shape[:-1], half, 2) if rope.interleave else (*keys.shape[:-1], 2, half)
    axis = -1 if rope.interleave else -2
    real, imaginary = keys.double().view(shape).unbind(axis)
    turned = (real * turn.cos() - imaginary * turn.sin(), real * turn.sin() + imaginary * turn.cos())
    keys.copy_(torch.stack(turned, dim=axis).view(keys.shape))


def _angles(at: torch.Tensor, speeds: torch.Tensor) -> torch.Tensor:
    return (speeds * at.float()[..., None]).double()
