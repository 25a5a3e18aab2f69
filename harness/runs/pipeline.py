"""
The pipeline: speech, codecs, topologies, comparison, scores, verdicts, record. The one place that knows the order.

A run's folder is named after a hash of everything that decides its results, so the same command finds its own earlier
work: finished cells are read back, the rest is computed, and a run that is complete is not run again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from harness.record import RunRecord, save
from harness.runs import applicable, comparing, repeating
from harness.runs.computing import Computing
from harness.runs.explaining import explained, keep
from harness.runs.keys import MEASURES
from harness.runs.outcome import ungated
from harness.runs.preparing import Options, Prepared, prepare
from harness.runs.recorded import Run, complete
from harness.runs.repeating import Repeat, Repeating
from harness.runs.shards import SLIP, Shard, Slip, slip_of
from harness.runs.suite import Suite
from harness.runs.suite_speech import chosen_speech, left_out
from harness.runs.summary import summarise
from harness.runs.traces import Traces
from harness.runs.without_pesq import told, without_pesq
from harness.runtime.workers import HERE, Progress, Workplace, opened

OutcomeOf = Callable[[RunRecord, Path], RunRecord]
AS_USUAL = Options()


def run(
    suite: Suite,
    out: Path = Path("reports"),
    options: Options = AS_USUAL,
    *,
    jobs: int | None = None,
    place: Workplace = HERE,
    progress: Progress | None = None,
    traces: Traces | None = None,
    outcome: OutcomeOf | None = None,
) -> Run:
    """
    Run *suite* and return its record and its folder under *out*.

    jobs : worker processes on this machine; as many as there are processor cores if None
    place : the executor and the shared store
    progress : called with the number of finished cells and of all cells
    traces : traces that were made before, with the workers and the store to use, instead of new ones
    outcome : adds to the record and its folder what else decides how the run went, such as gates
    Raises a `HarnessError` if the speech or a scorer cannot be used at all, or none of the codecs. A codec that cannot
    be used, or fails on the way, is so many failed cells, and no error.
    """
    began = time.monotonic()
    asked, suite = suite, without_pesq(suite)
    utterances = chosen_speech(suite.speech)
    with nullcontext(traces) if traces is not None else _opened(suite, jobs, place) as traces:
        made = prepare(suite, utterances, out, options, traces)
        kept = _earlier(made)
        if kept is not None:
            record = _explained(ungated(kept), made)
        else:
            kept = _computed(made, suite is not asked, progress, began)
            record = _explained(kept, made)
            keep(made.folder, record, kept)
            kept = record
    record = outcome(record, made.folder) if outcome is not None else record
    keep(made.folder, record, kept)
    return Run(record, made.folder)


@contextmanager
def _opened(suite: Suite, jobs: int | None, place: Workplace) -> Iterator[Traces]:
    with opened(jobs, call_limit=suite.limit, place=place) as workers:
        yield Traces(workers)


def _earlier(run: Prepared) -> RunRecord | None:
    """Return the record of the same run, if it is done; not if audio was deleted, or broken by a full disk."""
    if run.options.shard is not None and not _is_shard(run, run.options.shard):
        return None
    record = None if run.options.anew else complete(run.folder, run.keys.run)
    return record if record is not None and run.audio.restore_all(record) else None


def _is_shard(run: Prepared, shard: Shard) -> bool:
    """Tell whether what is in the folder says that it is *shard* of this run."""
    slip = slip_of(run.folder)
    return slip is not None and (slip.shard, slip.whole, slip.dealt) == (shard, run.keys.whole, run.dealt)


def _computed(run: Prepared, no_pesq: bool, progress: Progress | None, began: float) -> RunRecord:
    """
    Compute all cells; save and return the record of the run, which *began* at that time of the monotonic clock.

    no_pesq : PESQ was left out, which the headline has to say
    """
    repeating_now = _repeating(run)
    computing = Computing(run, repeating_now, progress)
    cells = computing.cells()
    repeats = repeating_now.repeats(computing.computed)
    measures = MEASURES, comparing.VERSION
    record = summarise(
        run.suite, computing.utterances(), run.codecs, cells, run.keys.run, run.scorer.identity, measures,
        time.monotonic() - began,
    )  # fmt: skip
    unspoken = left_out(run.suite.speech)
    record = applicable.told(repeating.told(record, repeats), run.not_applicable, unspoken)
    record = told(record) if no_pesq else record
    if run.options.shard is not None:
        save(run.folder / SLIP, _slip(run, no_pesq, run.options.shard, repeats, unspoken))
    save(run.folder / "run.json", record)
    return record


def _repeating(run: Prepared) -> Repeating:
    """Return what repeats codecs, on the shortest utterance; of several shards, one has it."""
    among = run.speech if run.options.shard is None else run.whole
    shortest = min(among, key=lambda pair: pair[0].seconds)
    codecs = run.codecs.infos if run.options.repeat and shortest in run.speech else {}
    return Repeating(run.suite, codecs, shortest, run.known, run.traces.workers.pool.fresh)


def _slip(run: Prepared, no_pesq: bool, shard: Shard, repeats: list[Repeat], unspoken: tuple[str, ...]) -> Slip:
    return Slip(
        number=shard.number,
        of=shard.of,
        run=run.keys.run,
        whole=run.keys.whole,
        dealt=dict(run.dealt),
        repeats=tuple(repeats),
        unusable=run.codecs.unusable,
        unspoken=unspoken,
        no_pesq=no_pesq,
    )


def _explained(record: RunRecord, run: Prepared) -> RunRecord:
    if not run.options.explain:
        return record
    pool = run.traces.workers.pool
    return explained(record, run.suite, run.speech, pool, run.known, part=run.options.shard is not None)
