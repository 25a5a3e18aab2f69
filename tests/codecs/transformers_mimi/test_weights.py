"""Weights for the Mimi of transformers: all of them are there and fit, or one line says what does not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.errors import WeightsInvalid
from harness.runtime.resources import fixture

pytest.importorskip("moshi", reason="needs the extra codec-harness[mimi]")
pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")

from safetensors.torch import load_file, save_file
from transformers import MimiConfig, MimiModel

from harness.codecs.transformers_mimi.weights import is_small_mimi, load_folder, load_kyutai, load_pretrained

Weights = dict[str, torch.Tensor]

SMALL = {
    "hidden_size": 32, "num_filters": 4, "codebook_size": 16, "codebook_dim": 8, "num_quantizers": 9,
    "vector_quantization_hidden_dimension": 8, "upsample_groups": 32, "num_hidden_layers": 1, "intermediate_size": 32,
    "num_attention_heads": 2, "num_key_value_heads": 2,
}  # fmt: skip
FILE = "model.safetensors"
EMBEDDED = "mini-mimi.safetensors"
PROJECTION = "decoder_transformer.transformer.layers.0.self_attn.in_projs.0.weight"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A small Mimi as transformers saves it."""
    MimiModel(MimiConfig(**SMALL)).save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def embedded(tmp_path: Path) -> Path:
    """A copy of the embedded Mimi whose configuration does not say the hash of its weights."""
    for name in ("config.json", EMBEDDED):
        shutil.copy(fixture("mini-mimi") / name, tmp_path)
    configured(weights_sha256="")(tmp_path)
    return tmp_path


def test_a_folder_of_transformers_is_loaded_as_it_was_saved_with_its_caches_on(published: Path) -> None:
    model = load_pretrained(str(published))
    found = model.state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in load_file(published / FILE).items())
    assert model.config.use_cache


def without_the_decoder(folder: Path) -> None:
    kept = {name: tensor for name, tensor in load_file(folder / FILE).items() if not name.startswith("decoder.")}
    save_file(kept, folder / FILE, {"format": "pt"})


def configured(**changes: Any) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_the_decoder, r"[0-9]+ weights are missing, such as decoder\.layers\.0\.conv\.bias; fetch it again"),
        (configured(hidden_size=64), "cannot load it .*state_dict"),
        (configured(num_hidden_layers="many"), "cannot load it .*'str' object"),
        (lambda folder: (folder / FILE).write_bytes(b"no weights at all"), "cannot load it"),
        (lambda folder: (folder / FILE).unlink(), FILE),
    ],
    ids=["without-the-decoder", "of-another-size", "odd-configuration", "damaged", "no-file"],
)
def test_what_is_no_whole_mimi_of_transformers_is_refused_in_a_line(
    published: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(published)
    with pytest.raises(WeightsInvalid, match=said) as refused:
        load_pretrained(str(published))
    assert str(refused.value).startswith(str(published))
    assert "\n" not in str(refused.value)


def changed(change: Callable[[Weights], Weights]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        found = change(load_file(folder / EMBEDDED))
        save_file({name: tensor.contiguous() for name, tensor in found.items()}, folder / EMBEDDED)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (changed(lambda all_: all_ | {PROJECTION: all_[PROJECTION][:2]}), "does not fit"),
        (changed(lambda all_: all_ | {PROJECTION: all_[PROJECTION][:90]}), "does not fit"),
        (changed(lambda all_: {name: all_[name] for name in all_ if name != PROJECTION}), "does not fit.*Missing"),
        (lambda folder: (folder / EMBEDDED).write_bytes(b"no weights at all"), "not a whole safetensors file"),
        (lambda folder: (folder / EMBEDDED).unlink(), "no such file"),
        (configured(weights_sha256="0" * 64), "corrupt or replaced"),
    ],
    ids=["two-rows", "no-thirds-of-heads", "none", "damaged", "no-file", "of-another-hash"],
)
def test_what_is_no_whole_small_mimi_is_refused_in_a_line(
    embedded: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(embedded)
    with pytest.raises(WeightsInvalid, match=said) as refused:
        load_folder(embedded)
    assert str(refused.value).startswith(str(embedded / EMBEDDED))
    assert "\n" not in str(refused.value)


def test_three_blocks_in_a_frame_are_refused_and_a_pickle_is_not_opened(embedded: Path, tmp_path: Path) -> None:
    configured(pack=3)(embedded)
    with pytest.raises(WeightsInvalid, match="packs 2 blocks into a frame, but these weights 3"):
        load_folder(embedded)
    (tmp_path / "mimi.pt").write_bytes(b"")
    with pytest.raises(WeightsInvalid, match=r"mimi\.pt: wanted a \.safetensors file; pickles can run code"):
        load_kyutai(tmp_path / "mimi.pt")
    (tmp_path / "mimi.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(WeightsInvalid, match=r"mimi\.safetensors: not a whole safetensors file"):
        load_kyutai(tmp_path / "mimi.safetensors")


def test_the_two_layouts_of_a_folder_are_told_apart_by_their_configuration(published: Path) -> None:
    assert not is_small_mimi(published)
    assert is_small_mimi(fixture("mini-mimi"))
    (published / "config.json").unlink()
    with pytest.raises(WeightsInvalid, match=r"config\.json: cannot be read \(no such file\)"):
        is_small_mimi(published)
