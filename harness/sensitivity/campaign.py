"""Which probes are made, in what order, until nothing is left to learn or the time is over."""

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.runs.conditions import ScoresTable
from harness.sensitivity import catalogue
from harness.sensitivity.fault import Fault
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Noticed, Observed
from harness.sensitivity.probing import FaultProbing
from harness.sensitivity.staircase import next_step
from harness.sensitivity.subject import FaultProbe, FaultSubject

A_ROUND = 24  # probes that are asked for at once
BENIGN = 3  # utterances that each benign change is tried on before faults are probed to the end

Watch = Callable[[int, int], None]  # (probes, probes that are asked for so far)


@dataclass(eq=False)
class Campaign:
    """
    Probes of all faults of one subject.

    deadline : of the monotonic clock, for probes; end : for what is asked of them afterwards
    complete : nothing was left for want of time
    scores : what is measured, whatever of it the suite looks at; only : names or families of faults, all if empty
    """

    probing: FaultProbing
    judging: Judging
    deadline: float
    end: float
    scores: ScoresTable
    only: tuple[str, ...] = ()
    watch: Watch | None = None
    complete: bool = False
    _asked: dict[str, list[FaultProbe]] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    @property
    def subject(self) -> FaultSubject:
        """What is probed."""
        return self.probing.subject

    @property
    def faults(self) -> dict[str, Fault]:
        """The faults that can be planted."""
        return {row.name: row for row in catalogue.FAULTS.values() if self._wanted(row)}

    @property
    def benign(self) -> dict[str, Fault]:
        """The benign changes that can be planted."""
        return {row.name: row for row in catalogue.BENIGN.values() if self._wanted(row)}

    def run(self) -> None:
        """Probe until nothing is left to learn, or the time is over."""
        while True:
            probes = list(self._round())
            if not probes:
                self.complete = True
                return
            if time.monotonic() > self.deadline:
                probes = [probe for probe in probes if self.probing.known(probe)]
                if not probes:
                    return
            self.probing.observe(probes)
            for probe in probes:
                self._asked.setdefault(probe.fault, []).append(probe)
            if self.watch is not None:
                self.watch(len(self.probing.observed), self.probing.made)

    def probes(self, fault: str) -> list[tuple[FaultProbe, Observed]]:
        """Return the probes of a fault, with what came of them."""
        return [(probe, self.probing.observed[probe]) for probe in self._asked.get(fault, ())]

    @property
    def harmless(self) -> list[tuple[FaultProbe, Observed]]:
        """The probes of benign changes, with what came of them."""
        return [pair for name in self.benign for pair in self.probes(name)]

    def _round(self) -> Iterator[FaultProbe]:
        """Yield the next probes, of the faults that were probed least first."""
        found = [(len(self._asked.get(row.name, ())), row) for row in (*self.faults.values(), *self.benign.values())]
        left = self._affordable()
        for _, row in sorted(found, key=lambda pair: pair[0]):
            probe = self._next(row)
            if probe is not None and left:
                left -= 1
                yield probe

    def _affordable(self) -> int:
        """Return how many probes there is time for, at what they took so far; `A_ROUND` at most."""
        now = time.monotonic()
        each = (now - self._began) / self.probing.made if self.probing.made else 0.0
        return A_ROUND if not each or now > self.deadline else max(1, min(A_ROUND, int((self.deadline - now) / each)))

    def _next(self, fault: Fault) -> FaultProbe | None:
        asked = self._asked.get(fault.name, [])
        names = list(self.subject.speech)
        wirings = self.subject.wirings(fault)
        if wirings != [""]:
            several = [(wiring, 0) for wiring in wirings]
            return self._probe(fault, 0, names, *several[len(asked)]) if len(asked) < len(several) else None
        by_step: dict[int, list[Noticed]] = {}
        for probe in asked:
            by_step.setdefault(probe.step, []).append(self.judging.noticed(probe, self.probing.observed[probe]))
        if fault.name in catalogue.BENIGN:
            step = 0 if len(asked) < len(names) else None
        else:
            steps, heard = self.subject.steps(fault), self.subject.audible_from(fault)
            found = {steps.index(one): told for one, told in by_step.items()}
            place = next_step(found, len(steps), None if heard is None else steps.index(heard), len(names))
            step = None if place is None else steps[place]
        return None if step is None else self._probe(fault, step, names, "", len(by_step.get(step, ())))

    def _probe(self, fault: Fault, step: int, names: list[str], wiring: str, turn: int) -> FaultProbe:
        # Each fault begins with another utterance, and goes round all of them; then each has another place.
        first = zlib.crc32(fault.name.encode())
        return FaultProbe(fault.name, step, names[(first + turn) % len(names)], turn // len(names), wiring)

    def _wanted(self, row: Fault) -> bool:
        chosen = not self.only or row.name in self.only or row.family in self.only
        return chosen and self.subject.obstacle(row) is None
