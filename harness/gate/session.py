"""
A suite held against its baseline: run, load what was accepted, judge every cell and setup, or accept.

Independent of pytest: the plugin and the command line both use it. Several processes of one session share a folder;
the first that needs a suite runs it, under a lock and with as many worker processes as there are sharers, and the
others read the finished run. Each cell is computed once, into one run folder; a process that dies lets go of the lock,
and the next one goes on from the cells that are finished.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import HarnessError, RecordInvalid
from harness.files import write_whole
from harness.gate import baseline as baselines
from harness.gate.accept import accept
from harness.gate.as_record import as_record
from harness.gate.baseline import Baseline, BaselineInvalid
from harness.gate.guarded import Guarded, Wanted
from harness.record import RunRecord
from harness.report import Published, publish
from harness.runs import pipeline
from harness.runs.explaining import keep
from harness.runs.outcome import ungated
from harness.runs.preparing import Options
from harness.runs.recorded import Run, check_run_of
from harness.runs.shards import Shard, refuse_shard
from harness.runs.since.reach import Reach, not_run_in, noted
from harness.runs.suite import Suite
from harness.runtime.store import content_key
from harness.runtime.workers import HERE, Progress, Workplace


@dataclass(frozen=True)
class Settings:
    """
    How a session runs its suites.

    out : where runs go; baselines : where baselines are; jobs : worker processes, None for all cores
    update : accept what comes out; fresh : run codecs even where nothing changed; rescore : score anew too
    single_file : write the report as one file too
    place : the executor and the shared store
    shard : the part of the utterances that is run
    runs : finished runs, one of each suite, that are judged instead of run
    reach : what of the suite a change can reach, which the record has to say; None if all is run
    limit : seconds that one call of a codec may take, instead of what the suite says
    shared : a folder that all processes of this session see
    """

    out: Path
    baselines: Path
    jobs: int | None
    update: bool
    fresh: bool
    rescore: bool
    single_file: bool
    shared: Path
    limit: float | None = None
    place: Workplace = HERE
    shard: Shard | None = None
    runs: tuple[Path, ...] = ()
    reach: Reach | None = None


def guard(suite: Suite, wanted: Wanted, settings: Settings, progress: Progress | None = None) -> Guarded:
    """
    Return *suite*, as far as it is *wanted*, held against its baseline; it runs once for all processes of a session.

    Raises the `HarnessError` that says why nothing could be run, in every process that asks.
    """
    path = baselines.place(settings.baselines, suite.name)
    asked = sorted(wanted.setups), sorted(wanted.utterances), settings.update
    token = settings.shared / content_key(suite=suite.model_dump(mode="json"), asked=asked)[:16]
    with locked(token.with_suffix(".lock")):
        done = token.with_suffix(".json")
        if not done.is_file():
            write_whole(done, json.dumps(_run(suite, wanted, settings, path, progress)))
        found = json.loads(done.read_text(encoding="utf-8"))
    if "error" in found:
        raise HarnessError(found["error"])
    return Guarded(path, found)


def finished(shared: Path, baseline_folder: Path) -> list[Guarded]:
    """Return everything that the processes sharing *shared* have run."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(shared.glob("*.json"))]
    return [Guarded(baselines.place(baseline_folder, one["suite"]), one) for one in found if "folder" in one]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(suite: Suite, wanted: Wanted, settings: Settings, path: Path, progress: Progress | None) -> dict[str, object]:
    outcome = partial(noted, settings.reach) if settings.update else partial(_outcome, wanted, path, settings.reach)
    try:
        if settings.runs:
            record, folder = _finished(suite, wanted, settings, outcome)
        else:
            record, folder = pipeline.run(
                suite.narrowed(wanted.setups).selected(limit=settings.limit),
                settings.out,
                Options(only=wanted.utterances, fresh=settings.fresh, rescore=settings.rescore, shard=settings.shard),
                jobs=settings.jobs,
                place=settings.place,
                progress=progress,
                outcome=outcome,
            )
        # Of a finished run what was not asked for is there as well.
        chosen = frozenset(setup.name for setup in suite.narrowed(wanted.setups).setups)
        part = Run(_only(record, chosen, wanted.utterances), folder) if settings.runs else Run(record, folder)
        accepted = accept([part], path, whole=wanted.whole) if settings.update else None
        page = publish_against(folder, path, single_file=settings.single_file)
        told = str(page) if page.page is not None else f"{page}; read {folder / 'summary.md'}"
    except HarnessError as error:
        return {"error": str(error)}
    return {"suite": suite.name, "accepted": accepted, "report": told, "setups": sorted(chosen)} | _about(
        wanted, folder
    )


def _only(record: RunRecord, setups: frozenset[str], utterances: frozenset[str]) -> RunRecord:
    """Return *record* with no more than these *setups* and *utterances*."""
    return record.model_copy(
        update={
            "setups": tuple(setup for setup in record.setups if setup.name in setups),
            "utterances": tuple(utterance for utterance in record.utterances if utterance.id in utterances),
            "cells": record.cells.only(setups, utterances),
        }
    )


def _finished(suite: Suite, wanted: Wanted, settings: Settings, outcome: pipeline.OutcomeOf) -> Run:
    """Return that of the finished runs which is of *suite*, with its outcome; raise `RecordInvalid` if none is."""
    found = [run for run in map(Run.read, settings.runs) if run.record.name == suite.name]
    if len(found) != 1:
        given = ", ".join(map(str, settings.runs))
        raise RecordInvalid(f"got {len(found)} runs of the suite {suite.name!r}, wanted one of those given: {given}")
    kept, folder = found[0]
    refuse_shard(folder)
    check_run_of(suite, kept, wanted.setups, wanted.utterances)
    record = ungated(kept)
    record = outcome(record, folder)
    if settings.reach is None:  # what was not run then is still not run
        record = not_run_in(record, [kept])
    keep(folder, record, kept)
    return Run(record, folder)


def _about(wanted: Wanted, folder: Path) -> dict[str, object]:
    return {"folder": os.fspath(folder.resolve()), "complete": wanted.complete, "whole": wanted.whole}


def _outcome(wanted: Wanted, path: Path, reach: Reach | None, record: RunRecord, folder: Path) -> RunRecord:
    return noted(reach, Guarded(path, {"accepted": None} | _about(wanted, folder), record).outcome(wanted))


def publish_against(folder: Path, baseline: Path, *, single_file: bool = False) -> Published:
    """
    Publish the run in *folder*, unless what was published is newer.

    The page opens with what changed since the accepted *baseline*, where there is one of another run.
    """

    def accepted(record: RunRecord) -> RunRecord | None:
        found = _readable(baseline)
        return as_record(found, record) if found is not None and found.run != record.key else None

    return publish(folder, against=accepted, single_file=single_file, outdated=True)


def _readable(path: Path) -> Baseline | None:
    """Return the baseline at *path*; None if there is none, or one that cannot be read, which the gates tell."""
    try:
        return baselines.load(path)
    except BaselineInvalid:
        return None
