import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mini_mimi import FRAMES, SIZE, SWITCH, codec, codes, decode, encode, pcm, speech, used
from moshi.utils.compile import no_compile, torch_compile_lazy

from harness.audio.waveform import Samples
from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.protocol import Codes, Side
from harness.errors import CodecFailed, SuiteInvalid, WeightsInvalid
from harness.runtime.resources import fixture

RING = 32  # frames that the attention of the forgetful codec looks back


def test_a_call_that_ends_in_another_thread_lets_nothing_be_compiled(monkeypatch):
    codec()
    monkeypatch.setattr(torch, "compile", lambda _: pytest.fail("it was compiled"))
    first, second = no_compile(), no_compile()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)  # moshi's calls in two threads end in the order in which they began
    assert torch_compile_lazy(abs)(-1) == 1
    second.__exit__(None, None, None)
    assert torch_compile_lazy(abs)(-1) == 1


# What is wired how, and what comes out: codes and PCM, None for a half that the topology leaves alone.

Output = tuple[Codes | None, Samples | None]


def shared_interleaved() -> Output:
    instance, sent, heard = codec().open(), [], []
    for at in range(0, FRAMES * SIZE, SIZE):
        sent.append(instance.encode(speech()[at : at + SIZE]))
        heard.append(instance.decode(sent[-1]))
    return np.concatenate(sent, axis=1), np.concatenate(heard)


def shared_sequential() -> Output:
    instance = codec().open()
    sent = encode(instance, speech())
    return sent, decode(instance, sent)


def clone_before_use() -> Output:
    instance = codec().open()
    clone = instance.clone()
    sent = encode(instance, speech())
    return sent, decode(clone, sent)


def clone_after_encoding_some() -> Output:
    instance = codec().open()
    first = encode(instance, speech()[: SWITCH * SIZE])
    clone = instance.clone()
    sent = np.concatenate([first, encode(instance, speech()[SWITCH * SIZE :])], axis=1)
    return sent, decode(clone, sent)


def clone_carries_on() -> Output:
    instance = codec().open()
    first = encode(instance, speech()[: SWITCH * SIZE])
    heard = decode(instance, first)
    clone = instance.clone()
    sent = np.concatenate([first, encode(clone, speech()[SWITCH * SIZE :])], axis=1)
    return sent, np.concatenate([heard, decode(clone, sent[:, SWITCH:])])


def clone_of_an_encoder_of_other_speech() -> Output:
    instance = codec().open()
    encode(instance, speech("slt-01"))
    return None, decode(instance.clone(), codes())


def reset_after_other_speech() -> Output:
    instance = used()
    instance.reset(Side.BOTH)
    return encode(instance, speech()), decode(instance, codes())


def clone_reset_after_other_speech() -> Output:
    instance = used().clone()
    instance.reset(Side.BOTH)
    return encode(instance, speech()), decode(instance, codes())


def reset_between_encoding_and_decoding() -> Output:
    instance = codec().open()
    sent = encode(instance, speech())
    instance.reset(Side.BOTH)
    return sent, decode(instance, sent)


def offline_encoder() -> Output:
    sent = codec().encode_offline(speech())
    return sent, decode(codec().open(), sent)


def encodes_other_speech_while_decoding() -> Output:
    instance, heard = codec().open(), []
    for frame in range(FRAMES):
        instance.encode(speech("slt-01")[frame * SIZE : (frame + 1) * SIZE])
        heard.append(instance.decode(codes()[:, frame : frame + 1]))
    return None, np.concatenate(heard)


def decoder_reset_every_frame_leaves_codes() -> Output:
    instance, sent = codec().open(), []
    for at in range(0, FRAMES * SIZE, SIZE):
        sent.append(instance.encode(speech()[at : at + SIZE]))
        instance.reset(Side.DECODER)
        instance.decode(sent[-1])
    return np.concatenate(sent, axis=1), None


