"""
The tests of a suite file: one per setup and utterance, one per setup over all of them, one for the baseline itself.

Collecting reads the suite and the list of its speech, nothing more; what runs and judges is imported with the first
test (`harness.pytest_plugin.judging`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprExceptionInfo, ReprFileLocation, ReprTracebackNative

from harness.errors import HarnessError, SuiteInvalid
from harness.files import file_name, given
from harness.runs import suite as suites
from harness.runs.suite import Suite
from harness.runs.suite_speech import named_speech
from harness.runtime.text import loggable, printable

if TYPE_CHECKING:
    from harness.runs.shards import Shard
    from harness.runs.since.reach import Reach

CORPUS, BASELINE, SENSITIVITY = "corpus", "baseline", "sensitivity"


class Regression(Exception):
    """A test of a suite failed; the message is for a person and stands alone, without a traceback."""


class Unjudged(Regression):
    """Nothing of a suite could be judged, which is told by its first test."""

    counted_apart = True  # by the plugin, which does not import this module


class SuiteTests(pytest.File):
    """A suite file as tests; a mistake in it is a collection error that names file, line and key."""

    suite: Suite
    all_utterances: frozenset[str]
    reach: "Reach | None"  # what --codec-since leaves

    def collect(self) -> Iterator["CodecItem"]:
        """Yield the tests, in the order of the suite."""
        try:
            self.suite = suites.load(self.path)
            self._check_name()
            spoken = named_speech(self.suite.speech)
            utterances = [utterance.id for utterance in spoken]
            dealt = None if self.shard is None else self.shard.of_speech(spoken)
            self.reach = self._reach()
        except HarnessError as error:
            raise self.CollectError(loggable(located(str(error), self.path))) from None
        self.all_utterances = frozenset(utterances)
        if self.shard is not None and dealt is not None:  # what needs all cells is judged of the merged run
            utterances = [utterance for utterance in utterances if dealt[utterance] == self.shard.number]
        else:
            yield self._item(BASELINE, None, None)
        for setup in self.suite.setups:
            for utterance in utterances:
                yield self._item(f"{setup.name}/{utterance}", setup.name, utterance)
            if dealt is None:
                yield self._item(f"{setup.name}/{CORPUS}", setup.name, None)
        if dealt is None and self.config.option.codec_sensitivity is not None:
            yield SensitivityItem.from_parent(self, name=SENSITIVITY)

    @property
    def shard(self) -> "Shard | None":
        """The part of the speech that `--codec-shard` asks for."""
        named = self.config.option.codec_shard
        if named is None:
            return None
        from harness.runs.shards import Shard  # knows runs, and so brings what runs them

        return Shard.parse(named)

    def _check_name(self) -> None:
        """Raise `SuiteInvalid` if another suite would have the same baseline, in which the last accepted stays."""
        from harness.pytest_plugin.plugin import STATE

        own = self.path.resolve()
        other = self.config.stash[STATE].called.setdefault(file_name(self.suite.name), own)
        if other != own:
            raise SuiteInvalid(
                f"{self.path}: name: got {self.suite.name!r}, which {other} is called too, and a baseline is named "
                "after its suite; give one of them another name"
            )

    def skipped(self, setup: str | None) -> str | None:
        """Return why the tests of *setup* (None: of all together) are not run; None if they are."""
        if self.reach is None or (setup in self.reach.reached if setup is not None else self.reach.reached):
            return None
        return self.reach.skipped

    def _reach(self) -> "Reach | None":
        since = self.config.option.codec_since
        if since is None:
            return None
        from harness.gate import baseline  # know runs, and so bring what runs them
        from harness.pytest_plugin.plugin import STATE
        from harness.runs.since.reach import reach
        from harness.sensitivity import accepted as power

        folder, name = self.config.stash[STATE].baselines, self.suite.name
        accepted = [baseline.place(folder, name)]
        if self.config.option.codec_sensitivity is not None:
            accepted.append(power.place(folder, name))
        return reach(self.suite, self.path, since, accepted)

    def _item(self, name: str, setup: str | None, utterance: str | None) -> "SuiteItem":
        item: SuiteItem = SuiteItem.from_parent(self, name=name, setup=setup, utterance=utterance)
        return item


class CodecItem(pytest.Item):
    """A test of a suite file."""

    def __init__(self, **others: Any) -> None:
        super().__init__(**others)
        self.add_marker("codec")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return our own messages as they are; a traceback only for what nobody expected."""
        if isinstance(excinfo.value, Regression | HarnessError):
            return _told(str(excinfo.value), self.path)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what the header of a failure says."""
        return self.path, None, self.name

    def file(self) -> SuiteTests:
        """Return the suite file that this test is of."""
        if not isinstance(self.parent, SuiteTests):
            raise TypeError(f"{self.name} belongs to {self.parent!r}, wanted a suite file")
        return self.parent


class SuiteItem(CodecItem):
    """One test: a cell, a setup over all utterances (*utterance* None), or the baseline (*setup* None too)."""

    def __init__(self, *, setup: str | None, utterance: str | None, **others: Any) -> None:
        super().__init__(**others)
        self.setup_name = setup
        self.utterance = utterance

    def runtest(self) -> None:
        """Judge; the run happens before the first of them."""
        skip_unreached(self.file(), self.setup_name)
        from harness.pytest_plugin import judging

        failures, properties = judging.judge(self)
        self.user_properties += [(name, printable(str(value))) for name, value in properties]
        if failures:
            raise Regression(failures)


class SensitivityItem(CodecItem):
    """The test of a suite's power: it notices what it was accepted to notice."""

    def runtest(self) -> None:
        """Plant faults, and hold what is noticed against what was accepted; accept it with --codec-update."""
        skip_unreached(self.file(), None)
        from harness.pytest_plugin.power import judge

        if failures := judge(self):
            raise Regression(failures)


