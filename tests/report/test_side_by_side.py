"""Runs side by side, for people, spreadsheets and programs; and which run was the last."""

import csv
import io
import json

import pytest
from report.sample import build

from harness.record import Measurement, RunRecord, load, save
from harness.report import publish, render
from harness.report.facts import named, what_was_run
from harness.report.figures import columns, figures, tallies
from harness.report.side_by_side import as_csv, as_json, side_by_side


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"), kinds=("shared", "cross-talk"))


def made(record, created, **update):
    provenance = record.provenance.model_copy(update={"created": created})
    return record.model_copy(update={"provenance": provenance, "key": created, **update})


def test_a_run_says_its_codecs_and_its_speech(run):
    assert what_was_run(run) == "mini; 3 utterances, 9 s"
    codec = run.codecs[0].model_copy(update={"name": "low", "adapter": "opus", "options": {"bitrate": 9000}})
    suite = {**run.suite, "speech": {"source": "embedded"}}
    told = what_was_run(run.model_copy(update={"codecs": (codec,), "suite": suite}))
    assert told == "low (opus, bitrate 9000); 3 utterances, 9 s, the embedded synthetic voices"
    elsewhere = run.model_copy(update={"suite": {"speech": {"source": ".../corpus/manifest.toml#12ab"}}})
    assert what_was_run(elsewhere).endswith("from corpus/manifest.toml")
    assert named(run) == "sample run ffffffff 2026-01-02 03:04"


def test_three_runs_are_shown_side_by_side(run):
    fewer = made(run, "2026-01-01", setups=run.setups[:1])
    shown = side_by_side([run, fewer, made(run, "2025-12-31")])
    assert [[line.run for line in lines] for _, lines in shown.rows] == [[0, 1, 2], [0, 2]]
    assert len(shown.runs) == 3


def test_figures_have_the_largest_delay_and_the_time_of_each_side(run):
    late = run.cells[0].model_copy(
        update={"measurements": run.cells[0].measurements | {"delay_ms": Measurement.of(-20.0, "ms")}}
    )
    run = run.model_copy(update={"cells": (late, *run.cells[1:])})
    tally = tallies(run)
    shown = columns([(run, tally)])
    found = dict(zip([column.name for column in shown], figures(run, tally, shown)["mini/shared"], strict=True))
    assert found["delay_ms"].text == "\N{MINUS SIGN}20.00"
    assert found["decode_rtf"].text == "0.130"
    # Encoded for another setup with the same calls: what that took is no time of this one.
    assert (found["encode_rtf"].text, found["encode_rtf"].value) == ("undefined", None)
    assert "encoded once" in found["encode_rtf"].why


def test_every_measurement_of_every_cell_goes_out_as_csv(run):
    rows = list(csv.DictReader(io.StringIO("".join(as_csv([run, made(run, "2026-01-01")])))))
    assert len(rows) == sum(len(cell.measurements) for cell in run.cells)
    stoi = next(row for row in rows if row["measurement"] == "stoi" and row["setup"] == "mini/cross-talk")
    assert (stoi["tolerance"], stoi["change"]) == ("0.02", "0.0")
    assert float(stoi["sample run ffffffff 2026-01-02 03:04"]) == pytest.approx(0.64)
    drift = next(row for row in rows if row["measurement"] == "drift_ppm")
    assert (drift["sample run ffffffff 2026-01-02 03:04"], drift["change"]) == ("", "")  # undefined is no number


def test_a_name_is_no_formula_of_a_spreadsheet(run):
    named = made(run, "2026-01-01", name="=cmd()")
    assert "'=cmd()" in next(as_csv([run, named]))


def test_changes_go_out_as_json_in_their_order(run):
    before = made(run, "2026-01-01", cells=run.cells[1:])
    told = json.loads("".join(as_json([run, before])))
    assert [change["change"] for change in told["changes"]] == ["appeared"]
    assert told["runs"][1]["created"] == "2026-01-01"


def test_a_part_of_a_suite_is_compared_with_that_part(tmp_path):
    build(tmp_path / "sample-1", kinds=("shared", "cross-talk"))
    whole = load(tmp_path / "sample-1" / "run.json", RunRecord)
    save(tmp_path / "sample-1" / "run.json", made(whole, "2025-01-01"))
    build(tmp_path / "sample-2", kinds=("shared",))
    publish(tmp_path / "sample-2")
    page = (tmp_path / "sample-2" / "index.html").read_text()
    assert "Changed since <bdi>sample run 2025-01-" in page
    assert "Nothing: every cell is what it was." in page


def test_several_runs_are_compared_on_one_page(tmp_path):
    for name in ("run", "one", "two"):
        build(tmp_path / name, name=name, kinds=("shared",))
    page = render(tmp_path / "run", against=[tmp_path / "one", tmp_path / "two"]).read_text()
    runs = page[page.index('<ol class="runs">') :]
    assert runs.index("<bdi>run run ffff") < runs.index("<bdi>one run ffff") < runs.index("<bdi>two run ffff")
