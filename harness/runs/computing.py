"""
The cells of a run: traced in groups, measured, judged and saved as early as can be; read back where they are known.

Scores belong to the audio, not to the cell: bit-identical output is scored once.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from harness.metrics.metric import Depth
from harness.record import Cell, Cells, Heard, Journal, UtteranceRecord
from harness.runs import cells
from harness.runs.comparing import Traced
from harness.runs.failing import Failing
from harness.runs.group_queue import GroupQueue
from harness.runs.measuring import Measuring
from harness.runs.preparing import Prepared
from harness.runs.repeating import Repeating
from harness.runs.suite import Suite
from harness.runs.summary import utterance_record
from harness.runs.tracing import Group
from harness.runtime.workers import Progress
from harness.topology.setup import Setup
from harness.topology.variants import variants_of

TOGETHER = 16  # setups of a group
AHEAD = 2  # groups in flight, or one a worker: enough to keep them busy, few enough to score each group soon


@dataclass(eq=False)
class Computing:
    """
    Computes the cells of a run.

    repeating : hears of finished cells, and begins with each codec of which nothing is left to be run
    progress : called with the number of finished cells and of all cells
    computed : setup and utterance of the cells that were not read back
    """

    run: Prepared
    repeating: Repeating
    progress: Progress | None = None
    computed: set[tuple[str, str]] = field(default_factory=set)
    _heard_uncoded: dict[str, Heard] = field(default_factory=dict)
    _published: dict[str, str | None] = field(default_factory=dict)  # the file of each utterance's reference speech

    def __post_init__(self) -> None:
        self._failing = Failing(self.run.codecs)
        self._journal = Journal(self.run.folder)
        self._own = frozenset(setup.name for setup in self.run.suite.setups)  # beside which variants are run

    def cells(self) -> Cells:
        """Compute what is not there yet, depth first, so that cells are finished and saved as early as can be."""
        self._published = {u.id: self.run.audio.publish(u) for u, _ in self.run.speech}
        queue = GroupQueue(group for group in self._groups() if self.run.options.anew or not self._read_back(group))
        self._report()
        tracing_now: dict[Future[list[Traced]], Group] = {}
        scoring: list[tuple[Group, Measuring]] = []
        self._feed(queue, tracing_now)
        while tracing_now or scoring:
            for future in [future for future in tracing_now if future.done()]:
                group, error = tracing_now.pop(future), future.exception()
                if error is None:
                    traced = future.result()
                    queue.took(group, sum(one.seconds or 0.0 for one in traced))
                    scoring.append((group, self._measured(group, traced)))
                else:
                    queue.took(group, 0.0)  # what fails does not come before what works
                    queue.again(self._failing.again(group, error))
                self._feed(queue, tracing_now)
            for done in [waiting for waiting in scoring if not waiting[1].pending]:
                scoring.remove(done)
                self._finish(*done)
            pending = [*tracing_now, *(future for _, measuring in scoring for future in measuring.pending)]
            self.repeating.begin(queue.codecs)
            if pending:
                wait(pending, return_when=FIRST_COMPLETED)
        return self._journal.finish((s.name, u.id) for s in self.run.suite.setups for u, _ in self.run.speech)

    def utterances(self) -> list[UtteranceRecord]:
        """Return what the record says of the reference speech."""
        return [
            utterance_record(
                utterance,
                utterance.seconds,
                self.run.keys.audio(utterance.id),
                self._published[utterance.id],
                self._heard_uncoded.get(utterance.id),
            )
            for utterance, _ in self.run.speech
        ]

    def _groups(self) -> Iterator[Group]:
        groups = tied(self.run.suite)
        for utterance, other in self.run.speech:
            for setups, beside in groups:
                others = tuple(one for each in self._variants(setups).values() for one in each)
                names = beside | {one.name for one in others}
                yield Group(utterance, other, setups + others, names, self.run.codecs.infos)

    def _variants(self, setups: Iterable[Setup]) -> dict[str, list[Setup]]:
        """Return what is run beside each reference setup among *setups*, by its name."""
        return variants_of(setups, self.run.suite.speech.variants)

    def _feed(self, queue: GroupQueue, tracing_now: dict[Future[list[Traced]], Group]) -> None:
        while len(tracing_now) < max(AHEAD, self.run.traces.workers.jobs) and queue:
            group = self._failing.without_hopeless(queue.take())
            tracing_now[self.run.traces.group(group)] = group

    def _measured(self, group: Group, traced: list[Traced]) -> Measuring:
        measuring = Measuring(group.utterance, traced, self.run.scorer)
        measuring.measure(Depth.WORDS)
        return measuring

    def _finish(self, group: Group, measuring: Measuring) -> None:
        """Turn a measured group into cells, and save them."""
        utterance, floor = group.utterance.id, measuring.floor
        if floor is not None:
            self._heard_uncoded[utterance] = floor
        made: dict[str, Cell] = {}
        variants = self._variants(group.setups)
        for name, one in measuring.traced.items():
            if name not in self._own:
                continue
            key = self.run.keys.cell(self.run.suite.setup(name), utterance)
            audio = self.run.audio.save(one.pair.degraded, one.pcm_sha256) if one.pair and one.pcm_sha256 else None
            cell = cells.unjudged(one, utterance, key, measuring.measured(name), measuring.heard(name), audio)
            others = {each.name: measuring.traced[each.name] for each in variants.get(name, ())}
            sound = {other: measuring.measured(other) for other, each in others.items() if each.failure is None}
            failed = {other: each.failure for other, each in others.items() if each.failure is not None}
            cell = cells.varied(cell, sound, failed)
            died = any(each.killed or self._died(each.setup, utterance, measuring) for each in (one, *others.values()))
            made[name] = cell.model_copy(update={"died": died})
            self.computed.add((name, utterance))
        for name, cell in made.items():
            if cell.died or name in group.beside:
                continue
            if cell.failure is None:
                self.run.store.put(f"cell:{cell.key}", cell)
            if floor is not None:
                self.run.store.put(f"floor:{cell.key}", floor)
        self._judge(made, group.beside)

    def _died(self, name: str, utterance: str, measuring: Measuring) -> bool:
        return measuring.died(name) or (name, utterance) in self._failing.died

    def _judge(self, made: dict[str, Cell], beside: frozenset[str]) -> None:
        """Judge the cells of a group, each against that of its own reference, and save them."""
        judged = []
        for name, cell in made.items():
            if name in beside:
                continue
            setup = self.run.suite.setup(name)
            one_codec = self.run.suite.one_codec(setup, self.run.codecs.infos)
            judged.append(cells.judged(cell, made[setup.reference], self.run.suite.tolerances, one_codec=one_codec))
        self._journal.add(judged)
        self.repeating.see(judged)
        self._report()

    def _read_back(self, group: Group) -> bool:
        """Take the cells of *group* from the store, if all are there; failed cells are never kept."""
        made: dict[str, Cell] = {}
        for setup in group.setups:
            if setup.name not in self._own:
                continue
            key = self.run.keys.cell(setup, group.utterance.id)
            cell = self.run.store.get(f"cell:{key}", Cell)
            if cell is None or cell.key != key or not self.run.audio.restore(cell.audio):
                return False
            made[setup.name] = cell.model_copy(update={"setup": setup.name, "utterance": group.utterance.id})
            floor = self.run.store.get(f"floor:{key}", Heard)
            if floor is not None:
                self._heard_uncoded[group.utterance.id] = floor
        self._judge(made, group.beside)
        return True

    def _report(self) -> None:
        if self.progress is not None:
            self.progress(self._journal.count, len(self.run.suite.setups) * len(self.run.speech))


def tied(suite: Suite) -> list[tuple[tuple[Setup, ...], frozenset[str]]]:
    """
    Return the setups in groups, each with the references that lead to one that is its own; these are told of once.

    A group is what a killed run loses and what a worker holds in memory, so it is `TOGETHER` setups at most, and the
    references beside them, whose names come with it.
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
