"""What is seen of one call: the state before it, what each module put out, and which call on others disturbed it."""

import numpy as np
import pytest
from planted.replays import codec, replay

from harness.codecs.optional import HasNetwork
from harness.errors import CodecFailed
from harness.explain.capture import capture
from harness.topology.plan import Clone, Decode, Encode, Open


def place(trace, kind, number):
    """Return the place of call *number* of a kind on the main stream."""
    calls = [at for at, step in enumerate(trace.steps) if isinstance(step, kind) and step.stream == "main"]
    return calls[number]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_call_gives_what_it_gave_in_the_run_and_its_state_is_that_before_it(number):
    found = replay("shared", codec("opus"))
    trace = found.run(None)
    at = place(trace, Decode, number)
    seen = capture(found, trace, at)
    step, size = trace.steps[at], found.info.frame_size
    assert isinstance(step, Decode)
    assert seen.output is not None
    assert seen.state is not None
    assert np.array_equal(seen.output, trace.pcm[step.start * size : step.stop * size])
    held = found.held(at, trace.steps)
    assert held is not None
    before = held.state()
    assert before.keys() == seen.state.keys()
    assert all(np.array_equal(before[name], seen.state[name]) for name in before)
    assert (seen.modules, seen.disturbed) == ((), None)


def test_a_call_outside_streaming_has_nothing_to_be_seen():
    found = replay("offline", codec("opus"))
    trace = found.run(None)
    seen = capture(found, trace, place(trace, Encode, 0))
    assert (seen.state, seen.modules, seen.disturbed, seen.output) == (None, (), None, None)


def test_what_is_no_call_that_encodes_or_decodes_is_refused():
    found = replay("shared", codec("pcm"))
    trace = found.run(None)
    assert isinstance(trace.steps[0], Open)
    with pytest.raises(ValueError, match=r"step 0 is Open\(.*wanted a call that encodes or decodes"):
        capture(found, trace, 0)


def test_modules_are_seen_in_the_order_in_which_they_run_and_no_hook_is_left():
    made = codec("mini")
    found = replay("shared", made)
    trace = found.run(None)
    instance = made.open()
    assert isinstance(instance, HasNetwork)
    network = instance.network
    encoded, decoded = (capture(found, trace, place(trace, kind, 1)) for kind in (Encode, Decode))
    known = [name for name, _ in network.named_modules()]
    for seen in (encoded, decoded):
        assert seen.modules
        assert {name for name, _ in seen.modules} <= set(known) - {""}
        assert all(isinstance(array, np.ndarray) for _, array in seen.modules)
    names = [name.partition(".")[0] for name, _ in decoded.modules]
    assert names[-1] == "decoder"
    assert "decoder" not in {name.partition(".")[0] for name, _ in encoded.modules}


class Network:
    """A network of one module, which counts the hooks that are on it; *fails* when it is looked into."""

    def __init__(self, *, fails):
        self.fails, self.hooks, self.most = fails, 0, 0

    def named_modules(self):
        if self.fails:
            raise ValueError("not now")
        return [("", None), ("part", self)]

    def register_forward_hook(self, _hook):
        self.hooks += 1
        self.most = max(self.most, self.hooks)
        return self

    def remove(self):
        self.hooks -= 1


def watched(monkeypatch, network):
    """Look at a call of a codec that has *network*."""
    made = codec("planted.origins:HiddenState")
    found = replay("shared", made)
    trace = found.run(None)
    monkeypatch.setattr(type(made.open()), "network", network, raising=False)
    return capture(found, trace, place(trace, Decode, 1))


def test_a_network_that_cannot_be_looked_into_fails_as_the_codec_does(monkeypatch):
    with pytest.raises(CodecFailed, match="putting hooks on its network"):
        watched(monkeypatch, Network(fails=True))


@pytest.mark.parametrize("raises", [False, True])
def test_no_hook_is_left_behind_also_where_the_call_raises(monkeypatch, raises):
    network = Network(fails=False)
    if raises:
        monkeypatch.setattr("harness.explain.replay.Replay.made", lambda *_: 1 / 0)
        with pytest.raises(CodecFailed, match="division by zero"):
            watched(monkeypatch, network)
    else:
        watched(monkeypatch, network)
    assert (network.hooks, network.most) == (0, 1)


def test_the_first_call_on_others_that_changes_the_state_is_told():
    found = replay("neighbour-of-clone", codec("planted.faults:AliasingClone"))
    trace = found.run(None)
    seen = capture(found, trace, place(trace, Decode, -1))
    assert seen.disturbed is not None
    at, name = seen.disturbed
    cloned = next(number for number, step in enumerate(trace.steps) if isinstance(step, Clone))
    calls = [number for number, step in enumerate(trace.steps) if isinstance(step, Decode) and step.instance == "a"]
    assert (at, name) == (min(number for number in calls if number > cloned), "decoder/state")
    sound = replay("neighbour-of-clone", codec("opus"))
    assert capture(sound, sound.run(None), place(trace, Decode, -1)).disturbed is None


def test_the_other_side_of_the_instance_is_watched_unless_it_is_left_out():
    found = replay("shared", codec("planted.origins:EncodingSpoilsDecoding"))
    trace = found.run(None)
    at = place(trace, Decode, 2)
    seen = capture(found, trace, at)
    assert seen.disturbed is not None
    assert isinstance(trace.steps[seen.disturbed[0]], Encode)
    assert capture(found, trace, at, other_side=False).disturbed is None
