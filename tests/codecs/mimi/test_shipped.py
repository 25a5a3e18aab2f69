"""moshi's own calls for copying state, as its users write them: what is handed out is alive, and a clone shares it."""

import numpy as np
import pytest
from mini_mimi import SIZE, codes, decode, encode, pcm, speech

from harness.codecs.mimi.shipped import ShippedInstance, ShippedMiniCodec
from harness.codecs.protocol import Side


@pytest.fixture(scope="module")
def codec() -> ShippedMiniCodec:
    return ShippedMiniCodec()


def test_a_stream_that_nobody_copies_is_that_of_the_embedded_codec(codec: ShippedMiniCodec) -> None:
    instance = codec.open()
    assert isinstance(instance, ShippedInstance)
    np.testing.assert_array_equal(encode(instance, speech()), codes())
    np.testing.assert_allclose(decode(instance, codes()), pcm(), rtol=0, atol=codec.info.tolerance)


def test_what_is_handed_out_goes_on_with_the_stream(codec: ShippedMiniCodec) -> None:
    instance = codec.open()
    instance.encode(speech()[:SIZE])
    kept = instance.snapshot()
    again = instance.snapshot()
    assert kept.keys() == again.keys()
    assert all(kept[name] is again[name] for name in kept)  # the objects themselves, no copies


def test_a_clone_runs_its_sources_modules_so_two_streams_are_mixed(codec: ShippedMiniCodec) -> None:
    """Why `harness.codecs.mimi.codec` copies values: moshi's root state holds references to the first one's modules."""
    source = codec.open()
    source.encode(speech()[: 4 * SIZE])
    clone = source.clone()
    clone.encode(speech("slt-01")[: 4 * SIZE])
    assert not np.array_equal(source.encode(speech()[4 * SIZE : 8 * SIZE]), codes()[:, 4:8])


def test_a_reset_is_that_of_the_embedded_codec(codec: ShippedMiniCodec) -> None:
    instance = codec.open()
    encode(instance, speech("slt-01"))
    instance.reset(Side.BOTH)
    np.testing.assert_array_equal(encode(instance, speech()), codes())
