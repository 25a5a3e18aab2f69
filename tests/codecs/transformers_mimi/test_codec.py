"""Mimi of the package transformers: moshi's numbers in one call, and a decoder that forgets between calls."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.audio.waveform import read
from harness.codecs.loading import load
from harness.codecs.protocol import Codec, Side
from harness.errors import SuiteInvalid, WeightsInvalid
from harness.runtime.resources import fixture
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology

pytest.importorskip("moshi", reason="needs the extra codec-harness[mimi]")
pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")

from transformers import MimiConfig, MimiModel

from harness.codecs.mimi.codec import MimiCodec, MiniMimiCodec
from harness.codecs.transformers_mimi.codec import TransformersMimiCodec

FRAMES = 30


@pytest.fixture(scope="module")
def codec() -> TransformersMimiCodec:
    return TransformersMimiCodec()


@pytest.fixture(scope="module")
def speech(codec: Codec) -> np.ndarray:
    samples = read(fixture("speech") / "heart-long.flac").samples
    return samples[8_000 : 8_000 + FRAMES * codec.info.frame_size]


@pytest.fixture(scope="module")
def whole(codec: TransformersMimiCodec, speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes = codec.encode_offline(speech)
    return codes, codec.decode_offline(codes)


def signal_to_error(reference: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(np.sum(reference**2) / np.sum((reference - other) ** 2)))


def test_in_one_call_it_computes_what_moshi_computes(
    codec: TransformersMimiCodec, speech: np.ndarray, whole: tuple[np.ndarray, np.ndarray]
) -> None:
    moshi = MiniMimiCodec()
    np.testing.assert_array_equal(moshi.encode_offline(speech), whole[0])
    np.testing.assert_allclose(moshi.decode_offline(whole[0]), whole[1], rtol=0, atol=codec.info.tolerance)
    for declared in ("sample_rate", "frame_size", "codebooks", "bins", "delay"):
        assert getattr(moshi.info, declared) == getattr(codec.info, declared)


@pytest.mark.full_size
def test_at_full_size_too(full_size_checkpoint: Path, speech_24k: np.ndarray) -> None:
    ours, moshi = TransformersMimiCodec(str(full_size_checkpoint)), MimiCodec(str(full_size_checkpoint))
    speech = speech_24k[: 12 * 1920]
    codes = moshi.encode_offline(speech)
    np.testing.assert_array_equal(ours.encode_offline(speech), codes)
    np.testing.assert_allclose(ours.decode_offline(codes), moshi.decode_offline(codes), rtol=0, atol=1e-5)
    assert (ours.info.frame_size, ours.info.codebooks, ours.info.bins) == (1920, 8, 2048)


@pytest.mark.parametrize("chunk", [1, 7])
def test_encoding_in_chunks_makes_no_difference(
    codec: TransformersMimiCodec, speech: np.ndarray, whole: tuple[np.ndarray, np.ndarray], chunk: int
) -> None:
    trace = run_topology(Topology(chunk=chunk), codec, speech, speech, prior_frames=1)
    np.testing.assert_array_equal(trace.codes, whole[0])


def test_defect_decoding_in_chunks_loses_the_convolutions_state(
    codec: TransformersMimiCodec, speech: np.ndarray, whole: tuple[np.ndarray, np.ndarray]
) -> None:
    trace = run_topology(Topology(), codec, speech, speech, prior_frames=1)
    size = codec.info.frame_size
    assert np.abs(trace.pcm[:size] - whole[1][:size]).max() <= codec.info.tolerance
    assert signal_to_error(whole[1], trace.pcm) < 15, "4.57.6 loses it; if it no longer does, say so in the findings"
    assert np.abs(trace.pcm[size : 2 * size] - whole[1][size : 2 * size]).max() > 1e-3
    # The keys and values are carried: without them the output is another one.
    stateless = Topology(decoder=DecoderWiring(instance="separate", reset="every-call"))
    forgetful = run_topology(stateless, codec, speech, speech, prior_frames=1)
    assert not np.array_equal(forgetful.pcm, trace.pcm)


def test_clone_and_reset_are_exact(codec: TransformersMimiCodec, speech: np.ndarray) -> None:
    reference = run_topology(Topology(), codec, speech, speech[::-1], prior_frames=4)
    for topology in (
        Topology(decoder=DecoderWiring(instance="clone", cloned="switch")),
        Topology(encoder=EncoderWiring(dirty=True, reset="start"), decoder=DecoderWiring(dirty=True, reset="start")),
    ):
        trace = run_topology(topology, codec, speech, speech[::-1], prior_frames=4)
        np.testing.assert_array_equal(trace.codes, reference.codes)
        np.testing.assert_array_equal(trace.pcm, reference.pcm)


def test_state_shows_both_sides_and_copies(codec: TransformersMimiCodec, speech: np.ndarray) -> None:
    instance = codec.open()
    assert instance.state() == {}
    instance.decode(instance.encode(speech[: codec.info.frame_size]))
    state = instance.state()
    assert "encoder/convolution.0.padding" in state
    assert not [name for name in state if name.startswith("decoder/convolution")]  # this is the defect
    state["decoder/transformer.0.keys"][:] = 7
    assert not (instance.state()["decoder/transformer.0.keys"] == 7).any()
    instance.reset(Side.ENCODER)
    assert {name.partition("/")[0] for name in instance.state()} == {"decoder"}


def test_a_folder_in_the_librarys_own_layout(tmp_path: Path) -> None:
    config = MimiConfig(
        hidden_size=32,
        num_filters=4,
        codebook_size=16,
        codebook_dim=8,
        vector_quantization_hidden_dimension=8,
        num_quantizers=9,
        upsample_groups=32,
        num_hidden_layers=1,
        intermediate_size=32,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    MimiModel(config).save_pretrained(tmp_path)
    codec = TransformersMimiCodec(str(tmp_path), codebooks=9)
    codes = codec.open().encode(np.ones(2 * 1920, np.float32))
    assert codes.shape == (9, 2)
    assert codec.open().decode(codes).shape == (2 * 1920,)


def test_without_a_network_one_line_says_so() -> None:
    script = (
        "from harness.codecs.loading import load\nfrom harness.errors import CodecUnavailable\n"
        "try: load('transformers-mimi', {'weights': 'hf://kyutai/mimi'})\n"
        "except CodecUnavailable as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith("hf://kyutai/mimi: transformers cannot load it")


def test_wrong_weights_and_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalid, match="no such file or folder"):
        TransformersMimiCodec(str(tmp_path / "none"))
    with pytest.raises(WeightsInvalid, match=r"config\.json: cannot be read \(no such file\)"):
        TransformersMimiCodec(str(tmp_path))
    (tmp_path / "mimi.bin").write_bytes(b"PK")
    with pytest.raises(WeightsInvalid, match="pickles can run code"):
        TransformersMimiCodec(str(tmp_path / "mimi.bin"))
    with pytest.raises(WeightsInvalid, match=r"does not fit transformers' Mimi: .*size mismatch"):
        TransformersMimiCodec(str(fixture("mini-mimi") / "mini-mimi.safetensors"))  # a small one without its folder
    with pytest.raises(SuiteInvalid, match="codebooks is 99, wanted 1 to"):
        load("transformers-mimi", {"codebooks": 99})
    with pytest.raises(SuiteInvalid, match="threads is 0"):
        TransformersMimiCodec(threads=0)
