"""Between a search and its points: each is made and called by its thing, timed, and remembered unless asked afresh."""

from dataclasses import replace

import pytest

from harness.bisect.probe.asking import Plan, Probing
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Finding, Judged, Noise, Observation, Probe, Rules, search_versions
from harness.bisect.searches import inquiry
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.setup import Configuration

CONDITIONS = Conditions(
    speech=SpeechTable(utterances=("slt-04",)), scores=ScoresTable(asr=False, pesq=False, stoi=False)
)


def point(version):
    options = {"bad": "v >= 2", "v": version}
    return Configuration(codec=CodecSpec(name="c", adapter="planted.ruled:Ruled", options=options))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(tmp_path_factory.mktemp("store")))
        with inquiry(CONDITIONS, parse("not-identical"), Plan(jobs=1)) as found:
            yield found


def made(version):
    if version == 1:
        raise CodecUnavailable("v1 does not build")
    return point(version)


def probing(shared, plan=None, **changes):
    asked = replace(shared, plan=plan or shared.plan)
    return Probing("app", asked, asked.prober(point(0), point(3)), made, lambda version: f"v{version}", **changes)


def test_a_search_over_versions_is_told_and_timed_by_their_names(shared):
    told = []
    plan = Plan(jobs=1, rules=Rules(verify=0), progress=lambda *said: told.append(said))
    asked = probing(shared, plan)
    answer = search_versions(4, asked.oracle)
    assert [(change.before, change.after) for change in answer.changes] == [(0, 2)]
    assert asked.seconds.keys() == {"v0", "v1", "v2", "v3"}
    assert all(seconds > 0 for seconds in asked.seconds.values())
    assert [(what, number) for what, number, *_ in told] == [("app", number) for number in range(1, len(told) + 1)]
    assert {(label, judgement) for *_, label, judgement in told} == {
        ("v0", Judged.GOOD), ("v1", Judged.SKIP), ("v2", Judged.BAD), ("v3", Judged.BAD),
    }  # fmt: skip
    later = probing(shared, plan)
    assert search_versions(4, later.oracle).changes == answer.changes
    assert later.seconds.keys() == {"v1"}  # it may build meanwhile; the others are known


def test_what_cannot_be_made_is_skipped_and_has_a_key_by_its_reason(shared):
    asked = probing(shared)
    assert asked.judge(1, True) == Observation(Judged.SKIP, "v1 does not build")
    assert asked.key(1) == asked.key(1) != asked.key(2)
    asked.prefetch([1, 2])  # not said before it is asked for


def test_what_is_known_without_being_made_is_not_made(shared):
    asked = probing(shared, identity=lambda version: "same" if version else None, ready=lambda _version: False)
    assert asked.key(1) == asked.key(2) != asked.key(0)
    asked.prefetch([2])
    assert asked.prober._next == []


def test_a_fresh_search_remembers_nothing_of_earlier_ones(shared):
    probing(shared).store["k"] = (Observation(Judged.BAD, "why"),)
    assert "k" in probing(shared).store
    assert probing(shared, Plan(jobs=1, fresh=True)).store.get("k") is None


def test_figures_are_of_what_could_be_judged(shared):
    asked = probing(shared)
    asked.judge(3, True)
    judged = Finding(Judged.BAD, 1.0, 0, 1, "", True)
    assert [one.utterance for one in asked.figures(3, judged)] == ["slt-04"]
    assert asked.figures(1, Finding(Judged.SKIP, 0.5, 0, 0, "", True)) == []


def test_seconds_of_a_point_that_is_asked_twice_are_added(shared):
    asked = probing(shared)
    for number in (1, 2):
        asked._began -= 10
        asked.on_probe(Probe(number, 0, Observation(Judged.GOOD), 0))
    assert 20 < asked.seconds["v0"] < 21


def test_only_rates_of_error_make_a_search_noisy(shared):
    assert not shared.noisy
    assert replace(shared, plan=Plan(rules=Rules(noise=Noise(0.0, 0.1)))).noisy
    with pytest.raises(CodecUnavailable, match=r"planted\.none"):
        shared.usable(Configuration(codec=CodecSpec(name="c", adapter="planted.none:None", options={})))
