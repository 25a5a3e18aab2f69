"""What is read off an answer: shares, what is blind, where the codec failed, and whether the suite is sharp."""

import pytest
from pydantic import ValidationError
from sensitivity.small_record import record

from harness.sensitivity.record import AdviceRecord, SensitivityRecord, Share


def with_subject(found: SensitivityRecord, **changes: object) -> SensitivityRecord:
    (one,) = found.subjects
    return found.model_copy(update={"subjects": (one.model_copy(update=changes),)})


def test_a_share_is_hits_of_those_asked():
    assert Share(hits=3, asked=4, low=0.3, high=0.95).value == 0.75


@pytest.mark.parametrize(
    ("stops", "closes", "said"),
    [
        (1, (), "stops 1 false alarm"),
        (2, ("gap",), "stops 2 false alarms"),
        (0, ("gap", "hum"), "closes gap, hum"),
    ],
)
def test_an_advice_says_what_comes_of_it(stops, closes, said):
    assert AdviceRecord(kind="score", what="", closes=closes, stops=stops, proof="").effect == said


def test_only_faults_are_blind_spots_and_only_benign_changes_are_alarms():
    (found,) = record(40, blind=True, alarms=3).subjects
    assert [one.name for one in found.blind] == ["quieter"]
    assert found.alarms == 3
    assert record(0).subjects[0].alarms == 0  # what is not noticed of a fault is none


def test_what_failed_is_counted_over_all_sizes_by_name_and_what_never_did_is_left_out():
    (found,) = record(40).subjects
    assert found.failed == {}
    (fault,), (point,) = found.faults, found.faults[0].points
    failing = tuple(point.model_copy(update={"failed": count}) for count in (2, 0, 3))
    (found,) = with_subject(record(40), faults=(fault.model_copy(update={"points": failing}),)).subjects
    assert found.failed == {"quieter": 5}


def test_a_suite_is_sharp_if_no_subject_has_anything_against_it():
    sound = record(40)
    assert sound.sharp
    assert not record(40, blind=True).sharp
    assert not record(40, alarms=1).sharp
    broken = with_subject(sound, broken_variants=("heart-04: it fails",))
    assert not broken.sharp
    assert not sound.model_copy(update={"subjects": (*sound.subjects, *broken.subjects)}).sharp
    assert not sound.model_copy(update={"subjects": ()}).sharp


def test_where_nothing_that_was_asked_for_can_be_planted_nothing_is_known_and_one_setup_of_several_is_enough():
    sound = record(40)
    nothing = sound.subjects[0].model_copy(update={"probes": 0, "faults": (), "benign": (), "power": None})
    assert nothing.complete
    assert not sound.model_copy(update={"subjects": (nothing,)}).sharp
    assert sound.model_copy(update={"subjects": (*sound.subjects, nothing)}).sharp


def test_a_record_is_read_back_as_it_was_and_nothing_else_stands_in_it():
    found = record(30, blind=True, alarms=2)
    assert SensitivityRecord.model_validate_json(found.model_dump_json()) == found
    with pytest.raises(ValidationError, match="more"):
        Share.model_validate({"hits": 1, "asked": 1, "low": 0, "high": 1, "more": 1})
