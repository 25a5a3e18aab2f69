"""DAC, on random calibrated weights of a small geometry: whole signals only, and honest about it."""

import importlib.util
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

if importlib.util.find_spec("dac") is None:  # importing it may fail for want of torchaudio; the adapter knows how
    pytest.skip("needs the extra codec-harness[dac]", allow_module_level=True)

import torch
from random_weights.dac import SETTINGS, write_dac

from harness.codecs.dac import DacCodec

FRAMES = 60
OFFLINE = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))


@pytest.fixture(scope="module")
def speech(speech_24k: np.ndarray) -> np.ndarray:
    return speech_24k[: FRAMES * 320]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, speech: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("dac") / "weights.pth"
    write_dac(path, speech)
    return path


@pytest.fixture(scope="module")
def codec(weights: Path) -> DacCodec:
    return DacCodec(str(weights))


def test_it_is_dac(codec: DacCodec, speech: np.ndarray) -> None:
    trace = run_topology(OFFLINE, codec, speech, speech, prior_frames=1)
    with torch.no_grad():
        plain = codec._model(torch.tensor(speech)[None, None])
    np.testing.assert_array_equal(trace.codes, plain["codes"][0].numpy())
    expected = plain["audio"][0, 0].numpy()
    # The package quantises while it encodes in another order of sums than when it decodes codes.
    np.testing.assert_allclose(trace.pcm[: len(expected)], expected, rtol=0, atol=1e-5)
    assert len(expected) < len(trace.pcm) == len(speech)
    assert trace.codes.shape == (6, FRAMES)
    assert min(len(set(row)) for row in trace.codes) > 8
    assert np.sqrt(np.mean(trace.pcm**2)) > 0.01


def test_fewer_codebooks_are_a_prefix(weights: Path, codec: DacCodec, speech: np.ndarray) -> None:
    fewer = DacCodec(str(weights), codebooks=2)
    codes = fewer.encode_offline(speech)
    np.testing.assert_array_equal(codes, codec.encode_offline(speech)[:2])
    np.testing.assert_array_equal(fewer.decode_offline(codes), codec.decode_offline(codes))
    assert fewer.info.fingerprint != codec.info.fingerprint


def test_transformers_computes_the_same_to_the_bit(weights: Path, codec: DacCodec, speech: np.ndarray) -> None:
    pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")
    other = DacCodec(str(weights), library="transformers")
    codes = codec.encode_offline(speech)
    np.testing.assert_array_equal(other.encode_offline(speech), codes)
    np.testing.assert_array_equal(other.decode_offline(codes), codec.decode_offline(codes))
    np.testing.assert_array_equal(other.decode_offline(codes[:3]), codec.decode_offline(codes[:3]))
    assert "transformers-" in other.info.fingerprint
    assert type(other._network) is not type(codec._network)


def test_calls_are_signals_of_their_own(codec: DacCodec, speech: np.ndarray) -> None:
    chunked = run_topology(Topology(chunk=20), codec, speech, speech, prior_frames=1)
    assert not np.array_equal(chunked.codes, codec.encode_offline(speech))
    assert not codec.info.stateful
    assert {"chunks", "offline"} <= codec.promises_not.keys()


def test_weights_are_read_without_running_code(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    torch.save({"state_dict": _Harmful(marker)}, tmp_path / "weights.pth")
    with pytest.raises(WeightsInvalid, match="not a whole file of weights"):
        DacCodec(str(tmp_path / "weights.pth"))
    assert not marker.exists()


class _Harmful:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_wrong_weights_options_and_input_are_refused(weights: Path, codec: DacCodec, tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="no such file; wanted DAC weights, or one of 16khz, 24khz, 44khz"):
        DacCodec(str(tmp_path / "none.pth"))
    torch.save({"metadata": {"kwargs": SETTINGS}}, tmp_path / "half.pth")
    with pytest.raises(WeightsInvalid, match="not a DAC model with its settings"):
        DacCodec(str(tmp_path / "half.pth"))
    with pytest.raises(SuiteInvalid, match="library is 'torch', wanted one of dac, transformers"):
        DacCodec(str(weights), library="torch")
    with pytest.raises(SuiteInvalid, match="codebooks is 7, wanted 1 to 6"):
        DacCodec(str(weights), codebooks=7)
    with pytest.raises(SuiteInvalid, match="has no option 'bitrate'"):
        load("dac", {"bitrate": 8})
    with pytest.raises(CodecFailed, match="wanted a whole number of frames"):
        codec.encode_offline(np.zeros(100, np.float32))


def test_without_a_network_one_line_says_so(tmp_path: Path) -> None:
    script = (
        "from harness.codecs.loading import load\nfrom harness.errors import CodecUnavailable\n"
        "try: load('dac', {})\nexcept CodecUnavailable as error: print(error)"
    )
    nowhere = {"HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=os.environ | nowhere)
    (line,) = done.stdout.splitlines()
    assert line.startswith("dac: the published weights '24khz' cannot be downloaded (")
