"""
What codecs make of speech, kept by what goes in.

Two points whose codec, samples and calls are the same come to the same trace, however their settings are called: from
48 to 16 kHz linear and cubic interpolation land on the same samples, so they share one. Each trace is made once, in a
worker process, and kept on disk; later searches, and the run that makes a search's audio, read it back.
"""

import hashlib
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field

from harness.audio.speech import Utterance
from harness.audio.waveform import Samples, Waveform
from harness.bisect.probe.kept_trace import KeptTrace
from harness.bisect.probe.point import Point
from harness.codecs import identity as code_identity
from harness.codecs.protocol import CodecInfo
from harness.codecs.spec import CodecSpec, open_codec
from harness.errors import CodecFailed, HarnessError
from harness.explain.repeats import TraceResult
from harness.record import Measurement, Measurements
from harness.runs import comparing
from harness.runs.comparing import Group, Traced
from harness.runs.failing import reason_of
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.runtime.workers import Workers
from harness.topology.interpreter import EncodedBefore, Trace, planned
from harness.topology.plan import Decode, Encode
from harness.topology.setup import Setup, inputs, run_setup

VERSION = 1  # raise it when the same inputs come to another trace


@dataclass(frozen=True)
class Job:
    """One utterance through one point; *other* is the other speech."""

    point: Point
    utterance: Utterance
    other: Utterance


