"""Checkpoints in the layout that Kyutai releases, at a small geometry with random weights; and how bad ones fail."""

import copy
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from moshi.models import loaders
from random_weights.mimi import random_weights
from safetensors.torch import save_file

from harness.codecs.loading import load
from harness.codecs.mimi.codec import MimiCodec
from harness.codecs.protocol import encode_whole
from harness.errors import SuiteInvalid, WeightsInvalid
from harness.runtime.resources import fixture

CODEBOOKS = 4


def small_config() -> dict[str, Any]:
    config: dict[str, Any] = copy.deepcopy(loaders._mimi_config)
    config["seanet"] |= {"n_filters": 4, "dimension": 32}
    config["transformer"] |= {"d_model": 32, "num_heads": 4, "num_layers": 1, "dim_feedforward": 64}
    config["transformer"] |= {"input_dimension": 32, "output_dimensions": [32]}
    config["quantizer"] |= {
        "dimension": 16,
        "n_q": CODEBOOKS,
        "bins": 64,
        "input_dimension": 32,
        "output_dimension": 32,
    }
    return config


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_file(random_weights(small_config()), folder / "tokenizer.safetensors")
    (folder / "mimi.json").write_text(json.dumps(small_config()))
    return folder


def open_checkpoint(folder: Path, **options: Any) -> MimiCodec:
    given: dict[str, Any] = {"config": str(folder / "mimi.json"), "codebooks": CODEBOOKS}
    return MimiCodec(str(folder / "tokenizer.safetensors"), **(given | options))


def test_released_layout_loads_through_moshi(checkpoint: Path) -> None:
    codec = open_checkpoint(checkpoint)
    assert (codec.info.sample_rate, codec.info.frame_size, codec.info.bins, codec.info.delay) == (24_000, 1_920, 64, 0)
    pcm = np.random.default_rng(0).normal(0, 0.1, 4 * 1_920).astype(np.float32)
    direct = loaders.get_mimi(checkpoint / "tokenizer.safetensors", small_config(), num_codebooks=CODEBOOKS)
    with torch.no_grad():
        codes = direct.encode(torch.tensor(pcm)[None, None])
        heard = direct.decode(codes)[0, 0].numpy()
    np.testing.assert_array_equal(encode_whole(codec, pcm), codes[0].numpy())
    np.testing.assert_array_equal(codec.decode_offline(codes[0].numpy()), heard)
    streamed = codec.open().decode(codes[0].numpy())
    np.testing.assert_allclose(streamed, heard, rtol=0, atol=codec.info.tolerance)


def test_all_codebooks_of_a_checkpoint_can_be_asked_for(checkpoint: Path) -> None:
    with pytest.raises(SuiteInvalid, match="codebooks is 8, wanted 1 to 4"):
        open_checkpoint(checkpoint, codebooks=8)


def test_a_small_mimi_of_ours_is_recognised_by_the_config_beside_it() -> None:
    weights = fixture("mini-mimi") / "mini-mimi.safetensors"
    codec = MimiCodec(str(weights), codebooks=36)
    assert codec.info.frame_size == load("mini", {}).info.frame_size
    assert codec.info.delay == load("mini", {}).info.delay


def test_weights_of_another_geometry_name_the_tensor(checkpoint: Path, tmp_path: Path) -> None:
    other = small_config()
    other["seanet"]["n_filters"] = 8
    (tmp_path / "other.json").write_text(json.dumps(other))
    with pytest.raises(WeightsInvalid, match=r"does not fit the geometry: size mismatch for .*give the `config`"):
        open_checkpoint(checkpoint, config=str(tmp_path / "other.json"))


def test_a_language_models_config_beside_the_weights_is_not_taken_for_mimis(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"dim": 4096, "card": 2048}))
    weights = tmp_path / "tokenizer.safetensors"
    weights.write_bytes((checkpoint / "tokenizer.safetensors").read_bytes()[:200])
    with pytest.raises(WeightsInvalid, match="not a whole safetensors file"):
        MimiCodec(str(weights))


@pytest.mark.parametrize("keep", [0, 7, 500, -1])
def test_a_truncated_file_is_said_to_be_one(checkpoint: Path, tmp_path: Path, keep: int) -> None:
    weights = tmp_path / "tokenizer.safetensors"
    weights.write_bytes((checkpoint / "tokenizer.safetensors").read_bytes()[:keep])
    with pytest.raises(WeightsInvalid, match="not a whole safetensors file"):
        MimiCodec(str(weights), config=str(checkpoint / "mimi.json"), codebooks=CODEBOOKS)


