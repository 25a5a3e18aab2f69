"""What the harness sees of a codec: plain values, checked once, and the optional calls that it has."""

from typing import Any

import numpy as np
import pytest
from planted import odd
from planted.odd import ODD, Base

from harness.codecs.loading import load
from harness.codecs.optional import BatchCodec, HasDtypes, HasNetwork, Snapshots, Threaded
from harness.codecs.pcm import PcmCodec, PcmInstance
from harness.codecs.protocol import OfflineCodec, Side
from harness.codecs.sealed import differing, sealed
from harness.errors import CodecFailed, CodecUnavailable

PCM = np.full(320, 0.25, np.float32)


def test_sealing_twice_is_sealing_once():
    codec = sealed(PcmCodec())
    assert sealed(codec) is codec


def test_a_sealed_codec_has_the_optional_calls_of_its_own_and_no_others():
    plain: Any = sealed(PcmCodec())
    mini: Any = sealed(load("mini", {}))
    for kind in (BatchCodec, Threaded, HasDtypes, OfflineCodec):
        assert not isinstance(plain, kind)
        assert isinstance(mini, kind)
    assert not isinstance(plain.open(), Snapshots)
    assert isinstance(mini.open(), Snapshots)
    assert isinstance(mini.open(), HasNetwork)
    assert mini.with_threads(2).info.frame_size == mini.info.frame_size


def test_what_an_instance_returns_is_plain_and_its_own_memory():
    inner = PcmCodec().open()
    buffer = inner.decode(inner.encode(PCM))

    class Own(Base):
        instance = type("Instance", (PcmInstance,), {"decode": lambda *_: buffer.view(odd.Sub)})

    decoded = sealed(Own()).open().decode(np.zeros((320, 1), np.int64))
    assert type(decoded) is np.ndarray
    decoded[0] = 7.0
    assert buffer[0] == 7.0  # so that whoever writes into it is seen


def test_numbers_of_numpy_become_plain():
    info = sealed(odd.HARMLESS["numpy-numbers"].make()).info
    assert type(info.sample_rate) is int
    assert type(info.tolerance) is float


SEEN_LATER = ("info-changes-later", "info-of-the-process")


@pytest.mark.parametrize("how", [how for how, row in ODD.items() if "info." in row.wanted and how not in SEEN_LATER])
def test_what_a_codec_declares_is_looked_at_once_for_all(how):
    with pytest.raises(CodecUnavailable, match=ODD[how].wanted):
        sealed(ODD[how].make(), "codec adapter 'it'")


def test_a_declaration_that_changes_is_told():
    codec = sealed(odd.InfoChangesLater())
    assert codec.changed() is None
    codec.open()
    assert codec.changed() == "info.delay is 0, and then 320; wanted one value"
    assert differing(codec.info, codec.info) is None


def test_a_clone_is_sealed_off_too():
    instance = sealed(ODD["clone-none"].make()).open()
    with pytest.raises(CodecFailed, match="returned a value of type NoneType, which has no method encode"):
        instance.clone()
    instance.reset(Side.BOTH)
    assert type(instance.alias()) is type(instance)


def test_a_state_that_is_none_is_refused():
    with pytest.raises(CodecFailed, match="returned a value of type int, wanted a dict of arrays by name"):
        sealed(odd.HARMLESS["state-nonsense"].make()).open().state()
