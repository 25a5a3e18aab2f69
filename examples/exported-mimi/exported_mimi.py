r"""
A Mimi exported: torch.export to ONNX, run by ONNX Runtime, with its streaming state as inputs and outputs.

    python3 exported_mimi.py exported                  (the embedded one; needs codec-harness[onnx])
    codec-harness check exported_mimi:ExportedMimi --option folder=exported --against mini

    python3 exported_mimi.py exported FILE             (the checkpoint in FILE, of full size)
    codec-harness check exported_mimi:ExportedMimi --option folder=exported --option weights=FILE \
        --against mimi --against-option weights=FILE

An exported step codes one frame: a call of several is cut into these.
"""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from harness import CodecInfo, CodecUnavailable, Codes, Side, State
from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.mimi.codec import MimiCodec, MiniMimiCodec
from harness.codecs.mimi.state import Leaf, leaves

SIDES = (Side.ENCODER, Side.DECODER)
Values = list[npt.NDArray[np.generic]]


class Step(torch.nn.Module):
    """One frame through one side: what is given and the state go in, what is made and the next state come out."""

    def __init__(self, model: torch.nn.Module, side: Side) -> None:
        super().__init__()
        self._model, self._side = model, side

    def live(self) -> list[Leaf]:
        """Return what is kept between frames. Counters outside of tensors are dead: see `harness.codecs.mimi.state`."""
        return [leaf for leaf in leaves(self._model) if leaf.side is self._side and torch.is_tensor(leaf.value)]

    def forward(self, given: torch.Tensor, *state: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return PCM or codes, and the state after it."""
        for leaf, value in zip(self.live(), state, strict=True):
            setattr(leaf.owner, leaf.field, value.clone())
        made = self._model.encode(given) if self._side is Side.ENCODER else self._model.decode(given)
        return made, *(leaf.value for leaf in self.live())


def original(weights: str | None) -> MimiCodec | MiniMimiCodec:
    """Return the codec that is exported: that of a checkpoint, or the embedded one."""
    return MiniMimiCodec() if weights is None else MimiCodec(weights)


@torch.no_grad()
def export(folder: Path, weights: str | None = None) -> None:
    """Write each side to *folder*: `encoder.onnx`, and in `encoder.npz` the state of a fresh instance."""
    codec = original(weights)
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        Side.ENCODER: torch.zeros(1, 1, codec.info.frame_size),
        Side.DECODER: torch.zeros(1, codec.info.codebooks, 1, dtype=torch.int64),
    }
    for side in SIDES:
        step = Step(codec.open().network, side)
        fresh = {leaf.name: leaf.value.clone() for leaf in step.live()}
        program = torch.export.export(step, (given[side], *fresh.values()), strict=False)
        _without_boolean_where(program.graph)
        torch.onnx.export(program, optimize=False, verbose=False).save(folder / f"{side}.onnx")
        np.savez(folder / f"{side}.npz", **{name: value.numpy() for name, value in fresh.items()})


def _without_boolean_where(graph: torch.fx.Graph) -> None:
    """Replace each choice between booleans by logic: ONNX Runtime 1.32 cannot choose between them."""
    aten = torch.ops.aten
    for node in graph.nodes:
        if node.target is not aten.where.self or node.meta["val"].dtype is not torch.bool:
            continue
        condition, yes, no = node.args

        def logic(operator: torch._ops.OpOverload, *given: torch.fx.Node, of: torch.fx.Node = node) -> torch.fx.Node:
            made = graph.call_function(operator, given)
            made.meta = dict(of.meta)
            return made

        with graph.inserting_before(node):
            either = logic(aten.logical_and.default, condition, yes)
            other = logic(aten.logical_and.default, logic(aten.logical_not.default, condition), no)
            node.replace_all_uses_with(logic(aten.logical_or.default, either, other))
        graph.erase_node(node)


class ExportedMimi:
    """The codec in *folder*, where `export` wrote that of *weights*."""

    def __init__(self, folder: str = "exported", weights: str | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.sessions: dict[Side, onnxruntime.InferenceSession] = {}
        self.fresh: dict[Side, dict[str, npt.NDArray[np.generic]]] = {}
        digest = hashlib.sha256()
        for side in SIDES:
            path = Path(folder, f"{side}.onnx")
            if not path.is_file():
                made = " ".join(["python3 exported_mimi.py", folder, *([weights] if weights else [])])
                raise CodecUnavailable(f"{path}: no such file; make it with: {made}")
            self.sessions[side] = onnxruntime.InferenceSession(path, options)
            with np.load(path.with_suffix(".npz")) as stored:
                self.fresh[side] = dict(stored)
            digest.update(path.read_bytes())
        self.info: CodecInfo = replace(
            original(weights).info,
            name="exported-mimi",
            fingerprint=f"exported-mimi:1:onnxruntime-{onnxruntime.__version__}:{digest.hexdigest()}",
            description="Mimi in ONNX Runtime",
        )

    def open(self) -> "ExportedInstance":
        """Return a fresh instance."""
        return ExportedInstance(self)


class ExportedInstance:
    """A stream: all that it keeps are arrays."""

    def __init__(self, codec: ExportedMimi) -> None:
        self._codec = codec
        self._kept: dict[Side, Values] = {}
        self.reset(Side.BOTH)

    def encode(self, pcm: npt.NDArray[np.float32]) -> Codes:
        """Encode frame by frame."""
        frames = np.split(pcm, whole_frames(pcm, self._codec.info))
        return np.concatenate([self._step(Side.ENCODER, frame[None, None])[0] for frame in frames], axis=1)

    def decode(self, codes: Codes) -> npt.NDArray[np.float32]:
        """Decode frame by frame."""
        frames = np.split(codes, whole_codes(codes, self._codec.info), axis=1)
        return np.concatenate([self._step(Side.DECODER, frame[None])[0, 0] for frame in frames])

    def reset(self, side: Side) -> None:
        """Put the arrays of a fresh instance in the place of those that are kept."""
        for each in SIDES if side is Side.BOTH else (side,):
            self._kept[each] = list(self._codec.fresh[each].values())

    def clone(self) -> "ExportedInstance":
        """Return an instance with the same arrays: no call changes them, each makes new ones."""
        other = ExportedInstance(self._codec)
        other._kept = {side: list(values) for side, values in self._kept.items()}
        return other

    def state(self) -> State:
        """Return copies of all arrays."""
        return {
            f"{side}/{name}": value.copy()
            for side, values in self._kept.items()
            for name, value in zip(self._codec.fresh[side], values, strict=True)
        }

    def _step(self, side: Side, given: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        session = self._codec.sessions[side]
        names = [wanted.name for wanted in session.get_inputs()]
        made, *self._kept[side] = session.run(None, dict(zip(names, [given, *self._kept[side]], strict=True)))
        return made


if __name__ == "__main__":
    export(Path(sys.argv[1]), *sys.argv[2:3])