@dataclass(eq=False)
class Traces:
    """
    Asks *workers* for traces and keeps what they bring; nothing is asked for twice.

    fresh : take none that an earlier search has kept: a program whose own files changed may not say so
    """

    workers: Workers
    fresh: bool = False
    _asked: dict[str, Future[TraceResult]] = field(default_factory=dict)
    _described: dict[str, tuple[CodecInfo, str] | HarnessError] = field(default_factory=dict)
    _keys: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _early: set[str] = field(default_factory=set)  # asked for before anybody needed them

    def info(self, spec: CodecSpec) -> CodecInfo:
        """Return what a codec declares; raise the `HarnessError` that says why it cannot be used."""
        return self._describe(spec)[0]

    def _describe(self, spec: CodecSpec) -> tuple[CodecInfo, str]:
        name = spec.model_dump_json()
        if name not in self._described:
            try:
                self._described[name] = self.workers.pool.submit(code_identity.describe, spec).result()
            except HarnessError as error:
                self._described[name] = error
        described = self._described[name]
        if isinstance(described, HarnessError):
            raise described
        return described

    def key(self, job: Job) -> str:
        """Return the hash of all that decides the trace of *job*; raise a `HarnessError` if its codec is unusable."""
        names = job.point.model_dump_json(), str(job.utterance.path), str(job.other.path)
        if names not in self._keys:
            info, code = self._describe(job.point.codec)
            given = inputs(job.point.setup("point", "point"), info, job.utterance.waveform(), job.other.waveform())
            steps = planned(job.point.topology, len(given.main) // info.frame_size, given.prior_frames, given.wire)
            streams = {step.stream for step in steps if isinstance(step, Encode | Decode)}
            hears_other = "other" in streams or job.point.topology.streams > 1
            self._keys[names] = content_key(
                version=(VERSION, comparing.VERSION),
                codec=(info.fingerprint, code),
                main=_sha256(given.main),
                other=_sha256(given.other) if hears_other else None,
                steps=hashlib.sha256(repr(steps).encode()).hexdigest(),
                wire=None if given.wire is None else given.wire.model_dump(exclude={"about"}),
            )
        return self._keys[names]

    def ask(self, job: Job, *, early: bool = False) -> Future[TraceResult]:
        """Return the trace of *job* as a future; *early* says that it may turn out not to be needed."""
        key = self.key(job)
        if not early:
            self._early.discard(key)
        if not self.knows(job):
            if early:
                self._early.add(key)
            future = self.workers.pool.submit(run, job)
            future.add_done_callback(lambda done: self._keep(key, done))
            self._asked[key] = future
        return self._asked[key]

    def again(self, job: Job) -> Future[TraceResult]:
        """Return a trace made anew, with nothing of an earlier one in it."""
        return self.workers.pool.submit(run, job, anew=True)

    def knows(self, job: Job) -> bool:
        """Return whether *job* was asked for already, or its trace was kept."""
        key = self.key(job)
        if key not in self._asked and (kept := self._kept(key)) is not None:
            self._asked[key] = kept
        return key in self._asked

    @property
    def busy(self) -> int:
        """How many traces are being made or wait for a worker."""
        return sum(not future.done() for future in self._asked.values())

    def forget_early(self) -> None:
        """Cancel what was asked for early, is not needed and has not begun."""
        for key in self._early:
            if key in self._asked and self._asked[key].cancel():
                del self._asked[key]
        self._early.clear()

    def group(self, group: Group) -> "Future[list[Traced]]":
        """Trace all setups of *group*, each in a task of its own, for `harness.runs.pipeline.run`."""
        asked: dict[str, Future[TraceResult]] = {}
        infos: dict[str, CodecInfo] = {}
        made: dict[str, TraceResult] = {name: CodecFailed(why) for name, why in group.failed.items()}
        for setup in group.setups:
            if setup.name not in group.failed:
                point = Point.of(setup, group.codecs)
                infos[setup.name] = self.info(point.codec)
                asked[setup.name] = self.ask(Job(point, group.utterance, group.other))
        for name, future in asked.items():
            try:
                made[name] = future.result()
            except WorkerDied as death:
                made[name] = CodecFailed(reason_of(death))

        def ask(reference: Setup, pair: tuple[Trace, Trace]) -> Measurements:
            return self.ties(reference, group.codecs[reference.codec], pair, (group.utterance, group.other))

        speech = group.utterance.waveform()
        told: Future[list[Traced]] = Future()
        told.set_result(comparing.against_references(group.setups, made, infos, speech, ask))
        return told

    def ties(
        self, reference: Setup, spec: CodecSpec, pair: tuple[Trace, Trace], spoken: tuple[Utterance, Utterance]
    ) -> Measurements:
        """Measure as `harness.runs.comparing.ties`, in a worker process."""
        heard = spoken[0].waveform(), spoken[1].waveform()
        try:
            return self.workers.pool.submit(comparing.ties, reference, spec, pair, heard).result()
        except WorkerDied as death:
            return {"codes_tie": Measurement.missing(str(death))}

    def _kept(self, key: str) -> "Future[TraceResult] | None":
        kept = None if self.fresh else self.workers.store.get(f"trace:{key}", KeptTrace)
        if kept is None:
            return None
        future: Future[TraceResult] = Future()
        future.set_result(kept.trace())
        return future

    def _keep(self, key: str, done: "Future[TraceResult]") -> None:
        if done.cancelled() or done.exception() is not None:
            return
        made = done.result()
        if isinstance(made, Trace):  # a failure may have been mended meanwhile
            self.workers.store.put(f"trace:{key}", KeptTrace.of(made))


@dataclass
class CodesMade:
    """Codes that a process has made, by what they were made of; of *most* such things, those used last are kept."""

    most: int
    _kept: OrderedDict[tuple[str, ...], EncodedBefore] = field(default_factory=OrderedDict)

    def of(self, job: Job) -> EncodedBefore:
        """Return the codes made so far of the speech, codec and signal path of *job*, to be reused and added to."""
        point = job.point
        made_of = (job.utterance.path, job.other.path, point.codec.model_dump_json(), point.path.model_dump_json())
        codes = self._kept.setdefault(tuple(map(str, made_of)), {})
        self._kept.move_to_end(tuple(map(str, made_of)))
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return codes


ENCODED = CodesMade(64)  # in each worker process: what all points that it runs encode alike is encoded once


def run(job: Job, *, anew: bool = False, encoded: CodesMade = ENCODED) -> TraceResult:
    """Run *job*, with codes that this process has *encoded* unless *anew*; runs in a worker process."""
    setup, codec = job.point.setup("point", "point"), open_codec(job.point.codec)
    before = {} if anew else encoded.of(job)
    try:
        return run_setup(setup, codec, job.utterance.waveform(), job.other.waveform(), before)
    except CodecFailed as error:
        return error


def _sha256(samples: Samples) -> str:
    return Waveform(samples, 1).sha256()
