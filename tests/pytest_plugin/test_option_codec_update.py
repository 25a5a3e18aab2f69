"""`--codec-update` accepts, and says what changed; without an accepted baseline nothing passes."""

import json
import os

import pytest

from harness.record import SEAL, sealing


def test_nothing_passes_before_something_was_accepted(project):
    result = project.run("-k", "shared", "--junitxml", "junit.xml")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 2, "deselected": 7}
    result.stdout.fnmatch_lines(["nothing was accepted yet (*mine.json does not exist); * accept with --codec-update"])
    assert 'failures="3"' in (project.path / "junit.xml").read_text()
    result = project.run_outside("-n", "2", "-v", "-k", "shared")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 2}
    result.stdout.fnmatch_lines(["*UNJUDGED*mine/shared/corpus*"])


def test_what_was_accepted_passes_and_the_file_reads_well(accepted):
    accepted.run().assert_outcomes(passed=10)
    text = (accepted.path / "baselines/mine.json").read_text()
    baseline = json.loads(text)
    cell = baseline["setups"]["mine/shared"]["utterances"]["heart-04"]
    assert cell["measured"]["pesq_wb"] == pytest.approx(2.453, abs=0.01)
    assert baseline["scorers"]["pesq_wb"].startswith("pesq 0.0.4")
    assert len(text) < 8000
    assert sum('pesq_wb": 2' in line for line in text.splitlines()) == 4  # one line per cell


def test_accepting_says_what_changed_and_a_part_leaves_the_rest_alone(accepted):
    before = json.loads((accepted.path / "baselines/mine.json").read_text())
    code = (accepted.path / "my_codec.py").read_text()
    accepted.write("my_codec.py", code.replace("decode(codes)\n", "decode(codes) * 0.5\n"))
    result = accepted.run("-k", "shared and heart", "--codec-update")
    result.assert_outcomes(passed=1, deselected=9)
    result.stdout.fnmatch_lines(
        ["accepted into *mine.json: 1 change", "*changed mine/shared/heart-04: other pcm, gain_db -1.00516 -> -7.0*"]
    )
    after = json.loads((accepted.path / "baselines/mine.json").read_text())
    assert after["setups"]["mine/cloned-decoder"] == before["setups"]["mine/cloned-decoder"]
    assert (
        after["setups"]["mine/shared"]["utterances"]["rms-04"]
        == before["setups"]["mine/shared"]["utterances"]["rms-04"]
    )


def test_a_failing_codec_is_never_accepted(accepted):
    kept = (accepted.path / "baselines/mine.json").read_bytes()
    suite = accepted.path / "mine.codec.toml"
    suite.write_text(suite.read_text().replace("my_codec:MyCodec", "planted.faults:RaisesHalfWay"))
    result = accepted.run("--codec-update", "-k", "shared")
    said = "cannot be accepted: 2 cells failed (mine/shared/heart-04, *: mine/shared/heart-04 and 1 more: *"
    result.stdout.fnmatch_lines([f"*{said}"])
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 2, "deselected": 7}
    assert result.ret == 1
    assert (accepted.path / "baselines/mine.json").read_bytes() == kept


def test_a_checkout_that_cannot_be_written_is_one_clear_message(accepted):
    (accepted.path / "blocked").write_text("a file where the folder should be")
    result = accepted.run("--codec-update", "--codec-baselines", "blocked", "-k", "shared and rms")
    assert "mine.json: cannot be written (Not a directory)" in result.stdout.str()
    assert "nothing was changed" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert result.ret == 1
    assert not list(accepted.path.glob("**/*.partial"))


def _unsealed(text):
    return "".join(line for line in text.splitlines(keepends=True) if SEAL not in line)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace("{", "<<<<<<< ours\n{", 1), "*mine.json:1: the baseline holds an unresolved merge*"),
        (
            lambda text: text.replace('"schema_version": 2', '"schema_version": 9'),
            "*schema 9, this codec-harness reads*",
        ),
        (
            lambda text: text.replace('"pesq_wb": 2', '"pesq_wb": 1'),
            "*mine.json: a Baseline that is not as it was written: damaged, or edited; restore it from*",
        ),
        (lambda text: text[:-40], "*mine.json:*: a Baseline that is not JSON*"),
        (
            lambda text: sealing(_unsealed(text).replace("pesq 0.0.4 wb", "pesq 0.0.3 wb")),
            "*is stale and was not compared: scorer pesq_wb was*",
        ),
    ],
)
def test_a_baseline_that_cannot_be_used_is_one_clear_message(accepted, spoil, said):
    path = accepted.path / "baselines/mine.json"
    path.write_text(spoil(path.read_text()))
    result = accepted.run("-k", "shared and heart")
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines([said])
    assert os.linesep + "Traceback" not in result.stdout.str()


def test_what_was_accepted_and_is_gone_or_new_fails(accepted):
    suite = accepted.path / "mine.codec.toml"
    good = suite.read_text()
    suite.write_text(good.replace('"heart-04", "rms-04"', '"heart-04", "slt-04"'))
    result = accepted.run("-k", "mine/shared")
    result.assert_outcomes(failed=2, passed=1, deselected=7)
    result.stdout.fnmatch_lines(["*slt-04 was never accepted*", "*rms-04: accepted before and missing from this run*"])
    suite.write_text(good.replace(', "cloned-decoder"', ""))
    result = accepted.run()
    result.stdout.fnmatch_lines(["*accepted before and missing from the suite: mine/cloned-decoder*"])
    result.assert_outcomes(failed=1, passed=6)
