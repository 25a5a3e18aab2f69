"""
The oracle of a search over the real pipeline: wire, decode, compare with the good end, score only as far as it takes.

A `Point` is a codec and how it is wired. Each utterance is measured in order of cost, the one that suffers most at the
bad end first; the first utterance that is bad ends the probe. Scores are those of any run: they are kept by content.
"""

import functools
from collections.abc import Iterator, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from harness import cells, tracing
from harness.audio import Waveform
from harness.bisection import Judgement, Observation
from harness.codec import CodecInfo
from harness.errors import CodecFailed, HarnessError
from harness.execution import EncodedBefore, Trace
from harness.identity import others
from harness.isolation import IsolatedPool, WorkerDied
from harness.record import Expectation, Frozen, Measurements, Scalar
from harness.scoring import Scorer
from harness.search.criterion import Criterion, Depth, decide
from harness.signal_path import SignalPath
from harness.speech import Utterance
from harness.store import Store, content_key
from harness.suite import CodecSpec, ScoresTable, Setup, SpeechTable
from harness.suite_speech import chosen_speech
from harness.topology import Topology
from harness.tracing import Traced
from harness.verdict import Tolerances
from harness.wire import Wire

VERSION = 1  # raise it when a probe's meaning changes
OBSERVATIONS = TypeAdapter(tuple[Observation, ...])


class Bench(Frozen):
    """What all probes of a search share: speech, scores and tolerances."""

    speech: SpeechTable = SpeechTable()
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()


class Point(Frozen):
    """A codec, how it is wired, and what happens to codes and samples on their way."""

    codec: CodecSpec
    topology: Topology = Topology()
    wire: Wire = Wire()
    path: SignalPath = SignalPath()

    def factors(self) -> dict[str, Scalar]:
        """Return all but the codec as dotted factors."""
        return self.topology.factors() | self.wire.factors() | self.path.factors()

    def content(self) -> dict[str, object]:
        """Return what decides the result, beside the codec."""
        return {name: getattr(self, name).model_dump(exclude={"about"}) for name in ("topology", "wire", "path")}

    def setup(self, name: str, reference: str) -> Setup:
        """Return this point as a setup of a suite, held against *reference*."""
        return Setup(
            name=name,
            codec=self.codec.name,
            topology_name=name,
            topology=self.topology,
            wire=self.wire,
            path=self.path,
            expectation=Expectation(),
            expectation_given=True,
            reference=reference,
        )


@dataclass(frozen=True)
class _Task:
    utterance: Utterance
    other: Utterance
    good: Point
    point: Point
    again: bool  # measure anew: nothing of an earlier probe may be used


@dataclass(frozen=True)
class Probed:
    """The figures of one point's utterance, as far as they were needed."""

    utterance: str
    measurements: Measurements
    observation: Observation


