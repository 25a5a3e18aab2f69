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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from harness.audio.speech import Utterance
from harness.errors import RecordInvalid
from harness.files import file_name, given, no_links
from harness.metrics.metric import Depth
from harness.record import Cell, Heard, RunRecord, UtteranceRecord, load, save
from harness.runs import cells, comparing, failing, repeating
from harness.runs.comparing import Traced
from harness.runs.explaining import explained, keep
from harness.runs.failing import Failing
from harness.runs.kept_audio import KeptAudio
from harness.runs.keys import MEASURES, Keys, interfering
from harness.runs.measuring import Measuring
from harness.runs.outcome import ungated
from harness.runs.recorded import check_cells
from harness.runs.scoring import Scorer
from harness.runs.suite import Suite
from harness.runs.suite_speech import chosen_speech
from harness.runs.summary import summarise, utterance_record
from harness.runs.traces import Traces
from harness.runs.tracing import Group
from harness.runtime.run_folder import cell_file
from harness.runtime.store import Store, Unread
from harness.runtime.workers import Progress, opened
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
    traces: Traces | None = None,
    outcome: OutcomeOf | None = None,
) -> Run:
    """
    Run *suite* and return its record and its folder under *out*.

    jobs : worker processes; as many as there are processor cores if None
    progress : called with the number of finished cells and of all cells
    only : ids of the utterances to run; the other speech of each stays that of the whole suite, so its cells do too
    fresh : run the codecs even where nothing changed; only the scores of audio that comes out again are read back
    explain : say of the worst cells where they diverge from their reference; see `harness.runs.explaining`
    repeat : see whether each codec gives the same twice (`harness.runs.repeating`)
    rescore : as *fresh*, and score that audio again too, so that what a scorer itself scatters is seen
    traces : traces that were made before, with the workers and the store to use, instead of new ones
    outcome : adds to the record and its folder what else decides how the run went, such as gates
    Raises a `HarnessError` if the speech or a scorer cannot be used at all, or none of the codecs. A codec that cannot
    be used, or fails on the way, is so many failed cells, and no error.
    """
    began = time.monotonic()
    fresh = fresh or rescore
    utterances = chosen_speech(suite.speech)
    with nullcontext(traces) if traces is not None else _opened(suite, jobs) as traces:
        pool, store = traces.workers.pool, traces.workers.store
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
        pipeline = _Pipeline(suite, paired, Failing(codecs), keys, folder, kept, traces, store, scorer, progress, fresh)
        finished = pipeline.run()
        speech_used = pipeline.utterance_records()
        elapsed = time.monotonic() - began
        record = summarise(
            suite, speech_used, codecs, finished, keys.run, scorer.identity, (MEASURES, comparing.VERSION), elapsed
        )
        if repeat:
            known = Unread(store) if fresh else store
            record = repeating.told(record, repeating.repeat(suite, paired, finished, pipeline.computed, known))
        save(folder / "run.json", record)
        if explain:
            told = explained(record, suite, paired, pool, Unread(store) if fresh else store)
            keep(folder, told, record)
            record = told
    return Run(_settled(record, record, folder, outcome), folder)


@contextmanager
def _opened(suite: Suite, jobs: int | None) -> Iterator[Traces]:
    with opened(jobs or len(os.sched_getaffinity(0)), call_limit=suite.limit) as workers:
        yield Traces(workers)


def _settled(record: RunRecord, kept: RunRecord, folder: Path, outcome: OutcomeOf | None) -> RunRecord:
    """Return *record* with its *outcome*, and write it into *folder* unless that is what was *kept* there."""
    settled = outcome(record, folder) if outcome is not None else record
    keep(folder, settled, kept)
    return settled


@dataclass(eq=False)
class _Pipeline:
    suite: Suite
    speech: list[tuple[Utterance, Utterance]]  # each utterance with the other speech
    failing: Failing
    keys: Keys
    folder: Path
    audio: KeptAudio
    traces: Traces
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
        scoring: list[tuple[Group, Measuring]] = []
        queue = deque(todo)
        ahead = 2  # traces in flight: enough to keep the workers busy, few enough to score each group soon
        self._feed(queue, tracing_now, ahead)
        while tracing_now or scoring:
            for future in [future for future in tracing_now if future.done()]:
                group, error = tracing_now.pop(future), future.exception()
                if error is None:
                    scoring.append((group, self._measured(group, future.result())))
                else:
                    queue.extendleft(reversed(self.failing.again(group, error)))
                self._feed(queue, tracing_now, ahead)
            for done in [waiting for waiting in scoring if not waiting[1].pending]:
                scoring.remove(done)
                self._finish(*done)
            pending = [*tracing_now, *(future for _, measuring in scoring for future in measuring.pending)]
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
            tracing_now[self.traces.group(group)] = group

    def _measured(self, group: Group, traced: list[Traced]) -> Measuring:
        measuring = Measuring(group.utterance, traced, self.scorer)
        measuring.measure(Depth.WORDS)
        return measuring

    def _finish(self, group: Group, measuring: Measuring) -> None:
        """Turn a measured group into cells, and save them."""
        utterance, floor = group.utterance.id, measuring.floor
        if floor is not None:
            self.heard_uncoded[utterance] = floor
        made: dict[str, Cell] = {}
        for name, one in measuring.traced.items():
            key = self.keys.cell(self.suite.setup(name), utterance)
            cell = cells.unjudged(one, utterance, key, measuring.measured(name), measuring.heard(name), self._kept(one))
            died = measuring.died(name) or (name, utterance) in self.failing.died
            made[name] = cell.model_copy(update={"died": died})
            self.computed.add((name, utterance))
        for name, cell in made.items():
            if cell.failure is None and not cell.died and name not in group.beside:
                self.store.put(f"cell:{cell.key}", cell)
            if floor is not None and not cell.died and name not in group.beside:
                self.store.put(f"floor:{cell.key}", floor)
        self._judge(made, group.beside)

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
