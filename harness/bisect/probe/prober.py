"""
The oracle of a search over the real pipeline: wire, decode, compare with the good end, score only as far as it takes.

Utterances are measured side by side, as many as there are workers, those that suffer most at the bad end first; all of
them by the cheapest measurements before any goes deeper. The first that is bad ends the probe. Traces and scores are
kept by content.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property

from harness.audio.speech import Utterance
from harness.bisect.probe.beside_good import GOOD, BesideGood
from harness.bisect.probe.criterion import Criterion, decide
from harness.bisect.probe.failing import failure_of, how_loading_fails, not_loaded, result_of
from harness.bisect.probe.store import Figures, Probed, Question
from harness.bisect.search import Judged, Observation
from harness.errors import CodecFailed, HarnessError
from harness.metrics.metric import Depth
from harness.record import Measurements, value
from harness.runs.conditions import Conditions
from harness.runs.failing import reason_of
from harness.runs.keys import interfering, sha256_of
from harness.runs.measuring import Measuring
from harness.runs.scoring import Scorer
from harness.runs.suite_speech import chosen_speech
from harness.runs.traces import Traces
from harness.runtime.pool import WorkerDied, settled
from harness.runtime.store import content_key
from harness.topology import variants
from harness.topology.running import TraceResult
from harness.topology.setup import Case, Configuration
from harness.verdict import OverVariants

POINT = "point"  # how a probe calls what it measures beside the good end
VERSION = 3  # raise it when a probe's meaning changes


@dataclass(eq=False)
class _Asked:
    """
    The two traces of one utterance of the probe that is being made, and how far they are measured.

    good : None where nothing is held against it
    """

    good: Future[TraceResult] | None
    point: Future[TraceResult]
    measuring: Measuring | None = None


@dataclass(eq=False)
class Prober:
    """
    Judges points against the *good* end.

    noisy : every probe runs the codec anew
    """

    conditions: Conditions
    criterion: Criterion
    good: Configuration
    bad: Configuration
    traces: Traces
    noisy: bool = False

    def __post_init__(self) -> None:
        utterances = chosen_speech(self.conditions.speech)
        self._speech = {one.id: (one, other) for one, other in zip(utterances, interfering(utterances), strict=True)}
        self._workers = self.traces.workers
        scores = self.conditions.scores.asking_for([self.criterion.name])
        self._scorer = Scorer(self._workers.pool, self._workers.store, scores)
        self._beside_good = BesideGood(self.good, self.traces, self._scorer)
        self._bad: dict[str, Measurements] = {}
        self._worst_first = list(self._speech)
        self._next: list[Configuration] = []

    def key(self, point: Configuration) -> str:
        """Return the identity of what *point* does; points with the same key sound the same. Raises as `Traces.key`."""
        inputs = [self.case_key(Case(point, *pair)) for pair in self._speech.values()]
        return content_key(version=VERSION, inputs=inputs)

    def case_key(self, case: Case) -> str:
        """Return the hash of all that decides what comes of *case*, a failing load too if failures are looked for."""
        failure = self._failing_load(case.configuration) if self.criterion.fails else None
        if failure is None:
            return self.traces.key(case)
        return content_key(point=case.configuration.model_dump_json(), not_loaded=str(failure))

    def ask(self, case: Case) -> Future[TraceResult]:
        """Ask for the trace of *case*; it is a failure if failures are looked for and its codec cannot be loaded."""
        if self.noisy:
            return self.traces.again(case)
        failure = self._failing_load(case.configuration) if self.criterion.fails else None
        return self.traces.ask(case) if failure is None else settled(failure)

    def _failing_load(self, point: Configuration) -> CodecFailed | None:
        """Return how the codec of *point* fails to load, None if it loads; raise what is no failure of it."""
        try:
            self.traces.info(point.codec)
        except HarnessError as error:
            return not_loaded(error)
        return None

    def _identity(self, point: Configuration) -> str:
        try:
            return self.key(point)
        except HarnessError as error:
            return f"unusable: {error}"

    def speech(self, utterance: str) -> tuple[Utterance, Utterance]:
        """Return an utterance and the other speech that goes with it."""
        return self._speech[utterance]

    @cached_property
    def question(self) -> Question:
        """What is asked: observations may be remembered between searches that ask the same."""
        certain = content_key(
            good=self._identity(self.good),
            criterion=self.criterion.text,
            anew=self.noisy,
            said=[utterance.transcript for utterance, _ in self._speech.values()],
            speech=[sha256_of(utterance) for utterance, _ in self._speech.values()],
            scorers=self._scorer.identity,
            tolerances=self.conditions.tolerances.model_dump(),
            variants=(variants.VERSION, self.conditions.speech.variants),
        )
        likely = content_key(certain=certain, bad=self._identity(self.bad))
        return Question(likely if self.noisy else certain, likely)

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self._workers.store, self.question)

    def shown(self, point: Configuration) -> list[Probed]:
        """Return what was measured of *point*; what is bit for bit the good end's has the good end's scores."""
        return self._figures.shown(self.key(point))

    def prefetch(self, points: Iterable[Configuration]) -> None:
        """Say which points will probably be asked next: where a worker would be idle, it begins with them."""
        self._next = list(points)

    def judge(self, point: Configuration, sure: bool) -> Observation:
        """Probe *point*; SKIP with the reason if it cannot be run."""
        try:
            key = self.key(point)
            self._take_yardstick(key)
            figures: list[Probed] = []
            self._figures[key] = figures
            observation = self._judge(point, key, figures, sure)
        except HarnessError as error:
            return Observation(Judged.SKIP, str(error), failure=self._advised(point))
        self._figures.keep(key)
        return observation

    def _advised(self, point: Configuration) -> str:
        """Return how the codec of *point* fails to load, as a search for failures would find; "" if it does not."""
        try:
            self.traces.info(point.codec)
        except HarnessError as error:
            return how_loading_fails(error)
        return ""

    def rejudge(self, point: Configuration, utterance: str, result: TraceResult) -> Observation:
        """Judge another run of *point* on one utterance, to the full depth, against the trace of the good end."""
        asked = _Asked(self._good_trace(utterance, self.traces.ask), settled(result))
        return next(iter(self._observe(point, [], {utterance: asked}, sure=True)))

    def _good_trace(self, utterance: str, ask: Callable[[Case], Future[TraceResult]]) -> Future[TraceResult] | None:
        """Ask for the trace of the good end, unless nothing is held against it."""
        return None if self.criterion.fails else ask(Case(self.good, *self._speech[utterance]))

    def _take_yardstick(self, key: str) -> None:
        """Know the bad end, if an earlier search has measured all of it: it says what to begin with."""
        bad = self._identity(self.bad)
        if not self._bad and key != bad:
            found = self._figures[bad]
            if len(found) == len(self._speech):
                self._remember_bad_end(found)

    def _judge(self, point: Configuration, key: str, figures: list[Probed], sure: bool) -> Observation:
        everything = key == self._identity(self.bad) and not self._bad
        worst = Observation(Judged.GOOD, "no utterance is bad", sure=True)
        pending = self._worst_first
        while pending:
            size = len(pending) if everything else self._workers.jobs
            ahead = self._cases_ahead(point)
            if ahead and not everything and pending is self._worst_first:
                size = 1  # it decides most often; the other workers begin with what comes next
            names, pending = pending[:size], pending[size:]
            asked = self._ask(point, names, ahead)
            for observation in self._observe(point, figures, asked, sure or everything):
                if observation.judgement in (Judged.SKIP, Judged.BAD) and not everything:
                    return observation
                worst = _worse(worst, observation)
        if everything:
            self._remember_bad_end(figures)
        return worst

    def _ask(self, point: Configuration, names: Sequence[str], ahead: Iterable[Case]) -> dict[str, _Asked]:
        """Ask for both traces of the utterances called *names*, and where a worker is idle for what lies *ahead*."""
        asked = {
            name: _Asked(self._good_trace(name, self.ask), self.ask(Case(point, *self._speech[name]))) for name in names
        }
        for case in ahead:
            if self.traces.busy >= self._workers.jobs:
                break
            self.traces.ask(case, early=True)
        return asked

    def _cases_ahead(self, point: Configuration) -> list[Case]:
        """Return what to begin with of the points that come after *point*: the utterance that decides most often."""
        if self.noisy or self._workers.jobs == 1:
            return []
        cases = []
        for later in self._next:
            case = Case(later, *self._speech[self._worst_first[0]])
            try:
                if later != point and not self.traces.knows(case):
                    cases.append(case)
            except HarnessError:
                continue  # it will be said when the point is asked for
        return cases

    def _observe(
        self, point: Configuration, figures: list[Probed], asked: dict[str, _Asked], sure: bool
    ) -> Iterable[Observation]:
        """Yield an observation of each utterance; what was measured goes into *figures*."""
        if not self.criterion.fails:
            yield from self._measure(point, figures, asked, sure)
            return
        for name, one in asked.items():
            observation = _outcome(one.point)
            if observation.judgement is not Judged.SKIP:
                figures.append(Probed(name, {}, observation))
            yield replace(observation, reason=f"{name}: {observation.reason}")

    def _measure(
        self, point: Configuration, figures: list[Probed], asked: dict[str, _Asked], sure: bool
    ) -> Iterable[Observation]:
        """Yield an observation of each utterance as soon as it is decided, by the cheapest measurements first."""
        count = self.conditions.speech.variants
        for depth in Depth:
            for one in asked.values():
                if one.measuring is not None:
                    one.measuring.measure(depth)
            for name, one in list(asked.items()):
                if one.measuring is None:
                    compared = self._compare(name, one, point)
                    if isinstance(compared, Observation):
                        del asked[name]
                        yield compared
                        continue
                    one.measuring = compared
                good, measured = (one.measuring.measured(which) for which in (GOOD, POINT))
                if depth is not Depth.SIGNAL:
                    self._figures.remember_good_end(name, good)
                bad, tolerances = self._bad.get(name), self.conditions.tolerances
                observation = decide(self.criterion, measured, good, bad, depth, tolerances)
                if count and observation is not None and observation.judgement is Judged.BAD:
                    varied = self._beside_good.variants(self._speech[name], count)
                    observation = decide(self.criterion, measured, good, bad, depth, tolerances, varied.ranges)
                    observation = _beside(observation, varied)
                if observation is None and depth is Depth.WORDS:
                    observation = Observation(Judged.SKIP, "no measurement decides it")
                if observation is not None and (observation.sure or not sure):
                    del asked[name]
                    figures.append(Probed(name, measured, observation))
                    yield replace(observation, reason=f"{name}: {observation.reason}")

    def _compare(self, name: str, one: _Asked, point: Configuration) -> Measuring | Observation:
        """Compare the traces of an utterance as a run does; return SKIP with the reason if they cannot be had."""
        made: dict[str, TraceResult] = {}
        for which, what, future in ((POINT, "the codec", one.point), (GOOD, "the good end", one.good)):
            if future is None:
                continue
            try:
                made[which] = result_of(future)
            except WorkerDied as death:
                return Observation(Judged.SKIP, reason_of(death))
            if isinstance(made[which], CodecFailed):
                failure = failure_of(made[which]) if which == POINT else ""
                return Observation(Judged.SKIP, f"{what} failed: {made[which]}", failure=failure)
        return self._beside_good.measuring([self._beside_good.setup(POINT, point)], made, self._speech[name])

    def _remember_bad_end(self, found: Sequence[Probed]) -> None:
        """Take the bad end as a yardstick, and begin each later probe with the utterance that is worst there."""
        self._bad = {probed.utterance: probed.measurements for probed in found}
        order = sorted(found, key=lambda probed: (probed.observation.judgement is not Judged.BAD, _snr(probed)))
        rest = [name for name in self._speech if name not in self._bad]
        self._worst_first = [probed.utterance for probed in order] + rest


def _outcome(asked: Future[TraceResult]) -> Observation:
    """Judge whether there is any output."""
    try:
        result = result_of(asked)
    except WorkerDied as death:
        return Observation(Judged.SKIP, reason_of(death))
    if not isinstance(result, CodecFailed):
        return Observation(Judged.GOOD, "it gave output")
    failure = failure_of(result)
    return Observation(Judged.BAD if failure else Judged.SKIP, str(result), failure=failure)


def _beside(observation: Observation | None, varied: OverVariants) -> Observation | None:
    """Say beside what is found bad what the good end breaks on itself, which excuses nothing."""
    if observation is None or observation.judgement is not Judged.BAD or not varied.broken:
        return observation
    return replace(observation, reason=f"{observation.reason}; the good end, {varied.broken[0]}")


def _worse(one: Observation, other: Observation) -> Observation:
    order = [Judged.GOOD, Judged.UNSURE, Judged.BAD, Judged.SKIP]
    worse = max((one, other), key=lambda observation: order.index(observation.judgement))
    return replace(worse, sure=one.sure and other.sure)


def _snr(probed: Probed) -> float:
    return value(probed.measurements, "snr_db") or 0.0