@dataclass(eq=False)
class Prober:
    """
    Judges points against the *good* end, in worker processes, with *limit* seconds for each step.

    figures : what was measured, by point key; for the picture of the search
    """

    bench: Bench
    criterion: Criterion
    good: Point
    bad: Point
    pool: IsolatedPool
    store: Store
    noisy: bool = False
    figures: dict[str, list[Probed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        utterances = chosen_speech(self.bench.speech)
        self._speech = list(zip(utterances, others(utterances), strict=True))
        self._scorer = Scorer(self.pool, self.store, self.bench.scores)
        self._infos: dict[str, CodecInfo | HarnessError] = {}
        self._bad: dict[str, Measurements] = {}
        self._worst_first = [utterance.id for utterance, _ in self._speech]
        self._question = ""

    def key(self, point: Point) -> str:
        """Return the identity of what *point* does: points with the same key sound the same."""
        info = self._info(point.codec)
        fingerprint = info.fingerprint if isinstance(info, CodecInfo) else f"unusable:{point.codec.model_dump_json()}"
        return content_key(
            version=(VERSION, tracing.VERSION),
            point=(fingerprint, point.content()),
        )

    def question(self) -> str:
        """Return the identity of the question: probes may be remembered between searches that ask the same one."""
        if not self._question:
            self._question = self._asked()
        return self._question

    def _asked(self) -> str:
        return content_key(
            good=self.key(self.good),
            bad=self.key(self.bad),
            criterion=self.criterion.text,
            anew=self.noisy,
            speech=[(utterance.transcript, utterance.waveform().sha256()) for utterance, _ in self._speech],
            scorers=self._scorer.identity,
            tolerances=self.bench.tolerances.model_dump(),
        )

    def measured(self, point: Point) -> list[Probed]:
        """Return what was measured of *point* when it was last probed, by this search or an earlier one."""
        key = self.key(point)
        if key not in self.figures:
            kept = self.store.get(f"figures:{self.question()}:{key}")
            self.figures[key] = [] if kept is None else FIGURES.validate_json(kept)
        return self.figures[key]

    def judge(self, point: Point, sure: bool) -> Observation:
        """Probe *point*; SKIP with the reason if it cannot be run."""
        observation = self._judge(point, sure)
        key = self.key(point)
        if self.figures.get(key):
            self.store.put(f"figures:{self.question()}:{key}", FIGURES.dump_json(self.figures[key]).decode())
        return observation

    def _judge(self, point: Point, sure: bool) -> Observation:
        info = self._info(point.codec)
        if not isinstance(info, CodecInfo):
            return Observation(Judgement.SKIP, str(info))
        key = self.key(point)
        self.figures[key] = []
        by_name = {utterance.id: (utterance, other) for utterance, other in self._speech}
        pending = list(self._worst_first)
        worst = Observation(Judgement.GOOD, "no utterance is bad", sure=True)
        first = key == self.key(self.bad) and not self._bad
        while pending:
            # The first alone, since it decides most often; the rest side by side.
            now, pending = (pending, []) if first or len(pending) < len(by_name) else (pending[:1], pending[1:])
            tasks = [_Task(*by_name[name], self.good, point, self.noisy) for name in now]
            traced = [self.pool.submit(trace_point, task) for task in tasks]
            for task, future in zip(tasks, traced, strict=True):
                observation = self._utterance(task, future, key, sure or first)
                if observation.judgement in (Judgement.SKIP, Judgement.BAD) and not first:
                    for other in traced:
                        other.cancel()
                    return observation
                worst = _worse(worst, observation)
        if first:
            self._remember_bad_end(key)
        return worst

    def _utterance(self, task: _Task, future: "Future[tuple[Traced, Traced]]", key: str, sure: bool) -> Observation:
        try:
            reference, traced = future.result()
        except WorkerDied as death:
            return Observation(Judgement.SKIP, f"the codec's process died: {death}")
        name = task.utterance.id
        if traced.failure is not None:
            return Observation(Judgement.SKIP, f"the codec failed: {traced.failure}")
        if reference.failure is not None:
            return Observation(Judgement.SKIP, f"the good end failed: {reference.failure}")
        good: Measurements = {}
        measured: Measurements = {}
        for depth in Depth:
            added = self._scores(task.utterance, (reference, traced), depth)
            good, measured = good | added[0], measured | added[1]
            observation = decide(self.criterion, measured, good, self._bad.get(name), depth, self.bench.tolerances)
            if observation is not None and (observation.sure or not sure):
                break
        else:
            observation = Observation(Judgement.SKIP, "no measurement decides it")
        self.figures[key].append(Probed(name, measured, observation))
        return Observation(observation.judgement, f"{name}: {observation.reason}", observation.sure)

    def _scores(self, utterance: Utterance, traces: tuple[Traced, Traced], depth: Depth) -> list[Measurements]:
        """Return what *depth* adds, for the good end and for the point; scores are kept by content."""
        pairs = [traced.pair for traced in traces if traced.pair is not None]
        if depth is Depth.SIGNAL:
            return [dict(traced.measurements) for traced in traces]
        if depth is Depth.QUALITY:
            asked = [self._scorer.signal(pair) for pair in pairs]
            return [future.result().measurements for future in asked]
        if not self.bench.scores.asr:
            return [{}, {}]
        signals: list[Waveform] = [utterance.waveform(), *(pair.degraded for pair in pairs)]
        floor, *heard = (future.result() for future in self._scorer.hear(signals, utterance.transcript))
        return [cells.word_measurements(one, floor) for one in heard]

    def _remember_bad_end(self, key: str) -> None:
        """Take the bad end as a yardstick, and begin each later probe with the utterance that is worst there."""
        found = self.figures[key]
        self._bad = {probed.utterance: probed.measurements for probed in found}
        order = sorted(found, key=lambda probed: (probed.observation.judgement is not Judgement.BAD, _snr(probed)))
        self._worst_first = [probed.utterance for probed in order]

    def _info(self, spec: CodecSpec) -> CodecInfo | HarnessError:
        key = spec.model_dump_json()
        if key not in self._infos:
            try:
                self._infos[key] = self.pool.submit(tracing.describe, spec).result()
            except HarnessError as error:
                self._infos[key] = error
        return self._infos[key]


FIGURES = TypeAdapter(list[Probed])


class ProbeStore(MutableMapping[str, tuple[Observation, ...]]):
    """Observations that outlive the process, except of what could not be run: it may have been mended meanwhile."""

    def __init__(self, store: Store, question: str) -> None:
        self._store, self._question = store, question
        self._here: dict[str, tuple[Observation, ...]] = {}

    def __getitem__(self, key: str) -> tuple[Observation, ...]:
        if key not in self._here:
            kept = self._store.get(self._name(key))
            if kept is None:
                raise KeyError(key)
            self._here[key] = OBSERVATIONS.validate_json(kept)
        return self._here[key]

    def __setitem__(self, key: str, observations: tuple[Observation, ...]) -> None:
        self._here[key] = observations
        if all(observation.judgement is not Judgement.SKIP for observation in observations):
            self._store.put(self._name(key), OBSERVATIONS.dump_json(observations).decode())

    def __delitem__(self, key: str) -> None:
        del self._here[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._here)

    def __len__(self) -> int:
        return len(self._here)

    def _name(self, key: str) -> str:
        return f"probe:{self._question}:{key}"


def trace_point(task: _Task) -> tuple[Traced, Traced]:
    """Run one utterance through the good end (kept in this process) and through a point; runs in a worker."""
    good, point = task.good.setup("good", "good"), task.point.setup("point", "good")
    reference = _good_trace(_Hashed(task)) if not task.again else _run(task, task.good, good)
    traced = _run(task, task.point, point)
    speech = task.utterance.waveform()
    info = tracing.open_codec(task.point.codec).info
    reference_info = tracing.open_codec(task.good.codec).info
    return (
        tracing.compared("good", reference, reference, speech, reference_info, reference_info),
        tracing.compared("point", traced, reference, speech, info, reference_info),
    )


@dataclass(frozen=True)
class _Hashed:
    """A task as a key: what decides the good end's trace."""

    task: _Task = field(compare=False)
    key: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (str(self.task.utterance.path), self.task.good.model_dump_json()))


@functools.lru_cache(maxsize=64)
def _good_trace(hashed: _Hashed) -> Trace | CodecFailed:
    return _run(hashed.task, hashed.task.good, hashed.task.good.setup("good", "good"))


@functools.lru_cache(maxsize=64)
def _encoded_before(utterance: str, codec: str, path: str) -> EncodedBefore:
    """Return the codes made so far in this process; pure encoding is done once for all points."""
    del utterance, codec, path
    return {}


def _run(task: _Task, point: Point, setup: Setup) -> Trace | CodecFailed:
    before: EncodedBefore = {}
    if not task.again:
        specs = point.codec.model_dump_json(), point.path.model_dump_json()
        before = _encoded_before(str(task.utterance.path), *specs)
    codec = tracing.open_codec(point.codec)
    try:
        return tracing.run_setup(setup, codec, task.utterance.waveform(), task.other.waveform(), before)
    except CodecFailed as error:
        return error


def _worse(one: Observation, other: Observation) -> Observation:
    order = [Judgement.GOOD, Judgement.UNSURE, Judgement.BAD, Judgement.SKIP]
    worse = max((one, other), key=lambda observation: order.index(observation.judgement))
    return Observation(worse.judgement, worse.reason, one.sure and other.sure)


def _snr(probed: Probed) -> float:
    snr = probed.measurements.get("snr_db")
    return snr.value if snr is not None and snr.value is not None else 0.0
