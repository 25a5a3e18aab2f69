"""
Scores on demand: each piece of audio is scored once, in a worker process, and never again while the store lasts.

Everything is asked for by content. Two setups with bit-identical output, or two runs a week apart, share one result.
"""

import importlib.util
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from operator import itemgetter
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel

from harness.audio import waveform as audio
from harness.audio.utterance import NO_RECORDING
from harness.audio.waveform import Waveform
from harness.errors import MissingExtra
from harness.metrics import activity, alignment, amplitude, clipping, delay, glitches, perceptual, replaced, spectrum
from harness.metrics.alignment import AlignedPair
from harness.metrics.catalogue import METRICS
from harness.metrics.whisper.engine import compute_type
from harness.metrics.whisper.hearing import describe
from harness.metrics.whisper.names import BUNDLED
from harness.metrics.whisper.weights import bundled_weights
from harness.record import Frozen, Heard, Measurement, Measurements
from harness.runs.conditions import ScoresTable
from harness.runtime.pool import WorkerDied, settled
from harness.runtime.provenance import package_version
from harness.runtime.store import Store, content_key
from harness.topology import exact

ScoreT = TypeVar("ScoreT", bound=BaseModel)

REMEMBERED = 4096  # results, some kB each; setups of one utterance, which often share them, are measured together

# Whatever decides a number is part of the key that it is kept under: our own code by the version beside it, packages
# by theirs. What a package decides only in the last bits is in the key too, but makes no baseline stale.
SIGNAL = (perceptual, audio)
# Beside `tracing`, which has a place of its own in provenance.
COMPARED = (alignment, delay, exact, activity, amplitude, clipping, replaced, spectrum, glitches)
SIGNAL_PACKAGES = ("numpy", "pesq", "pystoi", "scipy", "soxr")
WORD_PACKAGES = ("jiwer", "numpy", "openai-whisper", "soxr", "torch")
CTRANSLATE2_WORD_PACKAGES = ("ctranslate2", "jiwer", "numpy", "scipy", "soxr", "tiktoken", "whisper-normalizer")
CTRANSLATE2_MODULES = ("ctranslate2", "tiktoken", "whisper_normalizer")


class SignalScores(Frozen):
    """PESQ, STOI and the like of one pair, as kept in the store."""

    measurements: Measurements


