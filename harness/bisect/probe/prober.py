"""
The oracle of a search over the real pipeline: wire, decode, compare with the good end, score only as far as it takes.

Utterances are measured side by side, as many as there are workers, those that suffer most at the bad end first; all of
them by the cheapest measurements before any goes deeper. The first that is bad ends the probe. Traces and scores are
kept by content.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from harness.audio.speech import Utterance
from harness.bisect.probe.criterion import Criterion, decide
from harness.bisect.probe.store import FIGURES, Probed, Question
from harness.bisect.probe.traces import Traces
from harness.bisect.search import Judged, Observation
from harness.errors import CodecFailed, HarnessError
from harness.explain.repeats import TraceResult
from harness.metrics.metric import Depth
from harness.record import Measurements, is_true, value
from harness.runs import cells, comparing
from harness.runs.comparing import Traced
from harness.runs.conditions import Conditions
from harness.runs.failing import reason_of
from harness.runs.keys import interfering
from harness.runs.scoring import Scorer
from harness.runs.suite_speech import chosen_speech
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.topology.setup import Case, Configuration

GOOD_END = "good end"  # where its scores are kept
VERSION = 3  # raise it when a probe's meaning changes


@dataclass(eq=False)
class _Utterance:
    """One utterance of the probe that is being made: both traces, and what is measured of them so far."""

    spoken: Utterance
    good_trace: "Future[TraceResult]"
    trace: "Future[TraceResult]"
    traced: tuple[Traced, ...] = ()
    good: Measurements = field(default_factory=dict)
    measured: Measurements = field(default_factory=dict)
    asked: Sequence["Future[Any]"] = ()


@dataclass(eq=False)
class Prober:
    """
    Judges points against the *good* end.

    noisy : every probe runs the codec anew
    figures : what was measured, by point key; for the picture of the search
    """

    conditions: Conditions
    criterion: Criterion
    good: Configuration
    bad: Configuration
    traces: Traces
    noisy: bool = False
    figures: dict[str, list[Probed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        utterances = chosen_speech(self.conditions.speech)
        self._speech = {one.id: (one, other) for one, other in zip(utterances, interfering(utterances), strict=True)}
        self._workers = self.traces.workers
        self._scorer = Scorer(self._workers.pool, self._workers.store, self.conditions.scores)
        self._bad: dict[str, Measurements] = {}
        self._good: dict[str, Measurements] = {}
        self._worst_first = list(self._speech)
        self._next: list[Configuration] = []
        self._question: Question | None = None

    def key(self, point: Configuration) -> str:
        """Return the identity of what *point* does; points with the same key sound the same. Raises as `Traces.key`."""
        inputs = [self.traces.key(Case(point, *pair)) for pair in self._speech.values()]
        return content_key(version=VERSION, inputs=inputs)

    def _identity(self, point: Configuration) -> str:
        try:
            return self.key(point)
        except HarnessError as error:
            return f"unusable: {error}"

    def speech(self, utterance: str) -> tuple[Utterance, Utterance]:
        """Return an utterance and the other speech that goes with it."""
        return self._speech[utterance]

    def question(self) -> Question:
        """Return what is asked: observations may be remembered between searches that ask the same."""
        if self._question is None:
            certain = content_key(
                good=self._identity(self.good),
                criterion=self.criterion.text,
                anew=self.noisy,
                said=[utterance.transcript for utterance, _ in self._speech.values()],
                speech=[utterance.waveform().sha256() for utterance, _ in self._speech.values()],
                scorers=self._scorer.identity,
                tolerances=self.conditions.tolerances.model_dump(),
            )
            likely = content_key(certain=certain, bad=self._identity(self.bad))
            self._question = Question(likely if self.noisy else certain, likely)
        return self._question

    def measured(self, point: Configuration) -> list[Probed]:
        """Return what was measured of *point* when it was last probed, by this search or an earlier one."""
        key = self.key(point)
        if key not in self.figures:
            self.figures[key] = self._kept_figures(key)
        return self.figures[key]

    def shown(self, point: Configuration) -> list[Probed]:
        """Return what was measured of *point*; what is bit for bit the good end's has the good end's scores."""
        if not self._good:
            self._good = {probed.utterance: probed.measurements for probed in self._kept_figures(GOOD_END)}
        return [
            replace(probed, measurements=self._good.get(probed.utterance, {}) | probed.measurements)
            if is_true(probed.measurements, "pcm_equal")
            else probed
            for probed in self.measured(point)
        ]

    def _kept_figures(self, key: str) -> list[Probed]:
        return self._workers.store.get(self._figures_name(key), FIGURES) or []

    def _keep_figures(self, key: str, figures: list[Probed]) -> None:
        self._workers.store.put(self._figures_name(key), figures, FIGURES)

    def _figures_name(self, key: str) -> str:
        return f"figures:{self.question().certain}:{key}"

    def prefetch(self, points: Iterable[Configuration]) -> None:
        """Say which points will probably be asked next: where a worker would be idle, it begins with them."""
        self._next = list(points)

    def judge(self, point: Configuration, sure: bool) -> Observation:
        """Probe *point*; SKIP with the reason if it cannot be run."""
        try:
            key = self.key(point)
            self._take_yardstick(key)
            self.figures[key] = []
            observation = self._judge(point, key, sure)
        except HarnessError as error:
            return Observation(Judged.SKIP, str(error))
        if self.figures[key]:
            self._keep_figures(key, self.figures[key])
        return observation

    def _take_yardstick(self, key: str) -> None:
        """Know the bad end, if an earlier search has measured all of it: it says what to begin with."""
        if not self._bad and key != self._identity(self.bad):
            found = self.measured(self.bad)
            if len(found) == len(self._speech):
                self._remember_bad_end(found)

    def _judge(self, point: Configuration, key: str, sure: bool) -> Observation:
        everything = key == self._identity(self.bad) and not self._bad
        worst = Observation(Judged.GOOD, "no utterance is bad", sure=True)
        pending = self._worst_first
        while pending:
            size = len(pending) if everything else self._workers.jobs
            ahead = self._jobs_ahead(point)
            if ahead and not everything and pending is self._worst_first:
                size = 1  # it decides most often; the other workers begin with what comes next
            names, pending = pending[:size], pending[size:]
            for observation in self._batch(point, key, names, ahead, sure or everything):
                if observation.judgement in (Judged.SKIP, Judged.BAD) and not everything:
                    return observation
                worst = _worse(worst, observation)
        if everything:
            self._remember_bad_end(self.figures[key])
        return worst

    def _batch(
        self, point: Configuration, key: str, names: Sequence[str], ahead: Iterable[Case], sure: bool
    ) -> Iterable[Observation]:
        """Yield an observation of each utterance as soon as it is decided, by the cheapest measurements first."""
        trace = self.traces.again if self.noisy else self.traces.ask
        open_ = {
            name: _Utterance(
                self._speech[name][0],
                trace(Case(self.good, *self._speech[name])),
                trace(Case(point, *self._speech[name])),
            )
            for name in names
        }
        for job in ahead:
            if self.traces.busy >= self._workers.jobs:
                break
            self.traces.ask(job, early=True)
        yield from self._measure(point, self.figures[key], open_, sure)

    def _measure(
        self, point: Configuration, figures: list[Probed], open_: dict[str, _Utterance], sure: bool
    ) -> Iterable[Observation]:
        for depth in Depth:
            if depth is not Depth.SIGNAL:
                for one in open_.values():
                    one.asked = self._ask(one, depth)
            for name, one in list(open_.items()):
                failed = None
                if depth is Depth.SIGNAL:
                    failed = self._compare(one, point)
                else:
                    self._take(one, depth)
                observation = failed or decide(
                    self.criterion, one.measured, one.good, self._bad.get(name), depth, self.conditions.tolerances
                )
                if observation is None and depth is Depth.WORDS:
                    observation = Observation(Judged.SKIP, "no measurement decides it")
                if observation is None or (sure and not observation.sure):
                    continue
                del open_[name]
                if failed is not None:
                    yield failed
                    continue
                figures.append(Probed(name, one.measured, observation))
                yield Observation(observation.judgement, f"{name}: {observation.reason}", observation.sure)

    def rejudge(self, point: Configuration, utterance: str, result: TraceResult) -> Observation:
        """Judge another run of *point* on one utterance, to the full depth, against the trace of the good end."""
        pair = self._speech[utterance]
        made: Future[TraceResult] = Future()
        made.set_result(result)
        one = _Utterance(pair[0], self.traces.ask(Case(self.good, *pair)), made)
        return next(iter(self._measure(point, [], {utterance: one}, sure=True)))

    def _jobs_ahead(self, point: Configuration) -> list[Case]:
        """Return what to begin with of the points that come after *point*: the utterance that decides most often."""
        if self.noisy or self._workers.jobs == 1:
            return []
        jobs = []
        for later in self._next:
            job = Case(later, *self._speech[self._worst_first[0]])
            try:
                if later != point and not self.traces.knows(job):
                    jobs.append(job)
            except HarnessError:
                continue  # it will be said when the point is asked for
        return jobs

    def _compare(self, one: _Utterance, point: Configuration) -> Observation | None:
        """Take the traces and what they tell by themselves; return SKIP with the reason if they cannot be had."""
        try:
            good, trace = one.good_trace.result(), one.trace.result()
        except WorkerDied as death:
            return Observation(Judged.SKIP, reason_of(death))
        if isinstance(trace, CodecFailed):
            return Observation(Judged.SKIP, f"the codec failed: {trace}")
        if isinstance(good, CodecFailed):
            return Observation(Judged.SKIP, f"the good end failed: {good}")
        speech = one.spoken.waveform()
        info, good_info = self.traces.info(point.codec), self.traces.info(self.good.codec)
        one.traced = (
            comparing.compared("good", good, good, speech, good_info, good_info),
            comparing.compared("point", trace, good, speech, info, good_info),
        )
        one.good, one.measured = (dict(traced.measurements) for traced in one.traced)
        if comparing.may_tie(point, self.good, good_info, (good, trace)):
            one.measured |= self.traces.ties(self.good, (good, trace), self._speech[one.spoken.id])
        return None

    def _ask(self, one: _Utterance, depth: Depth) -> "Sequence[Future[Any]]":
        """Ask for what *depth* measures of the good end and of the point; scores are kept by content."""
        pairs = [traced.pair for traced in one.traced if traced.pair is not None]
        if depth is Depth.QUALITY:
            return [self._scorer.signal(pair) for pair in pairs]
        if not self.conditions.scores.asr:
            return []
        signals = [one.spoken.waveform(), *(pair.degraded for pair in pairs)]
        return self._scorer.hear(signals, one.spoken.transcript)

    def _take(self, one: _Utterance, depth: Depth) -> None:
        results = [future.result() for future in one.asked]
        if depth is Depth.QUALITY:
            added = [result.measurements for result in results]
        else:
            added = [cells.word_measurements(heard, results[0]) for heard in results[1:]] or [{}, {}]
        one.good, one.measured = one.good | added[0], one.measured | added[1]
        self._good[one.spoken.id] = self._good.get(one.spoken.id, {}) | added[0]
        known = Observation(Judged.GOOD, "the good end")
        self._keep_figures(GOOD_END, [Probed(name, measured, known) for name, measured in self._good.items()])

    def _remember_bad_end(self, found: Sequence[Probed]) -> None:
        """Take the bad end as a yardstick, and begin each later probe with the utterance that is worst there."""
        self._bad = {probed.utterance: probed.measurements for probed in found}
        order = sorted(found, key=lambda probed: (probed.observation.judgement is not Judged.BAD, _snr(probed)))
        rest = [name for name in self._speech if name not in self._bad]
        self._worst_first = [probed.utterance for probed in order] + rest


def _worse(one: Observation, other: Observation) -> Observation:
    order = [Judged.GOOD, Judged.UNSURE, Judged.BAD, Judged.SKIP]
    worse = max((one, other), key=lambda observation: order.index(observation.judgement))
    return Observation(worse.judgement, worse.reason, one.sure and other.sure)


def _snr(probed: Probed) -> float:
    return value(probed.measurements, "snr_db") or 0.0
