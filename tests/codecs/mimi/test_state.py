"""The state of Mimi is copied, put back and reset by side, and what is dead or stale in it is told."""

import json

import numpy as np
import pytest
import torch
from mini_mimi import SIZE, codec, codes, decode, encode, pcm, speech, used

from harness.codecs.mimi import state as mimi_state
from harness.codecs.mimi.instance import encode_rows, twin_of
from harness.codecs.protocol import Side
from harness.errors import CodecFailed
from harness.runtime.resources import fixture


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


@pytest.mark.parametrize("side", [Side.ENCODER, Side.DECODER])
def test_a_reset_of_one_side_leaves_the_other(side: Side) -> None:
    instance = used()
    before, fresh = instance.live_state(), codec().open().live_state()
    instance.reset(side)
    for name, array in instance.live_state().items():
        np.testing.assert_array_equal(array, (fresh if name.startswith(f"{side}/") else before)[name], err_msg=name)


def test_one_row_of_a_batch_is_copied_and_reset_alone() -> None:
    batch = twin_of(codec().open()._pristine)
    batch.streaming_forever(3)
    encode_rows(batch, np.stack([speech()[: 2 * SIZE], speech("slt-01")[: 2 * SIZE], speech()[SIZE : 3 * SIZE]]), 1)
    before = mimi_state.live_arrays(batch)
    mimi_state.copy_row(batch, 0, 2)
    ring = next(name for name in before if name.endswith("kv_cache.cache") and name.startswith("encoder"))
    copied = mimi_state.live_arrays(batch)[ring]
    np.testing.assert_array_equal(copied[:, 2], before[ring][:, 0])
    np.testing.assert_array_equal(copied[:, 1], before[ring][:, 1])
    mimi_state.reset(batch, Side.ENCODER, rows=torch.tensor([False, True, False]))
    after = mimi_state.live_arrays(batch)[ring]
    assert not after[:, 1].any()
    np.testing.assert_array_equal(after[:, [0, 2]], copied[:, [0, 2]])


def test_a_model_that_does_not_stream_has_no_state_to_copy() -> None:
    with pytest.raises(CodecFailed, match="mimi: the model is not streaming; open an instance first"):
        mimi_state.snapshot(twin_of(codec().open()._pristine))
