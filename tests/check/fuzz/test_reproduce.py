"""A fault as the standard topologies that show it, in a suite that runs them."""

from planted.slots import Slots

from harness.check.fuzz.reproduce import suite_text, topologies_showing
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.runs import suite as suites


def showing_of(adapter, **options):
    """Return the topologies that show what is wrong with a codec."""
    return topologies_showing(subject(load(adapter, options)))


def test_the_fault_is_given_as_standard_topologies_in_a_suite_that_loads(tmp_path):
    showing = showing_of("planted.faults:AliasingClone")
    assert "cloned-decoder" not in showing  # encoder and decoder sides of one memory do not meet
    assert "handover" not in showing
    forgetful = showing_of("planted.faults:FreshClone")
    assert "handover" in forgetful
    path = tmp_path / "found.toml"
    path.write_text(suite_text("opus", {"bitrate": 9000, "application": "voip"}, forgetful))
    assert {setup.topology_name for setup in suites.load(path).setups} == {"shared", *forgetful}
    assert showing_of("opus") == []


def test_a_fault_of_slots_is_shown_by_the_topologies_of_slots():
    assert topologies_showing(subject(Slots(fault="crossed"))) == [
        "slot-reuse-4", "slot-idle-4", "slot-join-late-4", "slot-ragged-4", "slot-padded-4", "slot-abort-4",
        "slot-fork-4",
    ]  # fmt: skip
    assert topologies_showing(subject(Slots(fault="none"))) == []


def test_who_fails_alike_in_plain_use_is_shown_by_nothing_and_who_fails_otherwise_is():
    # It fails in its tenth frame, in any wiring; beyond that, what was used before makes it another one.
    assert showing_of("planted.faults:RaisesHalfWay", inner="pcm") == ["reuse-after-reset"]
    assert showing_of("pcm") == []


def test_a_suite_keeps_options_of_every_kind_and_names_that_need_quotes(tmp_path):
    options = {"inner": "opus", "fault": "none", "ratio": 0.5, "on": True, "several": [1, 2], "said": 'a "b" \\ c'}
    path = tmp_path / "found.toml"
    path.write_text(suite_text("planted.slots:Slots", options, ["separate"]), encoding="utf-8")
    found = suites.load(path)
    assert found.codecs["found"].options == options
    assert [setup.topology_name for setup in found.setups] == ["shared", "separate"]


def test_a_suite_of_no_topology_has_the_reference_alone(tmp_path):
    path = tmp_path / "found.toml"
    path.write_text(suite_text("pcm", {}, []))
    assert [setup.topology_name for setup in suites.load(path).setups] == ["shared"]


def test_a_decoder_is_given_the_codec_that_makes_its_codes(tmp_path):
    path = tmp_path / "found.toml"
    path.write_text(suite_text("planted.decoders:Decoder", {}, [], codes_from="opus"))
    found = suites.load(path).codecs["found"]
    assert found.codes_from is not None
    assert (found.codes_from.name, found.codes_from.adapter) == ("encoder", "opus")
