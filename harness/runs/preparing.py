"""A run that is prepared: its speech chosen, its codecs loaded, its keys and its folder known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.audio.speech import Utterance
from harness.files import file_name, no_links
from harness.runs import failing
from harness.runs.again import Spoken
from harness.runs.applicable import applicable
from harness.runs.failing import Codecs
from harness.runs.kept_audio import KeptAudio
from harness.runs.keys import Keys, interfering
from harness.runs.scoring import Scorer
from harness.runs.shards import Shard
from harness.runs.suite import Suite
from harness.runs.traces import Traces
from harness.runtime.store import Store, Unread


@dataclass(frozen=True)
class Options:
    """
    What of a suite is run, and how much of it anew.

    only : ids of the utterances to run; the other speech of each stays that of the whole suite, so its cells do too
    fresh : run the codecs even where nothing changed; only the scores of audio that comes out again are read back
    rescore : as *fresh*, and score that audio again too, so that what a scorer itself scatters is seen
    repeat : see whether each codec gives the same twice (`harness.runs.repeating`)
    shard : the part of the utterances to run, dealt by their length (`harness.runs.shards`)
    explain : say of the worst cells where they diverge from their reference; see `harness.runs.explaining`
    """

    only: Collection[str] | None = None
    fresh: bool = False
    rescore: bool = False
    shard: Shard | None = None
    repeat: bool = True
    explain: bool = True

    @property
    def anew(self) -> bool:
        """Whether no cell is read back."""
        return self.fresh or self.rescore


@dataclass(frozen=True)
class Prepared:
    """
    What a run is made with.

    suite : with the setups that are run
    speech : each utterance that is run, with the other speech
    whole : all utterances of the suite, in the same way
    dealt : the number of the shard of each of these, in a run of a shard
    not_applicable : why the other setups are not run, by name
    """

    suite: Suite
    options: Options
    speech: tuple[Spoken, ...]
    whole: tuple[Spoken, ...]
    dealt: Mapping[str, int]
    codecs: Codecs
    keys: Keys
    scorer: Scorer
    traces: Traces
    folder: Path
    not_applicable: Mapping[str, str]

    @property
    def store(self) -> Store:
        """Where what is made is kept."""
        return self.traces.workers.store

    @property
    def known(self) -> Store:
        """The same, from which nothing is read if all is made anew."""
        return Unread(self.store) if self.options.anew else self.store

    @cached_property
    def audio(self) -> KeptAudio:
        """The audio in the run's folder."""
        return KeptAudio(self.folder, self.store)


def prepare(suite: Suite, utterances: list[Utterance], out: Path, options: Options, traces: Traces) -> Prepared:
    """
    Load the codecs of *suite*, and find out what the run of *utterances* is called.

    Raises a `HarnessError` if a scorer cannot be used at all, or none of the codecs; `SuiteInvalid` if no setup is
    applicable to its codec.
    """
    pool, store = traces.workers.pool, traces.workers.store
    loading = {name: traces.described(spec, anew=options.anew) for name, spec in suite.codecs.items()}
    scorer = Scorer(pool, Unread(store) if options.rescore else store, suite.scores)
    codecs = failing.loaded(loading)
    suite, unasked = applicable(suite, codecs.described, pool)
    whole = tuple(zip(utterances, interfering(utterances), strict=True))
    dealt = {} if options.shard is None else options.shard.of_speech(utterances)
    speech = tuple(pair for pair in whole if _is_run(pair[0].id, options, dealt))
    keys = Keys(suite, utterances, codecs.described, scorer.identity, [utterance.id for utterance, _ in speech])
    folder = out / f"{file_name(suite.name)}-{keys.run[:8]}"
    no_links(folder)
    return Prepared(suite, options, speech, whole, dealt, codecs, keys, scorer, traces, folder, unasked)


def _is_run(utterance: str, options: Options, dealt: Mapping[str, int]) -> bool:
    mine = options.shard is None or dealt[utterance] == options.shard.number
    return mine and (options.only is None or utterance in options.only)
