"""
An instance of Mimi that streams, and the calls into moshi that streaming and offline use share.

All instances of a codec share one set of weights; each has a module tree, and so streaming state, of its own.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from moshi.models.compression import MimiModel

from harness.audio.waveform import Samples
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.mimi import late
from harness.codecs.mimi import state as mimi_state
from harness.codecs.protocol import CodecInfo, Codes, Side, State


class MimiInstance:
    """A streaming instance: see `harness.codecs.protocol.Instance`. *pristine* is a model that is not streaming."""

    def __init__(self, info: CodecInfo, pristine: MimiModel, threads: int) -> None:
        self._info = info
        self._pristine = pristine
        self._threads = threads
        self._model: MimiModel = twin_of(pristine)
        self._model.streaming_forever(1)

    def encode(self, pcm: Samples) -> Codes:
        """Encode the next whole frames."""
        whole_frames(pcm, self._info)
        return encode_one(self._model, pcm, self._threads)

    def decode(self, codes: Codes) -> Samples:
        """Decode the next frames, from all codebooks or the first few."""
        whole_codes(codes, self._info, fewest_codebooks=1)
        return decode_one(self._model, codes, self._threads)

    def reset(self, side: Side) -> None:
        """Reset one side's modules; for both, call moshi's `reset_streaming()`."""
        mimi_state.reset(self._model, side)

    def clone(self) -> "MimiInstance":
        """Return an instance with the same weights and a copy of this one's state."""
        other = MimiInstance(self._info, self._pristine, self._threads)
        other.restore(self.snapshot())
        return other

    def alias(self) -> "MimiInstance":
        """Return a careless copy: as `clone`, but attention's keys and values stay in this instance's memory."""
        other = self.clone()
        mimi_state.share_rings(other.network, self._model)
        return other

    def reset_sparing(self, side: Side, spares: str) -> None:
        """Reset one side's modules but those that match *spares*, such as `upsample` or `decoder_transformer`."""
        mimi_state.reset(self._model, side, spares)

    def state(self) -> State:
        """Return copies of all state, KV rings included; see `harness.codecs.mimi.state`."""
        return mimi_state.arrays(self._model)

    def live_state(self) -> State:
        """Return `state()` without dead fields and with stale ring slots blanked."""
        return mimi_state.live_arrays(self._model)

    def snapshot(self) -> mimi_state.Snapshot:
        """Return a copy of the state that `restore` takes."""
        return mimi_state.snapshot(self._model)

    def restore(self, snapshot: mimi_state.Snapshot) -> None:
        """Put a snapshot of this codec's state back, taken from this instance or another."""
        mimi_state.restore(self._model, snapshot)

    def advance(self, frames: int) -> int:
        """See `harness.codecs.optional.Advances`."""
        return late.advance(self._model, frames)

    @property
    def network(self) -> MimiModel:
        """The modules of this instance alone: hooks on them see no other instance."""
        return self._model


def twin_of(module: torch.nn.Module, made: dict[int, torch.nn.Module] | None = None) -> Any:
    """
    Return a copy of the tree of modules that shares only parameters and buffers.

    `copy.deepcopy` with the tensors in its memo does the same in thirty times the time, and a topology opens several.
    """
    made = {} if made is None else made
    if id(module) not in made:
        twin = object.__new__(type(module))
        made[id(module)] = twin
        for name, value in vars(module).items():
            # Hooks, and the dictionaries of parameters and buffers, belong to one tree each.
            vars(twin)[name] = value.copy() if isinstance(value, dict | list) else value
        vars(twin)["_modules"] = {
            name: None if child is None else twin_of(child, made) for name, child in module._modules.items()
        }
    return made[id(module)]


@torch.no_grad()
def encode_rows(model: MimiModel, pcm: npt.NDArray[np.float32], threads: int) -> npt.NDArray[np.int64]:
    """Encode (B, n * frame_size) samples to codes (B, K, n)."""
    _use(threads)
    weight = next(model.parameters())
    codes = model.encode(torch.tensor(pcm, dtype=weight.dtype, device=weight.device)[:, None])
    return np.ascontiguousarray(codes.cpu().numpy())


@torch.no_grad()
def decode_rows(model: MimiModel, codes: npt.NDArray[np.int64], threads: int) -> npt.NDArray[np.float32]:
    """Decode codes (B, K, n) to (B, n * frame_size) samples."""
    _use(threads)
    pcm = model.decode(torch.tensor(codes, device=next(model.parameters()).device))
    return np.array(pcm[:, 0].float().cpu().numpy())


def encode_one(model: MimiModel, pcm: Samples, threads: int) -> Codes:
    """Encode samples (n * frame_size,) of one stream to codes (K, n)."""
    codes: Codes = encode_rows(model, pcm[None], threads)[0]
    return codes


def decode_one(model: MimiModel, codes: Codes, threads: int) -> Samples:
    """Decode codes (K, n) of one stream to samples (n * frame_size,)."""
    pcm: Samples = decode_rows(model, codes[None], threads)[0]
    return pcm


def _use(threads: int) -> None:
    # The number of threads belongs to the process, and another codec may have changed it.
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
