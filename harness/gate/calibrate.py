"""
Calibration: the same suite again and again, so that a baseline holds the worst that no change at all can give.

What may vary without being a change is varied: repeats, the number of processes, the order of setups, torch threads and
frames per call where they are given, and finished runs of other machines. Nothing is read back: in every run each codec
decodes and each scorer scores anew, so what either of them scatters is seen and told (`scatter`). A cell that gives the
same bits throughout is calibrated exact.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.codecs.spec import CodecSpec
from harness.errors import UsageInvalid
from harness.gate.limits import GATED
from harness.metrics.catalogue import METRICS
from harness.record import Cell, RunRecord
from harness.runs import pipeline
from harness.runs.preparing import Options
from harness.runs.recorded import Run, tolerances_told
from harness.runs.suite import Suite
from harness.topology.setup import Setup


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
        raise UsageInvalid(f"--repeats: got {repeats}, wanted 2 or more: a single run says nothing about repeating")
    plain = [Variation(jobs if number % 2 == 0 else 1, backwards=number % 2 == 1) for number in range(repeats)]
    extra = [Variation(jobs, threads=count) for count in threads] + [Variation(jobs, chunk=size) for size in chunks]
    return extra + plain  # the last run is a plain one: its record is what the baseline describes


def calibrate(suite: Suite, out: Path, ways: Sequence[Variation], report: Callable[[Variation], None]) -> list[Run]:
    """Run *suite* in all these ways, each into a folder of its own under *out*; return the runs in order."""
    runs = []
    options = Options(rescore=True, repeat=False, explain=False)
    for number, way in enumerate(ways):
        report(way)
        folder = out / f"repeat-{number + 1}"
        runs.append(pipeline.run(varied(suite, way), folder, options, jobs=way.jobs))
    return runs


def scatter(runs: Sequence[RunRecord]) -> list[str]:
    """
    Say what did not repeat over *runs*: per codec its bits, then every measurement, then the scores of equal audio.

    Where nothing scattered that is said too, with the number of runs that it rests on.
    """
    last = runs[-1]
    lines = []
    cells: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    by_audio: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in (cell for run in runs for cell in run.cells):
        cells[cell.setup, cell.utterance].append(cell)
        by_audio[cell.utterance, cell.pcm_sha256 or ""].append(cell)
    for codec in last.codecs:
        setups = {setup.name for setup in last.setups if setup.codec == codec.name}
        own = [found for (setup, _), found in cells.items() if setup in setups]
        same = sum(len({(cell.codes_sha256, cell.pcm_sha256) for cell in found}) == 1 for found in own)
        lines.append(f"{codec.name}: {same} of {len(own)} cells gave the same bits in all {len(runs)} runs")
    tolerances = tolerances_told(last)
    for what, groups in (("all that was measured", cells.values()), ("the scores of equal audio", by_audio.values())):
        found = _widest(groups)
        for name, (width, cell) in found.items():
            slack = tolerances.of(name)
            beyond = f", more than its slack of {slack:g}: the gate is as wide" if slack and width > slack else ""
            lines.append(f"{what}: {METRICS[name].told} within {width:.3g} ({cell.setup}/{cell.utterance}){beyond}")
        if not found:
            lines.append(f"{what}: 0 spread over {len(runs)} runs")
    return lines


def _widest(groups: Iterable[Sequence[Cell]]) -> dict[str, tuple[float, Cell]]:
    """Return, for each gated measurement that differs inside any of *groups*, the widest difference and where."""
    widest: dict[str, tuple[float, Cell]] = {}
    for cells in groups:
        for name in (row.name for row in GATED):
            measured = [cell.measurements[name].value for cell in cells if name in cell.measurements]
            values = [round(value, 5) for value in measured if value is not None]
            width = max(values) - min(values) if values else 0.0
            if width > widest.get(name, (0.0, None))[0]:
                widest[name] = width, cells[0]
    return widest


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
    setups = [_varied(setup, codecs[setup.codec], way.chunk) for setup in suite.setups]
    return suite.model_copy(update={"codecs": codecs, "setups": tuple(reversed(setups) if way.backwards else setups)})


def _varied(setup: Setup, codec: CodecSpec, chunk: int | None) -> Setup:
    """Return *setup* with *codec*, and *chunk* frames a call unless the calls are what is tested."""
    topology = setup.configuration.topology
    plain = topology.encoder.calls == topology.decoder.calls == "streaming"
    resets = any(side.reset == "every-call" for _, side in topology.sides())
    if chunk is not None and plain and not resets and setup.expectation.at_most is None:
        topology = topology.model_copy(update={"chunk": chunk})
    configuration = setup.configuration.model_copy(update={"codec": codec, "topology": topology})
    return setup.model_copy(update={"configuration": configuration})
