"""Between the searches, which know sets and indices, and the prober, which knows points."""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from harness.bisect.probe.criterion import Criterion
from harness.bisect.probe.failing import not_loaded
from harness.bisect.probe.prober import Prober
from harness.bisect.probe.store import Probed, ProbeStore, Question
from harness.bisect.search import Finding, Judged, Noise, Observation, Oracle, Probe, Rules
from harness.errors import HarnessError
from harness.runs.conditions import Conditions
from harness.runs.traces import Traces
from harness.runtime.store import content_key
from harness.topology.setup import Configuration

Thing = TypeVar("Thing", bound=Hashable)

# (what is searched, probes made, at most so many more until the next answer, the last point, what it was)
ProbeProgress = Callable[[str, int, int, str, Judged], None]


@dataclass(frozen=True)
class Plan:
    """How a search is done: workers, seconds for one step of a probe, certainty, and who watches."""

    jobs: int = 2
    limit: float = 300.0
    rules: Rules = field(default_factory=Rules)
    fresh: bool = False  # use no probe of an earlier search
    progress: ProbeProgress | None = None


@dataclass(frozen=True)
class Inquiry:
    """What all searches of one request share: speech and scores, what is bad, how it is done, and traces."""

    conditions: Conditions
    criterion: Criterion
    plan: Plan
    traces: Traces

    @property
    def noisy(self) -> bool:
        """Whether probes are said to be wrong now and then, so that a search repeats them."""
        return self.plan.rules.noise != Noise()

    def prober(self, good: Configuration, bad: Configuration) -> Prober:
        """Return a prober between two ends."""
        return Prober(self.conditions, self.criterion, good, bad, self.traces, self.noisy)

    def usable(self, point: Configuration) -> None:
        """Raise the `HarnessError` that says why the codec of *point* cannot be used, unless how it fails is asked."""
        try:
            self.traces.info(point.codec)
        except HarnessError as error:
            if not self.criterion.fails:
                raise
            not_loaded(error)


@dataclass(eq=False)
class Probing(Generic[Thing]):
    """
    Probes things that points are made of, for one search, which asks its `oracle`.

    make : returns the point of a thing, or raises a `HarnessError` that says why there is none
    label : what a thing is called; identity : what it is without making it, or None
    ready : whether making it costs nothing
    seconds : of each probe, by label
    """

    what: str
    inquiry: Inquiry
    prober: Prober
    make: Callable[[Thing], Configuration]
    label: Callable[[Thing], str]
    identity: Callable[[Thing], str | None] = lambda _thing: None
    ready: Callable[[Thing], bool] = lambda _thing: True
    seconds: dict[str, float] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        question = self.prober.question
        if self.inquiry.plan.fresh:
            anew = str(time.time_ns())
            question = Question(question.certain + anew, question.likely + anew)
        self.store = ProbeStore(self.prober.traces.workers.store, question)
        self._began = time.monotonic()

    @property
    def oracle(self) -> Oracle[Thing]:
        """What the search asks."""
        return Oracle(self.judge, self.inquiry.plan.rules, self.key, self.store, self.on_probe, self.prefetch)

    def judge(self, thing: Thing, sure: bool) -> Observation:
        """Probe *thing*."""
        try:
            return self.prober.judge(self.make(thing), sure)
        except HarnessError as error:
            return Observation(Judged.SKIP, str(error))

    def key(self, thing: Thing) -> str:
        """Return the identity of what *thing* does."""
        try:
            identity = self.identity(thing)
            return self.prober.key(self.make(thing)) if identity is None else content_key(made=identity)
        except HarnessError as error:
            return content_key(impossible=self.label(thing), reason=str(error))

    def prefetch(self, things: Sequence[Thing]) -> None:
        """Let the prober begin with what costs nothing to make."""
        points = []
        for thing in things:
            try:
                points += [self.make(thing)] if self.ready(thing) else []
            except HarnessError:
                continue  # it will be said when it is asked for
        self.prober.prefetch(points)

    def on_probe(self, probe: Probe[Thing]) -> None:
        """Time the probe and tell the progress."""
        now, label = time.monotonic(), self.label(probe.point)
        self.seconds[label] = self.seconds.get(label, 0.0) + now - self._began
        self._began = now
        self._made += 1
        if self.inquiry.plan.progress is not None:
            self.inquiry.plan.progress(self.what, self._made, probe.left, label, probe.observation.judgement)

    def figures(self, thing: Thing, finding: Finding) -> list[Probed]:
        """Return what was measured of *thing*; nothing if it could not be judged."""
        return [] if finding.judgement is Judged.SKIP else self.prober.shown(self.make(thing))
