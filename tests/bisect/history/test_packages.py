"""Steps that prepare a version, and environments that are kept once they are whole; pip is played by a program."""

import json
import sys

import pytest

from harness.bisect.history import packages
from harness.bisect.history.packages import environment, in_environment, run_step
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable


def says(text):
    return [sys.executable, "-c", text]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (["/none/such"], "such cannot be started"),
        ([""], " cannot be started"),
        (says("nul\0"), "cannot be started .*null"),
        (says("import sys; print('out'); print('why', file=sys.stderr); sys.exit(2)"), "ended with exit code 2: why$"),
        (says("import sys; print('Error: this'); print('hint'); sys.exit(2)"), "exit code 2: Error: this$"),
        (
            says("import sys; print('\N{MULTIPLICATION SIGN} it is broken'); print('note: no error'); sys.exit(2)"),
            "2: \N{MULTIPLICATION SIGN} it is broken$",
        ),
        (says("import sys; print('note: see above'); sys.exit(2)"), "2: it said nothing$"),
        (says("import os; os.abort()"), "exit code -6: it said nothing"),
        (
            says("import sys; sys.stdout.buffer.write(b'\\xff no'); sys.exit(1)"),
            "exit code 1: \N{REPLACEMENT CHARACTER} no",
        ),
        (says("import sys; sys.exit('x' * 5000)"), "exit code 1: x{300}$"),
        (says("import time; time.sleep(9)"), r"was stopped after 0.2 s"),
    ],
)
def test_a_step_that_fails_says_which_program_and_the_line_with_the_error(step, said):
    with pytest.raises(CodecUnavailable, match=said) as raised:
        run_step(step, limit=0.2 if "sleep" in step[-1] else 20)
    assert "\n" not in str(raised.value)


def test_a_step_reads_nothing_and_may_print_much(tmp_path):
    run_step(says("import sys; assert sys.stdin.read() == ''; print('x' * 300_000)"), limit=20)
    run_step(says("open('here', 'w').close()"), limit=20, folder=tmp_path)
    assert (tmp_path / "here").exists()


@pytest.mark.parametrize("requirement", ["-r requirements.txt", "--index-url=https://example.org", "-"])
def test_a_requirement_is_never_an_option(requirement):
    with pytest.raises(CodecUnavailable, match="wanted NAME==VERSION"):
        environment([requirement])
    with pytest.raises(CodecUnavailable, match="wanted NAME==VERSION"):
        environment(["fine==1", requirement])


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """Have what would be installed written down; the environment itself is made."""
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(tmp_path / "builds"))
    made = []

    def step(arguments, *, limit):
        made.append(list(arguments))
        if "pip" in arguments and "broken==1" in arguments:
            raise CodecUnavailable("pip ended with exit code 1: none such")
        run_step(arguments if "venv" in arguments else [*says("")], limit=limit)

    monkeypatch.setattr(packages, "run_step", step)
    return made


def test_an_environment_has_the_requirement_first_then_ours_and_is_made_once(steps):
    python = environment(["moshi==0.2.8"])
    assert "moshi-0.2.8" in python.parts[-3]
    assert steps[-1][-2:] == ["--quiet", "moshi==0.2.8"]
    assert {"--no-deps", "--ignore-installed", str(python)} <= set(steps[-1])
    known = len(steps)
    assert environment(["moshi==0.2.8"]) == python
    assert len(steps) == known
    run_step([str(python), "-c", "import numpy, harness.codecs.command.serve"], limit=60)  # of ours
    assert environment(["moshi==0.2.9"]) != python


def test_an_environment_that_was_not_finished_is_made_again(steps):
    for _ in range(2):
        with pytest.raises(CodecUnavailable, match="none such"):
            environment(["broken==1"])
    assert sum("venv" in step for step in steps) == 2


def test_a_codec_in_an_environment_is_the_same_adapter_with_the_same_options_as_a_program(tmp_path):
    spec = CodecSpec(name="mimi", adapter="my.module:Mimi", options={"b": [1, None], "a": 'say "hi"'})
    served = in_environment(spec, tmp_path / "python", tmp_path / "adapters")
    program = served.options["serve"]
    assert (served.name, served.adapter) == ("mimi", "command")
    assert program[:4] == [str(tmp_path / "python"), "-m", "harness.codecs.command.serve", "my.module:Mimi"]
    assert json.loads(program[4]) == spec.options
    assert served.options["environment"] == {"PYTHONPATH": str(tmp_path / "adapters")}
    assert "environment" not in in_environment(spec, tmp_path / "python").options
