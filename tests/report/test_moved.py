"""How far measurements moved for the worse, in tolerances, the furthest first."""

import pytest

from harness.report.moved import JUDGED, Moved, moves
from harness.verdict import Tolerances

USUAL = Tolerances()


def names(**deltas: float) -> list[str]:
    return [one.name for one in moves(deltas, USUAL)]


@pytest.mark.parametrize(
    ("name", "delta", "worse"),
    [
        ("pesq_wb", -0.1, True), ("pesq_wb", 0.1, False),
        ("pause_noise_db", 3.0, True), ("pause_noise_db", -3.0, False),
        ("delay_ms", 20.0, True), ("delay_ms", -20.0, True),  # either way is one
        ("polarity", -2.0, True), ("stoi", 0.0, False), ("estoi", -0.5, False),  # no verdict rests on that one
    ],
)  # fmt: skip
def test_only_what_is_judged_and_worse_has_moved(name: str, delta: float, worse: bool) -> None:
    assert names(**{name: delta}) == [name] * worse


def test_the_furthest_in_its_own_tolerances_comes_first_whatever_its_unit() -> None:
    deltas = {"pesq_wb": -2 * USUAL.of("pesq_wb"), "stoi": -3 * USUAL.of("stoi"), "delay_ms": USUAL.of("delay_ms")}
    found = moves(deltas, USUAL)
    assert [(one.name, round(one.tolerances, 6)) for one in found] == [("stoi", 3), ("pesq_wb", 2), ("delay_ms", 1)]


@pytest.mark.parametrize(
    ("name", "delta", "tolerances"),
    [
        ("length_change_samples", 1.0, 1.0),  # what may not change at all has a whole one for each
        ("polarity", -2.0, 4.0),
        ("word_errors", 1.0, 1.0),  # as many as the suite says are beyond it already
    ],
)
def test_what_is_counted_has_whole_steps(name: str, delta: float, tolerances: float) -> None:
    suite = USUAL.model_copy(update={"word_errors": 1})
    (found,) = moves({name: delta}, suite)
    assert found.tolerances == pytest.approx(tolerances)


@pytest.mark.parametrize("allowed", [0, 1, 2, 5])
def test_errors_in_words_are_divided_by_what_is_allowed_and_never_by_nothing(allowed: int) -> None:
    (found,) = moves({"word_errors": 3.0}, USUAL.model_copy(update={"word_errors": allowed}))
    assert found.tolerances == pytest.approx(3 / max(1.0, allowed - 0.5))


@pytest.mark.parametrize(
    ("name", "delta", "told"),
    [
        ("polarity", -2.0, "polarity inverted"),
        ("polarity", -1.0, "polarity changed on the way"),
        ("delay_ms", 20.0, "Delay +20.00 ms"),
        ("stoi", -0.1, "STOI \N{MINUS SIGN}0.100"),
    ],
)
def test_it_is_told_with_its_unit_where_that_says_something(name: str, delta: float, told: str) -> None:
    assert Moved(name, delta, 1.0).told.startswith(told)


def test_of_every_judged_measurement_it_can_be_told_that_it_moved() -> None:
    for row in JUDGED:
        (found,) = moves({row.name: 1.0}, USUAL) or moves({row.name: -1.0}, USUAL)
        assert found.tolerances > 0
        assert found.told
