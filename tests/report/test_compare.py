"""What changed between two runs."""

import pytest
from report.sample import build, measurements

from harness.record import Measurement, Verdict
from harness.report.compare import changes, grouped, other_weights


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"), kinds=("shared", "dirty-clone", "cross-talk"))


def replaced(record, place, **update):
    cells = tuple(
        cell.model_copy(update=update) if (cell.setup, cell.utterance) == place else cell for cell in record.cells
    )
    return record.model_copy(update={"cells": cells})


PLACE = ("mini/dirty-clone", "slt-01")


def test_nothing_changed(run):
    assert changes(run, run) == []


@pytest.mark.parametrize(
    ("before", "kind"),
    [(Verdict.IDENTICAL, "worse"), (Verdict.CORRUPT, "better"), (Verdict.UNDEFINED, "better")],
)
def test_the_rung_decides(run, before, kind):
    (change,) = changes(run, replaced(run, PLACE, verdict=before))
    assert (change.setup, change.utterance, change.kind) == (*PLACE, kind)
    assert change.size == abs(Verdict.ALTERED.rank - before.rank)


def test_becoming_undefined_is_worse(run):
    (change,) = changes(replaced(run, PLACE, verdict=Verdict.UNDEFINED), run)
    assert change.kind == "worse"


def moved(**deltas):
    numbers = measurements(Verdict.ALTERED, 0)
    for name, delta in deltas.items():
        before = numbers[name].value if name in numbers and numbers[name].value is not None else 0.0
        numbers[name] = Measurement.of(before + delta, "")
    return numbers


@pytest.mark.parametrize(
    ("deltas", "kind"),
    [
        ({"stoi": -0.03}, "worse"),
        ({"stoi": 0.03}, "better"),
        ({"delay_ms": 20.0}, "worse"),
        ({"pesq_wb": 0.8}, "better"),
        ({"stoi": -0.29, "delay_ms": 20.0, "transcript_logp": 0.003}, "worse"),
        ({"stoi": -0.29, "transcript_logp": 0.9}, "worse"),  # what lost anything is not better
        ({"transcript_logp": 0.003}, "other bits"),
        ({"stoi": -0.01}, "other bits"),
    ],
)
def test_on_one_rung_the_tolerances_decide(run, deltas, kind):
    numbers = moved(**deltas)
    before = replaced(run, PLACE, measurements=moved(delay_ms=0.0))
    (change,) = changes(replaced(before, PLACE, measurements=numbers, pcm_sha256="other"), before)
    assert change.kind == kind
    for name, delta in deltas.items():
        assert change.deltas[name] == pytest.approx(delta)
    assert 0 <= change.size < 1


def test_other_codes_are_other_bits_also_where_the_samples_are_equal(run):
    before = replaced(run, PLACE, pcm_sha256="one", codes_sha256="one")
    (change,) = changes(replaced(before, PLACE, codes_sha256="other"), before)
    assert change.kind == "other bits"


def test_equal_numbers_of_unknown_bits_are_no_change(run):
    assert changes(replaced(run, PLACE, measurements=moved(stoi=0.0004), pcm_sha256=None), run) == []


def test_bit_identical_output_is_no_change_whatever_its_scores(run):
    numbers = measurements(Verdict.CORRUPT, 0)
    assert changes(replaced(run, PLACE, measurements=numbers), run) == []


@pytest.mark.parametrize("before", [Verdict.IDENTICAL, Verdict.CORRUPT])
def test_what_was_recorded_anew_is_told_and_not_compared(run, before):
    spoken = tuple(one.model_copy(update={"sha256": "f" * 64}) if one.id == PLACE[1] else one for one in run.utterances)
    earlier = replaced(run, PLACE, verdict=before, measurements=moved(stoi=0.3), pcm_sha256="e" * 64)
    found = changes(run, earlier.model_copy(update={"utterances": spoken}))
    assert {(change.utterance, change.kind, change.told, change.size) for change in found} == {
        (PLACE[1], "other speech", "", 0.0)
    }
    assert len(found) == len(run.setups)
    assert not any(change.deltas for change in found)
    assert changes(run, run.model_copy(update={"utterances": ()})) == []


def test_cells_appear_and_disappear(run):
    fewer = run.model_copy(update={"cells": run.cells[1:]})
    assert [change.kind for change in changes(run, fewer)] == ["appeared"]
    assert [change.kind for change in changes(fewer, run)] == ["disappeared"]


def test_new_failures_come_first_then_worse_by_size(run):
    fine = tuple(setup.model_copy(update={"met": True}) for setup in run.setups)
    before = replaced(run, ("mini/shared", "slt-01"), verdict=Verdict.CORRUPT)
    before = replaced(before, PLACE, verdict=Verdict.IDENTICAL)
    before = replaced(before, ("mini/cross-talk", "slt-01"), verdict=Verdict.DEGRADED)
    found = changes(run, before.model_copy(update={"setups": fine}))
    assert [(change.setup, change.kind, change.new_failure) for change in found] == [
        ("mini/cross-talk", "worse", True),
        ("mini/dirty-clone", "worse", False),
        ("mini/shared", "better", False),
    ]


