"""What the tests of a suite do when they run: one tells what is wrong with all, and names stay text."""

SUITE = """
name = "mine"
[speech]
utterances = ["slt-04"]
[scores]
asr = false
pesq = false
[codecs.app]
adapter = "pcm"
[[setups]]
codec = "app"
topology = ["shared", "separate"]
"""


def test_where_nothing_was_accepted_one_test_tells_it_and_the_others_are_counted_apart(project):
    project.write("mine.codec.toml", SUITE)
    result = project.run("--codec-jobs=1")
    assert "1 failed, 4 unjudged" in result.stdout.str()
    assert result.ret == 1


def test_a_codec_that_cannot_be_loaded_is_told_by_one_test(project):
    project.write("mine.codec.toml", SUITE.replace('"pcm"', '"my_codec:Nope"'))
    result = project.run("--codec-jobs=1")
    lines = [line for line in result.stdout.lines if line.startswith("codec adapter 'my_codec:Nope': module my_codec")]
    assert len(lines) == 1  # its failure; pytest's summary has a part of it behind "FAILED"
    assert "1 failed, 4 unjudged" in result.stdout.str()


def test_what_was_accepted_passes_and_one_test_that_is_picked_needs_no_other(project):
    project.write("mine.codec.toml", SUITE)
    project.run("--codec-update", "--codec-jobs=1").assert_outcomes(passed=5)
    result = project.run("--codec-jobs=1", "-k", "separate and slt-04")
    result.assert_outcomes(passed=1, deselected=4)
    assert "app/separate  ok " in result.stdout.str()


def test_names_of_a_suite_cannot_write_into_the_log_of_a_runner(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "step.md"))
    project.write("mine.codec.toml", SUITE.replace('name = "mine"', 'name = "mine ::warning::x | <b>"'))
    shown = project.run("--codec-jobs=1").stdout.str()
    assert not [line for line in shown.splitlines() if line.startswith("::warning")]
    assert "<b>" not in (project.path / "step.md").read_text().replace("\\<b", "")
