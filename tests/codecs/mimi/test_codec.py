import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from moshi.utils.compile import no_compile, torch_compile_lazy

from harness.audio.waveform import Samples, read
from harness.codecs.mimi import state as mimi_state
from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.mimi.instance import MimiInstance
from harness.codecs.protocol import Codes, Side
from harness.errors import CodecFailed, SuiteInvalid, WeightsInvalid
from harness.runtime.resources import fixture

FRAMES = 24
SWITCH = 10
SIZE = 640
RING = 32  # frames that the attention of the forgetful codec looks back


@functools.cache
def codec() -> MiniMimiCodec:
    return MiniMimiCodec()


@functools.cache
def speech(utterance: str = "heart-01", frames: int = FRAMES) -> Samples:
    samples = read(fixture("speech") / f"{utterance}.flac").samples[8_800 : 8_800 + frames * SIZE]
    assert len(samples) == frames * SIZE
    return samples


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


def encode(instance: MimiInstance, pcm: Samples, chunk: int = 1) -> Codes:
    step = chunk * SIZE
    return np.concatenate([instance.encode(pcm[at : at + step]) for at in range(0, len(pcm), step)], axis=1)


def decode(instance: MimiInstance, codes: Codes, chunk: int = 1) -> Samples:
    return np.concatenate([instance.decode(codes[:, at : at + chunk]) for at in range(0, codes.shape[1], chunk)])


@functools.cache
def codes(utterance: str = "heart-01", frames: int = FRAMES) -> Codes:
    return encode(codec().open(), speech(utterance, frames))


@functools.cache
def pcm(frames: int = FRAMES) -> Samples:
    return decode(codec().open(), codes("heart-01", frames))


def used() -> MimiInstance:
    """Return an instance that has encoded and decoded other speech."""
    instance = codec().open()
    decode(instance, encode(instance, speech("slt-01")))
    return instance


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


def test_an_aliased_clone_is_spoilt_by_what_its_source_does_after_it() -> None:
    source = codec().open()
    alias, other = source.alias(), codes("slt-02")
    heard = []
    for frame in range(FRAMES):
        heard.append(alias.decode(codes()[:, frame : frame + 1]))
        source.decode(other[:, frame : frame + 1])
    difference = np.abs(np.concatenate(heard) - pcm()).reshape(FRAMES, SIZE).max(axis=1)
    assert difference[0] == 0  # there is no past yet that the source could have overwritten
    assert difference[1] > codec().info.tolerance


def test_an_aliased_clone_left_alone_is_a_clone() -> None:
    np.testing.assert_array_equal(decode(codec().open().alias(), codes()), pcm())


@pytest.mark.parametrize("module", list(mimi_state.SIDES))
def test_a_reset_that_forgets_a_module_leaves_just_its_state(module: str) -> None:
    instance = used()
    before = instance.live_state()
    instance.reset_sparing(Side.BOTH, module)
    after, fresh = instance.live_state(), codec().open().live_state()
    spared = {name for name in after if name.split("/")[1].split(".")[0] == module}
    assert spared
    for name in after:
        np.testing.assert_array_equal(after[name], (before if name in spared else fresh)[name])


def test_a_module_inside_can_be_forgotten_too() -> None:
    instance = used()
    instance.reset_sparing(Side.DECODER, "decoder_transformer.*.layers.0.*")
    assert (decode(instance, codes()) != pcm()).any()


def test_a_module_that_is_not_there_cannot_be_forgotten() -> None:
    with pytest.raises(CodecFailed, match=r"no module matches 'upsampler'; wanted one of encoder, .*upsample"):
        codec().open().reset_sparing(Side.DECODER, "upsampler")


def test_two_threads_differ_from_one_by_rounding_only() -> None:
    heard = MiniMimiCodec(threads=2).open().decode(codes()[:, :2])
    assert np.abs(heard - codec().open().decode(codes()[:, :2])).max() < codec().info.tolerance


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


