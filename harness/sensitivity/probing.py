"""
Probes: run in worker processes, measured to the full, and kept by content, so that no probe is made twice.

What decides a probe is in its key: codec, code, wiring, fault, size, place, speech, other speech, words said, scorers
and the versions of our own code. Tolerances and what a suite scores are not: they are asked afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import cached_property

from harness import sensitivity
from harness.errors import CodecUnavailable, HarnessError
from harness.metrics.metric import Depth
from harness.runs import comparing, tracing
from harness.runs.comparing import Traced
from harness.runs.failing import reason_of
from harness.runs.keys import MEASURES, TRACES
from harness.runs.measuring import Measuring
from harness.runs.scoring import Scorer
from harness.runs.tracing import Group
from harness.runtime.pool import WorkerDied
from harness.runtime.store import content_key
from harness.runtime.workers import Workers
from harness.sensitivity import catalogue
from harness.sensitivity.layers import Observed
from harness.sensitivity.subject import FaultProbe, FaultSubject
from harness.topology.setup import Setup
from harness.verdict import OverVariants, over_variants

TOGETHER = 6  # probes of one utterance that a worker makes in a row, with what they are held against made once

Variants = Mapping[str, OverVariants]  # by utterance
OnProbe = Callable[[FaultProbe, Observed], None]


@dataclass(eq=False)
class FaultProbing:
    """
    Makes probes of *subject* in *workers*, scored by *scorer*.

    made : how many were not read back
    variants : of each utterance, what inaudible variants of the input make of it with nothing planted
    """

    subject: FaultSubject
    workers: Workers
    scorer: Scorer
    observed: dict[FaultProbe, Observed] = field(default_factory=dict)
    made: int = 0
    variants: Variants = field(default_factory=dict)

    def observe(self, probes: Sequence[FaultProbe], told: OnProbe | None = None) -> None:
        """Have all *probes* in `observed`."""
        missing = [probe for probe in dict.fromkeys(probes) if not self.known(probe)]
        tracing_now: dict[Future[list[Traced]], list[FaultProbe]] = {}
        for batch in _batches(missing):
            tracing_now[self.workers.pool.submit(tracing.trace, self._group(batch))] = batch
        scoring: list[tuple[list[FaultProbe], Measuring]] = []
        while tracing_now or scoring:
            for future in [one for one in tracing_now if one.done()]:
                batch, error = tracing_now.pop(future), future.exception()
                if error is None:
                    measuring = Measuring(self.subject.speech[batch[0].utterance][0], future.result(), self.scorer)
                    measuring.measure(Depth.WORDS)
                    scoring.append((batch, measuring))
                elif len(batch) > 1:
                    for probe in batch:
                        tracing_now[self.workers.pool.submit(tracing.trace, self._group([probe]))] = [probe]
                elif isinstance(error, WorkerDied | HarnessError):
                    self._take(batch[0], Observed(failure=reason_of(error)), keep=False, told=told)
                else:
                    raise error
            for done in [one for one in scoring if not one[1].pending]:
                scoring.remove(done)
                self._finish(*done, told)
            pending = [*tracing_now, *(future for _, measuring in scoring for future in measuring.pending)]
            if pending:
                wait(pending, return_when=FIRST_COMPLETED)

    def vary(self, count: int) -> Variants:
        """Return what the first *count* inaudible variants of the input make of each utterance with nothing planted."""
        rows = list(catalogue.VARIANTS.values())[:count]
        rows = [row for row in rows if self.subject.obstacle(row) is None]
        by_utterance = {name: [FaultProbe(row.name, 0, name, 0) for row in rows] for name in self.subject.speech}
        self.observe([probe for probes in by_utterance.values() for probe in probes])
        found = {}
        for name, probes in by_utterance.items():
            made = {probe.fault: self.observed.pop(probe) for probe in probes}
            failed = {row: one.failure for row, one in made.items() if one.failure is not None}
            sound = {row: one for row, one in made.items() if row not in failed}
            plain = next((one.held for one in sound.values()), {})
            found[name] = over_variants(plain, {row: one.measured for row, one in sound.items()}, failed)
        return found

    def known(self, probe: FaultProbe) -> bool:
        """Tell whether *probe* was made, now or before."""
        return probe in self.observed or self._kept(probe)

    def of(self, subject: FaultSubject) -> "FaultProbing":
        """Return the same for another subject."""
        return FaultProbing(subject, self.workers, self.scorer)

    def _finish(self, batch: Iterable[FaultProbe], measuring: Measuring, told: OnProbe | None) -> None:
        for probe in batch:
            planted, held = self._setups(probe)
            failure, plain = (measuring.traced[one.name].failure for one in (planted, held))
            if plain is not None and not probe.wiring:
                raise CodecUnavailable(
                    f"{self.subject.name}: it failed with nothing planted in it, on {probe.utterance}, as it did not "
                    f"before: {plain}; mend that first, then call this again: what was probed is kept"
                )
            failure = failure or plain
            died = any(measuring.died(one.name) or measuring.traced[one.name].killed for one in (planted, held))
            if failure is not None:
                found = Observed(failure=failure)
            else:
                found = Observed(measured=measuring.measured(planted.name), held=measuring.measured(held.name))
            self._take(probe, found, keep=not died, told=told)

    def _take(self, probe: FaultProbe, found: Observed, *, keep: bool, told: OnProbe | None) -> None:
        self.observed[probe] = beside_variants((probe, found), self.variants)[1]
        self.made += 1
        if keep:
            self.workers.store.put(self.key(probe), found)
        if told is not None:
            told(probe, found)

    def _kept(self, probe: FaultProbe) -> bool:
        kept = self.workers.store.get(self.key(probe), Observed)
        if kept is not None:
            self.observed[probe] = beside_variants((probe, kept), self.variants)[1]
        return kept is not None

    def _setups(self, probe: FaultProbe) -> tuple[Setup, Setup]:
        return self.subject.planted(probe, catalogue.find(probe.fault))

    def _group(self, probes: Sequence[FaultProbe]) -> Group:
        setups: dict[str, Setup] = {}
        for probe in probes:
            planted, held = self._setups(probe)
            setups |= {held.name: held, planted.name: planted}
        return Group(*self.subject.speech[probes[0].utterance], tuple(setups.values()))

    @cached_property
    def _speech(self) -> dict[str, tuple[str, str, str]]:
        return {
            name: (one.waveform().sha256(), other.waveform().sha256(), one.transcript)
            for name, (one, other) in self.subject.speech.items()
        }

    def key(self, probe: FaultProbe) -> str:
        """Return the hash of all that decides what comes of *probe*."""
        planted, held = self._setups(probe)
        described = [
            {
                "fault": {key: one.configuration.codec.options.get(key) for key in ("fault", "size", "place")},
                "topology": one.configuration.topology.model_dump(exclude={"about"}, exclude_defaults=True),
                "wire": one.configuration.wire.model_dump(exclude={"about"}, exclude_defaults=True),
                "path": one.configuration.path.model_dump(exclude={"about"}, exclude_defaults=True),
            }
            for one in (planted, held)
        ]
        return "sensitivity:" + content_key(
            version=(sensitivity.VERSION, MEASURES, TRACES, comparing.VERSION),
            codec=(self.subject.info.fingerprint, self.subject.code),
            speech=self._speech[probe.utterance],
            setups=described,
            scorers=self.scorer.identity,
        )


def beside_variants(pair: tuple[FaultProbe, Observed], variants: Variants) -> tuple[FaultProbe, Observed]:
    """Return a probe judged beside *variants* too: what is wired otherwise is held against another thing than these."""
    probe, observed = pair
    varied = None if probe.wiring else variants.get(probe.utterance)
    ranges = varied.ranges if varied is not None else {}
    return probe, observed.model_copy(update={"variants": ranges})


def _batches(probes: Sequence[FaultProbe]) -> list[list[FaultProbe]]:
    """Return *probes* in batches of one utterance each."""
    by_utterance: dict[str, list[FaultProbe]] = {}
    for probe in probes:
        by_utterance.setdefault(probe.utterance, []).append(probe)
    return [
        several[start : start + TOGETHER]
        for several in by_utterance.values()
        for start in range(0, len(several), TOGETHER)
    ]
