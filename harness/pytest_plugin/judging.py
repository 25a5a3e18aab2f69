"""
What the tests of a suite do when they run: run the suite once, judge each, and sum up at the end.
"""

import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.gate import text as gate_text
from harness.gate.guarded import Guarded, Wanted
from harness.gate.session import Settings, finished, guard
from harness.gate.summary import annotations, markdown, summary
from harness.pytest_plugin.items import SuiteItem, SuiteTests, Unjudged
from harness.pytest_plugin.plugin import STATE, PluginState
from harness.report.progress import progress_bar
from harness.runtime.text import loggable
from harness.runtime.workers import Workplace

GUARDED = pytest.StashKey[Guarded]()


def judge(item: SuiteItem) -> tuple[str, list[tuple[str, object]]]:
    """Return why *item* fails ("" if it passes) and its properties for JUnit."""
    items = _items(item.file())
    try:
        found = _guarded(item.file())
    except HarnessError:
        _told_by(items, item)
        raise
    unasked = found.record.not_applicable
    if item.setup_name is not None and item.setup_name in unasked:
        pytest.skip(f"not applicable: {loggable(unasked[item.setup_name])}")
    if found.problem and found.accepted is None:
        _told_by([other for other in items if other.setup_name not in unasked], item)
    if item.setup_name is None:
        return gate_text.baseline_failures(found), []
    told = [(other.setup_name, other.utterance) for other in items]
    if item.utterance is None:
        failures = gate_text.setup_failures(found, item.setup_name, told)
        return failures, gate_text.setup_properties(found, item.setup_name)
    named = item.setup_name, item.utterance
    return gate_text.cell_failures(found, *named, told), gate_text.cell_properties(found, *named)


def summarise(reporter: Any, state: PluginState, environment: Mapping[str, str]) -> None:
    """Print the summary of every suite that ran; on GitHub Actions also annotations and a step summary."""
    for found in finished(state.shared, state.baselines):
        reporter.section(loggable(f"codec: {found.record.name}"), sep="-")
        brief = state.config.option.verbose < 0
        for line in summary(found, shutil.get_terminal_size().columns, brief=brief):
            reporter.line(loggable(line))
        if environment.get("GITHUB_ACTIONS") == "true":
            for line in annotations(found):
                reporter.line(line)
            step = environment.get("GITHUB_STEP_SUMMARY")
            if step:
                try:
                    with Path(step).open("a", encoding="utf-8", errors="replace") as file:
                        file.write(markdown(found))
                except (OSError, ValueError) as error:  # as in a container that has the variable and not the folder
                    reporter.line(loggable(f"GITHUB_STEP_SUMMARY: nothing could be written there: {error}"))


def _items(suite_file: SuiteTests) -> list[SuiteItem]:
    """Return the tests of a suite that were selected and can be reached, in order."""
    of_file = (item for item in suite_file.config.stash[STATE].items if item.parent is suite_file)
    return [item for item in of_file if suite_file.skipped(item.setup_name) is None]


def _told_by(items: list[SuiteItem], item: SuiteItem) -> None:
    """Raise `Unjudged` unless *item* is the first of *items*: what is wrong with all of them is told by that one."""
    first = next(iter(items), item)
    if first.name != item.name:
        raise Unjudged(f"not judged: see {first.name}")


def _guarded(suite_file: SuiteTests) -> Guarded:
    """Return the run of everything that was selected of a suite, with its baseline; runs it if nobody has."""
    if GUARDED not in suite_file.stash:
        items = _items(suite_file)
        with _watched(suite_file.config, f"{suite_file.suite.name}: cells") as progress:
            suite_file.stash[GUARDED] = guard(
                suite_file.suite, _wanted(suite_file, items), _settings(suite_file), progress
            )
    return suite_file.stash[GUARDED]


def _wanted(suite_file: SuiteTests, items: list[SuiteItem]) -> Wanted:
    every = frozenset(setup.name for setup in suite_file.suite.setups)
    reached = every if suite_file.reach is None else suite_file.reach.reached
    named = frozenset(item.setup_name for item in items if item.setup_name is not None) or reached
    some = frozenset(item.utterance for item in items if item.utterance is not None)
    # A test over all utterances needs them all; the test of the baseline takes what there is.
    over_all = any(item.setup_name is not None and item.utterance is None for item in items) or not some
    spoken = suite_file.all_utterances if over_all else some
    complete = spoken == suite_file.all_utterances
    return Wanted(named, spoken, complete, complete and named == every)


def _settings(suite_file: SuiteTests) -> Settings:
    state = suite_file.config.stash[STATE]
    options = state.config.option
    return Settings(
        out=state.out,
        baselines=state.baselines,
        jobs=state.jobs,
        update=options.codec_update,
        fresh=options.codec_fresh,
        rescore=options.codec_rescore,
        single_file=options.codec_report,
        shared=state.shared,
        limit=options.codec_limit,
        place=Workplace(options.codec_executor, options.codec_store, options.codec_store_read_only),
        shard=suite_file.shard,
        runs=state.runs,
        reach=suite_file.reach,
    )


def _watched(config: pytest.Config, what: str) -> Any:
    """Show progress past pytest's capture, in a log as a line now and then; nothing with -q or in a worker."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None or hasattr(config, "workerinput") or config.option.verbose < 0:
        return nullcontext()
    return _Uncaptured(capture, what)


class _Uncaptured:
    """Suspends pytest's capture around a progress bar."""

    def __init__(self, capture: Any, what: str) -> None:
        self._capture = capture.global_and_fixture_disabled()
        self._bar = progress_bar(what)

    def __enter__(self) -> Any:
        self._capture.__enter__()
        return self._bar.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._bar.__exit__(*error)
        self._capture.__exit__(*error)
