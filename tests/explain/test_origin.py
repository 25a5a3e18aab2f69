"""What makes two runs differ is shown by a look that could have refuted it, or said not to be known."""

import pytest
from planted.replays import codec, replay

from harness.audio import speech
from harness.codecs.spec import CodecSpec
from harness.explain.divergence import explain
from harness.explain.setups import explain_on
from harness.runtime.resources import fixture
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.model import DecoderWiring, Topology
from harness.topology.setup import Configuration, Setup

HIDDEN = "planted.origins:HiddenState"


def between(adapter, topology, reference="shared", **options):
    made = codec(adapter, **options)
    return explain(replay(reference, made), replay(topology, made))


def test_state_that_is_not_shown_is_told_from_the_call():
    found = between("planted.origins:HiddenState", "reuse-after-reset")
    assert (found.cause, found.frame, found.state) == ("hidden state", 0, None)
    assert "No state array of that side differs before that call; what state() does not show was not" in found.text
    assert "each instance gives its own output again: they carry state that state() does not show" in found.text
    assert "clones made just before the call carry it too" in found.text


@pytest.mark.parametrize(
    ("adapter", "topology", "who"),
    [
        ("planted.origins:HiddenAlias", "neighbour-of-clone", "instance a, of which b is a clone"),
        ("planted.origins:SharedScratch", "neighbour", "instance neighbour"),
    ],
)
def test_a_neighbours_call_is_named_though_no_state_shows_it(adapter, topology, who):
    found = between(adapter, topology)
    assert (found.cause, found.frame) == ("call on another instance", 1)
    assert f"The first that makes it part is decoding frame 0 of other speech on {who}. That one alone is" in found.text


@pytest.mark.parametrize(
    ("adapter", "topology"), [("planted.faults:AliasingClone", "neighbour-of-clone"), ("opus", "aliased-clone")]
)
def test_a_neighbours_call_that_changes_state_is_named(adapter, topology):
    found = between(adapter, topology)
    assert (found.cause, found.frame, found.state) == ("call on another instance", 1, "decoder/state")
    assert (
        "decoding frame 0 of other speech on instance a, of which b is a clone. It changed decoder/state" in found.text
    )


def test_the_reference_may_be_the_one_that_is_disturbed():
    found = between("planted.origins:EncodingSpoilsDecoding", "separate")
    assert found.cause == "call on another instance"
    assert "In shared the state of instance a was changed by a call that must not touch it: encoding" in found.text
    assert "on instance a, on its other side" in found.text


def test_a_call_that_depends_on_how_frames_are_grouped():
    found = between("planted.origins:GroupsMatter", "chunked-2")
    assert (found.cause, found.frame, found.state) == ("the call itself", 1, None)
    assert "Made on shared's own instance, in its own state, the calls as chunked-2 cuts them" in found.text
    assert between("opus", Topology(chunk=2, decoder=DecoderWiring(takeover=True)), "separate").cause == "missing past"


def test_the_cut_is_not_blamed_for_what_is_called_between():
    found = between("planted.origins:EncodingSpoilsDecoding", "chunked-3")
    assert found.cause == "state"
    assert "they carry other state, and clones made just before the call carry it too" in found.text
    assert "grouped" not in found.text


@pytest.mark.parametrize("hold", [1, 3])
def test_what_is_held_back_is_looked_at_in_the_call_that_gives_it(hold):
    found = between("planted.ends:Late", "handover", fault="not-cloned", hold=hold)
    assert (found.frame, found.state, found.states) == (6 - hold, "decoder/held-back", 1)
    assert "It comes out of the call for frame 6, since the codec holds samples back." in found.text
    lacking = between("planted.ends:Late", "takeover", hold=hold)
    assert (lacking.cause, lacking.frame) == ("missing past", 6 - hold)
    begun = between("planted.ends:Late", "dirty-clone", hold=hold)
    assert (begun.cause, begun.frame) == ("state left in an instance", 0)


def test_what_only_the_flush_gives_is_told_as_that():
    found = explain(
        replay("shared", codec("planted.ends:Late", hold=2)),
        replay("separate", codec("planted.ends:Late", hold=2, fault="silent-flush")),
    )
    assert (found.side, found.frame, found.cause) == ("end", 10, None)
    assert "all calls give the same, and what flush() gives of it differs" in found.text


