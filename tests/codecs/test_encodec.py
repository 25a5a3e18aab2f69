"""EnCodec, on random calibrated weights: whole signals only, and honest about it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed, SuiteInvalid, WeightsInvalid
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology

if importlib.util.find_spec("encodec") is None:  # importing it may fail for want of torchaudio; the adapter knows how
    pytest.skip("needs the extra codec-harness[encodec]", allow_module_level=True)

import torch
from random_weights.encodec import write_encodec
from safetensors.torch import save_file

from harness.codecs.encodec import EncodecCodec

FRAMES = 60
OFFLINE = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))


@pytest.fixture(scope="module")
def speech(speech_24k: np.ndarray) -> np.ndarray:
    return speech_24k[: FRAMES * 320]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, speech: np.ndarray) -> Path:
    path = tmp_path_factory.mktemp("encodec") / "encodec.safetensors"
    write_encodec(path, speech)
    return path


@pytest.fixture(scope="module")
def codec(weights: Path) -> EncodecCodec:
    return EncodecCodec(str(weights))


def test_it_is_encodec(codec: EncodecCodec, speech: np.ndarray) -> None:
    trace = run_topology(OFFLINE, codec, speech, speech, prior_frames=1)
    with torch.no_grad():
        plain = codec._model(torch.tensor(speech)[None, None])[0, 0].numpy()
    np.testing.assert_array_equal(trace.pcm, plain)
    assert trace.codes.shape == (8, FRAMES)
    assert min(len(set(row)) for row in trace.codes) > 8
    assert np.sqrt(np.mean(trace.pcm**2)) > 0.01


@pytest.mark.parametrize(("bandwidth", "codebooks"), [(1.5, 2), (24.0, 32)])
def test_bandwidth_is_a_number_of_codebooks(
    weights: Path, codec: EncodecCodec, speech: np.ndarray, bandwidth: float, codebooks: int
) -> None:
    other = EncodecCodec(str(weights), bandwidth=bandwidth)
    codes = other.encode_offline(speech)
    assert codes.shape[0] == codebooks == other.info.codebooks
    shared = min(8, codebooks)
    np.testing.assert_array_equal(codes[:shared], codec.encode_offline(speech)[:shared])
    assert other.info.fingerprint != codec.info.fingerprint


def test_transformers_computes_the_same_to_the_bit(weights: Path, codec: EncodecCodec, speech: np.ndarray) -> None:
    pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")
    other = EncodecCodec(str(weights), library="transformers")
    codes = codec.encode_offline(speech)
    np.testing.assert_array_equal(other.encode_offline(speech), codes)
    np.testing.assert_array_equal(other.decode_offline(codes), codec.decode_offline(codes))
    np.testing.assert_array_equal(other.decode_offline(codes[:3]), codec.decode_offline(codes[:3]))
    assert "transformers-" in other.info.fingerprint
    assert type(other._network) is not type(codec._network)


def test_calls_are_signals_of_their_own(codec: EncodecCodec, speech: np.ndarray) -> None:
    whole = codec.encode_offline(speech)
    chunked = run_topology(Topology(chunk=20), codec, speech, speech, prior_frames=1)
    np.testing.assert_array_equal(chunked.codes[:, :20], whole[:, :20])  # causal: the first call is not affected
    assert not np.array_equal(chunked.codes[:, 20:], whole[:, 20:])
    assert not codec.info.stateful
    assert {"chunks", "offline"} <= codec.promises_not.keys()
    instance = codec.open()
    first = instance.encode(speech[:640])
    instance.encode(speech[6400:7040])
    np.testing.assert_array_equal(instance.encode(speech[:640]), first)
    instance.reset(Side.BOTH)
    assert instance.state() == {}
    np.testing.assert_array_equal(instance.clone().encode(speech[:640]), first)


def test_the_file_that_meta_publishes_is_read_without_running_code(
    codec: EncodecCodec, tmp_path: Path, speech: np.ndarray
) -> None:
    path = tmp_path / "encodec.th"
    torch.save(codec._model.state_dict(), path)
    np.testing.assert_array_equal(EncodecCodec(str(path)).encode_offline(speech), codec.encode_offline(speech))
    marker = tmp_path / "marker"
    torch.save(_Harmful(marker), path)
    with pytest.raises(WeightsInvalid, match="not a whole file of weights"):
        EncodecCodec(str(path))
    assert not marker.exists()


class _Harmful:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_wrong_weights_options_and_input_are_refused(codec: EncodecCodec, tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="no such file"):
        EncodecCodec(str(tmp_path / "none.th"))
    save_file({"encoder": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsInvalid, match="does not fit EnCodec at 24 kHz"):
        EncodecCodec(str(tmp_path / "other.safetensors"))
    (tmp_path / "cut.safetensors").write_bytes(b"\x00" * 20)
    with pytest.raises(WeightsInvalid, match="not a whole file of weights"):
        EncodecCodec(str(tmp_path / "cut.safetensors"))
    with pytest.raises(SuiteInvalid, match=r"bandwidth is 5, wanted one of 1\.5, 3\.0, 6\.0"):
        load("encodec", {"bandwidth": 5})
    with pytest.raises(SuiteInvalid, match="library is 'torch', wanted one of encodec, transformers"):
        EncodecCodec(library="torch")
    with pytest.raises(SuiteInvalid, match="threads is 0"):
        EncodecCodec(threads=0)
    with pytest.raises(CodecFailed, match="wanted a whole number of frames"):
        codec.encode_offline(np.zeros(100, np.float32))


def test_without_a_network_one_line_says_so(tmp_path: Path) -> None:
    script = (
        "from harness.codecs.loading import load\nfrom harness.errors import CodecUnavailable\n"
        "try: load('encodec', {})\nexcept CodecUnavailable as error: print(error)"
    )
    nowhere = {"TORCH_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=os.environ | nowhere,
    )
    *_, line = done.stdout.splitlines()  # torch announces the download before
    assert line.startswith("encodec: the published weights cannot be downloaded (")


def test_no_torchaudio_is_left_behind() -> None:
    stand_in = sys.modules.get("torchaudio")
    assert stand_in is None or hasattr(stand_in, "__version__")
