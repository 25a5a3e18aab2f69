"""What a command's exit code says: a verdict is 0 or 1, and nothing else is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parents[1]
SUITE = """
[speech]
utterances = ["slt-04"]
[scores]
asr = false
[codecs.app]
adapter = "{adapter}"
[[setups]]
codec = "app"
"""
CODEC = """
from harness.codecs.pcm import PcmCodec, PcmInstance
class Mine(PcmCodec):
    def open(self):
        return MyInstance(self.info)
class MyInstance(PcmInstance):
    def decode(self, codes):
        return {decoded}
"""
GOOD, BAD = CODEC.format(decoded="super().decode(codes)"), CODEC.format(decoded="super().decode(codes) / 2")
FAULT = """
import sys
from harness.cli import listing, main
listing.adapters = lambda: {nothing}["x"]
sys.argv = ["codec-harness", "list", "codecs", *{more}]
main.main()
"""


def python(*arguments, cwd=None, **variables):
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def judge(folder, *more):
    places = ("--good", "ref.toml::app/shared", "--bad", "app.toml::app/shared", "--bad-if", "not-identical")
    return python("-m", "harness", "bisect", *places, "--exit-code", "--jobs", "1", *more, cwd=folder)


def test_a_fault_of_the_harness_is_one_line_and_70():
    done = python("-c", FAULT.replace("{more}", "[]").replace("{nothing}", "{}"))
    assert done.returncode == 70
    assert done.stderr.startswith("codec-harness: internal error, a fault of the harness: KeyError: 'x' (<string>:4)")
    assert len(done.stderr.splitlines()) == 1
    told = python("-c", FAULT.replace("{more}", "[]").replace("{nothing}", "{}"), CODEC_HARNESS_TRACEBACK="1")
    assert "Traceback (most recent call last)" in told.stderr
    assert told.returncode == 70


def test_a_fault_whose_message_cannot_be_told_is_told_all_the_same():
    code = "class X(Exception):\n  def __str__(self): raise ValueError\ndef fail(): raise X\n"
    done = python("-c", code + FAULT.replace('lambda: {nothing}["x"]', "fail").replace("{more}", "[]"))
    assert done.returncode == 70
    assert "X: (its message cannot be read)" in done.stderr


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "ref.toml").write_text(SUITE.format(adapter="pcm"))
    (tmp_path / "app.toml").write_text(SUITE.format(adapter="mine:Mine"))
    (tmp_path / "mine.py").write_text(GOOD)
    return tmp_path


def test_what_can_be_judged_is(checkout):
    assert judge(checkout).returncode == 0
    (checkout / "mine.py").write_text(BAD)
    done = judge(checkout)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("app.toml", None),
        ("app.toml", "no = [toml"),
        ("app.toml", SUITE.format(adapter="mine:Other")),
        ("mine.py", None),
        ("mine.py", "1/0"),
        ("mine.py", "import os; os._exit(1)"),
        ("mine.py", "import sys; sys.exit(1)"),
        ("mine.py", CODEC.format(decoded="1/0")),
        ("mine.py", CODEC.format(decoded="__import__('os')._exit(1)")),
    ],
)
def test_what_cannot_be_judged_is_125(name, content, checkout):
    (checkout / name).unlink()
    if content is not None:
        (checkout / name).write_text(content)
    done = judge(checkout)
    assert done.returncode == 125, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr


def test_wrong_usage_of_a_judge_is_125_too(checkout):
    assert judge(checkout, "--no-such-option").returncode == 125
    assert judge(checkout, "--bad-if", "nonsense ???").returncode == 125


def test_git_bisect_run_skips_what_cannot_be_judged_and_finds_the_commit(checkout):
    def git(*arguments):
        environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "PYTHONPATH": str(ROOT)}
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commit(subject, **contents):
        for name, content in contents.items():
            place = checkout / name.replace("_", ".")
            if content is None:
                place.unlink(missing_ok=True)
            else:
                place.write_text(content)
        git("add", "-A")
        git("commit", "--allow-empty", "-qm", subject)
        return git("rev-parse", "HEAD")

    suites = {name: (checkout / name.replace("_", ".")).read_text() for name in ("ref_toml", "app_toml")}
    git("init", "-q")
    oldest = commit("before there was a suite", ref_toml=None, app_toml=None)
    commit("a suite", **suites)
    commit("does not load", mine_py="1/0")
    commit("works", mine_py=GOOD)
    guilty = commit("half as loud", mine_py=BAD)
    commit("after it")
    newest = commit("does not load again, but is known to be bad", mine_py="1/0")
    git("bisect", "start", newest, oldest)
    places = ("--good", "ref.toml::app/shared", "--bad", "app.toml::app/shared", "--bad-if", "not-identical")
    said = git("bisect", "run", sys.executable, "-m", "harness", "bisect", *places, "--exit-code", "--jobs", "1")
    assert f"{guilty} is the first bad commit" in said
