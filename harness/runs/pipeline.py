"""
The pipeline: speech, codecs, topologies, comparison, scores, verdicts, record. The one place that knows the order.

A run's folder is named after a hash of everything that decides its results, so the same command finds its own earlier
work: finished cells are read back, the rest is computed, and a run that is complete is not run again. Scores belong to
the audio, not to the cell: bit-identical output is scored once.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from harness.audio.speech import Utterance
from harness.errors import RecordInvalid
from harness.files import file_name, given, no_links
from harness.record import Cell, Heard, Measurements, RunRecord, UtteranceRecord, load, save
from harness.runs import cells, comparing, failing, repeating
from harness.runs.comparing import Group, Traced
from harness.runs.explaining import explained, keep
from harness.runs.failing import Failing
from harness.runs.kept_audio import KeptAudio
from harness.runs.keys import MEASURES, Keys, interfering
from harness.runs.outcome import ungated
from harness.runs.recorded import check_cells
from harness.runs.scoring import Scorer, SignalScores
from harness.runs.suite import Suite
from harness.runs.suite_speech import chosen_speech
from harness.runs.summary import summarise, utterance_record
from harness.runtime.run_folder import cell_file
from harness.runtime.store import Store, Unread
from harness.runtime.workers import Progress, Workers, opened
from harness.topology.setup import Setup


class Run(NamedTuple):
    """A run that was made: its record, and the folder that it is in."""

    record: RunRecord
    folder: Path

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Return the run in the folder *path*, or whose `run.json` it is; raise `RecordInvalid` if it is none."""
        file = path if given.is_file(path) else path / "run.json"
        record = load(file, RunRecord)
        check_cells(record, file)
        return cls(record, file.parent)


TOGETHER = 16  # setups of a group

OutcomeOf = Callable[[RunRecord, Path], RunRecord]
TraceGroup = Callable[[Group], Future[list[Traced]]]
HeardUncoded = dict[str, Heard]


def run(
    suite: Suite,
    out: Path = Path("reports"),
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    fresh: bool = False,
    explain: bool = True,
    repeat: bool = True,
    rescore: bool = False,
    workers: Workers | None = None,
    trace: TraceGroup | None = None,
    outcome: OutcomeOf | None = None,
) -> Run:
    """
    Run *suite* and return its record and its folder under *out*.

    jobs : worker processes; as many as there are processor cores if None
    progress : called with the number of finished cells and of all cells
    only : ids of the utterances to run; the other speech of each stays that of the whole suite, so its cells do too
    fresh : run the codecs even where nothing changed; only the scores of audio that comes out again are read back
    explain : say of the worst cells where they diverge from their reference; see `harness.runs.explaining`
    repeat : see whether each codec gives the same twice (`harness.runs.repeating`), unless it is traced elsewhere
    rescore : as *fresh*, and score that audio again too, so that what a scorer itself scatters is seen
    workers : workers and store to use, instead of new ones
    trace : how a group is traced; in a worker process if None
    outcome : adds to the record and its folder what else decides how the run went, such as gates
    Raises a `HarnessError` if the speech or a scorer cannot be used at all, or none of the codecs. A codec that cannot
    be used, or fails on the way, is so many failed cells, and no error.
    """
    began = time.monotonic()
    fresh = fresh or rescore
    utterances = chosen_speech(suite.speech)
    with nullcontext(workers) if workers is not None else _opened(suite, jobs) as workers:
        pool, store = workers.pool, workers.store
        loading = failing.loading(suite, pool)
        scorer = Scorer(pool, Unread(store) if rescore else store, suite.scores)
        codecs = failing.loaded(loading)
        paired = list(zip(utterances, interfering(utterances), strict=True))
        if only is not None:
            paired = [(utterance, other) for utterance, other in paired if utterance.id in only]
        keys = Keys(suite, utterances, codecs.described, scorer.identity, [utterance.id for utterance, _ in paired])
        folder = out / f"{file_name(suite.name)}-{keys.run[:8]}"
        no_links(folder)
        kept = KeptAudio(folder, store)
        earlier = None if fresh else _complete(folder, keys.run)
        if earlier is not None and not kept.restore_all(earlier):
            earlier = None  # deleted, or broken by a full disk: run again, from the cells whose audio is there
        if earlier is not None:
            record = ungated(earlier)
            record = explained(record, suite, paired, pool, store) if explain else record
            return Run(_settled(record, earlier, folder, outcome), folder)
        traced = trace or partial(pool.submit, comparing.trace)
        pipeline = _Pipeline(suite, paired, Failing(codecs), keys, folder, kept, traced, store, scorer, progress, fresh)
        finished = pipeline.run()
        speech_used = pipeline.utterance_records()
        elapsed = time.monotonic() - began
        record = summarise(
            suite, speech_used, codecs, finished, keys.run, scorer.identity, (MEASURES, comparing.VERSION), elapsed
        )
        if repeat and trace is None:
            known = Unread(store) if fresh else store
            record = repeating.told(record, repeating.repeat(suite, paired, finished, pipeline.computed, known))
        save(folder / "run.json", record)
        if explain:
            told = explained(record, suite, paired, pool, Unread(store) if fresh else store)
            keep(folder, told, record)
            record = told
    return Run(_settled(record, record, folder, outcome), folder)


