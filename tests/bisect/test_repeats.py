"""Nothing is accused that a repeat in fresh processes contradicts."""

import pytest
from click.testing import CliRunner

from harness.bisect.answer.record import SearchRecord
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.request import Setups
from harness.bisect.search import Judged, Outcome
from harness.cli.main import cli
from harness.codecs.spec import CodecSpec
from harness.explain.repeats import Dependence
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.setup import Configuration

UNSTEADY = {
    "planted.unsteady:WarmsUp": Dependence.FIRST_INSTANCE,
    "planted.unsteady:WarmsUpOnUse": Dependence.FIRST_USE,
    "planted.unsteady:Pooled": Dependence.LEFT_BEHIND,
    "planted.unsteady:Remembers": Dependence.BEFORE,
    "planted.faults:Noisy": Dependence.CHANCE,
}
CONDITIONS = Conditions(speech=SpeechTable(utterances=("slt-04",)), scores=ScoresTable(asr=False))


def point(adapter, topology="shared"):
    return Configuration(codec=CodecSpec(name="c", adapter=adapter, options={}), topology=TOPOLOGIES[topology].topology)


def asked(adapter, bad, bad_if):
    return Setups({"shared": point(adapter), bad: point(adapter, bad)}, CONDITIONS, parse(bad_if))


def search(adapter, bad="separate", bad_if="not-identical", jobs=1):
    setups = asked(adapter, bad, bad_if)
    with setups.inquiry(Plan(jobs=jobs)) as inquiry:
        return setups.search(inquiry)


@pytest.mark.parametrize("adapter", UNSTEADY)
def test_an_innocent_factor_is_not_accused_of_what_a_codec_does_by_itself(adapter):
    record = search(adapter)
    assert record.factors.outcome == Outcome.NOT_REPEATABLE
    assert not record.found
    assert (record.factors.causes, record.factors.repairs) == ((), ())
    assert [factor.roles for factor in record.factors.factors] == [("not examined",)]
    assert record.repeats.dependence == UNSTEADY[adapter]
    assert record.words.startswith("Not repeatable, so nothing is accused and nothing is called innocent: ")
    assert record.repeats.words in record.words
    assert SearchRecord.model_validate_json(record.model_dump_json()) == record


def test_what_is_repeated_stands_and_is_known_to_the_next_search():
    record = search("opus", "takeover")
    assert [cause.factors for cause in record.factors.causes] == [("topology.decoder.takeover",)]
    assert (record.repeats.identical, record.repeats.stands, record.repeats.times) == (True, True, 3)
    assert set(record.repeats.points) == {
        "shared",
        "takeover: only topology.decoder.takeover",
        "takeover without topology.decoder.takeover",
        "takeover",
    }
    assert "4 points, 3 runs of each on slt-04, 2 of them in fresh processes" in record.words
    assert record.words.endswith("Each point came out the same, bit for bit, in 3 of 3 runs.")  # and no more than that
    assert search("opus", "takeover").repeats.remembered


def test_chance_that_is_too_small_to_matter_leaves_the_answer_and_is_told():
    record = search("planted.faults:Noisy", "reset-every-frame-decoder", "degraded", jobs=2)
    assert [cause.factors for cause in record.factors.causes] == [("topology.decoder.reset",)]
    assert (record.repeats.identical, record.repeats.stands) == (False, True)
    assert "not equal bit for bit, but each point was judged alike every time" in record.words


def test_git_bisect_skips_what_is_not_repeatable():
    setups = asked("planted.faults:Noisy", "takeover", "not-identical")
    with setups.inquiry(Plan(jobs=1, fresh=True)) as inquiry:
        judgement, reason = setups.judge(inquiry)
    assert judgement is Judged.SKIP
    assert reason.startswith("Not repeatable")


def test_changes_of_a_history_are_withdrawn_too(tmp_path):
    path = tmp_path / "app.toml"
    path.write_text(
        'bad_if = "not-identical"\n[speech]\nutterances = ["slt-04"]\n[scores]\nasr = false\n'
        '[codecs.c]\nadapter = "planted.faults:Noisy"\n[start]\ncodec = "c"\n[[versions]]\nname = "1"\n'
        '[[versions]]\nname = "2"\nset = { "topology.chunk" = 2 }\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(cli, ["bisect", "--versions", str(path), "--json", "--no-report", "--jobs", "1"])
    record = SearchRecord.model_validate_json(done.stdout)
    assert record.versions is not None
    assert record.repeats is not None
    assert (done.exit_code, record.versions.changes) == (1, ())
    assert record.repeats.contradicted
    assert "nothing is accused" in record.words
