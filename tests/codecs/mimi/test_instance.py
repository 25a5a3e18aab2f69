"""Instances of Mimi share weights and nothing else, but for the careless copy that is asked for."""

import numpy as np
import torch
from mini_mimi import FRAMES, SIZE, codec, codes, decode, pcm, speech

from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.mimi.instance import twin_of


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


def test_two_threads_differ_from_one_by_rounding_only() -> None:
    heard = MiniMimiCodec(threads=2).open().decode(codes()[:, :2])
    assert np.abs(heard - codec().open().decode(codes()[:, :2])).max() < codec().info.tolerance


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


def test_a_twin_has_the_tensors_and_hooks_of_its_own() -> None:
    shared = torch.nn.Linear(2, 2)
    module = torch.nn.Sequential(shared, torch.nn.ReLU(), shared)
    twin = twin_of(module)
    assert twin[0] is twin[2]  # what stands in two places stands in two places of the copy
    assert twin[0] is not shared
    assert twin[0].weight is shared.weight
    twin.register_forward_hook(lambda *_: None)
    assert not module._forward_hooks
    twin[0].weight = torch.nn.Parameter(torch.zeros(2, 2))
    assert shared.weight is not twin[0].weight
