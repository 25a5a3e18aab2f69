"""
codec-harness: regression tests for streaming neural speech codecs.

    import harness
    record, folder = harness.run("my.codec.toml")          # a suite: speech through setups to verdicts
    scores = harness.score("said.wav", "decoded.wav", text="the words that were said")

Importing this package imports nothing heavy; the work happens in worker processes.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from harness._version import __version__

if TYPE_CHECKING:
    from harness.record import RunRecord
    from harness.runs.pair import PairScores
    from harness.runs.suite import Suite

__all__ = ["__version__", "run", "score"]


def run(
    suite: "str | Path | Suite | None" = None, out: str | Path = "reports", *, jobs: int | None = None
) -> "tuple[RunRecord, Path]":
    """
    Run a suite (a path, a loaded `harness.runs.suite.Suite`, or None for the embedded one) as `codec-harness run` does.

    Returns the record and the folder that it is in. Raises `harness.errors.HarnessError` for bad input.
    """
    from harness.runs import pipeline
    from harness.runs import suite as suites

    if suite is None or isinstance(suite, str | Path):
        suite = suites.load(Path(suite) if suite is not None else suites.default_suite())
    return pipeline.run(suite, Path(out), jobs=jobs)


def score(
    reference: str | Path,
    degraded: str | Path,
    *,
    text: str | None = None,
    declared_delay: int = 0,
    asr: str = "tiny.en",
) -> "PairScores":
    """
    Score the audio file *degraded* against *reference*, as `codec-harness score` does.

    text : the words said, for WER and transcript likelihood
    declared_delay : samples by which the codec says that its output lags
    """
    from harness.runs import pair

    return pair.score(Path(reference), Path(degraded), text=text, declared_delay=declared_delay, asr=asr)
