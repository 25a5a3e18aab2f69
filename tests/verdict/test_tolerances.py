"""How much worse is still the same: the tolerances of the table, and how a measurement is held against another."""

import pytest
from pydantic import ValidationError
from verdict.measured import measured

from harness.metrics.catalogue import METRICS, tolerances
from harness.verdict import Floors, Tolerances
from harness.verdict.tolerances import drop, readable, worse


def test_each_tolerance_of_the_table_can_be_set_and_is_that_of_its_metrics():
    for number, name in enumerate(tolerances(), 1):
        share = number / 100
        asked = Tolerances.model_validate({name: share})
        of = {row.name for row in METRICS.values() if row.tolerance is not None and row.tolerance.name == name}
        assert of, name
        assert {asked.of(one) for one in of} == {share}


def test_what_lets_more_pass_than_usual_is_told_and_what_lets_less_is_not():
    assert Tolerances().wider() == []
    found = Tolerances.model_validate(
        {"word_errors": 4, "unreadable": 0.9, "stoi_drop": 0.1, "gain_change": 0.5}
    ).wider()
    assert set(found) == {"stoi_drop = 0.1 (usually 0.02)", "word_errors = 4 (usually 2)"}


def test_what_has_no_tolerance_may_not_change():
    assert Tolerances().of("polarity") == 0.0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"stoi_drop": 0}, "greater than 0"),
        ({"stoi_drop": -0.01}, "greater than 0"),
        ({"dropout": -1}, "greater than or equal to 0"),
        ({"word_errors": 0}, "greater than or equal to 1"),
        ({"word_share": 1.01}, "less than or equal to 1"),
        ({"plain_dropout": -1}, "greater than or equal to 0"),
        ({"stoi": 0.1}, "not permitted"),
    ],
)
def test_a_tolerance_that_would_accuse_everything_or_is_none_is_refused(content, said):
    with pytest.raises(ValidationError, match=said):
        Tolerances.model_validate(content)


def test_none_at_all_may_be_asked_of_what_is_counted():
    assert Tolerances.model_validate({"dropout": 0}).of("dropout_ms") == 0.0


def test_a_floor_can_be_switched_off_and_only_a_mean_has_one():
    assert Floors.model_validate({"stoi": None}).model_dump()["stoi"] is None
    with pytest.raises(ValidationError, match="not permitted"):
        Floors.model_validate({"delay_ms": 1.0})


@pytest.mark.parametrize(
    ("name", "now", "before", "lost"),
    [
        ("stoi", 0.5, 0.75, 0.25),
        ("stoi", 0.75, 0.5, -0.25),
        ("word_errors", 3.0, 1.0, 2.0),  # better lower
        ("gain_db", -6.0, 1.0, 7.0),  # neither: what is lower is worse
        ("stoi", "silent", 0.5, None),
        ("stoi", 0.5, "silent", None),
        ("stoi", 0.5, None, None),
    ],
)
def test_a_drop_is_how_much_is_lost_and_unknown_where_either_is(name, now, before, lost):
    assert drop(measured(**{name: now}), measured(**{name: before}), name) == lost


@pytest.mark.parametrize(
    ("name", "now", "before", "by"),
    [
        ("stoi", 0.5, 0.75, 0.25),
        ("stoi", 0.75, 0.5, 0.0),  # better is not worse
        ("word_errors", 3.0, 1.0, 2.0),
        ("word_errors", 1.0, 3.0, 0.0),
        ("gain_db", 6.0, -1.0, 7.0),  # either way
        ("gain_db", -6.0, 1.0, 7.0),
        ("pause_noise_db", 4.0, -60.0, 4.0),  # what cannot be heard is as good as nothing
        ("pause_noise_db", -20.0, -60.0, 0.0),
        ("stoi", "silent", 0.5, 0.0),
        ("stoi", 0.5, "silent", 0.0),
    ],
)
def test_worse_is_never_below_nothing(name, now, before, by):
    assert worse(METRICS[name], measured(**{name: now}), measured(**{name: before})) == by


@pytest.mark.parametrize(("floor", "can"), [(0.5, True), (0.51, False), ("no transcript", False), (None, False)])
def test_words_are_judged_where_the_recogniser_reads_half_of_them_uncoded(floor, can):
    assert readable(measured(wer_floor=floor), Tolerances()) is can
    assert readable(measured(wer_floor=0.51), Tolerances(unreadable=0.6))