def test_instances_share_weights_but_no_module() -> None:
    one, two = codec().open(), codec().open()
    pairs = list(zip(one.network.state_dict(keep_vars=True).items(), two.network.state_dict().items(), strict=True))
    assert len(pairs) > 100
    assert all(mine.data_ptr() == theirs.data_ptr() for (_, mine), (_, theirs) in pairs)
    assert not {id(module) for module in one.network.modules()} & {id(module) for module in two.network.modules()}


def test_a_hook_sees_only_its_own_instance() -> None:
    one, two, seen = codec().open(), codec().open(), []
    for module in one.network.modules():
        module.register_forward_hook(lambda *_: seen.append(1))
    two.encode(speech()[:SIZE])
    codec().encode_offline(speech()[:SIZE])
    assert not seen
    one.encode(speech()[:SIZE])
    assert len(seen) > 50


def test_state_covers_both_sides_and_the_rings() -> None:
    state = codec().open().state()
    assert state["encoder/downsample.conv.previous"].shape == (1, 128, 2)
    assert state["decoder/upsample.convtr.partial"].shape == (1, 128, 2)
    rings = [name for name in state if name.endswith("kv_cache.cache")]
    assert {name.partition("/")[0] for name in rings} == {"encoder", "decoder"}
    context = json.loads((fixture("mini-mimi") / "config.json").read_text())["context"]
    assert {state[name].shape for name in rings} == {(2, 1, 4, context, 32)}


def test_a_reset_leaves_stale_values_that_live_state_hides() -> None:
    instance, fresh = used(), codec().open()
    instance.reset(Side.BOTH)
    stale = [name for name, array in fresh.state().items() if not np.array_equal(array, instance.state()[name])]
    assert stale
    assert all(name.endswith("kv_cache.cache") for name in stale)
    live = instance.live_state()
    assert live.keys() == fresh.live_state().keys()
    for name, array in fresh.live_state().items():
        np.testing.assert_array_equal(live[name], array, err_msg=name)


def test_live_state_is_all_that_matters() -> None:
    instance = codec().open()
    encode(instance, speech()[: 4 * SIZE])
    live = instance.live_state()
    leaves = {f"{leaf.side}/{leaf.name}": leaf for leaf in mimi_state.leaves(instance.network)}
    for name in leaves.keys() - live.keys():
        value = leaves[name].value
        if isinstance(value, torch.Tensor) and not name.endswith("exec_mask"):
            value.copy_(~value if value.dtype == torch.bool else value + 3)
    np.testing.assert_array_equal(encode(instance, speech()[4 * SIZE : 8 * SIZE]), codes()[:, 4:8])


@pytest.mark.parametrize(
    "leaf", ["downsample.conv.previous", "encoder_transformer.transformer.layers.0.self_attn.offset"]
)
def test_one_spoilt_array_is_heard(leaf: str) -> None:
    instance = codec().open()
    encode(instance, speech()[: 4 * SIZE])
    snapshot = instance.snapshot()
    assert isinstance(snapshot[leaf], torch.Tensor)
    instance.restore({**snapshot, leaf: snapshot[leaf] + 4})
    assert (encode(instance, speech()[4 * SIZE : 8 * SIZE]) != codes()[:, 4:8]).any()


def test_a_nan_survives_moshis_reset() -> None:
    instance = codec().open()
    encode(instance, speech()[: 8 * SIZE])
    instance.encode(np.full(SIZE, np.nan, np.float32))
    instance.reset(Side.BOTH)
    assert (encode(instance, speech()[: 4 * SIZE]) != codes()[:, :4]).any(), "moshi was mended: say so in mimi_state.py"


def test_a_snapshot_fits_only_its_own_model() -> None:
    snapshot = codec().open().snapshot()
    del snapshot["downsample.conv.previous"]
    with pytest.raises(CodecFailed, match=r"another model: 'downsample\.conv\.previous' is in only one"):
        codec().open().restore(snapshot)


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