IDENTICAL: tuple[Callable[[], Output], ...] = (
    shared_interleaved,
    shared_sequential,
    clone_before_use,
    clone_after_encoding_some,
    clone_carries_on,
    clone_of_an_encoder_of_other_speech,
    reset_after_other_speech,
    clone_reset_after_other_speech,
    reset_between_encoding_and_decoding,
    offline_encoder,
    encodes_other_speech_while_decoding,
    decoder_reset_every_frame_leaves_codes,
)


@pytest.mark.parametrize("topology", IDENTICAL, ids=lambda topology: topology.__name__)
def test_topology_is_bit_identical_to_fresh_instances(topology: Callable[[], Output]) -> None:
    sent, heard = topology()
    if sent is not None:
        np.testing.assert_array_equal(sent, codes())
    if heard is not None:
        np.testing.assert_array_equal(heard, pcm())


def fresh_decoder_takes_over() -> Output:
    return None, np.concatenate([pcm()[: SWITCH * SIZE], decode(codec().open(), codes()[:, SWITCH:])])


def fresh_encoder_takes_over() -> Output:
    first = encode(codec().open(), speech()[: SWITCH * SIZE])
    return np.concatenate([first, encode(codec().open(), speech()[SWITCH * SIZE :])], axis=1), None


def used_decoder() -> Output:
    return None, decode(used().clone(), codes())


def used_encoder() -> Output:
    return encode(used().clone(), speech()), None


def clone_of_a_decoder_starts_again() -> Output:
    instance = codec().open()
    decode(instance, codes()[:, :SWITCH])
    return None, decode(instance.clone(), codes())


def encoder_reset_every_frame() -> Output:
    instance, sent = codec().open(), []
    for at in range(0, FRAMES * SIZE, SIZE):
        instance.reset(Side.ENCODER)
        sent.append(instance.encode(speech()[at : at + SIZE]))
    return np.concatenate(sent, axis=1), None


def decoder_reset_every_frame() -> Output:
    instance, heard = codec().open(), []
    for frame in range(FRAMES):
        instance.reset(Side.DECODER)
        heard.append(instance.decode(codes()[:, frame : frame + 1]))
    return None, np.concatenate(heard)


def stateless_decoder() -> Output:
    return None, np.concatenate([codec().decode_offline(codes()[:, at : at + 1]) for at in range(FRAMES)])


def two_streams_on_one_decoder() -> Output:
    instance, other, heard = codec().open(), codes("slt-01"), []
    for frame in range(FRAMES):
        heard.append(instance.decode(codes()[:, frame : frame + 1]))
        instance.decode(other[:, frame : frame + 1])
    return None, np.concatenate(heard)


ALTERED: dict[Callable[[], Output], int] = {
    fresh_decoder_takes_over: SWITCH,
    fresh_encoder_takes_over: SWITCH,
    used_decoder: 0,
    used_encoder: 0,
    clone_of_a_decoder_starts_again: 0,
    encoder_reset_every_frame: 1,
    decoder_reset_every_frame: 1,
    stateless_decoder: 1,
    two_streams_on_one_decoder: 1,
}


@pytest.mark.parametrize(("topology", "frame"), ALTERED.items(), ids=[topology.__name__ for topology in ALTERED])
def test_topology_goes_wrong_from_the_frame_where_the_past_matters(topology: Callable[[], Output], frame: int) -> None:
    sent, heard = topology()
    if sent is not None:
        wrong = (sent != codes()).any(axis=0)
    else:
        assert heard is not None
        wrong = (np.abs(heard - pcm()).reshape(FRAMES, SIZE) > codec().info.tolerance).any(axis=1)
    assert int(np.flatnonzero(wrong)[0]) == frame


@pytest.mark.parametrize("chunk", [2, 5, FRAMES])
def test_decoding_in_longer_calls_differs_by_rounding_only(chunk: int) -> None:
    chunked = decode(codec().open(), codes(), chunk)
    assert 0 < np.abs(chunked - pcm()).max() < codec().info.tolerance / 5


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> MiniMimiCodec:
    """Return the embedded codec with a context short enough to overflow in a test."""
    folder = tmp_path_factory.mktemp("forgetful")
    embedded = fixture("mini-mimi")
    config = json.loads((embedded / "config.json").read_text())
    (folder / config["weights"]).symlink_to(embedded / config["weights"])
    (folder / "config.json").write_text(json.dumps(config | {"context": RING * config["pack"]}))
    return MiniMimiCodec(weights=str(folder))


