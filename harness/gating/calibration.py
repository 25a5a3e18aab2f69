"""
Calibration: the same suite again and again, so that a baseline holds the worst that no change at all can give.

What may vary without being a change is varied: repeats, the number of processes, the order of setups, torch threads and
frames per call where they are given, and finished runs of other machines. A cell that gives the same bits throughout is
calibrated exact. Codecs are run every time; the scores of audio that comes out again bit for bit are read back, since a
score belongs to its audio (scorers run on one thread, and each is tested to repeat itself).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import pipeline
from harness.errors import SuiteInvalid
from harness.record import RunRecord
from harness.suite import Setup, Suite

Run = tuple[RunRecord, Path]
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Variation:
    """One way to run the same thing: *jobs* processes, setups *backwards* or not, torch *threads*, frames per call."""

    jobs: int
    backwards: bool = False
    threads: int | None = None
    chunk: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.jobs} process{'es' if self.jobs > 1 else ''}"]
        parts += ["setups backwards"] if self.backwards else []
        parts += [f"{self.threads} threads"] if self.threads else []
        parts += [f"{self.chunk} frames per call"] if self.chunk else []
        return ", ".join(parts)


def variations(repeats: int, jobs: int, threads: Sequence[int] = (), chunks: Sequence[int] = ()) -> list[Variation]:
    """Return *repeats* plain runs, in turn with *jobs* processes and one and in both orders, and one run per extra."""
    if repeats < 2:
        raise SuiteInvalid(f"--repeats: got {repeats}, wanted 2 or more: a single run says nothing about repeating")
    plain = [Variation(jobs if number % 2 == 0 else 1, backwards=number % 2 == 1) for number in range(repeats)]
    extra = [Variation(jobs, threads=count) for count in threads] + [Variation(jobs, chunk=size) for size in chunks]
    return extra + plain  # the last run is a plain one: its record is what the baseline describes


def calibrate(suite: Suite, out: Path, ways: Sequence[Variation], report: Callable[[Variation], None]) -> list[Run]:
    """Run *suite* in all these ways, each into a folder of its own under *out*; return the runs in order."""
    runs = []
    for number, way in enumerate(ways):
        report(way)
        folder = out / f"repeat-{number + 1}"
        runs.append(pipeline.run(varied(suite, way), folder, jobs=way.jobs, fresh=True))
    return runs


def varied(suite: Suite, way: Variation) -> Suite:
    """Return *suite* run in another way. Threads reach the codecs that have the option; chunks, streaming setups."""
    codecs = dict(suite.codecs)
    if way.threads is not None:
        codecs = {
            name: spec.model_copy(update={"options": spec.options | {"threads": way.threads}})
            if "threads" in spec.options or spec.adapter in ("mini", "mimi")
            else spec
            for name, spec in codecs.items()
        }
    setups = [_chunked(setup, way.chunk) for setup in suite.setups]
    return suite.model_copy(update={"codecs": codecs, "setups": tuple(reversed(setups) if way.backwards else setups)})


def _chunked(setup: Setup, chunk: int | None) -> Setup:
    plain = setup.topology.encoder.calls == setup.topology.decoder.calls == "streaming"
    resets = any(side.reset == "every-call" for _, side in setup.topology.sides())
    if chunk is None or not plain or resets or setup.expectation.at_most is not None:
        return setup  # for these the calls are what is tested
    return setup.model_copy(update={"topology": setup.topology.model_copy(update={"chunk": chunk})})
