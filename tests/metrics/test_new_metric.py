"""
A metric that is added as `ARCHITECTURE.md` says, in a copy of the package, shows everywhere without another edit.

The copy has a function in a file of its own and a row in the table. It runs as a user's harness does, in processes of
its own: once to be accepted, and once with a decoder that is reset, which the gate of the new metric must see.
"""

import os
import subprocess
import sys
from pathlib import Path

import harness

PACKAGE = Path(harness.__file__).parent

FUNCTION = '''
"""Share of samples that have the sign of the uncoded speech: a planted metric, 0 to 1, higher is better."""

import numpy as np

from harness.metrics.alignment import AlignedPair

VERSION = 1


def version() -> str:
    return f"planted {VERSION}"


def same_sign(pair: AlignedPair) -> float:
    return float(np.mean(np.sign(pair.reference.samples) == np.sign(pair.degraded.samples)))


def other_sign(pair: AlignedPair) -> float:
    return 1.0 - same_sign(pair)
'''

IMPORTS = """\
from harness.metrics.same_sign import other_sign, same_sign
from harness.metrics.same_sign import version as same_sign_version
"""

ROW = """\
    Metric(
        "same_sign", "1", QUALITY, 3, "Samples of the same sign",
        "share of samples with the sign of the uncoded speech", short="signs", better=HIGHER, over=Over.MEAN,
        tolerance=Tolerance("same_sign_drop", 0.001), gated=True, itself=1.0, headline=True, plotted=True,
        scorer=Scoring(same_sign, same_sign_version, 16_000),
    ),
    Metric(
        "other_sign", "1", QUALITY, 1, "Samples of the other sign", "share of samples with another sign",
        better=LOWER, percent=True, over=Over.MEAN, tolerance=Tolerance("other_sign_rise", 0.001), gated=True,
        scorer=Scoring(other_sign, same_sign_version, 16_000),
    ),
)  # fmt: skip
"""

SCRIPT = """
from pathlib import Path

from harness.gate.accept import accept
from harness.gate.guarded import Guarded
from harness.gate.text import cell_failures
from harness.report import publish
from harness.report.terminal import console, show
from harness.runs import pipeline, suite as suites
from harness.runs.preparing import Options

def run(reset):
    content = {
        "codecs": {"low": {"adapter": "opus", "bitrate": 9000}},
        "speech": {"utterances": ["heart-04"]},
        "scores": {"pesq": False, "stoi": False, "asr": False},
        "tolerances": {"same_sign_drop": 0.002},
        "topologies": {"mine": {"decoder": {"instance": "separate", "reset": reset}}},
        "setups": [{"codec": "low", "topology": ["shared", "mine"], "at_least": "corrupt"}],
    }
    suite = suites.parse(content, "planted", Path(), "planted")
    return pipeline.run(suite, Path("reports"), Options(explain=False, repeat=False), jobs=1)

before, after = run("never"), run("every-call")
accept([before], Path("planted.json"), whole=True)
show(after.record, console())
print("REASONS", after.record.setups[1].reasons)
found = Guarded(Path("planted.json"), {"folder": str(after.folder), "accepted": None, "complete": True, "whole": True})
print("GATE", cell_failures(found, "low/mine", "heart-04", []))
publish(after.folder, against=lambda record: before.record, single_file=True)
print("CORPUS", sorted(after.record.setups[1].corpus))
print("SCORERS", after.record.provenance.scorers["same_sign"])
print("REPORT", after.folder)
"""


def planted(folder: Path) -> dict[str, str]:
    """Make a copy of the package with the metric in it; return the environment that uses it."""
    copy = folder / "harness"
    (copy / "metrics").mkdir(parents=True)
    for place in (PACKAGE, PACKAGE / "metrics"):
        for path in place.iterdir():
            if path.name not in ("metrics", "catalogue.py", "__pycache__"):
                (copy / path.relative_to(PACKAGE)).symlink_to(path)
    (copy / "metrics" / "same_sign.py").write_text(FUNCTION)
    table = (PACKAGE / "metrics" / "catalogue.py").read_text()
    table, end, first = (
        (PACKAGE / "metrics" / "catalogue.py").read_text(),
        ")  # fmt: skip\n",
        "from harness.metrics.stoi",
    )
    assert table.count(end) == 1
    table = table.replace(first, f"{IMPORTS}{first}", 1).replace(end, ROW)
    (copy / "metrics" / "catalogue.py").write_text(table)
    return {**os.environ, "PYTHONPATH": str(folder)}


def test_a_new_metric_is_a_row_and_a_function(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=planted(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = {line.partition(" ")[0]: line for line in done.stdout.splitlines() if line[:1].isupper()}
    heading, reference, broken, *_ = done.stdout.splitlines()
    assert "signs" in heading.split()
    now, before = (float(line[heading.index("signs") :].split()[0]) for line in (broken, reference))
    assert now < before - 0.002
    assert f"signs {now:.3f} instead of {before:.3f}" in lines["REASONS"]  # the verdict, by the suite's tolerance
    assert "same_sign_change_low" in lines["CORPUS"]
    assert "planted 1" in lines["SCORERS"]
    assert f"samples of the other sign {1 - now:.1%} instead of {1 - before:.1%}" in lines["REASONS"]
    for name, gate in (("same_sign", ">="), ("other_sign", "<=")):  # beside its gate in the failure message
        (row,) = [line for line in done.stdout.splitlines() if line.split()[:1] == [name]]
        assert row.split()[3] == gate
        assert row.endswith("FAILED")
    assert any("signs" in line and "gate >=" in line for line in done.stdout.splitlines())
    page = (tmp_path / lines["REPORT"].split()[1] / "report.html").read_text()
    assert "Samples of the same sign" in page  # its measurement, its corpus figure and its plot
    assert "&Delta; signs" in page  # what changed since the other run
