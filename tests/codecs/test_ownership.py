"""What a codec handed out is the caller's: a buffer that is used again is found however late, and told by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.ownership import Returned
from harness.errors import CodecFailed
from harness.runs import suite as suites
from harness.runs.tracing import Group, trace
from harness.topology.running import run_configuration

MAIN, OTHER = (
    Waveform(np.random.default_rng(seed).uniform(-0.3, 0.3, 12_000).astype(np.float32), 16_000) for seed in (1, 2)
)


class Ring:
    """Opus whose calls return one of *buffers* in turn, those of the instance or, if *shared*, of the codec."""

    def __init__(self, buffers=4, shared=False, side="decode"):
        self.inner = load("opus", {})
        self.info = self.inner.info
        self.buffers, self.shared, self.side = int(buffers), shared, side
        self.used = []

    def open(self):
        instance = self.inner.open()
        call = getattr(instance, self.side)
        used = self.used if self.shared else []

        def ringed(given):
            result = call(given)
            if len(used) < self.buffers:
                used.append(result)
                return result
            buffer = used.pop(0)
            buffer[:] = result
            used.append(buffer)
            return buffer

        setattr(instance, self.side, ringed)
        return instance


def setups(*topologies):
    content = {"codecs": {"mine": {"adapter": "opus"}}, "setups": [{"codec": "mine", "topology": list(topologies)}]}
    return suites.parse(content, "test", Path(), "test")


def run(codec, topology="shared"):
    made = setups("shared", topology) if topology != "shared" else setups("shared")
    return run_configuration(made.setups[-1].configuration, codec, MAIN, OTHER, {})


@pytest.mark.parametrize("side", ["decode", "encode"])
@pytest.mark.parametrize("buffers", [1, 2, 4, 25])
def test_a_ring_of_buffers_is_told_however_long(side, buffers):
    with pytest.raises(CodecFailed, match=f"what {side} of frames 0 to 0 returned was changed by one of the"):
        run(Ring(buffers, side=side))


def test_another_instance_that_writes_into_it_is_told():
    with pytest.raises(CodecFailed, match="returned was changed by one of the"):
        run(Ring(50, shared=True), "neighbour")  # more than our stream has calls: the neighbour's fill the ring
    run(Ring(50), "neighbour")


def test_a_codec_that_hands_out_its_own_is_not_accused():
    run(load("opus", {}))


def test_who_does_not_promise_it_is_not_accused():
    codec: Any = Ring(4)
    codec.promises_not = {"output-owned": "no copies are made; see the manual"}
    run(codec)
    codec.promises_not = {"deterministic": "it is not"}
    with pytest.raises(CodecFailed):
        run(codec)


def test_a_later_setup_that_changes_it_fails_the_earlier(monkeypatch):
    """A ring that is longer than one stream goes round in the second."""
    codec = Ring(50, shared=True)
    monkeypatch.setattr("harness.runs.tracing.open_codec", lambda _: codec)
    monkeypatch.setattr(Utterance, "waveform", lambda self: MAIN if self.id == "one" else OTHER)
    one, two = (Utterance(name, Path(name), "words", "nobody", "none") for name in ("one", "two"))
    made = setups("shared", "separate")
    first, second = trace(Group(one, two, made.setups))
    assert first.failure is not None
    assert "returned was changed by a call after its stream was over" in first.failure
    assert second.failure is None


def test_nothing_is_changed_as_long_as_nothing_is_written():
    returned = Returned(object())
    one = np.arange(5)
    returned.keep("one", one, one.copy())
    returned.keep("two", np.arange(5), np.arange(5))
    one[2] = 7
    changed = returned.changed()
    assert changed is not None
    assert changed.startswith("what one returned was changed by one of the 1 later calls")


def test_what_is_changed_when_its_stream_is_over_is_no_later_call_of_it():
    returned = Returned(object())
    one = np.arange(5)
    returned.keep("one", one, one.copy())
    returned.keep("two", np.arange(5), np.arange(5))
    assert returned.changed() is None
    one[2] = 7
    changed = returned.changed()
    assert changed is not None
    assert changed.startswith("what one returned was changed by a call after its stream was over")


def test_another_type_is_held_against_the_copy_in_its_own():
    returned = Returned(object())
    wide = np.linspace(-1.0, 1.0, 7)
    returned.keep("wide", wide, wide.astype(np.float32))
    assert returned.changed() is None
    wide[3] = 0.25
    changed = returned.changed()
    assert changed is not None
    assert changed.startswith("what wide returned was changed by a call after its stream was over")


def test_a_sign_of_zero_is_a_change():
    returned = Returned(object())
    silence = np.zeros(4, np.float32)
    returned.keep("silence", silence, silence.copy())
    silence[1] = -0.0
    assert returned.changed() is not None
