"""
The pytest plugin: options in, tests and a summary out. A thin edge that imports nothing until a suite is collected.

What it runs, judges and says is in `harness.gate`; the tests of a suite file are in `harness.pytest_plugin.items`, what
runs them in `harness.pytest_plugin.judging`. The documentation is `docs/pytest.md`.
"""

import math
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError, meant
from harness.files import SUITE_SUFFIX, given
from harness.runtime import calls

if TYPE_CHECKING:
    from harness.testing import Harness

TABLE = {"suites": list, "baselines": str, "out": str, "jobs": int}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; all of them can be left out."""
    group = parser.getgroup("codec", "streaming speech codecs (codec-harness)")
    group.addoption("--codec-suite", action="append", default=[], metavar="FILE", help="Also test this suite file.")
    group.addoption("--codec-baselines", metavar="DIR", help="Where accepted baselines are (default: baselines).")
    group.addoption("--codec-out", metavar="DIR", help="Where runs and reports go (default: reports).")
    group.addoption(
        "--codec-jobs",
        type=int,
        metavar="N",
        help="Processes that run codecs (default: xdist workers, else all cores).",
    )
    group.addoption("--codec-executor", default="local", metavar="NAME", help="local, dask:ADDRESS or MODULE:FACTORY.")
    group.addoption("--codec-store", metavar="URL", help="A store shared with others, such as s3://bucket/prefix.")
    group.addoption("--codec-store-read-only", action="store_true", help="Write nothing to the shared store.")
    group.addoption("--codec-limit", type=float, metavar="SECONDS", help="For one call of a codec (default: 300).")
    group.addoption("--codec-shard", metavar="N/OF", help="Only the cells of this part of the utterances.")
    group.addoption("--codec-since", metavar="REV", help="Only what a change since this commit can reach.")
    group.addoption(
        "--codec-from", action="append", default=[], metavar="RUN", help="Judge this finished run; compute nothing."
    )
    group.addoption("--codec-update", action="store_true", help="Accept what comes out as the new baseline.")
    group.addoption("--codec-report", action="store_true", help="Also write report.html: the page as one file.")
    group.addoption(
        "--codec-sensitivity",
        nargs="?",
        type=float,
        const=15.0,
        metavar="MINUTES",
        help="Also plant faults: does the suite notice what it was accepted to notice? (default: 15)",
    )
    group.addoption("--codec-fresh", action="store_true", help="Run the codecs even where nothing changed.")
    group.addoption("--codec-rescore", action="store_true", help="As --codec-fresh, and score anew what comes out.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the suites that are named by options or in pyproject.toml."""
    minutes = config.option.codec_sensitivity
    if minutes is not None and not 0 < minutes < math.inf:
        raise pytest.UsageError(f"--codec-sensitivity: got {minutes:g}, wanted minutes above 0")
    config.addinivalue_line("markers", "codec: a speech codec held against its suite and its baseline (codec-harness)")
    if config.option.codec_jobs is not None and config.option.codec_jobs < 1:
        raise pytest.UsageError(f"--codec-jobs: got {config.option.codec_jobs}, wanted 1 or more")
    limit = config.option.codec_limit
    if limit is not None and not 0 < limit <= calls.MOST:
        raise pytest.UsageError(f"--codec-limit: got {limit:g}, wanted seconds above 0 and up to {calls.MOST:g}")
    _check_exclusive(config.option)
    state = PluginState(config)
    config.stash[STATE] = state
    config.args += [str(suite) for suite in state.suites if str(suite) not in config.args]


def _check_exclusive(options: Any) -> None:
    """Raise `pytest.UsageError` for options that contradict each other."""
    for one, other in (("shard", "update"), ("shard", "from"), ("from", "fresh"), ("from", "rescore")):
        if getattr(options, f"codec_{one}") and getattr(options, f"codec_{other}"):
            why = "a shard is merged first" if one == "shard" else "a finished run is judged as it is"
            raise pytest.UsageError(f"--codec-{one} and --codec-{other} exclude each other: {why}")


