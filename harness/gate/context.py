"""What is the same for all cells of a comparison with a baseline."""

from dataclasses import dataclass, field

from harness.gate.baseline import AcceptedCell, Baseline
from harness.record import CodecRecord
from harness.verdict import Tolerances


@dataclass(frozen=True)
class Context:
    """What is the same for all cells of a comparison."""

    baseline: Baseline
    machine: dict[str, str]
    codecs: dict[str, CodecRecord]
    tolerances: Tolerances
    speech: dict[str, str] = field(default_factory=dict)  # utterance: hash

    def accepted(self, setup: str, utterance: str) -> AcceptedCell | None:
        """Return what was accepted for a cell; None if nothing was."""
        known = self.baseline.setups.get(setup)
        return known.utterances.get(utterance) if known is not None else None

    @property
    def other_machine(self) -> str:
        """How this machine's class differs from the baseline's; empty if it does not."""
        before, now = self.baseline.machine, self.machine
        parts = [
            f"{key} {before.get(key)} -> {now.get(key)}"
            for key in sorted({*before, *now})
            if before.get(key) != now.get(key)
        ]
        return ", ".join(parts)