@pytest.mark.parametrize(("said", "instead"), [("layer_norm", "dayer_norm"), ("constant", "bonstant"), ("ELU", "EHU")])
def test_a_word_that_moshi_does_not_know_is_refused(checkpoint: Path, tmp_path: Path, said: str, instead: str) -> None:
    config = (checkpoint / "mimi.json").read_text()
    changed = config.replace(f'"{said}"', f'"{instead}"')
    assert changed != config
    (tmp_path / "mimi.json").write_text(changed)
    with pytest.raises(WeightsInvalid, match="does not fit the geometry"):
        MimiCodec(str(checkpoint / "tokenizer.safetensors"), config=str(tmp_path / "mimi.json"), codebooks=CODEBOOKS)


@pytest.mark.parametrize("name", ["model.pt", "model.ckpt", "model"])
def test_a_pickle_is_never_opened(tmp_path: Path, name: str) -> None:
    torch.save({"model": {}}, tmp_path / name)
    with pytest.raises(WeightsInvalid, match=r"wanted \.safetensors: pickles can run code"):
        MimiCodec(str(tmp_path / name))


def test_a_pickle_named_safetensors_is_not_opened_either(tmp_path: Path) -> None:
    torch.save({"model": {}}, tmp_path / "model.safetensors")
    with pytest.raises(WeightsInvalid, match="not a whole safetensors file"):
        MimiCodec(str(tmp_path / "model.safetensors"))


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "a file that is not JSON"), ("[]", "not moshi's Mimi configuration"), ('{"seanet": {}}', "wanted the keys")],
)
def test_a_bad_config_is_refused(checkpoint: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(WeightsInvalid, match=words):
        open_checkpoint(checkpoint, config=str(tmp_path / "bad.json"))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(WeightsInvalid, match=r"/nowhere/a\.safetensors: no such file"):
        MimiCodec("/nowhere/a.safetensors")


@pytest.mark.parametrize("reference", ["hf://kyutai", "hf://kyutai/moshiko", "hf:///a/b"])
def test_an_incomplete_hub_reference_is_refused(reference: str) -> None:
    with pytest.raises(SuiteInvalid, match="wanted hf://OWNER/REPOSITORY/FILE"):
        MimiCodec(reference)


REFERENCE = "hf://kyutai/moshiko-pytorch-bf16/tokenizer-e351c8d8-checkpoint125.safetensors"


def ask_the_hub(tmp_path: Path, config: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # The hub's address is read from the environment when its client is imported: hence another process.
    script = (
        "import sys\n"
        "from harness.codecs.loading import load\n"
        "from harness.errors import HarnessError\n"
        f"options = {{'weights': {REFERENCE!r}, 'config': {str(config)!r}, 'codebooks': {CODEBOOKS}}}\n"
        "try: print(load('mimi', options).info.description)\n"
        "except HarnessError as error: print(type(error).__name__, error)\n"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    paths = {"HF_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, env=inherited | paths | environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_without_a_network_one_line_says_so(checkpoint: Path, tmp_path: Path) -> None:
    done = ask_the_hub(tmp_path, checkpoint / "mimi.json", HF_HUB_OFFLINE="1")
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"CodecUnavailable {REFERENCE} cannot be had from the model hub")
    assert lines[0].endswith("fetch it where there is a network and give its path")


@pytest.fixture
def hub(checkpoint: Path) -> Iterator[str]:
    """Return the address of a model hub that has one file."""
    content = (checkpoint / "tokenizer.safetensors").read_bytes()
    path = "/kyutai/moshiko-pytorch-bf16/resolve/main/tokenizer-e351c8d8-checkpoint125.safetensors"

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200 if self.path == path else 404)
            self.send_header("ETag", '"0123456789abcdef"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            if self.path == path:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_hub_reference_is_downloaded_and_loaded(checkpoint: Path, tmp_path: Path, hub: str) -> None:
    done = ask_the_hub(tmp_path, checkpoint / "mimi.json", HF_ENDPOINT=hub, HF_HUB_DISABLE_XET="1")
    assert done.stdout.startswith("Mimi from tokenizer-e351c8d8-checkpoint125.safetensors, 4 codebooks"), (
        done.stdout + done.stderr
    )
    again = ask_the_hub(tmp_path, checkpoint / "mimi.json", HF_HUB_OFFLINE="1")
    assert again.stdout == done.stdout, "what was fetched once needs no network"


@pytest.mark.full_size
def test_kyutais_full_geometry_is_the_default(tmp_path: Path) -> None:
    save_file(random_weights(None), tmp_path / "full.safetensors")
    codec = MimiCodec(str(tmp_path / "full.safetensors"))
    assert (codec.info.codebooks, codec.info.bins, codec.info.frame_size) == (8, 2_048, 1_920)
    instance = codec.open()
    pcm = np.random.default_rng(0).normal(0, 0.1, 2 * 1_920).astype(np.float32)
    clone = instance.clone()
    codes = instance.encode(pcm)
    assert codes.max() > 0
    np.testing.assert_array_equal(clone.encode(pcm), codes)
