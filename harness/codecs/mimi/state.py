"""
The streaming state of moshi's Mimi: copy it, put it back, reset one side, look at it.

moshi keeps the state in its modules. `get_streaming_state()` returns those live objects, not copies, and
`set_streaming_state()` on a second model makes it run the first one's modules, because the root's state holds
references to them. So nothing here passes state objects around: values are copied out of one model and, in place,
into another, which also keeps captured CUDA graphs valid.

Conventions
-----------
A *leaf* is one tensor or counter, named `<module>.<field>`; a KV ring gives two, `<module>.kv_cache.cache` of shape
(2, B, heads, capacity, width) and `<module>.kv_cache.end_offset` (B,). `encoder`, `encoder_transformer` and
`downsample` are the encoder's side, `upsample`, `decoder_transformer` and `decoder` the decoder's. The root module's
only leaf, an execution mask that nothing reads, belongs to neither.

What a reader of differences must know (measured with moshi 0.2.13)
-------------------------------------------------------------------
- Dead leaves change and influence nothing: `first` of a convolution unless it pads by replication (only
  `downsample.conv` does), every `offset_cpu`, and `offsets` of a transformer.
- A reset leaves a KV ring's old values where they are; only `end_offset` says that they are stale. A ring after reset
  is therefore not equal to a fresh one, though it acts the same, unless a NaN was in it: zero times NaN is NaN, so a
  poisoned instance stays poisoned through a reset. `live_arrays` leaves out the dead and blanks the stale.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import torch
from moshi.models.compression import MimiModel
from moshi.modules.conv import StreamingConv1d
from moshi.modules.transformer import RingKVCache
from moshi.utils.compile import CUDAGraphed

from harness.codecs.protocol import Side, State
from harness.errors import CodecFailed

SIDES = {
    "encoder": Side.ENCODER,
    "encoder_transformer": Side.ENCODER,
    "downsample": Side.ENCODER,
    "upsample": Side.DECODER,
    "decoder_transformer": Side.DECODER,
    "decoder": Side.DECODER,
}

Snapshot = dict[str, torch.Tensor | int]

_CONSTANT = ("device", "batch_size")  # set when streaming starts and never changed


@dataclass(frozen=True)
class Leaf:
    """One live value: *owner*.*field* is where it is kept now; *side* is None for the root's."""

    module: str
    name: str
    side: Side | None
    owner: object
    field: str

    @property
    def value(self) -> torch.Tensor | int:
        """The live tensor (not a copy), or the counter."""
        value: torch.Tensor | int = getattr(self.owner, self.field)
        return value


def leaves(model: MimiModel) -> Iterator[Leaf]:
    """
    Yield every leaf of a *model* in streaming mode, in the order of its modules.

    Raises `CodecFailed` on a kind of state that this file does not know: a newer moshi must not lose state silently.
    """
    for module, state in model.get_streaming_state().items():
        side = SIDES.get(module.partition(".")[0])
        if state is None:
            raise CodecFailed(f"mimi: {module or 'the model'} is not streaming; open an instance first")
        for field, value in vars(state).items():
            if value is None or field in _CONSTANT or isinstance(value, CUDAGraphed):
                continue
            if isinstance(value, RingKVCache):
                for part in ("cache", "end_offset"):
                    yield Leaf(module, f"{module}.{field}.{part}", side, value, part)
            elif isinstance(value, torch.Tensor | int):
                yield Leaf(module, f"{module}.{field}", side, state, field)
            else:
                raise CodecFailed(f"mimi: {module}.{field} is a {type(value).__name__}, which cannot be copied")


def snapshot(model: MimiModel) -> Snapshot:
    """Return copies of all leaves."""
    return {leaf.name: _copy(leaf.value) for leaf in leaves(model)}


def restore(model: MimiModel, values: Snapshot) -> None:
    """Put *values* into *model*, which may be another than they were taken from if its weights have the same shapes."""
    found = {leaf.name: leaf for leaf in leaves(model)}
    if found.keys() != values.keys():
        odd = sorted(found.keys() ^ values.keys())
        raise CodecFailed(f"mimi: the state belongs to another model: {odd[0]!r} is in only one of them")
    with torch.no_grad():
        for name, leaf in found.items():
            live, value = leaf.value, values[name]
            if isinstance(live, torch.Tensor) and isinstance(value, torch.Tensor):
                live.copy_(value)
            else:
                setattr(leaf.owner, leaf.field, value)


def share_rings(model: MimiModel, source: MimiModel) -> None:
    """
    Make *model* keep its attention's keys and values in the memory of *source*, with positions of its own.

    What a shallow copy of a KV cache does, as of candle's tensors, which share storage until they are replaced.
    """
    theirs = {leaf.name: leaf.owner for leaf in leaves(source)}
    for leaf in list(leaves(model)):
        ring = theirs[leaf.name]
        if isinstance(leaf.owner, RingKVCache) and isinstance(ring, RingKVCache) and leaf.field == "cache":
            leaf.owner.cache = ring.cache


def copy_row(model: MimiModel, source: int, target: int) -> None:
    """Give row *target* of a batch the state of row *source*; counters that all rows share stay."""
    with torch.no_grad():
        for leaf in leaves(model):
            if isinstance(leaf.value, torch.Tensor):
                by_row = leaf.value.transpose(0, 1) if leaf.field == "cache" else leaf.value
                by_row[target] = by_row[source].clone()


def reset(model: MimiModel, side: Side, spares: str = "", rows: torch.Tensor | None = None) -> None:
    """
    Reset *side*, but not the modules that match the pattern *spares*; both sides whole is `reset_streaming()` itself.

    rows : which rows of a batch, a mask (B,) on the CPU; all of them if None

    moshi has no call for one side: the same reset of each module's state is made for the modules of that side. Raises
    `CodecFailed` if no module of either side matches *spares*.
    """
    with torch.no_grad():
        if side is Side.BOTH and not spares:
            model.reset_streaming(rows)
            return
        states = {name: state for name, state in model.get_streaming_state().items() if _top(name) in SIDES}
        spared = {name for name in states if spares and _within(name, spares)}
        if spares and not spared:
            raise CodecFailed(f"mimi: no module matches {spares!r}; wanted one of {', '.join(SIDES)}, or one inside")
        for name in states.keys() - spared:
            if side in (SIDES[_top(name)], Side.BOTH):
                everything = torch.ones(states[name].batch_size, dtype=torch.bool)
                states[name].reset((everything if rows is None else rows).to(states[name].device))


def _top(module: str) -> str:
    return module.partition(".")[0]


def _within(module: str, pattern: str) -> bool:
    """Tell whether *module*, or one that it is part of, has a name that matches *pattern*."""
    parts = module.split(".")
    return any(fnmatchcase(".".join(parts[:depth]), pattern) for depth in range(1, len(parts) + 1))


def arrays(model: MimiModel) -> State:
    """Return copies of all leaves as arrays, named `encoder/<module>.<field>` or `decoder/<module>.<field>`."""
    return {f"{leaf.side}/{leaf.name}": _array(leaf.value) for leaf in leaves(model) if leaf.side}


def live_arrays(model: MimiModel) -> State:
    """Return `arrays` without dead leaves and with stale ring slots set to zero: what can still be heard."""
    replicating = {
        name
        for name, module in model.named_modules()
        if isinstance(module, StreamingConv1d) and module.pad_mode == "replicate"
    }
    found: State = {}
    for leaf in leaves(model):
        dead = leaf.field in ("offset_cpu", "offsets") or (leaf.field == "first" and leaf.module not in replicating)
        if not leaf.side or dead:
            continue
        array = _array(leaf.value)
        if isinstance(leaf.owner, RingKVCache) and leaf.field == "cache":
            written = leaf.owner.end_offset.cpu().numpy()
            for row, end in enumerate(written):
                array[:, row, :, int(end) :] = 0
        found[f"{leaf.side}/{leaf.name}"] = array
    return found


def _copy(value: torch.Tensor | int) -> torch.Tensor | int:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _array(value: torch.Tensor | int) -> npt.NDArray[np.generic]:
    if isinstance(value, int):
        return np.array(value, dtype=np.int64)
    # numpy has no bfloat16; float32 holds each of its values exactly.
    value = value.float() if value.dtype == torch.bfloat16 else value
    return np.array(value.detach().cpu().numpy())
