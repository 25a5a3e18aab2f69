"""A change is proposed if probes show that it closes a blind spot, and no benign change alarms by it."""

import pytest
from sensitivity.scripted import IDENTICAL, changed, ran, subject

from harness.sensitivity import catalogue
from harness.sensitivity.advice import advice


def loses(**by_fault):
    """Return what comes of a probe: what its fault moves, at every size."""

    def told(probe):
        return changed(**by_fault.get(probe.fault.replace("-", "_"), {}))

    return told


def test_a_suite_without_blind_spots_needs_no_advice():
    assert advice(ran(loses(quieter={"gain_db": -6.0}), "quieter", "wav-24", about=subject("pcm"))) == []


@pytest.mark.parametrize(("name", "moved"), [("pesq", {"pesq_wb": 1.5, "pesq_nb": 1.5}), ("stoi", {"stoi": 0.6})])
def test_a_score_that_is_switched_off_and_would_notice_is_proposed(name, moved):
    off = subject("pcm", scores={"asr": False, name: False})
    (said,) = advice(ran(loses(mnru=moved), "mnru", "wav-24", about=off))
    assert (said.kind, said.what, said.closes) == ("score", f"switch on [scores] {name} = true", ("mnru",))
    assert said.proof.endswith("; 0 alarms in 2 benign ones")
    blind = loses(mnru={})
    assert advice(ran(blind, "mnru", "wav-24", about=off)) == []  # it would not notice either


def test_a_score_by_which_a_benign_change_alarms_is_not_proposed():
    off = subject("pcm", scores={"asr": False, "pesq": False})
    worse = {"pesq_wb": 1.5, "pesq_nb": 1.5}
    assert advice(ran(loses(mnru=worse, wav_24=worse), "mnru", "wav-24", about=off)) == []


def test_a_tolerance_that_was_widened_is_set_to_what_it_usually_is():
    wide = subject("pcm", tolerances={"gain_change": 10.0})
    (said,) = advice(ran(loses(quieter={"gain_db": -6.0}), "quieter", "wav-24", about=wide))
    assert (said.kind, said.what) == ("tolerance", "set [tolerances] gain_change = 1 instead of 10")
    assert said.closes == ("quieter",)


@pytest.mark.parametrize(
    ("benign", "limit"),
    [
        (0.2, "[tolerances] gain_change = 0.4 instead of 1: benign changes move it by 0.2 at most"),
        (0.05, "[tolerances] gain_change = 0.25 instead of 1: benign changes move it by 0.05 at most"),
        (0.5, None),  # twice that is what it is
    ],
)
def test_a_tighter_tolerance_stays_twice_out_of_reach_and_no_less_than_a_quarter(benign, limit):
    found = advice(ran(loses(quieter={"gain_db": -0.9}, wav_24={"gain_db": benign}), "quieter", "wav-24"))
    assert [one.what for one in found] == ([limit] if limit else [])


def test_without_benign_probes_no_tolerance_is_tightened():
    assert advice(ran(loses(quieter={"gain_db": -0.9}), "quieter")) == []


def test_what_closes_most_comes_first():
    off = subject("pcm", scores={"asr": False, "stoi": False, "pesq": False})
    said = advice(
        ran(loses(mnru={"stoi": 0.6}, hum={"stoi": 0.6, "pesq_wb": 1.5, "pesq_nb": 1.5}), "mnru", "hum", about=off)
    )
    assert [one.what for one in said] == ["switch on [scores] stoi = true", "switch on [scores] pesq = true"]
    assert [set(one.closes) for one in said] == [{"mnru", "hum"}, {"hum"}]


@pytest.mark.parametrize(("noticing", "said"), [(2, True), (1, True), (0, False)])
def test_a_topology_in_which_half_of_the_probes_are_noticed_is_proposed(noticing, said):
    def told(probe):
        heard = probe.wiring == "neighbour" and probe.utterance in ("heart-04", "rms-04")[:noticing]
        return changed(pesq_wb=1.0, pesq_nb=1.0, stoi=0.3) if heard else IDENTICAL

    found = advice(ran(told, "shared-state", about=subject(setups=[{"codec": "c"}])))
    assert [one.what for one in found] == (['add the topology "neighbour"'] if said else [])
    if said:
        assert found[0].closes == ("shared-state",)
        assert found[0].proof == f"noticed in {noticing} of 2 probes there"


def test_speech_with_a_place_for_it_is_not_proposed_where_one_utterance_has_it():
    row = catalogue.find("noise-after-speech")
    found = ran(loses(), row.name)
    assert any(found.subject.landscape(name).has(row.where) for name in found.subject.speech)
    assert [one.kind for one in advice(found)] == []
