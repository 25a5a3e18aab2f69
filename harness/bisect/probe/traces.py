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
from harness.topology.setup import Case, Configuration, Setup, inputs, run_configuration

VERSION = 1  # raise it when the same inputs come to another trace


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

    def key(self, case: Case) -> str:
        """Return the hash of all that decides the trace of *case*; raise a `HarnessError` if its codec is unusable."""
        configuration = case.configuration
        names = configuration.model_dump_json(), str(case.speech.path), str(case.other.path)
        if names not in self._keys:
            info, code = self._describe(configuration.codec)
            given = inputs(configuration, info, case.speech.waveform(), case.other.waveform())
            steps = planned(configuration.topology, len(given.main) // info.frame_size, given.prior_frames, given.wire)
            streams = {step.stream for step in steps if isinstance(step, Encode | Decode)}
            hears_other = (
                "other" in streams or configuration.topology.batch > 1 or configuration.topology.slots.rows > 0
            )
            self._keys[names] = content_key(
                version=(VERSION, comparing.VERSION),
                codec=(info.fingerprint, code),
                main=_sha256(given.main),
                other=_sha256(given.other) if hears_other else None,
                steps=hashlib.sha256(repr(steps).encode()).hexdigest(),
                wire=None if given.wire is None else given.wire.model_dump(exclude={"about"}),
            )
        return self._keys[names]

    def ask(self, case: Case, *, early: bool = False) -> Future[TraceResult]:
        """Return the trace of *case* as a future; *early* says that it may turn out not to be needed."""
        key = self.key(case)
        if not early:
            self._early.discard(key)
        if not self.knows(case):
            if early:
                self._early.add(key)
            future = self.workers.pool.submit(run, case)
            future.add_done_callback(lambda done: self._keep(key, done))
            self._asked[key] = future
        return self._asked[key]

    def again(self, case: Case) -> Future[TraceResult]:
        """Return a trace made anew, with nothing of an earlier one in it."""
        return self.workers.pool.submit(run, case, anew=True)

    def knows(self, case: Case) -> bool:
        """Return whether *case* was asked for already, or its trace was kept."""
        key = self.key(case)
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
                infos[setup.name] = self.info(setup.configuration.codec)
                asked[setup.name] = self.ask(Case(setup.configuration, group.utterance, group.other))
        for name, future in asked.items():
            try:
                made[name] = future.result()
            except WorkerDied as death:
                made[name] = CodecFailed(reason_of(death))

        def ask(reference: Setup, pair: tuple[Trace, Trace]) -> Measurements:
            return self.ties(reference.configuration, pair, (group.utterance, group.other))

        speech = group.utterance.waveform()
        told: Future[list[Traced]] = Future()
        told.set_result(comparing.against_references(group.setups, made, infos, speech, ask))
        return told

    def ties(
        self, reference: Configuration, pair: tuple[Trace, Trace], spoken: tuple[Utterance, Utterance]
    ) -> Measurements:
        """Measure as `harness.runs.comparing.ties`, in a worker process."""
        heard = spoken[0].waveform(), spoken[1].waveform()
        try:
            return self.workers.pool.submit(comparing.ties, reference, pair, heard).result()
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

    def of(self, case: Case) -> EncodedBefore:
        """Return the codes made so far of the speech, codec and signal path of *case*, to be reused and added to."""
        codec, path = case.configuration.codec, case.configuration.path
        made_of = (case.speech.path, case.other.path, codec.model_dump_json(), path.model_dump_json())
        codes = self._kept.setdefault(tuple(map(str, made_of)), {})
        self._kept.move_to_end(tuple(map(str, made_of)))
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return codes


ENCODED = CodesMade(64)  # in each worker process: what all points that it runs encode alike is encoded once


def run(case: Case, *, anew: bool = False, encoded: CodesMade = ENCODED) -> TraceResult:
    """Run *case*, with codes that this process has *encoded* unless *anew*; runs in a worker process."""
    codec = open_codec(case.configuration.codec)
    before = {} if anew else encoded.of(case)
    try:
        return run_configuration(case.configuration, codec, case.speech.waveform(), case.other.waveform(), before)
    except CodecFailed as error:
        return error


def _sha256(samples: Samples) -> str:
    return Waveform(samples, 1).sha256()
