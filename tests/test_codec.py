"""Adapters that were written when the protocol was `harness.codec` find all of it there still."""

import harness
from harness import codec
from harness.codecs import loading, protocol


def test_each_name_is_the_very_thing_that_the_protocol_has() -> None:
    for name in codec.__all__:
        wanted = loading.load if name == "load" else getattr(protocol, name)
        assert getattr(codec, name) is wanted, name
        assert getattr(harness, name, wanted) is wanted, name


def test_whatever_an_adapter_has_to_name_is_among_them() -> None:
    assert {"CodecInfo", "Side", "Codes", "State", "LOST", "Codec", "Instance", "load"} <= set(codec.__all__)
    assert codec.load("pcm", {}).info.name == "pcm"