def errors(forgetful: MiniMimiCodec, heard: Samples) -> list[float]:
    """Return the largest difference in each frame from decoding frame by frame."""
    frames = len(heard) // SIZE
    streamed = decode(forgetful.open(), codes("heart-01", frames))
    return [float(error) for error in np.abs(heard - streamed).reshape(frames, SIZE).max(axis=1)]


def test_once_the_ring_is_full_streaming_is_not_offline(forgetful: MiniMimiCodec) -> None:
    difference = errors(forgetful, forgetful.decode_offline(codes("heart-01", RING + 8)))
    assert max(difference[:RING]) < forgetful.info.tolerance
    assert difference[RING] > forgetful.info.tolerance


def test_a_call_longer_than_the_ring_is_wrong_from_its_first_frame(forgetful: MiniMimiCodec) -> None:
    difference = errors(forgetful, forgetful.open().decode(codes("heart-01", RING + 8)))
    assert difference[0] > forgetful.info.tolerance


def test_context_is_in_the_fingerprint_though_the_weights_are_the_same(forgetful: MiniMimiCodec) -> None:
    assert forgetful.info.fingerprint != codec().info.fingerprint


@pytest.mark.parametrize("count", [1, 4])
def test_fewer_codebooks_are_the_first_of_all(count: int) -> None:
    few = MiniMimiCodec(codebooks=count)
    first = encode(few.open(), speech()[: 4 * SIZE])
    np.testing.assert_array_equal(first, codes()[:count, :4])
    np.testing.assert_array_equal(few.open().decode(first), codec().open().decode(first))


def test_precision_changes_codes_and_is_in_the_fingerprint() -> None:
    half = MiniMimiCodec(dtype="float16")
    assert (encode(half.open(), speech()) != codes()).any()
    np.testing.assert_array_equal(encode(MiniMimiCodec(dtype="float64").open(), speech()), codes())
    options: tuple[dict[str, Any], ...] = ({}, {"dtype": "float16"}, {"codebooks": 8}, {"threads": 2})
    assert len({MiniMimiCodec(**option).info.fingerprint for option in options}) == len(options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"codebooks": 55}, "codebooks is 55, wanted 1 to 54"),
        ({"codebooks": 0}, "codebooks is 0"),
        ({"dtype": "int4"}, "dtype is 'int4', wanted one of float32"),
        ({"dtype": "int8", "device": "cuda"}, "dtype 'int8' runs on the CPU only, and device is 'cuda'"),
        ({"threads": 0}, "threads is 0"),
        ({"device": "gpu9"}, "device 'gpu9' cannot be used here"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SuiteInvalid, match=words):
        MiniMimiCodec(**options)


def test_weights_that_are_not_there_are_named() -> None:
    with pytest.raises(WeightsInvalid, match=r"/nowhere/config\.json"):
        MiniMimiCodec(weights="/nowhere")


def test_codes_of_no_codebook_are_refused() -> None:
    with pytest.raises(CodecFailed, match=r"got codes from 0 to 512, wanted 0 to 511"):
        codec().open().decode(np.array([[0], [512]], dtype=np.int64))


def test_the_embedded_configuration_is_as_it_was_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = fixture("mini-mimi")
    (tmp_path / "mini-mimi.safetensors").symlink_to(shipped / "mini-mimi.safetensors")
    config = (shipped / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"context": 500', '"context": 501'))
    monkeypatch.setattr("harness.codecs.mimi.codec.fixture", lambda _: tmp_path)
    with pytest.raises(WeightsInvalid, match=r"config\.json: corrupt or replaced: .* codec-harness says b42f2d0364f4"):
        MiniMimiCodec()
    loaded = MiniMimiCodec(weights=str(tmp_path)).info.loaded
    assert set(loaded) == {"config.json", "mini-mimi.safetensors"}
    assert loaded["mini-mimi.safetensors"].startswith("53192d516b2b")
