"""Points are judged against the good end: as far as it takes, the worst utterance first; what cannot run is told."""

from dataclasses import replace

import pytest

from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Judged, Noise, Rules
from harness.bisect.searches import inquiry
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.setup import Case, Configuration

SCORES = ScoresTable(asr=False, pesq=False, stoi=False)
CONDITIONS = Conditions(speech=SpeechTable(utterances=("rms-01", "slt-04")), scores=SCORES)


def point(**options):
    rules = {"bad": "a", "fails": "c"}
    return Configuration(codec=CodecSpec(name="c", adapter="planted.ruled:Ruled", options=rules | options))


GOOD, BAD = point(), point(a=1)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(tmp_path_factory.mktemp("store")))
        with inquiry(CONDITIONS, parse("not-identical"), Plan(jobs=1)) as found:
            yield found


@pytest.fixture
def prober(asked):
    return asked.prober(GOOD, BAD)


def test_what_differs_in_any_utterance_is_bad_and_the_reason_begins_with_that(prober):
    found = prober.judge(BAD, True)
    assert (found.judgement, found.sure) == (Judged.BAD, True)
    assert found.reason.partition(", ")[0] == "rms-01: the signal differs"
    assert prober.judge(point(b=1), True).judgement is Judged.GOOD


def test_the_bad_end_is_measured_whole_and_the_worst_of_it_comes_first(prober):
    prober.judge(BAD, False)
    whole = prober.shown(BAD)
    assert {one.utterance for one in whole} == {"slt-04", "rms-01"}
    other = point(a=1, b=1)
    reason = prober.judge(other, False).reason
    worst = min(whole, key=lambda one: one.measurements["snr_db"].value)
    assert [one.utterance for one in prober.shown(other)] == [worst.utterance]  # one that is bad decides
    assert reason.startswith(f"{worst.utterance}: ")


def test_a_later_prober_knows_the_bad_end_without_measuring_it(asked, prober):
    prober.judge(BAD, False)
    later = asked.prober(GOOD, BAD)
    assert later.shown(BAD) == prober.shown(BAD)
    assert later.question == prober.question


def test_a_codec_that_fails_is_skipped_whichever_end_it_is(asked, prober):
    found = prober.judge(point(c=1), True)
    assert (found.judgement, found.reason.partition(":")[0]) == (Judged.SKIP, "the codec failed")
    found = asked.prober(point(c=1), BAD).judge(BAD, True)
    assert (found.judgement, found.reason.partition(":")[0]) == (Judged.SKIP, "the good end failed")


def test_a_codec_that_cannot_be_loaded_is_skipped_with_the_reason(prober):
    lost = Configuration(codec=CodecSpec(name="c", adapter="planted.none:None", options={}))
    found = prober.judge(lost, True)
    assert found.judgement is Judged.SKIP
    assert "planted.none" in found.reason


def test_other_points_are_judged_where_the_bad_end_cannot_be_loaded(asked):
    lost = Configuration(codec=CodecSpec(name="c", adapter="planted.none:None", options={}))
    assert asked.prober(GOOD, lost).judge(point(b=1), True).judgement is Judged.GOOD


def test_points_that_do_the_same_have_one_key_and_others_have_others(prober):
    same = GOOD.model_copy(update={"path": GOOD.path.model_copy(update={"gain": 1.0})})
    assert prober.key(GOOD) == prober.key(same)
    assert len({prober.key(one) for one in (GOOD, BAD, point(b=1))}) == 3


def test_another_bad_end_changes_what_is_likely_and_not_what_is_certain(asked, prober):
    other = asked.prober(GOOD, point(a=1, b=1)).question
    assert other.certain == prober.question.certain
    assert other.likely != prober.question.likely
    assert asked.prober(BAD, BAD).question.certain != prober.question.certain


def test_with_noise_nothing_is_shared_with_a_search_between_other_ends(asked):
    noisy = replace(asked, plan=Plan(rules=Rules(noise=Noise(0.1, 0.1))))
    question = noisy.prober(GOOD, BAD).question
    assert question.certain == question.likely


def test_another_run_of_a_point_is_judged_on_one_utterance_alone(asked, prober):
    runs = [asked.traces.ask(Case(one, *prober.speech("slt-04"))).result() for one in (GOOD, BAD)]
    good, bad = (prober.rejudge(BAD, "slt-04", run) for run in runs)  # by what came out of it
    assert (good.judgement, bad.judgement) == (Judged.GOOD, Judged.BAD)
    assert bad.reason.startswith("slt-04: ")
