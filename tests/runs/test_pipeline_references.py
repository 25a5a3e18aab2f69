"""Each setup against its own reference: any chain of them, in any order, with any number of jobs, read back or not."""

from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from harness import record
from harness.errors import SuiteInvalid
from harness.record import RunRecord, Verdict
from harness.runs import computing, pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runs.traces import Traces
from harness.runtime.pool import IsolatedPool
from harness.runtime.store import Store
from harness.runtime.workers import Workers

GOOD = {"codec": "good"}
PORT = {"codec": "port", "reference": "good/shared", "at_least": "equivalent"}
CLONE = {"codec": "port", "topology": "cloned-decoder"}  # held against port/shared, which is held against good/shared
LATE = {"codec": "port", "topology": "takeover", "reference": "port/cloned-decoder"}
IDENTICAL = {"good/shared", "port/cloned-decoder"}


def suite(*setups, name="chain"):
    content = {
        "name": name,
        "speech": {"utterances": ["heart-04"]},
        "codecs": {"good": {"adapter": "opus", "bitrate": 24000}, "port": {"adapter": "opus", "bitrate": 6000}},
        "scores": {"asr": False, "pesq": False, "stoi": False},
        "setups": list(setups),
    }
    return suites.parse(content, "test", Path(), name)


@pytest.fixture(scope="module")
def pools():
    """Worker processes, started once: one, and two."""
    with IsolatedPool(1) as one, IsolatedPool(2) as two:
        yield {1: one, 2: two}


@pytest.fixture
def run(pools, tmp_path):
    def run(made, folder, jobs=1, store="store"):
        with closing(Store(tmp_path / store)) as kept:
            traces = Traces(Workers(jobs, pools[jobs], kept))
            return pipeline.run(made, tmp_path / folder, Options(explain=False), traces=traces)

    return run


def judged(run, made, folder, jobs=1, store="store"):
    result, place = run(made, folder, jobs, store)
    assert record.load(place / "run.json", RunRecord) == result
    return {setup.name: setup.verdict for setup in result.setups}, {cell.setup: cell for cell in result.cells}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_reference_of_others_keeps_its_own_reference(run, jobs):
    alone, cells = judged(run, suite(GOOD, PORT), "alone", jobs)
    assert alone["port/shared"].rank > Verdict.EQUIVALENT.rank
    assert cells["port/shared"].measurements["pcm_equal"].value == 0
    orders = list(permutations([GOOD, PORT, CLONE, LATE]))
    for number, order in enumerate(orders[:: 9 * jobs]):
        chained, found = judged(run, suite(*order), f"runs-{number}", jobs, store=f"store-{number}")
        assert {name for name, verdict in chained.items() if verdict is Verdict.IDENTICAL} == IDENTICAL, order
        assert found["port/shared"].measurements == cells["port/shared"].measurements
        assert found["port/takeover"].measurements["codes_equal"].value == 1


def test_reading_back_changes_no_comparison(run):
    first, _ = judged(run, suite(GOOD, PORT, CLONE), "one")
    again, _ = judged(run, suite(GOOD, PORT, CLONE), "one", jobs=2)
    elsewhere, _ = judged(run, suite(GOOD, PORT, CLONE), "two")
    fewer, _ = judged(run, suite(GOOD, PORT), "three")
    assert first == again == elsewhere
    assert fewer["port/shared"] is first["port/shared"]
    assert fewer["port/shared"].rank > Verdict.EQUIVALENT.rank


def test_another_reference_of_the_same_wiring_is_another_run(run):
    twin = {"codec": "good", "name": "twin"}
    one, _ = run(suite(GOOD, twin, PORT), "runs")
    other, _ = run(suite(GOOD, twin, PORT | {"reference": "twin"}), "runs")
    assert {run.setups[-1].reference for run in (one, other)} == {"good/shared", "twin"}


def test_a_selection_keeps_the_references_of_references(run):
    made = suite(GOOD, PORT, CLONE, LATE).only(("port/takeover",))
    assert [setup.name for setup in made.setups] == [
        "good/shared", "port/shared", "port/cloned-decoder", "port/takeover",
    ]  # fmt: skip
    assert judged(run, made, "runs")[0]["port/shared"].rank > Verdict.EQUIVALENT.rank


def test_references_that_go_round_in_a_circle_are_refused():
    round_ = [PORT | {"reference": "port/cloned-decoder"}, CLONE]
    with pytest.raises(SuiteInvalid, match=r"circle: port/shared -> port/cloned-decoder -> port/shared; wanted one"):
        suite(*round_)
    with pytest.raises(SuiteInvalid, match="circle: port/shared -> port/cloned-decoder -> port/shared"):
        suite(GOOD, *round_, LATE)


def many():
    """Return a suite of more setups than a group takes; the last ones are references of the first."""
    names = (
        "separate",
        "sequential",
        "cloned-decoder",
        "cloned-after-encode",
        "handover",
        "reset-at-start",
        "neighbour",
    )
    held = [{"codec": "port", "topology": name, "reference": "port/handover-late"} for name in names[:-1]]
    wires = [{"codec": "good", "wire": f"lose-{what}"} for what in ("frame", "every-10th", "burst", "bursts")]
    more = [{"codec": "good", "topology": name} for name in (*names, "takeover", "cross-talk", "dirty-clone")]
    ends = [{"codec": "port", "topology": "handover-late", "reference": "good/shared"}, GOOD]
    return suite(*held, *more, *wires, *ends, name="many")


def test_a_large_suite_goes_in_groups_that_have_their_references_and_tell_each_setup_once():
    asked = many()
    groups = computing.tied(asked)
    assert len(groups) == 2
    for setups, beside in groups:
        here = {setup.name for setup in setups}
        assert {setup.reference for setup in setups} <= here
        assert len(here - beside) <= computing.TOGETHER + 2  # and two references in a chain
    told = [setup.name for setups, beside in groups for setup in setups if setup.name not in beside]
    assert sorted(told) == sorted(setup.name for setup in asked.setups)


def test_groups_change_no_cell(tmp_path, pools, monkeypatch):
    def cells(folder):
        with closing(Store(folder / "store")) as store:
            made, _ = pipeline.run(
                many(), folder, Options(repeat=False, explain=False), traces=Traces(Workers(1, pools[1], store))
            )
        assert len(made.cells) == len(many().setups)
        return {cell.setup: (cell.key, cell.verdict, cell.measurements) for cell in made.cells}

    in_two = cells(tmp_path / "two")
    monkeypatch.setattr(computing, "TOGETHER", 100)
    assert len(computing.tied(many())) == 1
    assert cells(tmp_path / "one") == in_two
