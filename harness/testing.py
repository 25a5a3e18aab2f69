"""
Codec tests from Python: run one setup, or score a pair, and assert on it in words.

    def test_the_clone_is_harmless(codec_harness):
        result = codec_harness.setup("my_codec:MyCodec", "cloned-decoder", bitrate=9000)
        result.assert_identical()

In a pytest suite `codec_harness` is a fixture; elsewhere make a `Harness` yourself. A failed assertion says the words
lost, the first diverging frame, the measurements beside the reference setup's, and where to listen.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.gate.session import locked
from harness.gate.text import wrong_words
from harness.metrics.catalogue import METRICS
from harness.metrics.text import text
from harness.record import Cell, Expectation, Measurements, RunRecord, SetupRecord, Verdict, value
from harness.report import publish
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.pair import score
from harness.runs.suite import Suite
from harness.runtime.store import content_key
from harness.runtime.text import loggable
from harness.verdict import PairScores, Tolerances, judge_pair, meets, missed


class SetupResult:
    """One setup over all its utterances, and its reference beside it."""

    def __init__(self, record: RunRecord, folder: Path, setup: SetupRecord) -> None:
        self.record, self.folder, self.setup = record, folder, setup
        self.cells = list(record.cells.of_setup(setup.name))

    @property
    def verdict(self) -> Verdict:
        """The verdict of the worst utterance."""
        return self.setup.verdict

    def assert_identical(self) -> None:
        """Assert that every bit is the reference setup's."""
        self.assert_at_least(Verdict.IDENTICAL)

    def assert_equivalent(self) -> None:
        """Assert that nothing but rounding differs from the reference setup."""
        self.assert_at_least(Verdict.EQUIVALENT)

    def assert_same_speech(self) -> None:
        """Assert that neither quality, level, timing nor words are worse than in the reference setup."""
        self._with_words(Verdict.ALTERED)

    def assert_words_kept(self) -> None:
        """Assert that the words, which must be scored, are the reference setup's; quality may be worse."""
        self._with_words(Verdict.DEGRADED)

    def assert_at_least(self, wanted: Verdict | str) -> None:
        """Assert that every utterance is at least *wanted*; a setup that could not be judged is not."""
        self._must_be(Expectation(at_least=Verdict(wanted)))

    def assert_broken(self, at_most: Verdict | str = Verdict.DEGRADED) -> None:
        """Assert that an expected failure is seen: the setup must be no better than *at_most*."""
        self._must_be(Expectation(at_most=Verdict(at_most)))

    def _with_words(self, wanted: Verdict) -> None:
        """Assert that the setup is at least *wanted*, and that words were scored where more than rounding differs."""
        self.assert_at_least(wanted)
        for cell in self.cells:
            if cell.verdict.rank > Verdict.EQUIVALENT.rank and value(cell.measurements, "word_errors") is None:
                raise AssertionError(
                    loggable(
                        f"{self.setup.name} is {self.verdict}, and nobody scored the words of {cell.utterance}, so "
                        "whether they are kept is unknown: give asr a Whisper model, or use assert_at_least"
                    )
                )

    def _must_be(self, wanted: Expectation) -> None:
        if not meets(self.verdict, wanted):
            raise AssertionError(self._story(wanted))

    def _story(self, wanted: Expectation) -> str:
        lines = [f"{self.setup.name} {missed(wanted, self.verdict)}"]
        lines += [f"  - {reason}" for reason in self.setup.reasons]
        worst = next((cell for cell in self.cells if cell.utterance == self.setup.worst_utterance), None)
        if worst is not None:
            lines += self._cell(worst)
        page = self.folder / "index.html"
        return loggable("\n".join([*lines, f"  report: {page if page.is_file() else self.folder}"]))

    def _cell(self, cell: Cell) -> list[str]:
        lines = [f"  worst utterance: {cell.utterance}"]
        if cell.first_diverging_frame is not None:
            seconds = cell.first_difference_seconds
            at = "" if seconds is None else f" ({seconds:.2f} s)"
            lines.append(f"  first diverging frame: {cell.first_diverging_frame}{at}")
        lines += wrong_words(cell)
        reference = self.record.cells.get(self.setup.reference, cell.utterance)
        lines += _beside(cell.measurements, reference.measurements) if reference is not None else []
        return lines + ([f"  listen: {self.folder / cell.audio}"] if cell.audio else [])


