"""Which probes are made, in what order, and when there are no more."""

import itertools
from types import SimpleNamespace

import pytest
from sensitivity.scripted import Scripted, campaign, changed, ran, subject

from harness.sensitivity import catalogue
from harness.sensitivity.campaign import A_ROUND
from harness.sensitivity.fault import Family

SAME = changed()


def nothing(_probe):
    return SAME


def test_only_what_was_asked_for_and_can_be_planted_is_probed():
    found = campaign(nothing, "quieter", "cross-talk", "wav-24", str(Family.TIMING))
    assert "quieter" in found.faults
    assert "cross-talk" not in found.faults  # the codec has no state
    assert {row.family for row in found.faults.values()} == {Family.LEVEL, Family.TIMING}
    assert set(found.benign) == {"wav-24"}
    everything = campaign(nothing)
    assert set(everything.faults) < set(catalogue.FAULTS)
    assert set(everything.benign) <= set(catalogue.BENIGN)
    assert "hum" in everything.faults


def test_a_fault_begins_at_the_size_that_all_hear_and_goes_round_the_utterances():
    found = ran(nothing, "quieter")
    row = catalogue.find("quieter")
    probes = [probe for probe, _ in found.probes("quieter")]
    assert found.complete
    assert probes[0].step == row.audible_from
    assert {probe.utterance for probe in probes if probe.step == row.audible_from} == {"heart-04", "rms-04"}
    assert len(set(probes)) == len(probes)
    assert [found.probing.observed[probe] for probe in probes] == [one for _, one in found.probes("quieter")]
    assert found.probes("hum") == []


def test_faults_begin_with_different_utterances():
    found = ran(nothing, str(Family.LEVEL), str(Family.NOISE))
    assert {found.probes(name)[0][0].utterance for name in found.faults} == {"heart-04", "rms-04"}


def test_a_benign_change_is_tried_once_on_each_utterance():
    found = ran(nothing, "wav-24", "flac-16")
    for name in ("wav-24", "flac-16"):
        probes = [probe for probe, _ in found.probes(name)]
        assert sorted(probe.utterance for probe in probes) == ["heart-04", "rms-04"]
        assert {(probe.step, probe.seed, probe.wiring) for probe in probes} == {(0, 0, "")}
    assert {probe.fault for probe, _ in found.harmless} == {"wav-24", "flac-16"}
    assert len(found.harmless) == 4


def test_what_shows_in_wirings_is_tried_once_in_each_that_the_suite_has():
    found = ran(nothing, "forgets-decoder-reset", "shared-state", about=subject())
    tried = [probe.wiring for probe, _ in found.probes("forgets-decoder-reset")]
    assert tried == ["c/reuse-after-reset", "c/sequential"]
    assert found.complete


def test_nothing_that_can_be_planted_is_complete_at_once():
    found = ran(nothing, "cross-talk")
    assert (found.complete, found.probing.observed, found.harmless) == (True, {}, [])


def test_no_round_is_longer_than_a_round_and_who_was_probed_least_comes_first():
    rounds = []

    class Noting(Scripted):
        def observe(self, probes, told=None):
            rounds.append([probe.fault for probe in probes])
            super().observe(probes, told)

    found = campaign(nothing)
    found.probing = Noting(found.subject, nothing)
    seen = []
    found.watch = lambda done, made: seen.append((done, made))
    found.run()
    assert max(map(len, rounds)) == A_ROUND
    assert seen[0] == (A_ROUND, A_ROUND)
    assert seen[-1] == (len(found.probing.observed),) * 2
    first = list(itertools.chain(*rounds))[: len(found.faults) + len(found.benign)]
    assert len(set(first)) == len(first)  # each once, before any twice


def test_after_the_deadline_only_what_is_known_is_taken():
    late = campaign(nothing, "quieter", seconds=-1.0)
    late.run()
    assert (late.complete, late.probing.observed) == (False, {})
    known = ran(nothing, "quieter")
    again = campaign(nothing, "quieter", seconds=-1.0)
    again.probing = known.probing
    again.run()
    assert again.complete
    assert again.probes("quieter") == known.probes("quieter")


@pytest.mark.parametrize(("seconds", "rounds"), [(24.0, [24, 1]), (30.0, [24, 6, 1]), (0.5, [24])])
def test_a_round_has_as_many_probes_as_there_is_time_for(monkeypatch, seconds, rounds):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("harness.sensitivity.campaign.time", SimpleNamespace(monotonic=lambda: clock.now))
    lengths = []

    class Slow(Scripted):
        def observe(self, probes, told=None):
            lengths.append(len(probes))
            super().observe(probes, told)
            clock.now += len(probes)  # a second each

    found = campaign(nothing)
    found.probing, found.deadline, found._began = Slow(found.subject, nothing), seconds, 0.0
    found.run()
    assert (lengths, found.complete) == (rounds, False)
