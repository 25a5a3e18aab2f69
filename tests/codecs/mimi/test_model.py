"""The small Mimi: what it refuses to load, and that random weights already stream exactly."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("moshi")

from safetensors.torch import load_file, save_file  # noqa: E402

from harness.codecs.mimi.model import Geometry, build, load_embedded, read_geometry  # noqa: E402
from harness.errors import WeightsInvalid  # noqa: E402

TINY = Geometry(
    sample_rate=16_000,
    ratios=(4, 5),
    pack=2,
    encoder_filters=4,
    decoder_filters=4,
    dimension=16,
    model_width=16,
    heads=2,
    layers=1,
    feedforward=16,
    context=60,
    codebooks=3,
    bins=8,
    codebook_dimension=16,
    delay=0,
    weights="tiny.safetensors",
)


def random_weights(geometry: Geometry) -> dict[str, Any]:
    torch.manual_seed(0)
    state = build(geometry).state_dict()
    for key, tensor in state.items():
        if key.endswith("embedding_sum"):
            tensor.normal_()
        elif key.endswith(("layer_scale_1.scale", "layer_scale_2.scale")):
            tensor.fill_(1.0)  # else the attention hardly matters and a wrong context would not show
        elif key.endswith("_initialized"):
            tensor.fill_(1.0)
    return {key: tensor.half().contiguous() for key, tensor in state.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(random_weights(TINY), tmp_path / TINY.weights)
    (tmp_path / "config.json").write_text(TINY.model_dump_json())
    return tmp_path


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_the_geometry_decides_frame_and_rate(folder: Path) -> None:
    model, geometry = load_embedded(folder)
    assert geometry == TINY
    assert (geometry.block_size, geometry.frame_size) == (20, 40)
    assert model.frame_size == 40
    assert (model.num_codebooks, model.cardinality) == (3, 8)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_half_precision_weights_are_computed_in_single_precision(folder: Path) -> None:
    model, _ = load_embedded(folder)
    stored = load_file(folder / TINY.weights)
    for key, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, stored[key].float())
    assert next(load_embedded(folder, dtype="float64")[0].parameters()).dtype == torch.float64


def test_loading_twice_gives_the_same_speech(folder: Path) -> None:
    wave = torch.randn(1, 1, 400, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        first, second = (
            model.decode(model.encode(wave)) for model, _ in (load_embedded(folder), load_embedded(folder))
        )
    assert torch.equal(first, second)
    assert first.abs().max() > 0


def test_streaming_gives_the_codes_and_speech_of_the_whole_signal(folder: Path) -> None:
    model, geometry = load_embedded(folder)
    # 30 frames are 60 blocks, the whole context. Beyond it moshi's streaming differs from offline by a little: a call
    # of two blocks writes both into the ring of keys before the first of them has looked at the oldest.
    wave = torch.randn(1, 1, 30 * geometry.frame_size, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        codes = model.encode(wave)
        speech = model.decode(codes)
        with model.streaming(1):
            streamed_codes = torch.cat([model.encode(frame) for frame in wave.split(geometry.frame_size, -1)], -1)
        with model.streaming(1):
            streamed = torch.cat([model.decode(frame) for frame in codes.split(1, -1)], -1)
    assert codes.shape == (1, 3, 30)
    assert len(codes.unique()) > 4
    assert torch.equal(streamed_codes, codes)
    assert streamed.shape == speech.shape == wave.shape
    assert (streamed - speech).abs().max() < 1e-5 * speech.abs().max()


def test_the_decoder_needs_its_past(folder: Path) -> None:
    model, geometry = load_embedded(folder)
    codes = torch.randint(0, geometry.bins, (1, 3, 8), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        whole = model.decode(codes)
        alone = torch.cat([model.decode(frame) for frame in codes.split(1, -1)], -1)
    assert torch.allclose(whole[..., : geometry.frame_size], alone[..., : geometry.frame_size], atol=1e-6)
    assert not torch.allclose(whole, alone, rtol=0.01)


def cut(folder: Path) -> None:
    path = folder / TINY.weights
    path.write_bytes(path.read_bytes()[:-100])


def cut_inside_the_header(folder: Path) -> None:
    path = folder / TINY.weights
    path.write_bytes(path.read_bytes()[:50])


def pickled(folder: Path) -> None:
    (folder / TINY.weights).write_bytes(pickle.dumps({"encoder": 1}))


def saved_by_torch(folder: Path) -> None:
    torch.save({"encoder": torch.zeros(2)}, folder / TINY.weights)


def emptied(folder: Path) -> None:
    (folder / TINY.weights).write_bytes(b"")


def without_weights(folder: Path) -> None:
    (folder / TINY.weights).unlink()


def without_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def other_hash(folder: Path) -> None:
    change_config(folder, weights_sha256="0" * 64)


def more_codebooks(folder: Path) -> None:
    change_config(folder, codebooks=4)


def fewer_codebooks(folder: Path) -> None:
    change_config(folder, codebooks=2)


def wider(folder: Path) -> None:
    change_config(folder, encoder_filters=5)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "not a whole safetensors file"),
        (cut_inside_the_header, "not a whole safetensors file"),
        (emptied, "not a whole safetensors file"),
        (pickled, "pickled checkpoint.*convert it to safetensors"),
        (saved_by_torch, "pickled checkpoint.*convert it to safetensors"),
        (without_weights, "cannot be read .*wanted weights; restore"),
        (without_config, r"config\.json: cannot be read"),
        (other_hash, "corrupt or replaced: sha256"),
        (more_codebooks, "no tensor 'quantizer.*another geometry"),
        (fewer_codebooks, "tensors too many.*smaller geometry"),
        (wider, r"has shape \(4, 1, 7\) but config\.json asks for \(5, 1, 7\)"),
    ],
)
def test_a_damaged_folder_is_refused_with_one_line(folder: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(folder)
    with pytest.raises(WeightsInvalid, match=message) as caught:
        load_embedded(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bins": 1}, "bins"),
        ({"ratios": []}, "ratios"),
        ({"heads": 3}, "multiple of 2"),
        ({"codebook": 3}, "codebook"),
        ({"weights": "../elsewhere.safetensors"}, "weights"),
        ({"weights": "model.pt"}, "weights"),
        ({"sample_rate": "fast"}, "sample_rate"),
    ],
)
def test_a_wrong_description_names_the_field(folder: Path, changes: dict[str, object], field: str) -> None:
    change_config(folder, **changes)
    with pytest.raises(WeightsInvalid, match=field) as caught:
        read_geometry(folder)
    assert "\n" not in str(caught.value)


def test_an_unknown_dtype_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsInvalid, match=r"'int4' is unknown; did you mean 'int8'[?] wanted one of float32"):
        load_embedded(folder, dtype="int4")


def test_the_embedded_weights_load_and_are_small() -> None:
    embedded = Path(__file__).parents[3] / "fixtures" / "mini-mimi"
    _, geometry = load_embedded(embedded)
    assert (embedded / geometry.weights).stat().st_size <= 10_000_000
    assert 0.040 <= geometry.frame_size / geometry.sample_rate <= 0.080
    assert geometry.weights_sha256


def test_sizes_that_no_weights_have_take_no_memory(folder: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    change_config(folder, dimension=32768, model_width=32768, feedforward=32768, layers=8)
    with pytest.raises(WeightsInvalid, match="has shape"):
        load_embedded(folder)
    change_config(folder, dimension=10**12)
    with pytest.raises(WeightsInvalid, match=r"dimension: .* less than or equal to 32768, got 1000000000000"):
        load_embedded(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB
