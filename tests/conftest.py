"""What every test starts from: a store of its own, so that no test can lean on an earlier run."""

import importlib.util
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import slow_tests
from hypothesis import settings

from harness.errors import HarnessError
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Metric
from harness.metrics.whisper.names import BUNDLED
from harness.metrics.whisper.weights import checkpoint
from harness.runtime.git import OF_A_HOOK
from harness.runtime.resources import cache_folder, fixture
from harness.runtime.seal import secret_file

OF_WHO_TESTS = (  # what a shell or a CI sets that changes what is printed, where results go and what is believed
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "PYTEST_ADDOPTS",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "CODEC_HARNESS_CALL_LIMIT",
    "CODEC_HARNESS_STORE",
    "CODEC_HARNESS_STORE_KEY",
    "CODEC_HARNESS_STORE_READ_ONLY",
    "CODEC_HARNESS_TRACEBACK",
)
settings.load_profile("ci")  # Hypothesis's own: no deadline, and the same examples each time
OF_GIT = {"commit.gpgsign": "false", "tag.gpgsign": "false", "core.hooksPath": os.devnull, "core.autocrlf": "false"}
for name in (*OF_WHO_TESTS, *OF_A_HOOK):
    os.environ.pop(name, None)
for number, (key, value) in enumerate(OF_GIT.items(), int(os.environ.get("GIT_CONFIG_COUNT", "0"))):
    os.environ |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    os.environ["GIT_CONFIG_COUNT"] = str(number + 1)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # beside other tests, threads that spin take a minute for a second
os.environ.setdefault("XDG_STATE_HOME", str(secret_file().parents[1]))  # the same for tests that change their home


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--measure-slow", action="store_true", help="measure every test, and list the slow ones anew")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell has it ignored in what it runs with `&`
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--measure-slow"):
        config.pluginmanager.register(slow_tests.Measuring(), "measuring")


@pytest.hookimpl(tryfirst=True)  # before the marks are asked for
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow_tests.mark(items)
    if importlib.util.find_spec("pesq") is None:
        for item in items:
            if item.get_closest_marker("pesq"):
                item.add_marker(pytest.mark.skip(reason="needs PESQ, which is compiled when it is installed"))


@pytest.fixture(autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("store")
    # The converted recogniser weights are shared: they are checked by hash, and making them takes seconds.
    shared = cache_folder()
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(folder))
    monkeypatch.setenv("CODEC_HARNESS_BUILDS", str(folder / "builds"))
    for weights in shared.glob("whisper-*"):
        (folder / weights.name).symlink_to(weights)


@pytest.fixture(scope="session", autouse=True)
def _recogniser_weights() -> None:
    """Convert the bundled weights once, before any worker process needs them; tests that want them absent say so."""
    try:
        checkpoint(BUNDLED)
    except HarnessError as error:
        pytest.exit(f"the tests need the recogniser: {error}", returncode=2)


@pytest.fixture
def table() -> Iterator[dict[str, Metric]]:
    """Take out of the table of metrics of this process what a test adds."""
    before = dict(METRICS)
    yield METRICS
    METRICS.clear()
    METRICS.update(before)


@pytest.fixture
def speech_folder() -> Path:
    return fixture("speech")
