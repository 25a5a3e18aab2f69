"""Which setup a dead process is blamed on, what is run again, and when a codec that hangs is given up."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.audio.speech import Utterance
from harness.codecs.identity import Described
from harness.codecs.pcm import PcmCodec
from harness.errors import SpeechInvalid
from harness.runs import suite as suites
from harness.runs.failing import PATIENCE, Codecs, Failing
from harness.runs.tracing import Group
from harness.runtime.calls import CallPlace
from harness.runtime.pool import ProcessSpoilt, TookTooLong, WorkerDied
from harness.topology.variants import variants

SPOKEN = Utterance("one", Path("one"), "words", "nobody", "none")
NAMES = ("a/shared", "a/separate", "a/offline")


@pytest.fixture
def group():
    content = {
        "codecs": {"a": {"adapter": "pcm"}},
        "setups": [{"codec": "a", "topology": ["shared", "separate", "offline"]}],
    }
    made = suites.parse(content, "test", Path(), "test")
    return Group(SPOKEN, SPOKEN, made.setups)


@pytest.fixture
def failing():
    return Failing(Codecs({"a": Described(PcmCodec().info, "code", None)}, {}, frozenset()))


def hung(name="a/separate"):
    return TookTooLong("did not return from reset within 2 s", "trace", CallPlace(name, "reset"))


def test_the_setup_that_it_was_in_fails_and_the_others_are_run_again(group, failing):
    (again,) = failing.again(group, hung())
    assert again.failed == {"a/separate": "the codec did not return from reset within 2 s"}
    assert again.setups == group.setups
    assert failing.died == {("a/separate", "one")}


def test_where_nobody_knows_which_it_was_they_are_run_apart(group, failing):
    parts = failing.again(group, WorkerDied("ended its worker process (SIGKILL)", "trace"))
    assert [[setup.name for setup in part.setups if setup.name not in part.beside] for part in parts] == [
        [name] for name in NAMES
    ]
    assert all("a/shared" in {setup.name for setup in part.setups} for part in parts)
    (last,) = failing.again(parts[1], WorkerDied("ended its worker process (SIGKILL)", "trace"))
    assert "the codec's process died: trace ended" in last.failed["a/separate"]


def test_variants_of_a_reference_go_with_it(group, failing):
    others = tuple(variants(group.setups[0], 2))
    names = [one.name for one in others]
    beside = replace(group, setups=group.setups + others, beside=frozenset(names))
    parts = failing.again(beside, WorkerDied("ended its worker process (SIGKILL)", "trace"))
    assert [[one.name for one in part.setups if one.name not in part.beside] for part in parts] == [
        [name] for name in NAMES
    ]
    assert all(set(names) <= {one.name for one in part.setups} and set(names) <= part.beside for part in parts)


def test_an_error_that_nobody_expected_fails_what_it_is_of(group, failing):
    error = ProcessSpoilt("could not measure what the codec did: overflow", "the harness")
    (retried,) = failing.again(group, error)  # another codec may have broken the process
    assert retried == replace(group, retried=True)
    parts = failing.again(retried, error)
    (last,) = failing.again(parts[0], error)
    assert last.failed == {"a/shared": "the harness could not measure what the codec did: overflow"}
    with pytest.raises(ProcessSpoilt):
        failing.again(last, error)  # nothing of a codec ran


def test_speech_that_cannot_be_read_is_no_fault_of_a_codec(group, failing):
    with pytest.raises(SpeechInvalid):
        failing.again(group, SpeechInvalid("it is silent"))


def test_a_codec_that_hangs_again_and_again_is_not_waited_for(group, failing):
    for time in range(PATIENCE):
        assert failing.without_hopeless(group).failed == {}, time
        failing.again(group, hung())
    given_up = failing.without_hopeless(group)
    assert set(given_up.failed) == set(NAMES)
    assert "not run, since the codec hung 4 times before: the codec did not return" in given_up.failed["a/shared"]
    assert ("a/offline", "one") in failing.died  # so that the next run tries again


def test_a_codec_that_cannot_be_used_fails_in_every_group(group):
    none = Failing(Codecs({}, {"a": "making it raised ValueError: no"}, frozenset()))
    assert set(none.without_hopeless(replace(group, failed={"a/shared": "known"})).failed.values()) == {
        "known",
        "making it raised ValueError: no",
    }
    assert none.died == set()
