"""
Mimi with linear layers in int8, as PyTorch's dynamic quantisation makes them: those of the transformers, of Mimi's all.

Weights are quantised once, what goes into a layer anew in each call: with one scale for all steps and rows of that
call. So a step is heard in those that share a call with it, the earlier ones too, and so is a row of a batch.
"""

import warnings

import torch
from moshi.models.compression import MimiModel


class Int8Linear(torch.nn.Linear):
    """A linear layer that computes in int8; moshi's attention asks its *weight* in which type to keep keys."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__(layer.in_features, layer.out_features, bias=False, device="meta")
        self.weight, self.bias = layer.weight, layer.bias
        with warnings.catch_warnings():
            # PyTorch wants it moved to a package of its own from 2.10 on; 2.13 still has it.
            warnings.simplefilter("ignore")
            holder = torch.nn.Sequential(layer)
            quantised = torch.ao.quantization.quantize_dynamic(holder, {torch.nn.Linear}, torch.qint8)  # type: ignore[no-untyped-call]
        self._computed = (quantised[0],)  # in a tuple, no part of the tree: who looks for a module sees one layer

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Return the layer's output, float32 as what is *given*."""
        made: torch.Tensor = self._computed[0](given)
        return made


def quantise(model: MimiModel) -> MimiModel:
    """Put its linear layers into int8, in place."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Linear) and not isinstance(child, Int8Linear):
                setattr(module, name, Int8Linear(child))
    return model
