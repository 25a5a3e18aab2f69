"""What decides a probe is in its key, and what does not is not."""

from dataclasses import replace
from typing import Any, ClassVar, cast

import pytest
from sensitivity.scripted import subject

from harness import sensitivity
from harness.sensitivity.probing import FaultProbing
from harness.sensitivity.subject import FaultProbe


class Scored:
    identity: ClassVar = {"stoi": "1"}


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
