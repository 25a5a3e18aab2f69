"""`codec-harness calibrate` and `baseline`, as a user types them."""

import pytest
from click.testing import CliRunner

from harness.cli.main import cli

SUITE = """
name = "plain"
[speech]
utterances = ["heart-04"]
[codecs.plain]
adapter = "pcm"
[scores]
asr = false
pesq = false
[[setups]]
codec = "plain"
"""


@pytest.fixture
def type_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.codec.toml").write_text(SUITE)

    def typed(*args):
        result = CliRunner().invoke(cli, args)
        return result.exit_code, result.output, result.exception

    return typed


def test_from_calibrating_to_a_run_that_is_held_against_it(type_in, tmp_path):
    code, shown, _ = type_in("calibrate", "plain.codec.toml", "--repeats", "2", "--jobs", "1", "--out", "runs")
    assert code == 0
    assert "the first baseline of plain: 1 cells" in shown
    assert "1 of 1 cells gave the same bits in all 2 runs" in shown
    code, shown, _ = type_in("baseline", "show", "baselines/plain.json")
    assert "plain/shared" in shown
    assert "1 of 1 exact over up to 2 runs" in shown
    first, second = sorted(tmp_path.glob("runs/*/*/run.json"))
    code, shown, _ = type_in("baseline", "diff", str(first.parent))
    assert code == 0
    assert "1 of 1 bit for bit as accepted" in shown
    code, _, error = type_in("baseline", "diff", str(second.parent))
    assert "refused: baselines/plain.json was accepted from this very run" in str(error)
    code, shown, _ = type_in("baseline", "accept", str(first.parent), str(second.parent))
    assert "accepted into baselines/plain.json" in shown


def test_what_is_not_there_is_said(type_in):
    assert "no such baseline; accept a run first" in str(type_in("baseline", "show", "none.json")[2])
    assert "cannot be read" in str(type_in("baseline", "accept", "nowhere")[2])