class Scorer:
    """Hands scoring to *pool*, once for each content, and keeps the results in *store*."""

    def __init__(self, pool: Executor, store: Store, scores: ScoresTable) -> None:
        self._pool = pool
        self._store = store
        require(scores)
        self._scores = scores
        self._keys = frozenset(key for key in perceptual.SWITCHES if getattr(scores, key))
        self._asked: dict[str, Future[Any]] = {}  # the latest; what was asked for before them is in the store
        self.died: set[Future[Any]] = set()  # those whose process ended, for which a value was made up
        recogniser = describe(str(scores.asr), scores.language) if scores.asr else {}
        self._own = tuple(METRICS[name] for name in scores.own)
        signal = perceptual.versions(self._own) | own_versions(SIGNAL)
        self._signal = {"versions": signal, "packages": _packages(SIGNAL_PACKAGES)}
        words = CTRANSLATE2_WORD_PACKAGES if compute_type(str(scores.asr)) else WORD_PACKAGES
        self._heard = {"recogniser": recogniser, "packages": _packages(words), "audio": audio.VERSION}
        self.identity: dict[str, Any] = {
            "scores": scores.model_dump(exclude_defaults=True),
            "keys": sorted(self._keys),
            "versions": signal | own_versions(COMPARED),
            "recogniser": recogniser,
            "packages": _packages(SIGNAL_PACKAGES) | (_packages(words) if scores.asr else {}),
        }

    @property
    def hears(self) -> bool:
        """Whether words are scored."""
        return bool(self._scores.asr)

    def signal(self, pair: AlignedPair) -> Future[SignalScores]:
        """Ask for the scores of *pair*."""
        wanted = self._keys
        key = "signal:" + content_key(
            reference=pair.reference.sha256(),
            degraded=pair.degraded.sha256(),
            keys=sorted(wanted),
            identity=self._signal,
        )
        known = self._known(key, SignalScores)
        if known is not None:
            return known
        task = self._pool.submit(perceptual.signal_scores, pair, wanted, self._own)
        return self._expect(
            key,
            task,
            lambda result: SignalScores(measurements=result),
            lambda death: SignalScores(measurements=perceptual.undefined_scores(pair, wanted, str(death), self._own)),
        )

    def unrecorded(self, pair: AlignedPair) -> Future[SignalScores]:
        """Return the scores of a pair whose reference is no recording: undefined, each with the reason."""
        return settled(SignalScores(measurements=perceptual.undefined_scores(pair, self._keys, NO_RECORDING)))

    def hear(self, signals: Sequence[Waveform], transcript: str) -> list[Future[Heard]]:
        """Ask what the recogniser makes of *signals*, all versions of one utterance in which *transcript* was said."""
        keys = [
            "heard:" + content_key(audio=signal.sha256(), transcript=transcript, identity=self._heard)
            for signal in signals
        ]
        new: dict[str, Waveform] = {}
        for key, signal in zip(keys, signals, strict=True):
            if self._known(key, Heard) is None:
                new.setdefault(key, signal)
        if new:
            model, language = str(self._scores.asr), self._scores.language
            task = self._pool.submit(listen, list(new.values()), transcript, model, language)
            for place, key in enumerate(new):
                self._expect(key, task, itemgetter(place), _unheard)
        return [self._asked[key] for key in keys]

    def _known(self, key: str, kind: type[ScoreT]) -> Future[ScoreT] | None:
        if key not in self._asked:
            kept = self._store.get(key, kind)
            if kept is None:
                return None
            self._remember(key, settled(kept))
        return self._asked[key]

    def _remember(self, key: str, future: Future[Any]) -> None:
        self._asked[key] = future
        while len(self._asked) > REMEMBERED and self._asked[oldest := next(iter(self._asked))].done():
            del self._asked[oldest]

    def _expect(
        self,
        key: str,
        task: Future[Any],
        take: Callable[[Any], ScoreT],
        died: Callable[[WorkerDied], ScoreT],
    ) -> Future[ScoreT]:
        """Return a future for the part of *task* that *take* picks; a crashed scorer gives what *died* says."""
        future: Future[ScoreT] = Future()
        self._remember(key, future)

        def settle(finished: Future[Any]) -> None:
            if finished.cancelled():
                future.cancel()
                return
            error = finished.exception()
            if isinstance(error, WorkerDied):
                self.died.add(future)
                future.set_result(died(error))  # not kept: another machine, or more memory, may do better
            elif error is not None:
                future.set_exception(error)
            else:
                result = take(finished.result())
                self._store.put(key, result)
                future.set_result(result)

        task.add_done_callback(settle)
        return future


def own_versions(modules: Sequence[ModuleType]) -> dict[str, str]:
    """Return the versions of our own code in *modules*, by name, as provenance states them."""
    return {module.__name__.rpartition(".")[2]: f"codec-harness {module.VERSION}" for module in modules}


def _packages(names: Sequence[str]) -> dict[str, str | None]:
    return {name: package_version(name) for name in names}


def require(scores: ScoresTable) -> None:
    """Raise `MissingExtra` if a scorer that the suite asks for is not installed, before anything is computed."""
    without_torch = compute_type(str(scores.asr)) is not None
    heard = [(module, "asr", "ct2") for module in CTRANSLATE2_MODULES] if without_torch else [("whisper", "asr", "asr")]
    asked = [("pesq", "pesq", "pesq"), ("pystoi", "stoi", "stoi"), *heard]
    for module, score, extra in asked:
        if getattr(scores, score) and not _installed(module):
            raise MissingExtra(
                f"the scorer {module} is not installed; pip install 'codec-harness[{extra}]'{_instead(module)}, "
                f"or switch it off with {score} = false under [scores]"
            )
    if scores.asr == BUNDLED:
        bundled_weights()


def _instead(module: str) -> str:
    """Return what else to do where *module* is not installed, if what it takes is there."""
    other = module == "whisper" and all(map(_installed, CTRANSLATE2_MODULES))
    return f', or take the engine that is installed, asr = "ct2:{BUNDLED}"' if other else ""


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def listen(signals: Sequence[Waveform], transcript: str, model: str, language: str) -> list[Heard]:
    """Return what the recogniser *model* makes of *signals* in *language*, at any rate; runs in a worker process."""
    from harness.metrics.whisper import recogniser  # brings the engine, which only the workers need

    return [
        Heard(transcript=hearing.transcript, log_probability=hearing.log_probability, undefined=hearing.reason or None)
        for hearing in recogniser.listen(model, signals, transcript, language)
    ]


def _unheard(death: WorkerDied) -> Heard:
    reason = str(death)
    return Heard(transcript=None, log_probability=Measurement.missing(reason), undefined=reason)