def skip_unreached(file: SuiteTests, setup: str | None) -> None:
    """Skip the test if no change can reach *setup*, or any (None)."""
    why = file.skipped(setup)
    if why is not None:
        pytest.skip(loggable(why))


def _told(message: str, path: Path) -> ReprExceptionInfo:
    """Return *message* as what pytest prints whole among the failures, and by its first line in every summary."""
    message = loggable(message)
    first = message.partition("\n")[0]
    return ReprExceptionInfo(ReprTracebackNative([f"{message}\n"]), ReprFileLocation(str(path), 0, first))


def located(message: str, path: Path) -> str:
    """Put the line of the key that *message* complains about behind the file's name, where it can be found."""
    key = re.match(re.escape(f"{path}: ") + r"([\w.-]+):? ", message)
    if key is None or not path.is_file():
        return message
    try:
        line = _line_of(key[1].split("."), given.text(path, HarnessError, wanted="a suite"))
    except HarnessError:  # which is what the message says
        return message
    return message.replace(f"{path}: ", f"{path}:{line}: ", 1) if line else message


def _line_of(parts: list[str], text: str) -> int | None:
    """Return the line on which the last of the dotted *parts* is written, inside its table if that is written so."""
    names = [part for part in parts if not part.isdecimal()]
    entry = next((int(part) for part in parts if part.isdecimal()), 0)
    lines = text.split("\n")  # as TOML and editors count
    table = re.escape(".".join(names[:-1] or names))
    heads = [number for number, line in enumerate(lines) if re.match(rf"\s*\[+\s*{table}(\.\S+)?\s*\]+", line)]
    start = heads[entry] if entry < len(heads) else 0
    for number in range(start, len(lines)):
        if number > start and heads and lines[number].startswith("["):
            break
        if re.match(rf"\s*\[*\s*([\w-]+\.)*{re.escape(names[-1])}\s*(=|\])", lines[number]):
            return number + 1
    return start + 1 if heads else None
