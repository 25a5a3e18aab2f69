"""The record of a search as plain data: all searches in it, who decided, and nothing of the machine."""

import pytest
from answered import factors, versions

from harness.bisect.answer.build import Why
from harness.bisect.answer.record import FactorRecord, JointRecord, SearchRecord, StepRecord


def record(**parts):
    return SearchRecord(name="app", bad_if="corrupt", words="", seconds=0, **parts)


def test_the_searches_in_a_record_come_in_order():
    first, second = (factors("ab", lambda point, name=name: name in point) for name in "ab")
    changed = versions(3, lambda index: index >= 1, why={0: Why(first)})
    joint = JointRecord(
        axis="version", ends=("v0", "v2"), rounds=(second, first), made=1, complete=True,
        steps=(StepRecord(factors=(), history=changed), StepRecord(factors=("a",), history=versions(2, bool))),
    )  # fmt: skip
    found = record(joint=joint)
    assert found.searches == (first, second, first)  # of what makes a change, then the rounds
    assert found.histories == (changed, joint.steps[1].history)
    assert record(factors=second).searches == (second,)
    assert record(versions=changed).searches == (first,)
    assert record().searches == record().histories == ()


def test_who_decided_is_named_first_in_the_reasons_of_what_is_bad():
    searched = factors("ab", lambda point: "a" in point)
    renamed = [
        probe.model_copy(update={"reason": f"{said}: why"} if probe.judgement == "bad" else {"reason": "rms-01: good"})
        for probe, said in zip(searched.probes, ("x", "slt-04", "x", "awb-01", "slt-04"), strict=False)
    ]
    found = record(factors=searched.model_copy(update={"probes": tuple(renamed)}))
    bad = [one.reason.partition(":")[0] for one in renamed if one.judgement == "bad"]
    assert found.deciding == tuple(dict.fromkeys(bad))
    bare = [one.model_copy(update={"reason": "no colon"}) for one in renamed]
    assert record(factors=searched.model_copy(update={"probes": tuple(bare)})).deciding == ()
    assert record(versions=versions(3, lambda index: index >= 1)).deciding == ("slt-04",)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"factors": factors("a", bool)}, True),
        ({"factors": factors("a", lambda _point: False)}, False),
        ({"versions": versions(3, lambda index: index >= 1)}, True),
        ({"versions": versions(3, lambda index: index == 1)}, True),  # between ends that are both good
        ({"versions": versions(3, lambda _index: False)}, False),
        ({}, False),
    ],
)
def test_an_answer_names_a_cause_or_a_change_or_nothing(parts, found):
    assert record(**parts).found is found


def test_it_is_the_same_after_being_written_and_read():
    found = record(versions=versions(4, lambda index: index >= 2, why={0: Why(factors("ab", lambda p: "a" in p))}))
    assert SearchRecord.model_validate_json(found.model_dump_json()) == found


def test_a_value_that_names_a_place_of_the_machine_is_cut_to_its_name():
    factor = FactorRecord(
        factor="codec.weights", good="/home/me/models/a.bin", bad="b.bin in /home/me/b.bin", roles=(),
        repairs_alone=None, evidence=(), pairs=0,
    )  # fmt: skip
    assert str(factor.good).startswith(".../a.bin#")
    assert "/home" not in factor.model_dump_json()
