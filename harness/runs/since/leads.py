"""
Where a changed file leads: to which codecs of a suite, or to all of its setups, and why.

What cannot be told leads there too: code may run what no import names, an adapter of others may open any file, and a
file that git does not follow may have changed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from harness.codecs.loading import BUILT_IN
from harness.codecs.sources import above, module_names
from harness.runs.since.kinds import is_document, is_environment, names
from harness.runs.since.rests_on import Code, Part, code_of, codecs_of, parts
from harness.runs.suite import Suite
from harness.runtime.git import Changes
from harness.runtime.installed import is_installed
from harness.runtime.resources import PACKAGE

FIXTURES = PACKAGE.parent / "fixtures"
OF_SUITES = ("speech", "suites", "baselines")  # of the fixtures: what a suite names, or has no use for


@dataclass(frozen=True)
class Lead:
    """That something leads to *codec*, or to every setup (None), and *why* in words."""

    why: str
    codec: str | None = None


class Leads:
    """
    Where *changes* lead in *suite*, of *suite_file* and held against what was *accepted*.

    Raises `SpeechInvalid` if the speech cannot be found.
    """

    def __init__(self, suite: Suite, suite_file: Path, accepted: Sequence[Path], changes: Changes) -> None:
        self._changes = changes
        self._codecs = codecs_of(suite)
        self._code = code_of(suite, suite_file.parent)
        self._parts: list[Part] = list(parts(suite, suite_file, accepted, self._code))
        # Where each part is, and what it lies in. That asks the disk: once, and not for each file that changed.
        self._at, self._in = defaultdict[Path, set[Lead]](set), defaultdict[Path, set[Lead]](set)
        self._known: dict[Lead, None] = {}  # in order
        for part in self._parts:
            lead = Lead(part.why, part.codec)
            self._known[lead] = None
            for name in names(part.path):
                self._at[name].add(lead)
                for folder in name.parents:
                    self._in[folder].add(lead)

    def of(self, changed: Path) -> list[Lead]:
        """Return where the file *changed* leads."""
        if self._is_of_harness(changed):
            return [Lead("it is of codec-harness, which decides every result")]
        if is_environment(changed, self._changes.root):
            return [Lead("it may say what is installed, or how everything is run")]
        touched = set[Lead]().union(*(self._at.get(path, ()) for path in (changed, *changed.parents)))
        touched |= self._in.get(changed, set())
        known = [lead for lead in self._known if lead in touched]
        reached = {lead.codec for lead in known}
        return [*known, *(lead for lead in self._unseen(changed) if lead.codec not in reached)]

    def unknown(self) -> Iterator[Lead]:
        """Yield what nothing is known of, whatever changed."""
        for name, spec in self._codecs.items():
            if spec.adapter == "server":
                yield Lead(f"codec `{name}` is a server, and what that runs is not seen", name)
        for one in self._code:
            if one.target.partition(":")[0] in one.sources.lacking:
                yield Lead(f"the module of {one.called} is not found here", one.codec)
        for part in self._parts:
            lost = self._not_followed(part.path)
            if lost is not None:
                shown = self._changes.shown(lost)
                yield Lead(f"git does not follow {shown}, and cannot tell whether it changed", part.codec)

    def _unseen(self, changed: Path) -> Iterator[Lead]:
        """Yield where *changed* may lead without being named."""
        document, is_code = is_document(changed), changed.suffix == ".py"
        for one in self._code if document or is_code else ():
            if any(fnmatchcase(changed.name, pattern) for pattern in one.sources.reads):
                yield Lead(f"{one.called} may read it: its code lists folders, or names what ends so", one.codec)
            elif is_code and not document:
                yield from self._run_by(one, changed)
        if document:
            return
        for name, spec in self._codecs.items():
            if spec.adapter == "command":
                yield Lead(f"codec `{name}` runs a program, and what that loads is not seen", name)
            elif spec.adapter not in BUILT_IN and not is_code:
                yield Lead(f"codec `{name}` may read it: which files its adapter opens is not seen", name)

    def _run_by(self, one: Code, changed: Path) -> Iterator[Lead]:
        """Yield that *one* may import or run *changed*, a Python file that is none of those it is known to import."""
        called = module_names(changed, self._changes.root)
        lacking = one.sources.lacking if changed.exists() else one.sources.names
        if called & above(lacking) or above(called) & one.sources.lost:
            yield Lead(f"{one.called} imports a module that is called so", one.codec)
        elif one.sources.runs_others:
            who = self._changes.shown(min(one.sources.runs_others))
            yield Lead(f"{who}, of the code of {one.called}, runs code that no import names", one.codec)

    def _is_of_harness(self, path: Path) -> bool:
        if not self._harness_is_followed:
            return False
        if path.is_relative_to(FIXTURES):
            return path.relative_to(FIXTURES).parts[0] not in OF_SUITES
        return path.is_relative_to(PACKAGE)

    @cached_property
    def _harness_is_followed(self) -> bool:
        return self._follows(PACKAGE / "__init__.py")

    def _not_followed(self, path: Path) -> Path | None:
        """Return *path*, or a file in that folder, if git does not tell of its changes; None if it does."""
        files = path.rglob("*") if path.is_dir() else [path]
        return next(
            (one for one in files if one.is_file() and not (self._follows(one) or self._has_version(one))), None
        )

    def _has_version(self, file: Path) -> bool:
        """Tell whether *file* is installed, or comes with a harness that is not of this checkout."""
        return is_installed(file) or (file.is_relative_to(FIXTURES) and not self._harness_is_followed)

    def _follows(self, path: Path) -> bool:
        real = path.resolve()
        return any(one in self._changes.followed for one in (real, *real.parents))
