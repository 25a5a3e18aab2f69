"""Probes judged as a suite judges them: by its tolerances, its scores and its baseline."""

from dataclasses import dataclass, field, replace

from harness.gate.baseline import Baseline
from harness.record import Expectation, Verdict
from harness.runs.conditions import ScoresTable
from harness.sensitivity.layers import Layer, Noticed, Observed, noticed, rung
from harness.sensitivity.subject import FaultProbe, FaultSubject
from harness.verdict import Tolerances, meets


@dataclass(frozen=True)
class Judging:
    """Judges probes of *subject*; *baseline* is what was accepted, None for what would be accepted now."""

    subject: FaultSubject
    tolerances: Tolerances
    scores: ScoresTable
    baseline: Baseline | None = None
    _known: dict[FaultProbe, Noticed] = field(default_factory=dict)

    @classmethod
    def of(cls, subject: FaultSubject, baseline: Baseline | None = None) -> "Judging":
        """Return the judging of the subject's own suite."""
        return cls(subject, subject.suite.tolerances, subject.suite.scores, baseline)

    def otherwise(self, *, tolerances: Tolerances | None = None, scores: ScoresTable | None = None) -> "Judging":
        """Return the same with other tolerances or scores."""
        return replace(self, tolerances=tolerances or self.tolerances, scores=scores or self.scores, _known={})

    def about(self, subject: FaultSubject) -> "Judging":
        """Return the same for another subject, of which nothing was accepted."""
        return replace(self, subject=subject, baseline=None, _known={})

    def noticed(self, probe: FaultProbe, observed: Observed) -> Noticed:
        """Tell which layers notice."""
        if probe not in self._known:
            self._known[probe] = self._noticed(probe, observed)
        return self._known[probe]

    def rung(self, observed: Observed) -> Verdict:
        """Return the verdict."""
        return rung(observed, self.tolerances, self.scores)

    def suite(self, probe: FaultProbe, observed: Observed) -> bool:
        """Tell whether the suite notices at all: by a gate, or alone."""
        found = self.noticed(probe, observed)
        return bool(found[Layer.GATE] or found[Layer.SUITE])

    def _noticed(self, probe: FaultProbe, observed: Observed) -> Noticed:
        accepted = None
        known = self.baseline.setups.get(self.subject.name) if self.baseline is not None else None
        if known is not None and not probe.wiring:
            accepted = known.utterances.get(probe.utterance)
        found = noticed(observed, self.tolerances, self.scores, accepted=accepted)
        if not probe.wiring or observed.failure is not None:
            return found
        # A setup beside the reference: held against that, fault and all, by what the suite expects of it.
        expected = self.subject.wired(probe.wiring).expectation
        unmet = not meets(self.rung(observed), Expectation(at_least=expected.at_least))
        return {**found, Layer.SUITE: unmet, Layer.GATE: unmet}
