"""Numbers as a person reads them, with the limits that the suite sets."""

import pytest
from report.sample import build

from harness.record import Measurement, RunRecord, load
from harness.report import tables
from harness.report.media import Media
from harness.report.view import ShownRun, View

TOLERANCES = {"pesq_wb_drop": 0.15, "gain_change": 1.0}
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("name", "own", "other", "said", "beyond"),
    [
        ("pesq_wb", 2.5, 2.6, "at least 2.45", False),
        ("pesq_wb", 2.4, 2.6, "at least 2.45", True),
        ("gain_db", 0.9, 0.0, "0.00 \N{PLUS-MINUS SIGN} 1", False),
        ("gain_db", -1.1, 0.0, "0.00 \N{PLUS-MINUS SIGN} 1", True),
        ("stoi", 0.1, 0.9, None, False),  # these tolerances say nothing of it
        ("amplitude_rms_db", 1.2, 0.0, "within \N{PLUS-MINUS SIGN}1", True),
    ],
)
def test_gate(name, own, other, said, beyond):
    assert tables.gate(name, Measurement.of(own, ""), Measurement.of(other, ""), TOLERANCES) == (said, beyond)


def test_an_undefined_reference_sets_no_gate():
    assert tables.gate("pesq_wb", Measurement.of(2.0, ""), Measurement.missing("-"), TOLERANCES) == (None, False)


def test_corpus_figures_carry_their_interval(tmp_path):
    setup = build(tmp_path, kinds=("shared", "dirty-clone")).setups[1]
    rows = {row["label"]: row for row in tables.corpus(setup)}
    assert rows["PESQ, wide band"]["value"] is not None
    assert rows["PESQ, wide band"]["value"].endswith(" MOS-LQO")  # the hyphen is no minus
    assert rows["PESQ, wide band"]["change"] == f"{MINUS}0.20"
    assert rows["PESQ, wide band"]["interval"] == f"{MINUS}0.31 to {MINUS}0.09"
    assert rows["STOI"]["interval"] is None
    few = {"stoi_change_low": Measurement.missing("too few"), "stoi_change_high": Measurement.missing("too few")}
    setup = setup.model_copy(update={"corpus": setup.corpus | few})
    assert {row["label"]: row for row in tables.corpus(setup)}["STOI"]["interval"] == "too few"


def test_factors_that_differ_are_listed(tmp_path):
    record = build(tmp_path, kinds=("shared", "dirty-clone"))
    assert tables.differs(record.setups[1], record.setups[0]) == [
        ("topology.decoder.instance", "clone", "shared"),
        ("topology.decoder.dirty", True, False),
    ]
    assert tables.differs(record.setups[0], record.setups[0]) == []


def test_true_is_not_1_among_factors_that_differ(tmp_path):
    record = build(tmp_path, kinds=("shared", "dirty-clone"))
    one, other = (
        setup.model_copy(update={"factors": {"codec.x": value}})
        for setup, value in zip(record.setups, (1, True), strict=True)
    )
    assert tables.differs(other, one) == [("codec.x", True, 1)]


def test_what_moved_since_before_decides_though_nothing_is_held_against_it(tmp_path):
    cell = build(tmp_path, kinds=("shared",)).cells[0]
    quiet = cell.model_copy(update={"measurements": cell.measurements | {"gain_db": Measurement.of(-6.0, "dB")}})
    rows = {row["name"]: row for row in tables.measurements(quiet, None, cell, TOLERANCES)}
    assert rows["gain_db"]["beyond"]
    assert rows["gain_db"]["decides"]
    assert "decides" not in rows["si_sdr_db"]


def test_a_sign_may_not_change():
    one, inverted = Measurement.of(1, "sign"), Measurement.of(-1, "sign")
    assert tables.gate("polarity", one, one, TOLERANCES) == ("1", False)
    assert tables.gate("polarity", inverted, one, TOLERANCES) == ("1", True)


def test_what_a_cell_took_is_beside_what_it_was_judged_by(folder):
    record = load(folder / "run.json", RunRecord)
    took = {"decode_rtf": Measurement.of(0.25, "1")}
    cell, reference = (one.model_copy(update={"timing": took}) for one in record.cells[:2])
    (row,) = (row for row in tables.measurements(cell, reference, None, {}) if row["name"] == "decode_rtf")
    assert (row["value"], row["reference"]) == ("0.250", "0.250")
    view = View(
        ShownRun(record.model_copy(update={"cells": (cell, reference)}), folder, "x"), None, Media(folder, True)
    )
    assert view.overview()["measures"]["decode_rtf"][1] == "Time"


def test_the_range_over_variants_stands_beside_a_value_and_widens_the_limit_of_others(tmp_path):
    cell = build(tmp_path, kinds=("shared",)).cells[0]
    known = cell.measurements | {"pesq_wb": Measurement.of(2.6, "MOS-LQO"), "codes_equal": Measurement.of(0.0, "bool")}
    reference = cell.model_copy(update={"variants": {"pesq_wb": (2.5, 2.7)}, "measurements": known})
    rows = {row["name"]: row for row in tables.measurements(reference, None, None, TOLERANCES)}
    assert rows["pesq_wb"]["variants"] == "2.50 to 2.70"
    assert "variants" not in rows["stoi"]
    for own, beyond in ((2.3, None), (2.2, True), (2.6, None)):
        low = cell.model_copy(update={"measurements": known | {"pesq_wb": Measurement.of(own, "MOS-LQO")}})
        rows = {row["name"]: row for row in tables.measurements(low, reference, None, TOLERANCES)}
        assert (rows["pesq_wb"]["gate"], rows["pesq_wb"].get("beyond")) == ("at least 2.25", beyond)


def test_a_limit_either_way_has_both_its_ends_beside_variants():
    own, other = (Measurement.of(one, "dB") for one in (-1.5, 0.0))
    said = f"{MINUS}2.00 to 1.50"
    assert tables.gate("gain_db", own, other, TOLERANCES, (-1.0, 0.5)) == (said, False)
    assert tables.gate("gain_db", Measurement.of(1.6, "dB"), other, TOLERANCES, (-1.0, 0.5)) == (said, True)
