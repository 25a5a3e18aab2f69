"""SNAC, on random calibrated weights: codebooks at several rates in one column, and a decoder that adds noise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.errors import CodecFailed, SuiteInvalid, WeightsInvalid
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology

pytest.importorskip("snac", reason="needs the extra codec-harness[snac]")

import torch
from random_weights.snac import CONFIG, write_snac
from safetensors.torch import save_file
from snac import SNAC

from harness.codecs.snac import SnacCodec

FRAMES = 12
OFFLINE = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))


@pytest.fixture(scope="module")
def speech(speech_24k: np.ndarray) -> np.ndarray:
    return speech_24k[: FRAMES * 2048]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, speech: np.ndarray) -> Path:
    folder = tmp_path_factory.mktemp("snac")
    write_snac(folder, speech)
    return folder


@pytest.fixture(scope="module")
def codec(weights: Path) -> SnacCodec:
    return SnacCodec(str(weights))


def test_a_column_holds_the_codes_of_all_rates(codec: SnacCodec, speech: np.ndarray) -> None:
    assert (codec.info.frame_size, codec.info.codebooks, codec.info.bins) == (2048, 7, 256)
    codes = codec.encode_offline(speech)
    with torch.no_grad():
        slow, middle, fast = (level[0].numpy() for level in codec._model.encode(torch.tensor(speech)[None, None]))
    np.testing.assert_array_equal(codes[0], slow)
    np.testing.assert_array_equal(codes[1:3].T.reshape(-1), middle)
    np.testing.assert_array_equal(codes[3:].T.reshape(-1), fast)
    assert min(len(set(row)) for row in codes) > 3


def test_it_decodes_what_it_encoded(codec: SnacCodec, speech: np.ndarray) -> None:
    trace = run_topology(OFFLINE, codec, speech, speech, prior_frames=1)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        levels = codec._model.encode(torch.tensor(speech)[None, None])
        torch.manual_seed(0)
        plain = codec._model.decode(levels)[0, 0].numpy()
    np.testing.assert_array_equal(trace.pcm, plain)
    assert np.sqrt(np.mean(trace.pcm**2)) > 0.01


def test_noise_is_fixed_unless_left_to_chance(weights: Path, codec: SnacCodec, speech: np.ndarray) -> None:
    codes = codec.encode_offline(speech)
    before = torch.random.get_rng_state()
    np.testing.assert_array_equal(codec.decode_offline(codes), codec.decode_offline(codes))
    assert torch.equal(torch.random.get_rng_state(), before)  # nobody else's random numbers change
    as_shipped = SnacCodec(str(weights), fixed_noise=False)
    assert not np.array_equal(as_shipped.decode_offline(codes), as_shipped.decode_offline(codes))
    assert as_shipped.info.fingerprint != codec.info.fingerprint


def test_calls_are_signals_of_their_own(codec: SnacCodec, speech: np.ndarray) -> None:
    whole = codec.encode_offline(speech)
    chunked = run_topology(Topology(chunk=4), codec, speech, speech, prior_frames=1)
    assert not np.array_equal(chunked.codes, whole)
    assert not codec.info.stateful
    assert {"chunks", "offline"} <= codec.promises_not.keys()


def test_an_attention_window_makes_frames_longer(tmp_path: Path) -> None:
    config = CONFIG | {"attn_window_size": 32, "vq_strides": [8, 4, 2, 1], "encoder_rates": [2, 2], "encoder_dim": 32}
    config |= {"decoder_rates": [2, 2], "decoder_dim": 128}
    model = SNAC(**config)
    (tmp_path / "config.json").write_text(json.dumps(config))
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    codec = SnacCodec(str(tmp_path))
    assert codec.info.frame_size == 4 * 32
    assert codec.info.codebooks == 4 + 8 + 16 + 32
    codes = codec.encode_offline(np.ones(3 * 128, np.float32))
    assert codec.decode_offline(codes).shape == (3 * 128,)


def test_wrong_weights_options_and_input_are_refused(codec: SnacCodec, tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match=r"config\.json: cannot be read .no such file"):
        SnacCodec(str(tmp_path))
    (tmp_path / "config.json").write_text('{"hidden": 3}')
    with pytest.raises(WeightsInvalid, match="not the configuration of a SNAC model"):
        SnacCodec(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    with pytest.raises(WeightsInvalid, match=r"wanted model\.safetensors or pytorch_model\.bin"):
        SnacCodec(str(tmp_path))
    save_file({"encoder": torch.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(WeightsInvalid, match=r"does not fit its config\.json"):
        SnacCodec(str(tmp_path))
    with pytest.raises(SuiteInvalid, match="needs the option 'weights'"):
        load("snac", {})
    with pytest.raises(CodecFailed, match="wanted a whole number of frames"):
        codec.encode_offline(np.zeros(512, np.float32))


def test_without_a_network_one_line_says_so() -> None:
    script = (
        "from harness.codecs.loading import load\nfrom harness.errors import CodecUnavailable\n"
        "try: load('snac', {'weights': 'hf://hubertsiuzdak/snac_24khz'})\n"
        "except CodecUnavailable as error: print(error)"
    )
    offline = os.environ | {"HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=offline)
    (line,) = done.stdout.splitlines()
    assert line.startswith("hf://hubertsiuzdak/snac_24khz cannot be had from the model hub (")