def test_two_codecs_that_differ_in_the_call():
    quiet, loud = (codec("planted.origins:GroupsMatter", level=level) for level in (0.5, 1.0))
    found = explain(replay("shared", loud), replay("shared", quiet))
    assert found.cause == "the call itself"
    assert "that same call differs too, also if they are reset first, so it needs no past" in found.text
    late = explain(replay("shared", codec("opus")), replay("shared", codec("planted.origins:HiddenState")))
    assert (late.cause, late.frame) == (None, 1)
    assert "cannot be told, since the codecs are two" in late.text


def test_state_that_one_of_two_codecs_has_alone_is_named():
    found = explain(replay("shared", codec("opus")), replay("separate", codec("planted.origins:DelayLine")))
    assert (found.side, found.state) == ("decoder", None)
    assert "separate alone has decoder/line in its state." in found.text
    assert "shared alone" not in found.text


@pytest.mark.parametrize(
    ("topology", "side", "call"),
    [
        ("neighbour", "encoder", "encoding frame 0 of other speech on instance neighbour"),
        ("neighbour-of-clone", "decoder", "decoding frame 0 of other speech on instance a, of which b is a clone"),
    ],
)
def test_instances_that_are_one_are_told_also_against_another_codec(topology, side, call):
    found = explain(replay("shared", codec("opus")), replay(topology, codec("planted.origins:OneForAll")))
    assert (found.cause, found.side) == ("call on another instance", side)
    assert call in found.text


@pytest.mark.parametrize(
    ("resets", "cause", "said"),
    [
        (True, "state left in an instance", "begins with what an earlier stream left, as in a slot of a server"),
        (False, None, "cannot be reset, so whether the difference arises in the call, or an earlier stream left"),
    ],
)
def test_what_an_earlier_stream_left_is_not_called_the_call_itself(resets, cause, said):
    new, used = (codec("planted.origins:LeftBehind", after=after, resets=resets) for after in (0, 3))
    found = explain(replay("shared", used), replay("shared", new))
    assert (found.cause, found.frame) == (cause, 0)
    assert said in found.text


def test_chance_is_not_called_a_cause_where_no_other_process_can_be_asked():
    found = between("planted.faults:Noisy", "separate")
    assert (found.cause, found.module, found.state) == (None, None, None)
    assert "that is chance, or what ran before; which of them cannot be told from here" in found.text


@pytest.mark.parametrize(
    ("adapter", "cause", "words"),
    [
        ("planted.faults:Noisy", "chance", "runs in fresh processes differ, and not by what ran before in the process"),
        ("planted.unsteady:Remembers", "the process", "state that instances share, such as a module-level variable"),
        (
            "planted.unsteady:Pooled",
            "state left in an instance",
            "a reset right after it was opened makes the difference go",
        ),
    ],
)
def test_fresh_processes_tell_chance_from_what_ran_before(adapter, cause, words):
    found = on_setups(adapter, "separate")
    assert found.cause == cause
    assert words in found.text


@pytest.mark.parametrize(
    ("levels", "cause", "words"),
    [
        ("h", None, "whether that is chance, or what else ran here before, cannot be told"),
        ("h..h", "chance", "runs in fresh processes differ, and not by what ran before in the process"),
    ],
)
def test_a_fresh_process_that_differs_by_itself_does_not_accuse_what_ran_before(levels, cause, words, tmp_path):
    drawn = {"log": str(tmp_path / "processes"), "levels": levels}
    found = on_setups("planted.unsteady:Drawn", "reuse-after-reset", inner=HIDDEN, **drawn)
    assert found.cause == cause
    assert "alone in a process of its own, gives another output than here" in found.text
    assert words in found.text
    assert "makes the difference" not in found.text


def test_what_differs_inside_fresh_processes_is_what_ran_before(monkeypatch):
    monkeypatch.setattr("planted.unsteady.WarmsUp.opened", 1)  # here it is warm, and there it is not
    found = on_setups("planted.unsteady:WarmsUp", "reuse-after-reset", inner=HIDDEN)
    assert found.cause == "the process"
    assert "than here: what ran before in the same process makes the difference" in found.text


def on_setups(adapter, topology, **options):
    spoken = {utterance.id: utterance for utterance in speech.load(fixture("speech"))}
    codec = CodecSpec(name="c", adapter=adapter, options=options)
    suspect, reference = (
        Setup(
            name=name,
            topology_name=name,
            configuration=Configuration(codec=codec, topology=TOPOLOGIES[name].topology),
            expectation=TOPOLOGIES[name].expectation,
            expectation_given=True,
            reference="shared",
        )
        for name in (topology, "shared")
    )
    return explain_on(spoken["slt-04"], spoken["rms-01"], suspect, reference)
