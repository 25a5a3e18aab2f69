"""Projects of a user who tests a codec with pytest, made in a temporary directory and run as the user would."""

import importlib
from pathlib import Path

import pytest

import harness.pytest_plugin.judging
import harness.testing
from harness.runtime.resources import CACHE_VARIABLE, cache_folder

TESTS = Path(__file__).parents[1]
NO_HYPOTHESIS = "no:hypothesispytest"  # it takes as long at the end of each process as a small suite does
SUITE = """
name = "mine"
[speech]
utterances = ["heart-04", "rms-04"]
[codecs.mine]
adapter = "my_codec:MyCodec"
bitrate = 9000
[scores]
asr = false
[[setups]]
codec = "mine"
topology = ["shared", "cloned-decoder", "reset-every-frame-decoder"]
"""
CODEC = """
from planted.faults import Sound, SoundInstance

class MyCodec(Sound):
    def wrap(self, instance):
        return MyInstance(self, instance)

class MyInstance(SoundInstance):
    def decode(self, codes):
        return self.inner.decode(codes)
"""


@pytest.fixture(scope="session", autouse=True)
def _imported():
    """Import what every run imports: pytester puts `sys.modules` back after a run in this process, so each would."""
    for name in ("hypothesis.internal.observability", "jinja2", "PIL.Image"):
        importlib.import_module(name)


@pytest.fixture(scope="session")
def _store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugin-store")
    for weights in cache_folder().glob("whisper-*"):
        (folder / weights.name).symlink_to(weights)
    return folder


@pytest.fixture(autouse=True)
def _own_store(_store, monkeypatch):
    """One store for all projects: equal cells are computed once over all these tests."""
    monkeypatch.setenv(CACHE_VARIABLE, str(_store))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


class Project:
    """A directory with a codec, a suite and maybe a baseline; `run` is the user's command line."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path
        self.write("mine.codec.toml", SUITE)
        self.write("my_codec.py", CODEC)

    def write(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def run(self, *args):
        """Run pytest in this process, which is quicker by what importing everything takes."""
        return self.pytester.runpytest_inprocess(*args)

    def run_outside(self, *args):
        """Run pytest in a process of its own, for what cannot be seen or done inside this one."""
        return self.pytester.runpytest_subprocess("-p", NO_HYPOTHESIS, *args)

    def runs(self):
        """Return the folders of finished runs."""
        return sorted(path.parent for path in self.path.glob("reports/*/run.json"))


@pytest.fixture
def project(pytester, monkeypatch):
    here = Path(harness.__file__).parents[1]  # what this process tests, whatever else is installed
    monkeypatch.setenv("PYTHONPATH", f"{here}:{TESTS}:{pytester.path}")
    pytester.syspathinsert()  # worker processes take over the path of the process that starts them
    return Project(pytester)


@pytest.fixture(scope="session")
def _baseline(tmp_path_factory):
    return tmp_path_factory.mktemp("baseline") / "mine.json"


@pytest.fixture
def accepted(project, _baseline):
    """A project whose suite was accepted as it is."""
    if not _baseline.exists():
        project.run("--codec-update").assert_outcomes(passed=10)
        _baseline.write_bytes((project.path / "baselines" / "mine.json").read_bytes())
    project.write("baselines/mine.json", _baseline.read_text())
    return project