def _opened(suite: Suite, jobs: int | None) -> AbstractContextManager[Workers]:
    return opened(jobs or len(os.sched_getaffinity(0)), call_limit=suite.limit)


def _settled(record: RunRecord, kept: RunRecord, folder: Path, outcome: OutcomeOf | None) -> RunRecord:
    """Return *record* with its *outcome*, and write it into *folder* unless that is what was *kept* there."""
    settled = outcome(record, folder) if outcome is not None else record
    keep(folder, settled, kept)
    return settled


@dataclass(eq=False)
class _Waiting:
    """A traced group whose scores are being computed."""

    group: Group
    traced: list[Traced]
    signal: dict[str, Future[SignalScores]] = field(default_factory=dict)
    heard: dict[str, Future[Heard]] = field(default_factory=dict)
    floor: Future[Heard] | None = None

    def done(self) -> bool:
        return not _open_futures(self)

    def scores_of(self, setup: str) -> set[Future[Any]]:
        found = (self.signal.get(setup), self.heard.get(setup), self.floor)
        return {future for future in found if future is not None}


@dataclass(eq=False)
class _Pipeline:
    suite: Suite
    speech: list[tuple[Utterance, Utterance]]  # each utterance with the other speech
    failing: Failing
    keys: Keys
    folder: Path
    audio: KeptAudio
    trace: TraceGroup
    store: Store
    scorer: Scorer
    progress: Progress | None
    fresh: bool
    finished: dict[tuple[str, str], Cell] = field(default_factory=dict)
    heard_uncoded: HeardUncoded = field(default_factory=dict)
    computed: set[tuple[str, str]] = field(default_factory=set)  # the cells that were not read back
    published: dict[str, str] = field(default_factory=dict)  # the file of each utterance's reference speech

    def run(self) -> list[Cell]:
        """Compute what is not there yet, depth first, so that cells are finished and saved as early as can be."""
        self.published = {u.id: self.audio.publish(u, self.keys.audio(u.id)) for u, _ in self.speech}
        todo = [group for group in self._groups() if self.fresh or not self._read_back(group)]
        self._report()
        tracing_now: dict[Future[list[Traced]], Group] = {}
        scoring: list[_Waiting] = []
        queue = deque(todo)
        ahead = 2  # traces in flight: enough to keep the workers busy, few enough to score each group soon
        self._feed(queue, tracing_now, ahead)
        while tracing_now or scoring:
            for future in [future for future in tracing_now if future.done()]:
                group, error = tracing_now.pop(future), future.exception()
                if error is None:
                    scoring.append(self._score(group, future.result()))
                else:
                    queue.extendleft(reversed(self.failing.again(group, error)))
                self._feed(queue, tracing_now, ahead)
            for waiting in [waiting for waiting in scoring if waiting.done()]:
                scoring.remove(waiting)
                self._finish(waiting)
            pending = [*tracing_now, *(future for waiting in scoring for future in _open_futures(waiting))]
            if pending:
                wait(pending, return_when=FIRST_COMPLETED)
        return [self.finished[s.name, u.id] for s in self.suite.setups for u, _ in self.speech]

    def utterance_records(self) -> list[UtteranceRecord]:
        """Return what the record says of the reference speech."""
        return [
            utterance_record(
                utterance,
                utterance.waveform().seconds,
                self.keys.audio(utterance.id),
                self.published[utterance.id],
                self.heard_uncoded.get(utterance.id),
            )
            for utterance, _ in self.speech
        ]

    def _groups(self) -> Iterator[Group]:
        for utterance, other in self.speech:
            for setups, beside in _tied(self.suite):
                yield Group(utterance, other, setups, beside, self.failing.codecs.infos)

    def _feed(self, queue: deque[Group], tracing_now: dict[Future[list[Traced]], Group], ahead: int) -> None:
        while len(tracing_now) < ahead and queue:
            group = self.failing.without_hopeless(queue.popleft())
            tracing_now[self.trace(group)] = group

    def _score(self, group: Group, traced: list[Traced]) -> _Waiting:
        """Ask for the scores of what *group* produced."""
        waiting = _Waiting(group, traced)
        pairs = [one for one in traced if one.pair is not None]
        for one in pairs:
            if one.pair is not None:
                waiting.signal[one.setup] = self.scorer.signal(one.pair)
        if self.suite.scores.asr:
            uncoded = group.utterance.waveform()
            signals = [uncoded, *(one.pair.degraded for one in pairs if one.pair is not None)]
            floor, *heard = self.scorer.hear(signals, group.utterance.transcript)
            waiting.floor = floor
            waiting.heard = {one.setup: future for one, future in zip(pairs, heard, strict=True)}
        return waiting

    def _finish(self, waiting: _Waiting) -> None:
        """Turn a scored group into cells, and save them."""
        utterance = waiting.group.utterance.id
        floor = waiting.floor.result() if waiting.floor else None
        if floor is not None:
            self.heard_uncoded[utterance] = floor
        made: dict[str, Cell] = {}
        for one in waiting.traced:
            scores: Measurements = {}
            heard = waiting.heard[one.setup].result() if one.setup in waiting.heard else None
            if one.setup in waiting.signal:
                scores |= waiting.signal[one.setup].result().measurements
            if heard is not None and floor is not None:
                scores |= cells.word_measurements(heard, floor)
            key = self.keys.cell(self.suite.setup(one.setup), utterance)
            unscored = not self.scorer.died.isdisjoint(waiting.scores_of(one.setup))
            cell = cells.unjudged(one, utterance, key, scores, heard, self._kept(one))
            made[one.setup] = cell.model_copy(update={"died": unscored or (one.setup, utterance) in self.failing.died})
            self.computed.add((one.setup, utterance))
        for name, cell in made.items():
            if cell.failure is None and not cell.died and name not in waiting.group.beside:
                self.store.put(f"cell:{cell.key}", cell)
            if floor is not None and not cell.died and name not in waiting.group.beside:
                self.store.put(f"floor:{cell.key}", floor)
        self._judge(made, waiting.group.beside)

    def _judge(self, made: dict[str, Cell], beside: frozenset[str]) -> None:
        """Judge the cells of a group, each against that of its own reference, and save them."""
        for name, cell in made.items():
            if name in beside:
                continue
            setup = self.suite.setup(name)
            one_codec = self.suite.one_codec(setup, self.failing.codecs.infos)
            judged = cells.judged(cell, made[setup.reference], self.suite.tolerances, one_codec=one_codec)
            self.finished[name, cell.utterance] = judged
            save(cell_file(self.folder, name, cell.utterance), judged)
        self._report()

    def _read_back(self, group: Group) -> bool:
        """Take the cells of *group* from the store, if all are there; failed cells are never kept."""
        made: dict[str, Cell] = {}
        for setup in group.setups:
            key = self.keys.cell(setup, group.utterance.id)
            cell = self.store.get(f"cell:{key}", Cell)
            if cell is None or cell.key != key or not self.audio.restore(cell.audio):
                return False
            made[setup.name] = cell.model_copy(update={"setup": setup.name, "utterance": group.utterance.id})
            floor = self.store.get(f"floor:{key}", Heard)
            if floor is not None:
                self.heard_uncoded[group.utterance.id] = floor
        self._judge(made, group.beside)
        return True

    def _kept(self, one: Traced) -> str | None:
        if one.pair is None or one.pcm_sha256 is None:
            return None
        return self.audio.save(one.pair.degraded, one.pcm_sha256)

    def _report(self) -> None:
        if self.progress is not None:
            self.progress(len(self.finished), len(self.suite.setups) * len(self.speech))


