"""The settings of pyproject.toml and the options: what nobody reads, or nobody can use, is one line before any test."""

import pytest


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("jobs = true", "tool.codec-harness.jobs: got True, wanted a int"),
        ("jobs = 0", "tool.codec-harness.jobs: got 0, wanted 1 or more"),
        ("jobs = -3", "tool.codec-harness.jobs: got -3, wanted 1 or more"),
        ('jobs = "2"', "tool.codec-harness.jobs: got '2', wanted a int"),
        ("suites = [1]", "tool.codec-harness.suites: got 1, wanted names of files"),
        ('suites = "mine.codec.toml"', "tool.codec-harness.suites: got 'mine.codec.toml', wanted a list"),
        ('suites = ["none.toml"]', "none.toml: no such suite file"),
        ('suite = ["x"]', "tool.codec-harness.suite: unknown key; did you mean 'suites'?"),
        ("out = 1", "tool.codec-harness.out: got 1, wanted a str"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(table, said, project):
    project.write("pyproject.toml", f"[tool.codec-harness]\n{table}\n")
    result = project.run("--collect-only", "-q")
    shown = result.stdout.str() + result.stderr.str()
    assert said in shown.replace("\n", " ")
    assert "Traceback" not in shown
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("broken", ["tool = 1", "[tool]\ncodec-harness = 1", "no toml at all", "\x00"])
def test_a_file_of_settings_that_is_broken_is_one_line(broken, project):
    project.write("pyproject.toml", broken)
    result = project.run("--collect-only", "-q", "-c", "/dev/null", f"--rootdir={project.path}")
    shown = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in shown
    assert "INTERNALERROR" not in shown


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--codec-jobs=0", "--codec-jobs: got 0, wanted 1 or more"),
        ("--codec-limit=0", "--codec-limit: got 0, wanted seconds above 0"),
        ("--codec-limit=nan", "--codec-limit: got nan"),
        ("--codec-sensitivity=inf", "--codec-sensitivity: got inf, wanted minutes above 0"),
        ("--codec-suite=none.toml", "none.toml: no such suite file"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line(option, said, project):
    result = project.run("--collect-only", "-q", option)
    assert said in result.stderr.str() + result.stdout.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_suite_is_collected_once_however_often_it_is_named(project):
    project.write("pyproject.toml", '[tool.codec-harness]\nsuites = ["mine.codec.toml"]\n')
    alone = project.run("--collect-only", "-q", "mine.codec.toml").stdout.str()
    again = project.run("--collect-only", "-q", "--codec-suite=mine.codec.toml").stdout.str()
    count = alone.count("mine.codec.toml::")
    assert count == 10
    assert again.count("mine.codec.toml::") == count
