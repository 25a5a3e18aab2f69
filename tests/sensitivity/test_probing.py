"""What decides a probe is in its key, and what does not is not."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from sensitivity.scripted import subject

from harness import sensitivity
from harness.runs.comparing import Traced
from harness.runtime.store import Store
from harness.sensitivity import catalogue
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


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("which", [0, 1])
def test_a_failure_that_the_next_run_tries_again_is_not_kept(which: int, killed: bool, tmp_path: Path):
    probe = replace(BASE, wiring="sequential")
    with closing(Store(tmp_path)) as store:
        workers, scorer = cast(Any, SimpleNamespace(store=store)), cast(Any, Scored())
        now, later = (FaultProbing(subject(), workers, scorer) for _ in range(2))
        traced = {setup.name: Traced(setup.name) for setup in now.subject.planted(probe, catalogue.find(probe.fault))}
        failing = list(traced)[which]
        traced[failing] = replace(traced[failing], failure="it changed", killed=killed)
        now._finish([probe], cast(Any, SimpleNamespace(traced=traced, died=lambda _: False)), None)
        assert later.known(probe) is not killed
