"""Setups traced together in one process: a codec has to declare there what it declared elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.audio.speech import load
from harness.codecs.loading import load as load_codec
from harness.runs import suite as suites
from harness.runs.tracing import Group, trace
from harness.runtime.resources import fixture

INFO = load_codec("pcm", {}).info


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (INFO, None),
        (replace(INFO, fingerprint="made by process 7"), "in two processes, info.fingerprint is 'made by process 7'"),
        (replace(INFO, delay=1), "in two processes, info.delay is 1, and then 0"),
    ],
)
def test_what_a_codec_declares_is_the_same_in_every_process(declared, said):
    one, other = load(fixture("speech"))[:2]
    content = {"codecs": {"a": {"adapter": "pcm"}}, "setups": [{"codec": "a"}], "scores": {"asr": False}}
    suite = suites.parse(content, "test", Path(), "test")
    (found,) = trace(Group(one, other, suite.setups, declared={"a": declared}))
    assert (found.failure is None) == (said is None)
    assert said is None or (found.failure is not None and said in found.failure)