def test_changes_that_are_alike_are_put_together(run):
    before = run
    for utterance in ("slt-01", "awb-01", "low-01"):
        before = replaced(before, ("mini/cross-talk", utterance), verdict=Verdict.ALTERED)
    (group,) = grouped(changes(run, before))
    assert (group.setup, group.label, len(group.changes)) == ("mini/cross-talk", "worse", 3)
    assert group.was == "altered \N{RIGHTWARDS ARROW} corrupt"


def loading(record, **files):
    codecs = tuple(codec.model_copy(update={"loaded": files}) for codec in record.codecs)
    return record.model_copy(update={"codecs": codecs})


def test_other_weights_are_told_with_both_hashes(run):
    now, before = loading(run, config="a" * 64, weights="b" * 64), loading(run, config="a" * 64, weights="c" * 64)
    assert other_weights(now, now) == other_weights(run, now) == other_weights(now, run) == []
    said = other_weights(now, before)
    assert len(said) == len(run.codecs)
    assert f"the weights differ: weights has sha256 {'b' * 12}..., before {'c' * 12}..." in said[0]
    assert "loaded weights, before config, weights" in other_weights(loading(run, weights="b" * 64), now)[0]


def test_what_fails_its_gate_heads_the_list_and_says_why(run):
    before = replaced(run, ("mini/cross-talk", "slt-01"), verdict=Verdict.ALTERED)
    held = replaced(
        run, PLACE, gate=("delay changed by +20.0 ms",), pcm_sha256="other", measurements=moved(stoi=-0.001)
    )
    first, second = changes(held, before)
    assert (first.setup, first.label, first.kind) == ("mini/dirty-clone", "fails its gate", "other bits")
    assert second.setup == "mini/cross-talk"


def test_beyond_a_tolerance_outranks_more_rungs_within_all_of_them(run):
    before = replaced(run, PLACE, verdict=Verdict.IDENTICAL)  # two rungs, and no measurement moved
    before = replaced(before, ("mini/cross-talk", "slt-01"), measurements=measurements(Verdict.CORRUPT, 0))
    late = measurements(Verdict.CORRUPT, 0) | {"delay_ms": Measurement.of(20.0, "ms")}
    found = changes(replaced(run, ("mini/cross-talk", "slt-01"), measurements=late, pcm_sha256="late"), before)
    assert [change.setup for change in found] == ["mini/cross-talk", "mini/dirty-clone"]
    assert found[0].told == "Delay +20.00 ms"
    assert found[0].moved[0].tolerances == pytest.approx(20)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("delay_ms", 20.0, "Delay +20.00 ms"),
        ("gain_db", 5.9, "Gain +6.00 dB"),
        ("polarity", -1.0, "polarity inverted"),
        ("length_change_samples", 3.0, "Length change +3 samples"),
    ],
)
def test_what_no_score_hears_makes_it_worse(run, name, value, told):
    before = replaced(run, PLACE, measurements=moved(length_change_samples=0.0))
    numbers = moved(length_change_samples=0.0) | {name: Measurement.of(value, "")}
    (change,) = changes(replaced(before, PLACE, measurements=numbers, pcm_sha256="other"), before)
    assert (change.kind, change.told) == ("worse", told)


def test_a_better_rung_with_something_lost_is_both(run):
    before = replaced(run, PLACE, verdict=Verdict.CORRUPT)
    late = moved(delay_ms=20.0)
    (change,) = changes(replaced(run, PLACE, measurements=late, pcm_sha256="other"), before)
    assert change.kind == "better and worse"


def test_expected_failures_come_last(tmp_path):
    run = build(tmp_path, kinds=("shared", "dirty-clone", "reset-every-frame"))
    before = replaced(run, ("mini/reset-every-frame", "slt-01"), verdict=Verdict.IDENTICAL)
    before = replaced(before, PLACE, verdict=Verdict.EQUIVALENT)
    found = changes(run, before)
    assert [(change.setup, change.expected_failure) for change in found] == [
        ("mini/dirty-clone", False),
        ("mini/reset-every-frame", True),
    ]


def test_what_is_undefined_in_both_is_no_change(tmp_path):
    run = build(tmp_path, kinds=("shared", "broken"))
    assert changes(run, run) == []


def test_an_expected_failure_that_breaks_no_more_is_a_new_failure(tmp_path):
    run = build(tmp_path, kinds=("shared", "reset-every-frame"))
    place = ("mini/reset-every-frame", "slt-01")
    fine = tuple(
        setup.model_copy(update={"met": setup.name != place[0]}) if setup.name == place[0] else setup
        for setup in run.setups
    )
    now = replaced(run, place, verdict=Verdict.ALTERED).model_copy(update={"setups": fine})
    (change,) = changes(now, run)
    assert (change.kind, change.label, change.tone) == ("better", "new failure", "worse")
    assert change.told.startswith("an expected failure that did not break")
