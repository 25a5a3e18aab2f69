"""Threads and narrower numbers, on the small Mimi and on one whose every variant is another codec."""

from typing import Any

import pytest

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


@pytest.fixture(scope="module")
def mini():
    return subject(load("mini", {"codebooks": 8}), frames=4)


def test_the_number_of_threads_changes_rounding_at_most(mini):
    assert judge("threads", mini).status is Status.HELD


def test_narrower_numbers_stay_within_their_tolerance_and_what_they_choose_is_told(mini):
    finding = judge("narrower-numbers", mini)
    assert finding.status is Status.HELD
    assert "float16: " in finding.observed
    assert "bfloat16: " in finding.observed
    assert finding.observed.count("of the codes that it chooses are others; equal codes decode within") == 2


class Unsteady:
    """Opus whose threads and numbers are other bitrates."""

    narrower = ("float8",)

    def __init__(self, bitrate: int = 16_000, complexity: int = 10) -> None:
        inner = load("opus", {"bitrate": bitrate, "complexity": complexity})
        self.info, self.open = inner.info, inner.open

    def with_threads(self, threads):
        return Unsteady(complexity=10 if threads == 1 else 0)

    def with_dtype(self, _):
        return Louder()


class Louder(Unsteady):
    def open(self):
        instance: Any = load("opus", {}).open()
        decode = instance.decode
        instance.decode = lambda codes: 0.5 * decode(codes)
        return instance

    def __init__(self):
        self.info = load("opus", {}).info


def test_a_number_of_threads_that_changes_the_codes_is_found():
    finding = judge("threads", subject(Unsteady()))
    assert finding.status is Status.BROKEN
    assert "codes of 2 threads, in calls of 1, differ from frame" in finding.observed


def test_numbers_that_change_the_sound_are_found():
    finding = judge("narrower-numbers", subject(Unsteady()))
    assert finding.status is Status.BROKEN
    assert "PCM of equal codes in float8 differs from frame" in finding.observed


@pytest.mark.parametrize("law", ["threads", "narrower-numbers"])
def test_codecs_without_a_choice_are_not_asked(law):
    assert judge(law, subject(load("opus", {}))).status is Status.NOT_APPLICABLE
