"""
codec-harness: regression tests for streaming neural speech codecs.

    import harness
    record, folder = harness.run("my.codec.toml")          # a suite: speech through setups to verdicts
    scores = harness.score("said.wav", "decoded.wav", text="the words that were said")

An adapter needs no more than this package either: `Codec`, `Instance`, `CodecInfo`, `Side`, `CodecFailed`.

Importing this package imports nothing heavy, not even `pathlib`; the work happens in worker processes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import CodecFailed, CodecUnavailable, HarnessError, NothingReached
from harness.runtime.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from harness.audio.waveform import Samples
    from harness.codecs.loading import load as load_codec
    from harness.codecs.protocol import LOST, Codec, CodecInfo, Codes, Instance, OfflineCodec, Side, State
    from harness.record import Verdict
    from harness.runs.recorded import Run
    from harness.runs.suite import Suite
    from harness.runs.suite import load as load_suite
    from harness.verdict import PairScores

__all__ = [
    "LOST",
    "Codec",
    "CodecFailed",
    "CodecInfo",
    "CodecUnavailable",
    "Codes",
    "HarnessError",
    "Instance",
    "NothingReached",
    "OfflineCodec",
    "Samples",
    "Side",
    "State",
    "Verdict",
    "__version__",
    "load_codec",
    "load_suite",
    "merge",
    "publish",
    "run",
    "score",
]


def run(
    suite: "str | Path | Suite | None" = None,
    out: "str | Path" = "reports",
    *,
    setups: str | Sequence[str] = (),
    utterances: str | Sequence[str] = (),
    pesq: bool | None = None,
    stoi: bool | None = None,
    asr: str | bool | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    rescore: bool = False,
    explain: bool = True,
    limit: float | None = None,
    shard: str | None = None,
    since: str | None = None,
    executor: str = "local",
    store: str | None = None,
    store_read_only: bool = False,
) -> "Run":
    """
    Run a suite (a path, what `load_suite` returned, or None for the embedded one) as `codec-harness run` does.

    setups, utterances : a name or shell-style pattern, or several; all of the suite's if empty
    pesq, stoi, asr : instead of what the suite says in `[scores]`; *asr* is a Whisper model, or False
    jobs : worker processes; as many as there are processor cores if None
    fresh : run the codecs even where nothing changed; rescore : and score again what was scored before
    explain : replay the worst cells to say where they diverge and why
    limit : seconds that one call of a codec may take; what the suite says, or 300, if None
    shard : a part of the utterances, such as "2/5", for `merge` to put together
    since : only the setups that a change since this commit can reach; *suite* is a path then
    executor : what runs it: "local", "dask:ADDRESS" or "MODULE:FACTORY"
    store : URL of a store shared with others, such as "s3://bucket/prefix"; store_read_only : write nothing to it

    Returns the record and the folder that it is in; `publish` makes the report. Raises `HarnessError` for bad input,
    and `NothingReached`, in words, if nothing *since* can reach a setup.
    """
    from functools import partial
    from pathlib import Path

    from harness.errors import UsageInvalid
    from harness.runs import pipeline
    from harness.runs.preparing import Options
    from harness.runs.shards import Shard
    from harness.runs.since.reach import noted, reach
    from harness.runs.suite import Suite, default_suite, found, load
    from harness.runtime.workers import Workplace

    file = None
    if not isinstance(suite, Suite):
        file = found(Path(suite) if suite is not None else default_suite())
        suite = load(file)
    setups, utterances = ((given,) if isinstance(given, str) else given for given in (setups, utterances))
    chosen = suite.selected(setups=setups, utterances=utterances, pesq=pesq, stoi=stoi, asr=asr, limit=limit)
    reached = None
    if since is not None:
        if file is None:
            raise UsageInvalid(f"since={since!r} asks which files changed; wanted the path of the suite, got a Suite")
        reached = reach(chosen, file, since)
        if not reached.reached:
            raise NothingReached("; ".join(reached.lines()))
        chosen = chosen.narrowed(reached.reached)
    part = None if shard is None else Shard.parse(shard)
    options = Options(fresh=fresh, rescore=rescore, explain=explain, shard=part)
    place = Workplace(executor, store, store_read_only)
    return pipeline.run(chosen, Path(out), options, jobs=jobs, place=place, outcome=partial(noted, reached))


def publish(folder: "str | Path") -> "Path":
    """
    Make the HTML report of the run in *folder*, as `codec-harness run` does; return the page, `index.html`.

    Raises the `HarnessError` that says why it cannot be made.
    """
    from pathlib import Path

    from harness.report import publish as published

    made = published(Path(folder))
    if made.page is None:
        raise HarnessError(made.problem)
    return made.page


def merge(folders: "Sequence[str | Path]", out: "str | Path" = "reports") -> "Run":
    """Merge the shards in *folders* into one run under *out*, as `codec-harness merge` does."""
    from pathlib import Path

    from harness.errors import UsageInvalid
    from harness.runs import merging

    if isinstance(folders, str | Path) or not folders:
        raise UsageInvalid(f"merge: got {folders!r}, wanted the folders of the shards, in a list")
    return merging.merge([Path(folder) for folder in folders], Path(out))


def score(
    reference: "str | Path",
    degraded: "str | Path",
    *,
    text: str | None = None,
    declared_delay: int = 0,
    frame_size: int = 1,
    asr: str = "tiny.en",
    language: str = "en",
) -> "PairScores":
    """
    Score the audio file *degraded* against *reference*, as `codec-harness score` does.

    text : the words said, for WER and transcript likelihood
    declared_delay : samples by which the codec says that its output lags
    frame_size : samples of its frame; an output that is less than a frame too long is cut to length
    asr, language : the Whisper model that listens, and the language that is spoken, such as "de"
    """
    from pathlib import Path

    from harness.runs import pair

    return pair.score(
        Path(reference),
        Path(degraded),
        text=text,
        declared_delay=declared_delay,
        frame_size=frame_size,
        asr=asr,
        language=language,
    )


def __getattr__(name: str) -> Any:
    """Import what an adapter needs when it is asked for: it brings NumPy, and `codec-harness --help` does without."""
    if name == "Verdict":
        from harness.record import Verdict

        return Verdict
    if name == "load_suite":
        from harness.runs.suite import load

        return load
    if name == "load_codec":
        from harness.codecs import loading

        return loading.load
    if name in __all__:
        from harness.codecs import protocol

        return getattr(protocol, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
