"""`--codec-sensitivity` adds one test a suite, which fails when less is noticed than was accepted."""

import pytest

from harness.record import save
from harness.sensitivity.accepted import AcceptedPower, AcceptedSensitivity

SUITE = """
name = "power"
[speech]
utterances = ["heart-04"]
[codecs.pcm]
adapter = "pcm"
[scores]
pesq = false
stoi = false
asr = false
[[setups]]
codec = "pcm"
"""


@pytest.mark.slow  # it plants dozens of faults, three times
def test_power_is_accepted_and_held_and_falls_with_a_tolerance(pytester, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(pytester.path / "cache"))
    suite = pytester.path / "power.codec.toml"
    suite.write_text(SUITE)
    common = ["-m", "codec", "-p", "no:hypothesispytest", "--codec-jobs=1", "-k", "sensitivity", "--codec-sensitivity"]

    def run(*more: str, minutes: str = "0.3"):
        return pytester.runpytest_subprocess(*common[:-1], f"{common[-1]}={minutes}", *more, "power.codec.toml")

    result = run()
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["nothing was accepted yet (*power.sensitivity.json does not exist)*"])
    run("--codec-update").assert_outcomes(passed=1, deselected=3)
    run().assert_outcomes(passed=1, deselected=3)
    suite.write_text(SUITE + "[tolerances]\ngain_change = 60.0\nplain_level = 60.0\n")
    result = run()
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["*pcm/shared: blind for *louder*, which it was accepted to notice"])


def test_without_the_option_there_is_no_such_test_and_minutes_are_checked(pytester):
    (pytester.path / "power.codec.toml").write_text(SUITE)
    result = pytester.runpytest_subprocess("--collect-only", "-q", "-m", "codec", "power.codec.toml")
    assert "::sensitivity" not in result.stdout.str()
    result = pytester.runpytest_subprocess("--codec-sensitivity=-1", "power.codec.toml")
    assert "--codec-sensitivity: got -1, wanted minutes above 0" in result.stderr.str()
    assert result.ret == 4


def test_where_the_time_is_over_before_anything_is_probed_nothing_passes(pytester, monkeypatch):
    """With a thousandth of a minute the test was green, whatever the suite notices."""
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(pytester.path / "cache"))
    (pytester.path / "power.codec.toml").write_text(SUITE)
    subject = AcceptedPower(power=None, noticed=("louder",), alarms=0)
    accepted = AcceptedSensitivity(suite="power", budget_minutes=15, setups={"pcm/shared": subject})
    (pytester.path / "baselines").mkdir()
    save(pytester.path / "baselines" / "power.sensitivity.json", accepted)
    result = pytester.runpytest_inprocess(
        "-m", "codec", "--codec-jobs=1", "-k", "sensitivity", "--codec-sensitivity=0.00001", "power.codec.toml"
    )
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["*pcm/shared: accepted before and not probed now*"])
