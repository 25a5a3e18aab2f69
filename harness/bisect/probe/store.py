"""What probes found, kept on disk: observations, and the figures behind them."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace

from harness.bisect.search import Judged, Observation
from harness.record import Measurements, is_true
from harness.runtime.store import Store


@dataclass(frozen=True)
class Probed:
    """The figures of one point's utterance, as far as they were needed."""

    utterance: str
    measurements: Measurements
    observation: Observation


OBSERVATIONS = tuple[Observation, ...]
FIGURES = list[Probed]
GOOD_END = "good end"  # where its figures are kept


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
    Observations that outlive the process, except of what could not be run or failed: it may have been mended meanwhile.

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
        if any(one.judgement is Judged.SKIP or one.failure for one in observations):
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


class Figures:
    """What was measured of points, by their key, by this search or an earlier one that asked the same."""

    def __init__(self, store: Store, question: Question) -> None:
        self._store, self._question = store, question.certain
        self._known: dict[str, list[Probed]] = {}
        self._good: dict[str, Measurements] = {}

    def __getitem__(self, key: str) -> list[Probed]:
        if key not in self._known:
            self._known[key] = self._store.get(self._name(key), FIGURES) or []
        return self._known[key]

    def __setitem__(self, key: str, figures: list[Probed]) -> None:
        self._known[key] = figures

    def keep(self, key: str) -> None:
        """Keep what was measured of a point for later searches."""
        if self._known[key] and not any(probed.observation.failure for probed in self._known[key]):
            self._store.put(self._name(key), self._known[key], FIGURES)

    def remember_good_end(self, utterance: str, measured: Measurements) -> None:
        """Keep what was measured of the good end, which is never probed against itself."""
        self._good[utterance] = self._good.get(utterance, {}) | measured
        known = Observation(Judged.GOOD, "the good end")
        figures = [Probed(name, measured, known) for name, measured in self._good.items()]
        self._store.put(self._name(GOOD_END), figures, FIGURES)

    def shown(self, key: str) -> list[Probed]:
        """Return what was measured of a point; what is bit for bit the good end's has the good end's scores."""
        if not self._good:
            self._good = {probed.utterance: probed.measurements for probed in self[GOOD_END]}
        return [
            replace(probed, measurements=self._good.get(probed.utterance, {}) | probed.measurements)
            if is_true(probed.measurements, "pcm_equal")
            else probed
            for probed in self[key]
        ]

    def _name(self, key: str) -> str:
        return f"figures:{self._question}:{key}"
