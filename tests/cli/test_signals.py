"""A command that is killed in any way leaves nothing running; the long form is `tests/campaign/kills.py`."""

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from campaign.kills import Trial, differences, whole
from planted.marked import gone, marked
from repository import ROOT


@pytest.fixture(autouse=True)
def _heard():
    """What a process ignores its children ignore too, and these tests may themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def trial(tmp_path):
    made = Trial("run", "term", 0.0, tmp_path / "trial")
    made.prepare()
    return made


def busy(trial):
    """Start the command of *trial* and wait until a worker computes; return the process and its mark."""
    mark = uuid.uuid4().hex
    process = trial.start(mark)
    deadline = time.monotonic() + 60
    while not list((trial.folder / "reports").glob("*/audio")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(marked(mark)) > 2
    return process, mark


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_answers_and_says_what_is_kept(number, code, trial):
    process, mark = busy(trial)
    process.send_signal(number)
    began = time.monotonic()
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (code, b"")
    assert said.strip() == b"interrupted; what is finished is kept, and the same command goes on from there"
    assert gone(mark) == []
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("way", ["int-int", "kill", "timeout", "reader"])
def test_nothing_is_left_of_a_run(way, tmp_path):
    trial = Trial("run", way, 2.5, tmp_path / "trial")
    trial.prepare()
    trial.kill()
    assert trial.problems == []


@pytest.mark.parametrize("command", ["pytest", "check", "bisect"])
def test_nothing_is_left_of_other_commands(command, tmp_path):
    trial = Trial(command, "kill", 2.5, tmp_path / "trial")
    trial.prepare()
    trial.kill()
    assert trial.problems == []


def test_the_same_command_goes_on_and_tidies_up(tmp_path):
    record, seconds = whole("run", tmp_path / "whole")
    trial = Trial("run", "kill", 0.6 * seconds, tmp_path / "trial")
    trial.prepare()
    trial.kill()
    assert differences(trial.finish(), record) == []
    assert trial.problems == []


def test_a_signal_that_is_ignored_stays_ignored(trial):
    mark = uuid.uuid4().hex
    process = trial.start(mark, "nohup")
    time.sleep(2)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode in (0, 1)  # it ran to its end
    assert gone(mark) == []


def test_a_stop_that_comes_while_a_class_is_made_is_a_stop(tmp_path):
    (tmp_path / "stopped.py").write_text(
        "import os, signal\n"
        "class Stops:\n"
        "    def __set_name__(self, owner, name):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "class Command:\n"
        "    stops = Stops()\n"
    )
    script = "from harness.cli import main; main.COMMANDS['list'] = ('stopped:Command', ''); main.main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "list"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 143
    assert done.stderr.strip() == "interrupted; what is finished is kept, and the same command goes on from there"


INTERRUPTED = """
import sys
from harness.cli import signals

signals.answer()
try:
    exec("import os, signal; os.kill(os.getpid(), signal.SIGHUP)")
except KeyboardInterrupt:
    signals.over()
    sys.exit(signals.exit_code())
"""


def test_a_stop_that_comes_while_a_dataclass_is_made_keeps_its_exit_code(tmp_path):
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    ended = subprocess.run([sys.executable, "-m", "interrupted"], env=environment, check=False)
    assert ended.returncode == 129
