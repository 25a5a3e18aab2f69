"""The released packages' own defects are found by the laws alone; see docs/findings.md."""

import functools

import pytest

from harness.codec import load
from harness.conformance.card import judge, line
from harness.conformance.finding import Finding, Status
from harness.conformance.subject import Subject, subject


@functools.cache
def mini() -> Subject:
    return subject(load("mini", {}))


def found(law: str) -> Finding:
    finding = judge(law, mini())
    assert finding.status is Status.BROKEN, line(finding)
    return finding


def test_a_nan_survives_the_reset_of_moshi():
    finding = found("reset-after-nan")
    assert finding.first_frame == 0
    assert finding.off_by.value > 0.9  # share of codes


@pytest.mark.parametrize("law", ["past-context-chunks", "past-context-offline"])
def test_beyond_its_ring_moshi_depends_on_the_size_of_the_calls(law):
    ring = 64 // 2  # steps of the attention ring, two to a frame
    assert found(law).first_frame == ring


def test_one_call_longer_than_the_ring_is_wrong_from_its_first_frame():
    finding = found("call-past-context")
    assert finding.first_frame == 0
    assert finding.off_by.value > 0.1