class PluginState:
    """What the plugin knows in this process: settings of pyproject.toml and options, and what was asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        table = _table(config.rootpath / "pyproject.toml")
        options = config.option
        named = _named(config.invocation_params.dir, options.codec_suite)
        from_table = [config.rootpath / name for name in table.get("suites", [])]
        everything = config.args_source is not pytest.Config.ArgsSource.ARGS  # no path was named: test all there is
        self.suites = [path.resolve() for path in (named + from_table if everything else named)]
        for path in self.suites:
            if not path.is_file():
                raise pytest.UsageError(
                    f"{path}: no such suite file; see --codec-suite and [tool.codec-harness] suites"
                )
        self.known = {path.resolve() for path in named + from_table}
        self.baselines = _folder(config, options.codec_baselines, table.get("baselines"), "baselines")
        self.out = _folder(config, options.codec_out, table.get("out"), "reports")
        worker = getattr(config, "workerinput", {})
        self.jobs: int | None = options.codec_jobs or table.get("jobs") or worker.get("workercount")
        self._shared: Path | None = Path(worker["codec_harness_shared"]) if worker else None
        self.runs = tuple(config.invocation_params.dir / run for run in options.codec_from)
        self._stack = ExitStack()
        self.called: dict[str, Path] = {}  # suites that were collected, by what their baselines are called
        self.items: list[Any] = []  # the tests of suites that were selected

    @property
    def shared(self) -> Path:
        """A folder that all processes of this session see."""
        if self._shared is None:
            from harness.runtime.temporary import temporary_folder

            self._shared = self._stack.enter_context(temporary_folder())
        return self._shared

    @property
    def has_run(self) -> bool:
        """Whether anything was put into the shared folder by any process."""
        return self._shared is not None and any(self._shared.glob("*.json"))

    @property
    def unfinished(self) -> bool:
        """Whether a run was begun that did not come to its end."""
        begun = self._shared.glob("*.lock") if self._shared is not None else ()
        return any(not lock.with_suffix(".json").exists() for lock in begun)

    def close(self) -> None:
        """Remove the shared folder, if this process made it."""
        self._stack.close()


STATE = pytest.StashKey[PluginState]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of xdist the folder that they share."""
    node.workerinput["codec_harness_shared"] = str(node.config.stash[STATE].shared)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `*.codec.toml`, and the suites that were named."""
    if file_path.name.endswith(SUITE_SUFFIX) or file_path in parent.config.stash[STATE].known:
        from harness.pytest_plugin.items import SuiteTests

        collector: SuiteTests = SuiteTests.from_parent(parent, path=file_path)
        return collector
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what was selected: only that is run."""
    state = session.config.stash[STATE]
    of_suites = (item for item in session.items if item.__class__.__module__ == "harness.pytest_plugin.items")
    state.items = [item for item in of_suites if hasattr(item, "setup_name")]


@pytest.fixture(scope="session")
def codec_harness(request: pytest.FixtureRequest) -> "Harness":
    """Run setups and score pairs from Python: see `harness.testing.Harness`."""
    state = request.config.stash[STATE]
    from harness.testing import Harness

    return Harness(out=state.out, jobs=state.jobs, shared=state.shared, limit=request.config.option.codec_limit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: Any) -> Any:
    """Mark the report of a test that fails for what another one tells."""
    report = yield
    if call.excinfo is not None and getattr(call.excinfo.value, "counted_apart", False):
        report.codec_unjudged = True  # also in the report that a worker of xdist sends
    return report


def pytest_report_teststatus(report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Count such tests apart; they failed for everything that asks for their outcome, the exit code too."""
    if report.failed and getattr(report, "codec_unjudged", False):
        return "unjudged", "u", ("UNJUDGED", {"red": True})
    return None


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Say one line per setup, the worst cell, and where the report is; on GitHub, annotate and add to the summary."""
    state = config.stash[STATE]
    if exitstatus == pytest.ExitCode.INTERRUPTED and state.unfinished:
        terminalreporter.line("codec: interrupted; finished cells are kept, and the same command goes on from there")
    if state.has_run and not hasattr(config, "workerinput"):
        from harness.pytest_plugin import judging

        judging.summarise(terminalreporter, state, os.environ)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Tidy up."""
    state = config.stash.get(STATE, None)
    if state is not None:
        state.close()


def _table(path: Path) -> dict[str, Any]:
    """Return `[tool.codec-harness]` of a pyproject.toml; raise `pytest.UsageError` if it holds what nobody reads."""
    if not path.is_file():
        return {}
    try:
        tools = given.toml(path, HarnessError).get("tool", {})
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    table = tools.get("codec-harness", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise pytest.UsageError(f"{path}: tool.codec-harness: got {table!r:.80}, wanted a table")
    for key, value in table.items():
        if key not in TABLE:
            wanted = f"{meant(key, TABLE)}wanted one of {', '.join(TABLE)}"
            raise pytest.UsageError(f"{path}: tool.codec-harness.{key}: unknown key; {wanted}")
        if type(value) is not TABLE[key]:  # true is no number
            raise pytest.UsageError(f"{path}: tool.codec-harness.{key}: got {value!r}, wanted a {TABLE[key].__name__}")
    for name in table.get("suites", []):
        if not isinstance(name, str):
            raise pytest.UsageError(f"{path}: tool.codec-harness.suites: got {name!r}, wanted names of files")
    if table.get("jobs", 1) < 1:
        raise pytest.UsageError(f"{path}: tool.codec-harness.jobs: got {table['jobs']}, wanted 1 or more")
    return table


def _named(folder: Path, names: list[str]) -> list[Path]:
    """Return the suite files that options name."""
    if not names:
        return []  # suites are slow to import
    from harness.runs.conditions import EMBEDDED
    from harness.runs.suite import default_suite

    return [default_suite() if name == EMBEDDED else folder / name for name in names]


def _folder(config: pytest.Config, option: str | None, stated: str | None, usual: str) -> Path:
    return config.invocation_params.dir / option if option else config.rootpath / (stated or usual)
