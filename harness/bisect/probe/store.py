"""What probes found, kept on disk: observations, and the figures behind them."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from harness.bisect.search import Judged, Observation
from harness.record import Measurements
from harness.runtime.store import Store


@dataclass(frozen=True)
class Probed:
    """The figures of one point's utterance, as far as they were needed."""

    utterance: str
    measurements: Measurements
    observation: Observation


OBSERVATIONS = tuple[Observation, ...]
FIGURES = list[Probed]


@dataclass(frozen=True)
class Question:
    """
    What decides an observation beside its point, as hashes.

    certain : of what was measured to the end, which the good end decides
    likely : of provisional answers too, which the bad end decides as well
    """

    certain: str
    likely: str


class ProbeStore(MutableMapping[str, tuple[Observation, ...]]):
    """
    Observations that outlive the process, except of what could not be run: it may have been mended meanwhile.

    What is certain is shared by all searches from the same good end, what is likely only by those between the same two.
    """

    def __init__(self, store: Store, question: Question) -> None:
        self._store, self._question = store, question
        self._here: dict[str, tuple[Observation, ...]] = {}

    def __getitem__(self, key: str) -> tuple[Observation, ...]:
        if key not in self._here:
            kept = [self._store.get(name, OBSERVATIONS) for name in self._names(key)]
            known = next((content for content in kept if content is not None), None)
            if known is None:
                raise KeyError(key)
            self._here[key] = known
        return self._here[key]

    def __setitem__(self, key: str, observations: tuple[Observation, ...]) -> None:
        self._here[key] = observations
        if any(observation.judgement is Judged.SKIP for observation in observations):
            return
        likely, certain = self._names(key)
        self._store.put(likely, observations, OBSERVATIONS)
        if all(observation.sure for observation in observations):
            self._store.put(certain, observations, OBSERVATIONS)

    def __delitem__(self, key: str) -> None:
        del self._here[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._here)

    def __len__(self) -> int:
        return len(self._here)

    def _names(self, key: str) -> tuple[str, str]:
        return f"probe:{self._question.likely}:{key}", f"probe:{self._question.certain}:{key}"
