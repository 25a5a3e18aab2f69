"""The same run again in fresh processes: whether its output is the same each time, and on what that depends."""

import numpy as np
import pytest

from harness.audio import speech
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.explain.repeats import FAILED, MEANINGS, Act, Dependence, Found, ResetAtOpen, dependence, digest, together
from harness.runtime.resources import fixture
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.setup import Case, Configuration
from harness.topology.trace import Trace


def case(adapter, **options):
    """Return a case of a codec in plain use, on one utterance with another one beside it."""
    spoken = {utterance.id: utterance for utterance in speech.load(fixture("speech"))}
    spec = CodecSpec(name="c", adapter=adapter, options=options)
    wired = Configuration(codec=spec, topology=TOPOLOGIES["shared"].topology)
    return Case(wired, spoken["slt-04"], spoken["rms-01"])


def traced(codes=(1, 2), arrived=(1, 2), samples=(0.5,), kind=np.float32):
    return Trace(np.array([codes], np.int64), np.array([arrived], np.int64), np.array(samples, kind), (), ())


def test_runs_have_one_digest_only_if_they_are_equal_bit_for_bit():
    others = [
        traced(codes=(1, 3)), traced(arrived=(1, 3)), traced(samples=(0.5, 0.0)), traced(samples=(-0.5,)),
        traced(kind=np.float64), traced(codes=(1, 2, 1), arrived=(2,)),
    ]  # fmt: skip
    assert digest(traced()) == digest(traced())
    assert len({digest(one) for one in (traced(), *others)}) == len(others) + 1
    assert digest(traced(samples=(0.0,))) != digest(traced(samples=(-0.0,)))


def test_a_run_that_failed_has_its_reason_as_digest_and_is_known_by_it():
    assert digest(CodecFailed("no more")) == "failed: no more"
    assert not digest(traced()).startswith(FAILED)


@pytest.mark.parametrize("kind", list(Dependence))
def test_each_dependence_has_its_words_and_only_one_that_is_none_says_in_how_many_runs(kind):
    said = Found(kind, 21, 7).words
    assert ("in 21 runs in 7 fresh processes" in said) == (kind is Dependence.NOTHING)
    assert set(MEANINGS) == set(Dependence)
    assert "{" not in said


def test_sequences_come_back_in_order_and_each_begins_in_a_process_of_its_own():
    warms = case("planted.unsteady:WarmsUp", inner="pcm")
    opened, run = Act(warms, only_open=True), Act(warms)
    (first, second), (empty, later), missing = together(
        [(run, run), (opened, run), (Act(case("planted.unsteady:NoSuch")),)]
    )
    assert str(empty) == "nothing was run"
    assert digest(first) != digest(second) == digest(later)
    (said,) = map(str, missing)
    assert "NoSuch" in said
    assert together([]) == []


def test_an_instance_is_reset_as_soon_as_it_is_opened_and_the_rest_is_the_codecs_own():
    info = load("pcm", {}).info
    resets: list[Side] = []

    class Noting:
        inner = "what only this codec has"

        def __init__(self):
            self.info = info

        def open(self):
            class Instance:
                reset = staticmethod(resets.append)

            return Instance()

    wrapped = ResetAtOpen(Noting())
    wrapped.open()
    assert resets == [Side.BOTH]
    assert (wrapped.info, wrapped.inner) == (info, "what only this codec has")
    with pytest.raises(AttributeError):
        wrapped.open_slots  # noqa: B018


def test_a_codec_that_is_the_same_each_time_depends_on_nothing():
    found = dependence(case("opus"))
    assert (found.dependence, found.runs, found.processes) == (Dependence.NOTHING, 9, 4)
    assert "came out the same in 9 runs in 4 fresh processes" in found.words


@pytest.mark.parametrize(("only", "found"), [(None, Dependence.LEFT_BEHIND), (2, Dependence.CHANCE)])
def test_what_is_outside_of_the_process_is_only_called_left_behind_if_it_comes_again_without_a_reset(
    only, found, tmp_path
):
    options = {"log": str(tmp_path / "streams"), **({} if only is None else {"only": only})}
    seen = dependence(case("planted.unsteady:Served", **options), side_by_side=1)
    assert (seen.dependence, seen.runs, seen.processes) == (found, 20, 6)


def looked(adapter, **options):
    return dependence(case(f"planted.unsteady:{adapter}", **options), side_by_side=1)


@pytest.mark.parametrize(
    ("levels", "runs", "processes"),
    [
        ("h.", 20, 6),  # the first two processes differ
        ("h...hh", 20, 6),  # and what was reset is unlike what was not
        ("..h.", 12, 6),  # those that were opened, or heard other speech, first
        ("...h", 12, 6),
        ("...h.h", 20, 8),  # and again so
        ("..hh..", 12, 6),
        ("..hhhh", 20, 8),
    ],
)
def test_what_is_drawn_once_a_process_is_chance_and_nothing_ran_before(levels, runs, processes, tmp_path):
    found = looked("Drawn", log=str(tmp_path / "processes"), levels=levels, inner="pcm")
    assert (found.dependence, found.runs, found.processes) == (Dependence.CHANCE, runs, processes)
    assert "in each process (a hash seed, an address)" in found.words


@pytest.mark.parametrize(
    ("adapter", "dependent"), [("AfterOthers", Dependence.BEFORE), ("AfterOthersUntilReset", Dependence.LEFT_BEHIND)]
)
def test_what_only_other_speech_leaves_is_seen_inside_a_process(adapter, dependent):
    found = looked(adapter)
    assert (found.dependence, found.runs, found.processes) == (dependent, 24, 9)


def test_a_reset_that_fails_shows_nothing_left(tmp_path):
    found = looked("ServedWithoutReset", log=str(tmp_path / "streams"))
    assert found.dependence is Dependence.CHANCE