def _tied(suite: Suite) -> list[tuple[tuple[Setup, ...], frozenset[str]]]:
    """
    Return the setups in groups, each with the references that lead to one that is its own; these are told of once.

    A group is what a killed run loses and what a worker holds in memory, so it is `TOGETHER` setups at most, and the
    references beside them.
    """
    tied: dict[str, list[Setup]] = {}
    for setup in suite.setups:
        end = setup
        while end.reference != end.name:
            end = suite.setup(end.reference)
        tied.setdefault(end.name, []).append(setup)
    groups, told = [], set[str]()
    for part in tied.values():
        for at in range(0, len(part), TOGETHER):
            new = (setup.name for setup in part[at : at + TOGETHER] if setup.name not in told)
            setups = suite.narrowed(new).setups
            names = {setup.name for setup in setups}
            groups.append((setups, frozenset(names & told)))
            told |= names
    return groups


def _open_futures(waiting: _Waiting) -> list[Future[Any]]:
    futures: list[Future[Any]] = [*waiting.signal.values(), *waiting.heard.values()]
    if waiting.floor is not None:
        futures.append(waiting.floor)
    return [future for future in futures if not future.done()]


def _complete(folder: Path, key: str) -> RunRecord | None:
    """Return the record of a run that is already done, or None."""
    if not (folder / "run.json").is_file():
        return None
    try:
        record = load(folder / "run.json", RunRecord, sealed=True)
    except RecordInvalid:
        return None  # damaged or edited: run again, from the cells that are there
    settled = record.complete and not any(cell.died for cell in record.cells)
    return record if settled and record.key == key else None
