"""The plugin among pytest's own options and other people's plugins."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

from harness.record import JOURNAL, RunRecord, load, so_far


def test_xdist_runs_each_cell_once_into_one_folder(accepted):
    accepted.write(
        "conftest.py",
        "import harness.runs.pipeline as p\nfrom pathlib import Path\nkept = p.run\n"
        "def counted(*args, **options):\n"
        "    with Path('calls').open('a') as file:\n        file.write('run\\n')\n"
        "    return kept(*args, **options)\np.run = counted\n",
    )
    result = accepted.run_outside("-n", "2", "-p", "no:benchmark")
    result.assert_outcomes(passed=10)
    assert (accepted.path / "calls").read_text() == "run\n"
    assert len(accepted.runs()) == 1
    result.stdout.fnmatch_lines(["mine/shared * ok * 2 of 2 bit for bit as accepted*", "report: */index.html"])


def test_xdist_runs_the_suites_of_the_table_beside_a_testpath(accepted):
    (accepted.path / "suites").mkdir()
    (accepted.path / "mine.codec.toml").rename(accepted.path / "suites" / "mine.toml")
    accepted.write("my_tests/test_one.py", "def test_one():\n    pass\n")
    accepted.write(
        "pyproject.toml",
        '[tool.pytest.ini_options]\ntestpaths = ["my_tests"]\npythonpath = ["."]\n'
        '[tool.codec-harness]\nsuites = ["suites/mine.toml"]\n',
    )
    result = accepted.run_outside("-n", "2", "-p", "no:benchmark")
    result.assert_outcomes(passed=11)


def test_a_worker_of_xdist_that_dies_costs_only_what_it_was_doing(accepted):
    accepted.write("test_crash.py", "import os, time\ndef test_crash():\n    time.sleep(1)\n    os._exit(3)\n")
    result = accepted.run_outside("-n", "2", "-p", "no:benchmark", "--max-worker-restart", "3")
    result.stdout.fnmatch_lines(["*test_crash.py::test_crash*", "mine/shared * ok *"])
    assert result.parseoutcomes()["passed"] >= 9


def test_junit_carries_the_measurements_as_properties(accepted):
    accepted.run("--junitxml", "junit.xml", "-k", "shared").assert_outcomes(passed=3, deselected=7)
    cases = {case.get("name"): case for case in ElementTree.parse(accepted.path / "junit.xml").iter("testcase")}  # noqa: S314
    properties = {one.get("name"): one.get("value") for one in cases["mine/shared/heart-04"].iter("property")}
    assert properties["codec.verdict"] == "identical"
    assert properties["codec.pesq_wb"] is not None
    assert float(properties["codec.pesq_wb"]) > 2
    assert properties["codec.gate.pesq_wb"] == ">= 2.303"
    assert properties["codec.exact"] == "true"


def test_exitfirst_and_last_failed(accepted):
    accepted.write("my_codec.py", "from planted.faults import HalfGain as MyCodec")
    accepted.run("-x", "-k", "shared").assert_outcomes(failed=1, deselected=7)
    result = accepted.run("--lf", "-q")
    result.assert_outcomes(failed=1)
    assert "mine/shared/heart-04" in result.stdout.str()


def test_on_github_failures_are_annotated_and_summed_up(accepted, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(accepted.path / "step.md"))
    accepted.write("my_codec.py", "from planted.faults import HalfGain as MyCodec")
    result = accepted.run("-k", "shared and heart")
    result.stdout.fnmatch_lines(["::error title=codec mine/shared::gain changed by -6.02 dB (now *"])
    step = (accepted.path / "step.md").read_text()
    assert "### codec: mine" in step
    assert "| mine/shared | degraded | FAILED" in step


def test_a_step_summary_that_cannot_be_written_is_told_and_costs_nothing(accepted, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(accepted.path / "no-such-folder" / "step.md"))
    result = accepted.run("-k", "shared and heart")
    result.assert_outcomes(passed=1, deselected=9)
    result.stdout.fnmatch_lines(["GITHUB_STEP_SUMMARY: nothing could be written there: *no-such-folder*"])
    assert result.ret == 0


COARSER = """
from planted.faults import Sound

