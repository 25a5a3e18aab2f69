"""Mimi with linear layers in int8: it streams, its state is right, and what shares a call is heard."""

import numpy as np
import pytest
import torch

from harness.check.laws.table import LAWS
from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.mimi.int8 import Int8Linear
from harness.codecs.protocol import Instance, Side

SIZE, FRAMES = 640, 6


@pytest.fixture(scope="module")
def narrow() -> MiniMimiCodec:
    return MiniMimiCodec(dtype="int8")


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 512, (54, FRAMES))


def decoded(instance: Instance, codes: np.ndarray) -> np.ndarray:
    return np.concatenate([instance.decode(codes[:, at : at + 1]) for at in range(codes.shape[1])])


def test_all_linear_layers_compute_in_int8_and_nothing_else_does(narrow: MiniMimiCodec) -> None:
    modules = list(narrow._model.modules())
    linear = [module for module in modules if isinstance(module, torch.nn.Linear)]
    assert len(linear) == 16
    assert all(isinstance(module, Int8Linear) for module in linear)
    assert {module._computed[0].weight().dtype for module in linear} == {torch.qint8}
    assert not any(list(module.children()) for module in linear)
    assert {parameter.dtype for parameter in narrow._model.parameters()} == {torch.float32}


def test_it_is_mimi_with_some_noise(narrow: MiniMimiCodec, codes: np.ndarray) -> None:
    plain, got = decoded(MiniMimiCodec().open(), codes), decoded(narrow.open(), codes)
    difference = np.abs(plain - got).max()
    assert 1e-5 < difference <= narrow.info.tolerance < 0.2 * np.abs(plain).max()


@pytest.mark.parametrize("dtype", ["int8", "float16", "bfloat16"])
def test_state_in_narrower_numbers_is_reset_and_copied_to_the_bit(dtype: str, codes: np.ndarray) -> None:
    instance = MiniMimiCodec(dtype=dtype).open()
    fresh = decoded(instance, codes)
    clone = instance.clone()
    np.testing.assert_array_equal(decoded(clone, codes), decoded(instance, codes))
    instance.reset(Side.DECODER)
    np.testing.assert_array_equal(decoded(instance, codes), fresh)


def test_a_frame_is_heard_in_an_earlier_one_of_the_same_call(codes: np.ndarray) -> None:
    other = np.concatenate([codes[:, :1], codes[:, 3:4]], axis=1)
    firsts = {
        dtype: [MiniMimiCodec(dtype=dtype).open().decode(pair)[:SIZE] for pair in (codes[:, :2], other)]
        for dtype in ("float32", "int8")
    }
    np.testing.assert_array_equal(*firsts["float32"])
    assert np.abs(firsts["int8"][0] - firsts["int8"][1]).max() > 1e-5


def test_what_follows_from_one_scale_for_a_call_is_not_promised(narrow: MiniMimiCodec) -> None:
    assert {"offline", "chunks", "batch-rows", "slots-apart"} <= narrow.promises_not.keys() <= LAWS.keys()
    assert MiniMimiCodec().promises_not == {}
