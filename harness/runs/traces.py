"""
What codecs make of speech, kept by what goes in.

Two configurations whose codec, samples and calls are the same come to the same trace, however their settings are
called: from 48 to 16 kHz linear and cubic interpolation land on the same samples, so they share one. A case that is
asked for by itself is traced once, in a worker process, and kept on disk; later searches, and the run that makes a
search's audio, read it back. Other runs ask for whole groups, of which only the cells are kept.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform
from harness.codecs import unchanged
from harness.codecs.identity import Described, describe
from harness.codecs.protocol import CodecInfo, Codes
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed, HarnessError
from harness.record import Measurement, Measurements
from harness.runs import comparing, tracing
from harness.runs.comparing import Traced
from harness.runs.kept_trace import KeptTrace
from harness.runs.keys import trace_key
from harness.runs.tracing import Group
from harness.runtime.elsewhere import Needing
from harness.runtime.pool import IsolatedPool, WorkerDied, settled
from harness.runtime.workers import Workers
from harness.topology.given_codes import codes_of
from harness.topology.plan import hears_other
from harness.topology.running import TraceResult
from harness.topology.setup import Case, Configuration
from harness.topology.trace import Trace


@dataclass(eq=False)
class Traces:
    """
    Asks *workers* for traces and keeps what they bring; nothing is asked for twice.

    fresh : take none that an earlier search has kept: a program whose own files changed may not say so
    singly : the setups of a group are asked for one by one too
    """

    workers: Workers
    fresh: bool = False
    singly: bool = False
    _asked: dict[str, Future[TraceResult]] = field(default_factory=dict)
    _described: dict[str, Future[Described]] = field(default_factory=dict)
    _keys: dict[tuple[str, ...], str] = field(default_factory=dict)
    _early: set[str] = field(default_factory=set)  # asked for before anybody needed them
    _read: Callable[[Utterance], Waveform] = field(  # one utterance is asked for in hundreds of configurations
        default_factory=lambda: lru_cache(maxsize=2)(Utterance.waveform)
    )

    def info(self, spec: CodecSpec) -> CodecInfo:
        """Return what a codec declares; raise the `HarnessError` that says why it cannot be used."""
        return self.described(spec).result().info

    def described(self, spec: CodecSpec, *, anew: bool = False) -> Future[Described]:
        """
        Return what a codec declares as a future; it is loaded in a worker process.

        Where an earlier run was told, and nothing that decides it has changed, that is believed unless *anew*.
        """
        name = spec.model_dump_json()
        if name not in self._described:
            here = isinstance(self.workers.pool, IsolatedPool)  # of another machine, nothing is known in this process
            by = unchanged.decided(spec) if here else None
            kept = None if by is None or anew else self.workers.store.get(by.key, Described)
            self._described[name] = self._loaded(spec, by) if kept is None else settled(kept)
        return self._described[name]

    def _loaded(self, spec: CodecSpec, by: unchanged.Decided | None) -> Future[Described]:
        loads = Needing(describe, spec.resources)
        future = self.workers.pool.submit(loads, spec, by and by.code)
        if by is not None:
            future.add_done_callback(partial(self._keep_description, by.key))
        return future

    def _keep_description(self, key: str, told: Future[Described]) -> None:
        if not told.cancelled() and told.exception() is None:
            self.workers.store.put(key, told.result(), Described)

    def key(self, case: Case) -> str:
        """Return the hash of all that decides the trace of *case*; raise a `HarnessError` if its codec is unusable."""
        name = case.configuration.model_dump_json(), *case.sources
        if name not in self._keys:
            info, code, *_ = self.described(case.configuration.codec).result()
            codes = None if info.encodes else self._codes(case, info)
            self._keys[name] = trace_key(case, info, code, codes, self._read)
        return self._keys[name]

    def _codes(self, case: Case, info: CodecInfo) -> tuple[Codes, Codes]:
        """Return the codes that a decoder alone is given, read or made in worker processes."""
        other = case.other if hears_other(case.configuration.topology) else case.speech
        makes = case.configuration.codec.codes_from
        needs = {} if makes is None else makes.resources
        main, second = (
            self.workers.pool.submit(Needing(codes_of, needs), one, info, makes) for one in (case.speech, other)
        )
        return main.result(), second.result()

    def ask(self, case: Case, *, early: bool = False) -> Future[TraceResult]:
        """Return the trace of *case* as a future; *early* says that it may turn out not to be needed."""
        key = self.key(case)
        if not early:
            self._early.discard(key)
        if not self.knows(case):
            if early:
                self._early.add(key)
            future = self.workers.pool.submit(Needing(tracing.trace_case, case.configuration.codec.resources), case)
            future.add_done_callback(lambda done: self._keep(key, done))
            self._asked[key] = future
        return self._asked[key]

    def again(self, case: Case) -> Future[TraceResult]:
        """Return a trace made anew, with nothing of an earlier one in it."""
        return self.workers.pool.submit(
            Needing(tracing.trace_case, case.configuration.codec.resources), case, anew=True
        )

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

    def group(self, group: Group) -> Future[list[Traced]]:
        """Trace all setups of *group* and compare them, in one worker process; it gets what was made *singly*."""
        asked: dict[str, Future[TraceResult]] = {}
        for setup in group.setups if self.singly else ():
            if setup.name not in group.failed:
                with suppress(HarnessError):  # the group will say it
                    asked[setup.name] = self.ask(group.case(setup))
        made = {name: trace for name, future in asked.items() if (trace := _made(future)) is not None}
        return self.workers.pool.submit(Needing(tracing.trace, group.resources), replace(group, made=made))

    def ties(
        self, reference: Configuration, pair: tuple[Trace, Trace], spoken: tuple[Utterance, Utterance]
    ) -> Measurements:
        """Measure as `harness.runs.comparing.ties`, in a worker process."""
        try:
            return self.workers.pool.submit(comparing.ties, reference, pair, spoken).result()
        except WorkerDied as death:
            return {"codes_tie": Measurement.missing(str(death))}

    def _kept(self, key: str) -> "Future[TraceResult] | None":
        kept = None if self.fresh else self.workers.store.get(f"trace:{key}", KeptTrace)
        return None if kept is None else settled(kept.trace())

    def _keep(self, key: str, done: "Future[TraceResult]") -> None:
        if done.cancelled() or done.exception() is not None:
            return
        made = done.result()
        if isinstance(made, Trace):  # a failure may have been mended meanwhile
            self.workers.store.put(f"trace:{key}", KeptTrace.of(made))


def _made(asked: Future[TraceResult]) -> Trace | None:
    try:
        made = asked.result()
    except WorkerDied:
        return None
    return None if isinstance(made, CodecFailed) else made
