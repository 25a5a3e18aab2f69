"""
Measuring what was traced, cheapest first: a run measures to the full, a probe of a search stops where it is decided.

What the traces tell by themselves (`harness.runs.comparing`) is there from the start. Scores are asked for by depth,
and are computed in worker processes once for each content (`harness.runs.scoring`).
"""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from harness.audio.speech import Utterance
from harness.metrics.metric import Depth
from harness.record import Heard, Measurements
from harness.runs import cells
from harness.runs.comparing import Traced
from harness.runs.scoring import Scorer, SignalScores


class Measuring:
    """Setups of one utterance, *traced*, as far as they have been measured."""

    def __init__(self, utterance: Utterance, traced: Sequence[Traced], scorer: Scorer) -> None:
        self.utterance, self.traced, self._scorer = utterance, {one.setup: one for one in traced}, scorer
        self._signal: dict[str, Future[SignalScores]] = {}
        self._heard: dict[str, Future[Heard]] = {}
        self._floor: Future[Heard] | None = None

    def measure(self, depth: Depth) -> None:
        """Ask for what *depth* needs, and was not asked for yet."""
        pairs = {one.setup: one.pair for one in self.traced.values() if one.pair is not None}
        if depth >= Depth.QUALITY and not self._signal:
            score = self._scorer.signal if self.utterance.recorded else self._scorer.unrecorded
            self._signal = {name: score(pair) for name, pair in pairs.items()}
        if depth >= Depth.WORDS and not self._heard and self._scorer.hears:
            uncoded = [self.utterance.waveform()] if self.utterance.recorded else []
            whole = {name: one.heard for name, one in self.traced.items() if one.heard is not None}
            heard = self._scorer.hear([*uncoded, *whole.values()], self.utterance.transcript)
            self._floor = heard.pop(0) if uncoded else None
            self._heard = dict(zip(whole, heard, strict=True))

    @property
    def pending(self) -> list[Future[Any]]:
        """What was asked for and is not there yet."""
        asked: list[Future[Any]] = [*self._signal.values(), *self._heard.values()]
        asked += [self._floor] if self._floor is not None else []
        return [future for future in asked if not future.done()]

    @property
    def floor(self) -> Heard | None:
        """What is heard in the uncoded speech, if that was asked for and there is some."""
        return self._floor.result() if self._floor is not None else None

    def heard(self, setup: str) -> Heard | None:
        """Return what is heard of *setup*, if that was asked for."""
        return self._heard[setup].result() if setup in self._heard else None

    def measured(self, setup: str) -> Measurements:
        """Return all that is measured of *setup* as far as it was asked for; waits for it."""
        found = dict(self.traced[setup].measurements)
        if setup in self._signal:
            found |= self._signal[setup].result().measurements
        heard = self.heard(setup)
        if heard is not None:
            found |= cells.word_measurements(heard, self.floor)
        return found

    def died(self, setup: str) -> bool:
        """Return whether a process ended that scored *setup*, so that a value was made up."""
        asked = (self._signal.get(setup), self._heard.get(setup), self._floor)
        return not self._scorer.died.isdisjoint(future for future in asked if future is not None)
