"""How far past its context a codec was followed is said where that is not all the way."""

import dataclasses
from typing import Any

import pytest

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


def observed(context, law="past-context-chunks", stateful=True):
    codec: Any = load("opus", {"frame_ms": 60.0, "complexity": 0})
    codec.info = dataclasses.replace(codec.info, context=context, stateful=stateful)
    finding = judge(law, subject(codec))
    return finding.status, finding.observed


def test_a_context_that_is_exhausted_needs_no_remark():
    assert observed(20) == (Status.HELD, "as promised")


def test_a_context_that_is_too_long_is_said_not_to_be_exhausted():
    words = "as promised; seen on 500 frames (30 s), which do not exhaust the declared context of 10000 (600 s)"
    assert observed(10_000) == (Status.HELD, words)


def test_a_context_that_nobody_declared_is_said_to_be_unknown():
    assert observed(None) == (Status.HELD, "as promised; seen on 500 frames (30 s); no context is declared")


@pytest.mark.parametrize(("context", "stateful"), [(0, True), (None, False)])
def test_without_a_past_there_is_nothing_to_exhaust(context, stateful):
    assert observed(context, "call-past-context", stateful) == (
        Status.NOT_APPLICABLE,
        "no frame of the past is declared to matter",
    )