class PairResult:
    """One decoded file against its reference."""

    def __init__(self, degraded: Path, scores: PairScores, tolerances: Tolerances) -> None:
        self.path, self.scores, self.measurements = degraded, scores, scores.measurements
        self._tolerances = tolerances

    def assert_words_kept(self) -> None:
        """Assert that the words are those of the reference; quality may be worse."""
        self._check(self._unscored(), Verdict.DEGRADED, None)

    def assert_same_speech(self, against: "PairResult | None" = None) -> None:
        """
        Assert that neither quality, level, timing nor words are worse than the reference's, as `SetupResult` does.

        against : another decoded file of the same reference to be held against, such as what the codec gives in its
            plain use; without it the reference itself, which the output of a lossy codec does not equal
        """
        self._check(self._unscored(), Verdict.ALTERED, against)

    def _check(self, failures: list[str], wanted: Verdict, against: "PairResult | None") -> None:
        judgement = judge_pair(self.measurements, self._tolerances, against.measurements if against else None)
        if judgement.verdict.rank > wanted.rank:
            failures += [missed(Expectation(at_least=wanted), judgement.verdict), *judgement.reasons]
        if failures:
            table = _beside(self.measurements, against.measurements if against else {})
            raise AssertionError(loggable("\n".join([f"{self.path}: {failures[0]}", *failures[1:], *table])))

    def _unscored(self) -> list[str]:
        """Say why no statement on words can be made, if none can."""
        words, floor = value(self.measurements, "reference_words"), value(self.measurements, "wer_floor")
        if words is None or floor is None:
            return ["words were not scored: give the words that were said as text="]
        if floor > self._tolerances.unreadable:
            return [f"the recogniser cannot read the reference itself ({floor:.0%} of its words are wrong)"]
        return []


class Harness:
    """
    Runs setups and scores pairs, once for all processes that share the folder *shared*.

    limit : seconds that one call of a codec may take; what a suite says, or 300, if None
    """

    def __init__(
        self, *, out: Path, jobs: int | None = None, shared: Path | None = None, limit: float | None = None
    ) -> None:
        self._out, self._jobs, self._shared, self._limit = out, jobs, shared, limit

    def run(self, suite: str | Path | dict[str, Any] | Suite) -> tuple[RunRecord, Path]:
        """Run a suite: a path, its content as a dict, or a loaded one; return the record and its folder."""
        if isinstance(suite, str | Path):
            suite = suites.load(Path(suite))
        elif isinstance(suite, dict):
            suite = suites.parse(suite, "the suite given to codec_harness", Path(), suite.get("name", "python"))
        suite = suite.selected(limit=self._limit)
        if self._shared is None:
            return pipeline.run(suite, self._out, jobs=self._jobs)
        token = content_key(suite=suite.model_dump(mode="json"))[:16]
        with locked(self._shared / f"{token}.lock"):  # a second process finds the finished run
            record, folder = pipeline.run(suite, self._out, jobs=self._jobs)
            publish(folder, outdated=True)
            return record, folder

    def setup(
        self,
        codec: str,
        topology: str = "shared",
        *,
        utterances: Sequence[str] = (),
        speech: str | Path | None = None,
        asr: str | bool = "tiny.en",
        **options: Any,
    ) -> SetupResult:
        """
        Run one setup against the codec's `shared` topology.

        codec : an adapter, a short name or package.module:Class; *options* go to it
        utterances : ids or patterns; all of the speech if none is given
        speech : a manifest or folder; the embedded speech if None
        asr : a Whisper model, or False: then words are not judged, and only silence is called corrupt
        """
        name = codec.rpartition(":")[2].lower()
        table: dict[str, Any] = {"utterances": list(utterances)}
        if speech is not None:
            table["source"] = str(Path(speech).resolve())
        record, folder = self.run(
            {
                "name": f"python-{name}",
                "speech": table,
                "codecs": {name: {"adapter": codec, **options}},
                "scores": {"asr": asr},
                "setups": [{"codec": name, "topology": list(dict.fromkeys(["shared", topology]))}],
            }
        )
        return SetupResult(record, folder, next(one for one in record.setups if one.name == f"{name}/{topology}"))

    def score(
        self, reference: str | Path, degraded: str | Path, *, text: str | None = None, declared_delay: int = 0
    ) -> PairResult:
        """Score the file *degraded* against *reference*; *text* is the words said, without which none are judged."""
        scores = score(Path(reference), Path(degraded), text=text, declared_delay=declared_delay)
        return PairResult(Path(degraded), scores, Tolerances())


def _beside(measured: Measurements, reference: Measurements) -> list[str]:
    lines = []
    for name in (row.name for row in METRICS.values() if row.headline or row.gated):
        if name in measured:
            beside = f"  reference {text(name, reference[name], significant=4)}" if name in reference else ""
            lines.append(f"  {name:<24}{text(name, measured[name], significant=4):>12}{beside}")
    return lines
