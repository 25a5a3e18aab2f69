"""What decides a probe is in its key, and what does not is not."""

from dataclasses import replace
from typing import Any, ClassVar, cast

import pytest

from harness import sensitivity
from harness.codecs.loading import load
from harness.runs import suite as suites
from harness.runs.suite_speech import chosen_speech
from harness.runtime.resources import fixture
from harness.sensitivity import catalogue
from harness.sensitivity.probing import FaultProbing
from harness.sensitivity.subject import FaultProbe, FaultSubject


class Scored:
    identity: ClassVar = {"stoi": "1"}


def subject(adapter: str = "opus") -> FaultSubject:
    content = {
        "codecs": {"c": {"adapter": adapter}},
        "speech": {"utterances": ["heart-04", "rms-04"]},
        "setups": [{"codec": "c", "topology": ["shared", "reuse-after-reset", "cross-talk", "sequential"]}],
    }
    suite = suites.parse(content, "suite.toml", fixture("speech"), "s")
    one, two = chosen_speech(suite.speech)
    return FaultSubject(
        suite, suite.setups[0], load(adapter, {}).info, "code", {one.id: (one, two), two.id: (two, one)}
    )


def key(probe: FaultProbe, **changes: Any) -> str:
    found = FaultProbing(replace(subject(), **changes), cast(Any, None), cast(Any, Scored()))
    return found.key(probe)


BASE = FaultProbe("gap", 4, "heart-04", 0)


def test_fault_size_place_speech_and_code_are_in_the_key():
    others = [
        replace(BASE, fault="stutter"), replace(BASE, step=5), replace(BASE, seed=1), replace(BASE, utterance="rms-04"),
        replace(BASE, wiring="sequential"),
    ]  # fmt: skip
    keys = {key(BASE), *(key(one) for one in others), key(BASE, code="other code")}
    assert len(keys) == len(others) + 2


def test_the_version_is_in_the_key(monkeypatch: pytest.MonkeyPatch):
    before = key(BASE)
    assert key(BASE) == before
    monkeypatch.setattr(sensitivity, "VERSION", 999)
    assert key(BASE) != before


def test_faults_of_wiring_are_looked_for_in_what_the_suite_has_the_fitting_ones_first():
    found = subject()
    row = catalogue.find("forgets-decoder-reset")
    assert found.wirings(row) == ["c/reuse-after-reset", "c/sequential"]
    assert found.beyond(row) == []
    assert found.wirings(catalogue.find("gap")) == [""]
    assert found.beyond(catalogue.find("shared-state")) == ["neighbour"]


def test_what_is_planted_in_a_wiring_is_held_against_plain_use_with_the_same_fault():
    found = subject()
    planted, held = found.planted(
        FaultProbe("forgets-decoder-reset", 0, "heart-04", 0, "c/reuse-after-reset"),
        catalogue.find("forgets-decoder-reset"),
    )
    assert planted.configuration.codec == held.configuration.codec
    assert planted.configuration.topology != held.configuration.topology


@pytest.mark.parametrize("row", catalogue.FAULTS.values(), ids=lambda row: row.name)
@pytest.mark.parametrize("adapter", ["opus", "pcm"])
def test_each_fault_can_be_planted_or_says_why_not(row: catalogue.Fault, adapter: str):
    found = subject(adapter)
    why = found.obstacle(row)
    if why is None:
        for step in range(len(row.sizes)):
            planted, held = found.planted(FaultProbe(row.name, step, "heart-04", 0), row)
            assert planted.configuration != held.configuration
    else:
        assert "codec" in why or "codebook" in why or "state" in why


def test_a_stateless_codec_has_no_faults_of_state():
    found = subject("pcm")
    assert found.obstacle(catalogue.find("decoder-resets")) == "the codec has no state"
    assert found.obstacle(catalogue.find("gap")) is None