class MyCodec(Sound):
    def __init__(self, bitrate):
        super().__init__(bitrate=bitrate * 2 // 3)
"""


def told(folder):
    """Return what the run in *folder* says of itself: its record, and each place that people and machines read."""
    record = json.loads((folder / "run.json").read_text())
    junit = ElementTree.parse(folder / "junit.xml").find("testsuite")  # noqa: S314 - our own
    assert junit is not None
    return record, junit.get("failures"), (folder / "summary.md").read_text(), (folder / "index.html").read_text()


def test_the_gates_outcome_is_the_runs_outcome_everywhere(accepted, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(accepted.path / "step.md"))
    accepted.write("my_codec.py", COARSER)
    accepted.run("-k", "shared or cloned").assert_outcomes(failed=4, passed=2, deselected=4)
    folder = max(accepted.runs(), key=lambda place: (place / "run.json").stat().st_mtime_ns)
    record, failures, summary, page = told(folder)
    assert not record["met"]
    assert record["headline"].startswith("2 of 2 setups fail their gates: mine/shared (2 of 2 utterances fail, worst ")
    cells = load(folder / "run.json", RunRecord).cells
    assert any("PESQ-WB" in reason for reason in cells[0].reasons)
    assert record["setups"][1]["verdict"] == "identical"
    assert failures == "2"
    assert summary.startswith("# 2 of 2 setups fail their gates")
    assert "**mine/cloned-decoder** is not what was accepted" in summary
    assert "Not as expected" in page
    assert "fail their gates" in (accepted.path / "step.md").read_text()
    assert all(cell.gate == cell.reasons[: len(cell.gate)] != () for cell in cells)
    kept = [json.loads(line) for line in (folder / "cells.jsonl").read_text().splitlines()]
    assert not any("gate" in cell for cell in kept)  # what was measured is written once
    assert {(one["setup"], one["utterance"]) for one in record["cells"]["told"]} == set(cells.places)

    run = [sys.executable, "-m", "harness", "run", "mine.codec.toml", "--setup", "mine/[sc]*", "--jobs", "1"]
    said = subprocess.run(run, cwd=accepted.path, capture_output=True, text=True, env=os.environ.copy())
    assert said.returncode == 0, said.stdout + said.stderr  # without the baseline there is nothing against it
    record, failures, summary, page = told(folder)
    assert record["met"]
    assert record["gate"] is None
    assert failures == "0"
    assert "All 2 setups are what they must be" in page


def test_a_baseline_that_cannot_be_compared_with_is_the_outcome(project):
    project.run("-k", "shared or baseline").assert_outcomes(failed=1, deselected=6)
    (folder,) = project.runs()
    record, failures, summary, page = told(folder)
    assert record["headline"].startswith("nothing was accepted yet")
    assert (record["met"], failures) == (False, "1")
    assert "nothing was accepted yet" in summary
    assert "Not as expected" in page


def test_settings_are_read_from_pyproject(accepted):
    accepted.path.joinpath("mine.codec.toml").rename(accepted.path / "chosen.toml")
    accepted.path.joinpath("baselines").rename(accepted.path / "kept")
    table = '[tool.codec-harness]\nsuites = ["chosen.toml"]\nbaselines = "kept"\nout = "elsewhere"\njobs = 1\n'
    accepted.write("pyproject.toml", table)
    accepted.run("-k", "shared and heart").assert_outcomes(passed=1, deselected=9)
    assert list(accepted.path.glob("elsewhere/*/run.json"))
    accepted.write("pyproject.toml", table.replace("out =", "output ="))
    result = accepted.run()
    assert "tool.codec-harness.output: unknown key; did you mean 'out'? wanted one of suites" in result.stderr.str()


def test_options_name_suite_folders_and_jobs(accepted):
    accepted.write("other/sub.toml", (accepted.path / "mine.codec.toml").read_text())
    (accepted.path / "mine.codec.toml").unlink()
    options = ("--codec-suite", "other/sub.toml", "--codec-out", "here", "--codec-baselines", "baselines")
    accepted.run(*options, "--codec-jobs", "1", "-k", "shared and heart").assert_outcomes(passed=1, deselected=9)
    assert list(accepted.path.glob("here/*/run.json"))
    result = accepted.run("--codec-suite", "nowhere.toml")
    assert "nowhere.toml: no such suite file" in result.stderr.str()
    result = accepted.run("--codec-jobs", "0")
    assert "--codec-jobs: got 0, wanted 1 or more" in result.stderr.str()


def finished(folder):
    """Return the cells of the run that goes on, each whole."""
    return [cell for path in folder.glob(f"reports/*/{JOURNAL}") for cell in so_far(path.parent)[0]]


def test_interrupted_the_finished_cells_are_kept_and_nothing_is_half_written(accepted):
    command = [sys.executable, "-m", "pytest", "--codec-fresh", "--codec-jobs", "1", "--codec-update"]
    kept = (accepted.path / "baselines/mine.json").read_bytes()
    shutil.rmtree(accepted.path / "reports", ignore_errors=True)
    process = subprocess.Popen(command, cwd=accepted.path, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    deadline = time.monotonic() + 120
    while not finished(accepted.path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=120)
    assert process.returncode == 2, shown
    assert "codec: interrupted; finished cells are kept, and the same command goes on from there" in shown
    assert finished(accepted.path)
    assert (accepted.path / "baselines/mine.json").read_bytes() == kept
    assert not list(accepted.path.glob("**/*.partial"))
    accepted.run("--codec-jobs", "1").assert_outcomes(passed=10)  # and goes on from there


def test_quiet_is_quiet_until_something_fails(accepted):
    result = accepted.run("-q")
    said = [line for line in result.outlines if line.strip()]
    assert said[1:] == [
        *(line for line in said if line.startswith("-") and "codec: mine" in line),
        "3 of 3 setups ok",
        *(line for line in said if line.startswith("report: ")),
        said[-1],
    ]
    accepted.write("my_codec.py", "from planted.faults import HalfGain as MyCodec")
    result = accepted.run("-q", "-k", "shared or every")
    result.stdout.fnmatch_lines(["mine/shared * FAILED * 2 of 2 utterances, *", "1 of 2 setups ok"])


def test_the_summary_fits_a_terminal_of_80_columns(accepted):
    accepted.write("my_codec.py", "from planted.faults import HalfGain as MyCodec")
    result = accepted.run("-k", "shared and heart")
    start = next(number for number, line in enumerate(result.outlines) if "codec: mine" in line)
    stop = next(number for number, line in enumerate(result.outlines) if line.startswith("report: "))
    assert max(map(len, result.outlines[start:stop])) <= 80
    assert stop - start > 2


def test_durations_show_which_test_carried_the_run(accepted):
    accepted.run("--durations", "1", "-k", "shared").stdout.fnmatch_lines(["*s call *::mine/shared/heart-04*"])
