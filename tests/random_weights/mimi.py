"""Mimi checkpoints in the layout that Kyutai releases, with random weights."""

from typing import Any

import torch
from moshi.models import loaders


def _released_layout(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = {".in_projs.0.weight": ".in_proj_weight", ".out_projs.0.weight": ".out_proj.weight"}
    renamed = {}
    for key, tensor in state.items():
        for ours, released in names.items():
            key = key.replace(ours, released)
        renamed[key] = tensor.contiguous()
    return renamed


def random_weights(config: dict[str, Any] | None) -> dict[str, torch.Tensor]:
    """Return the tensors of a model of moshi's *config*, of full size if that is None."""
    torch.manual_seed(0)
    state = loaders.get_mimi(None, config, num_codebooks=1).state_dict()
    for name, tensor in state.items():
        if name.endswith("embedding_sum"):  # empty in a new model: every code would be the first
            tensor.copy_(torch.randn_like(tensor) * 0.1)
    return _released_layout(state)
