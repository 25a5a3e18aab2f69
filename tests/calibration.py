"""
Random networks that pass a signal on.

Untrained convolutions shrink what goes through them until every frame gets the same codes and the decoder is silent.
Scaled so that each one's output has variance 1 on real speech, the codes differ and the output is loud: enough to see
whether a wiring changes anything. It does not sound like speech.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def calibrating(network: torch.nn.Module) -> Iterator[None]:
    """Within the context, each convolution of *network* that runs is scaled to an output of variance 1."""

    def scale(module: Any, _: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        loudness = (output - output.mean()).pow(2).mean().sqrt().clamp(min=1e-8)
        _gain(module).div_(loudness)
        if module.bias is not None:
            module.bias.div_(loudness)
        return output / loudness

    kinds = (torch.nn.Conv1d, torch.nn.ConvTranspose1d)
    hooks = [module.register_forward_hook(scale) for module in network.modules() if isinstance(module, kinds)]
    try:
        with torch.no_grad():
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _gain(module: Any) -> torch.Tensor:
    """Return the parameter that the weight is proportional to; weight norm has two ways of naming it."""
    if hasattr(module, "parametrizations"):
        gain: torch.Tensor = module.parametrizations.weight.original0
    else:
        gain = module.weight_g if hasattr(module, "weight_g") else module.weight
    return gain
