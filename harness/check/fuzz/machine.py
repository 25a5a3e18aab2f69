"""What every machine of the search does: it counts its programs, takes their steps and keeps the one that diverged."""

import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from harness.check.fuzz.program import FuzzProgram, ProgramLine, text
from harness.check.fuzz.world import Diverged, FreshOutputs, World


@dataclass
class Log:
    """How a search goes: until when, where each program is written down before it runs, and the one that diverged."""

    deadline: float
    journal: Path | None = None
    programs: int = 0
    failed: FuzzProgram | None = None
    divergence: str | None = None


class Programs(RuleBasedStateMachine):
    """Makes programs; each rule is one step. Subclassed with the rules, and with the codec under test."""

    oracle: FreshOutputs
    log: Log

    def __init__(self) -> None:
        super().__init__()
        self.late = time.perf_counter() > self.log.deadline
        self.log.programs += not self.late
        self.world = World(self.oracle)

    def step(self, step: ProgramLine) -> None:
        """Take a step, unless it is too late."""
        if self.late:  # Hypothesis cannot be stopped within a batch, but its programs can be made to do nothing
            return
        if self.log.journal is not None:
            self.log.journal.write_text(text((*self.world.done, step)), encoding="utf-8")
        try:
            self.world.apply(step)
        except Diverged as divergence:
            self.log.failed, self.log.divergence = tuple(self.world.done), str(divergence)
            raise
