"""
The measurements of many releases in order: of accepted baselines, of runs, or of one baseline's history in git.

What is compared is made of the same utterances in all releases, and of the same speech: an utterance that was recorded
anew under its name is none of them. Numbers of other scorers, another recogniser or other definitions are not
comparable: only the releases since the last change of these count.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from harness.errors import UsageInvalid
from harness.gate import baseline as baselines
from harness.gate.baseline import Baseline, BaselineInvalid, span
from harness.metrics.catalogue import METRICS
from harness.record import RunRecord, Scalar, load
from harness.runs.shards import refuse_shard
from harness.runtime import git

SHOWN = 5  # names in a note
ELSE = "name several baselines or runs, in order"
Scored = tuple[tuple[int, ...], dict[str, str], dict[str, Scalar]]  # versions of measurements, scorers, recogniser
Cells = dict[tuple[str, str], dict[str, float]]  # (setup, metric): utterance: value


@dataclass(frozen=True)
class Release:
    """One accepted baseline or run of *suite*: its *name*, when it was *made*, its numbers, and of what *speech*."""

    name: str
    suite: str
    made: str
    scored: Scored
    cells: Cells
    speech: dict[str, str]  # utterance: begin of its hash


@dataclass(frozen=True)
class Series:
    """The mean of a *metric* in a *setup*, one value a release, over *utterances* that all releases have."""

    setup: str
    metric: str
    utterances: int
    values: tuple[float, ...]


def read(places: Sequence[Path]) -> tuple[list[Release], list[str]]:
    """
    Return the releases in *places*, in order, and what has to be said of those that are left out.

    places : baseline files or folders of runs; or one baseline file alone, whose history in git is taken
    Raises `UsageInvalid` if something is neither.
    """
    notes: list[str] = []
    if len(places) == 1 and places[0].is_file() and places[0].name != "run.json":
        found = list(_committed(places[0], notes))
    else:
        found = _named_apart(_each_once([(place, _release(place)) for place in places], notes))
    for index in range(len(found) - 1, 0, -1):
        if found[index].scored != found[index - 1].scored:
            why = _why(found[index - 1], found[index])
            notes.append(f"{index} before {found[index].name} are left out: {why}")
            found = found[index:]
            break
    if anew := recorded_anew(found):
        notes.append(f"left out of all, since it is other speech in some of them: {_some(sorted(anew))}")
    return found, [*notes, *_suites(found), *_disorder(found), *_lacking(found)]


def _suites(releases: Sequence[Release]) -> list[str]:
    """Say that *releases* are of several suites, as where a shell names all files of a folder."""
    suites = sorted({one.suite for one in releases})
    return [f"of several suites, or of one that was renamed: {_some(suites)}"] if len(suites) > 1 else []


def _each_once(placed: Sequence[tuple[Path, Release]], notes: list[str]) -> list[tuple[Path, Release]]:
    """Return those that are not another one again, such as a copy: nothing was measured for it."""
    kept: list[tuple[Path, Release]] = []
    said: list[str] = []
    for place, one in placed:
        first = next((where for where, other in kept if (other.made, other.cells) == (one.made, one.cells)), None)
        if first is None:
            kept.append((place, one))
        elif first.resolve() == place.resolve():
            said.append(f"{place} is given again, and counts once")
        else:
            said.append(f"{place} is left out: it is {first} again, with the same numbers")
    notes += dict.fromkeys(said)
    return kept


def _named_apart(placed: Sequence[tuple[Path, Release]]) -> list[Release]:
    """Return the releases, those of equal names called by their places."""
    names = Counter(one.name for _, one in placed)
    return [
        replace(one, name=str(place.parent if place.name == "run.json" else place)) if names[one.name] > 1 else one
        for place, one in placed
    ]


def _disorder(releases: Sequence[Release]) -> list[str]:
    """Say which releases do not stand in the order in which they were made, as where a shell sorts v10 before v2."""
    wrong = [f"{two.name} is older than {one.name}" for one, two in pairwise(releases) if two.made < one.made]
    return [f"not oldest first, so what changes may be told the wrong way round: {_some(wrong)}"] if wrong else []


def _lacking(releases: Sequence[Release]) -> list[str]:
    """Say which setups and measurements are not followed, or on less speech, since some of *releases* lack them."""
    gone: dict[str, None] = {}
    fewer: dict[str, None] = {}
    for setup, metric in sorted({key for one in releases for key in one.cells if _followed(key[1])}):
        have = [(one, set(one.cells.get((setup, metric), ()))) for one in releases]
        every = set().union(*(who for _, who in have))
        short = [one.name for one, who in have if who != every]
        if not set.intersection(*(who for _, who in have)):
            there = all(any(name == setup for name, _ in one.cells) for one in releases)
            gone[f"{setup}{f' {metric}' if there else ''} (lacking in {_some(short)})"] = None
        elif short:
            fewer[f"{setup} (in {_some(short)})"] = None
    notes = []
    if gone:
        notes.append(f"not followed, since not all releases have it: {_some(list(gone))}")
    if fewer:
        notes.append(f"followed on fewer utterances, since some lack a measurement of them: {_some(list(fewer))}")
    return notes


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def recorded_anew(releases: Sequence[Release]) -> set[str]:
    """Return the utterances that are not the same speech in all *releases* that have them."""
    known: dict[str, str] = {}
    return {name for one in releases for name, sha256 in one.speech.items() if known.setdefault(name, sha256) != sha256}


def _why(before: Release, after: Release) -> str:
    names = ("measurements", "scorers", "recogniser")
    other = [name for name, old, new in zip(names, before.scored, after.scored, strict=True) if old != new]
    return f"their {' and '.join(other)} are others"


def series(releases: Sequence[Release]) -> list[Series]:
    """Return every measurement that a gate or a report knows a direction or a limit of, where all releases have it."""
    if not releases:
        return []
    found, anew = [], recorded_anew(releases)
    for setup, metric in sorted(set.intersection(*(set(release.cells) for release in releases))):
        if not _followed(metric):
            continue
        shared = set.intersection(*(set(release.cells[setup, metric]) for release in releases)) - anew
        if shared:
            means = [float(np.mean([one.cells[setup, metric][who] for who in sorted(shared)])) for one in releases]
            found.append(Series(setup, metric, len(shared), tuple(means)))
    return found


def _followed(metric: str) -> bool:
    row = METRICS.get(metric)
    return row is not None and (row.gated or row.plotted) and row.unit != "bool"


def _release(place: Path) -> Release:
    if place.is_dir() or place.name == "run.json":
        return _of_run(place if place.is_dir() else place.parent)
    found = baselines.load(place)
    if found is None:
        raise UsageInvalid(f"{place}: there is nothing; wanted a baseline file or the folder of a run")
    return _of_baseline(place.stem, found)


def _of_baseline(name: str, found: Baseline) -> Release:
    cells: Cells = {}
    for setup, accepted in found.setups.items():
        for utterance, cell in accepted.utterances.items():
            for metric, value in cell.measured.items():
                if not isinstance(value, str):
                    cells.setdefault((setup, metric), {})[utterance] = float(np.mean(span(value)))
    scored: Scored = (tuple(found.measures), found.scorers, dict(found.recogniser))
    return Release(name, found.suite, found.created, scored, cells, found.speech)


def _of_run(folder: Path) -> Release:
    refuse_shard(folder)
    record = load(folder / "run.json", RunRecord)
    cells: Cells = {}
    for cell in record.cells:
        for metric, measured in cell.measurements.items():
            if measured.value is not None:
                cells.setdefault((cell.setup, metric), {})[cell.utterance] = measured.value
    made = record.provenance
    scored: Scored = (tuple(made.measures), made.scorers, dict(made.recogniser))
    speech = {utterance.id: utterance.sha256[:16] for utterance in record.utterances}
    return Release(folder.name, record.name, made.created, scored, cells, speech)


def _committed(file: Path, notes: list[str]) -> Iterable[Release]:
    """
    Yield a baseline as it was at each commit that left it there, oldest first, whatever it was called then.

    A version that cannot be read, such as one with a merge conflict, is left out, which is added to *notes*.
    """
    folder = file.resolve().parent
    for commit, called in reversed(_versions(file)):
        try:
            text = git.asked(folder, "show", f"{commit}:{called}", kind=UsageInvalid, mend=f"; {ELSE}")
            found = baselines.of_text(text, Path(f"{commit}:{called}"))
        except BaselineInvalid as error:
            notes.append(f"{commit} is left out: {error}")
        else:
            yield _of_baseline(commit, found)


def _versions(file: Path) -> list[tuple[str, str]]:
    """Return the commits that changed *file*, newest first, and what it is called in each."""
    # -z : names as they are. Of each commit: its hash, what was done, and one name, or that before as well.
    # -c : a merge, if the file is as in neither parent; of each parent what was done, without a number, and one name.
    parts = iter(
        git.names(
            file.resolve().parent, "log", "-z", "-c", "--follow", "--name-status", "--format=%h",
            "--diff-filter=ACMR", "--", file.name, mend=f"; {ELSE}",
        )
    )  # fmt: skip
    found = []
    for commit in parts:
        done, name = next(parts).lstrip("\n"), next(parts)
        moved = done[0] in "CR" and done[1:].isdigit()
        found.append((commit, next(parts) if moved else name))
        if moved and done[0] == "C":  # what came before is of another file, which is still there
            break
    if not found:
        raise UsageInvalid(f"{file}: git knows no history of it; {ELSE}")
    return found
