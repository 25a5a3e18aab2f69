"""What a suite file becomes, and what collecting it costs."""

import subprocess
import sys

from harness.record import RunRecord, load

IDS = [
    "mine.codec.toml::baseline",
    "mine.codec.toml::mine/shared/heart-04",
    "mine.codec.toml::mine/shared/rms-04",
    "mine.codec.toml::mine/shared/corpus",
    "mine.codec.toml::mine/cloned-decoder/heart-04",
    "mine.codec.toml::mine/cloned-decoder/rms-04",
    "mine.codec.toml::mine/cloned-decoder/corpus",
    "mine.codec.toml::mine/reset-every-frame-decoder/heart-04",
    "mine.codec.toml::mine/reset-every-frame-decoder/rms-04",
    "mine.codec.toml::mine/reset-every-frame-decoder/corpus",
]
HEAVY = ("torch", "scipy", "librosa", "loky", "harness.runs.pipeline")


def test_one_test_per_setup_and_utterance_with_ids_that_read_well(project):
    result = project.run("--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == IDS


def test_two_suites_of_one_name_would_take_each_others_baseline(project):
    suite = (project.path / "mine.codec.toml").read_text()
    other = project.write("other.codec.toml", suite.replace("cloned-decoder", "takeover"))
    result = project.run("--codec-update")
    result.assert_outcomes(errors=1)
    assert result.ret == 2
    said = f"other.codec.toml:2: name: got 'mine', which {project.path}/mine.codec.toml is called too"
    assert said in result.stdout.str()
    assert not (project.path / "baselines").exists()
    other.write_text(suite.replace('"mine"', '"other"', 1))
    project.run("--collect-only", "mine.codec.toml::baseline", "mine.codec.toml", "other.codec.toml").assert_outcomes()


def test_importing_the_plugin_costs_nothing():
    code = (
        "import sys, time; now = time.process_time; start = now(); import pytest; began = now();"
        "import harness.pytest_plugin.plugin; print((now() - began) / (began - start),"
        "[m for m in ('numpy', 'pydantic', 'torch', 'scipy') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    of_pytests_own, _, heavy = shown.strip().partition(" ")
    assert float(of_pytests_own) < 0.5  # it is 0.13 on any machine; pydantic alone would be 1
    assert heavy == "[]"


def test_collecting_imports_nothing_that_runs_or_scores(project):
    project.write(
        "conftest.py",
        "import sys\ndef pytest_collection_finish(session):\n"
        f"    print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])\n",
    )
    project.run_outside("--collect-only", "-q", "-s").stdout.fnmatch_lines(["HEAVY []"])


def test_the_marker_selects_suites_in_the_middle_of_other_tests(accepted):
    accepted.write("test_other.py", "def test_arithmetic():\n    assert 1 + 1 == 2\n")
    accepted.run("--strict-markers", "-m", "codec").assert_outcomes(passed=10, deselected=1)
    accepted.run("--strict-markers", "-m", "not codec").assert_outcomes(passed=1, deselected=10)


def test_only_what_is_selected_runs(accepted):
    result = accepted.run("-k", "cloned and rms")
    result.assert_outcomes(passed=1, deselected=9)
    (folder,) = accepted.runs()
    cells = load(folder / "run.json", RunRecord).cells
    assert set(cells.places) == {("mine/cloned-decoder", "rms-04"), ("mine/shared", "rms-04")}


def test_a_test_can_be_named_on_the_command_line(accepted):
    accepted.run("mine.codec.toml::mine/shared/heart-04").assert_outcomes(passed=1)


def test_the_embedded_suite_can_be_named(project):
    result = project.run("--codec-suite", "embedded", "--collect-only", "-q", "-k", "cross-talk and heart-04")
    named = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert {"mini/cross-talk/heart-04", "opus/cross-talk/heart-04", "pcm/cross-talk/heart-04"} <= set(named)


def test_suite_errors_are_collection_errors_with_file_line_and_key(project):
    suite = project.path / "mine.codec.toml"
    good = suite.read_text()
    for old, new, said in (
        ("asr = false", "asr = true", "mine.codec.toml:9: scores.asr: *"),
        ('codec = "mine"', 'codec = "yours"', "mine.codec.toml:11: setups.codec: got 'yours', wanted one of mine"),
        ("[scores]", "[scores", "mine.codec.toml: not TOML: *line 8*"),
        ("heart-04", "nobody", "no utterance matches 'nobody'*"),
        ("adapter", "adaptor", "mine.codec.toml:5: codecs.mine.adapter: got None*"),
    ):
        suite.write_text(good.replace(old, new))
        result = project.run()
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([f"*{said}"])
        assert "Traceback" not in result.stdout.str()


def test_a_codec_that_cannot_be_used_is_one_clear_line(project):
    project.write("my_codec.py", "import nothing_of_that_name\n")
    result = project.run("-k", "shared")
    assert result.parseoutcomes() == {"failed": 1, "unjudged": 2, "deselected": 7}
    result.stdout.fnmatch_lines(["*codec adapter 'my_codec:MyCodec' cannot be imported*"])
    assert "Traceback" not in result.stdout.str()
