"""Which group of a run comes next."""

from pathlib import Path

import pytest

from harness.audio.speech import load
from harness.runs import suite as suites
from harness.runs.group_queue import GroupQueue
from harness.runs.tracing import Group
from harness.runtime.resources import fixture


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    """Three codecs on three utterances, as a run has them: by utterance."""
    content = {
        "codecs": {name: {"adapter": "pcm"} for name in ("slow", "fast", "medium")},
        "setups": [{"codec": ["slow", "fast", "medium"]}],
        "scores": {"asr": False},
    }
    suite = suites.parse(content, "test", Path(), "test")
    spoken = load(fixture("speech"))[:3]
    return [Group(one, spoken[0], (setup,)) for one in spoken for setup in suite.setups]


def named(group: Group) -> tuple[str, str]:
    return group.setups[0].codec, group.utterance.id


PACE = {"slow": 1.0, "fast": 0.01, "medium": 0.1}


def test_what_is_not_known_comes_first_and_then_what_takes_longest(groups):
    queue, taken = GroupQueue(groups), []
    while queue:
        group = queue.take()
        queue.took(group, PACE[group.setups[0].codec] * group.utterance.seconds)
        taken.append(named(group))
    first, second, third = (group.utterance.id for group in groups[::3])
    assert taken[:3] == [("slow", first), ("fast", first), ("medium", first)]
    assert taken[3:5] == [("slow", second), ("slow", third)]
    assert taken[5:] == [(codec, one) for codec in ("medium", "fast") for one in (second, third)]


def test_while_nothing_is_known_they_come_by_codec_as_they_were_given(groups):
    queue = GroupQueue(groups)
    by_codec = [group for codec in ("slow", "fast", "medium") for group in groups if group.setups[0].codec == codec]
    assert [queue.take() for _ in groups] == by_codec
    assert not queue


def test_what_is_run_again_comes_before_all_others_in_its_order(groups):
    queue = GroupQueue(groups[:1])
    queue.again(groups[4:6])
    queue.again(groups[2:3])
    assert [named(queue.take()) for _ in range(4)] == [named(groups[at]) for at in (2, 4, 5, 0)]


def test_it_knows_which_codecs_wait(groups):
    queue = GroupQueue(groups[:2])
    assert queue.codecs == {"slow", "fast"}
    queue.take()
    assert queue.codecs == {"fast"}
    queue.take()
    assert queue.codecs == set()
    queue.again(groups[:1])
    assert queue.codecs == {"slow"}
