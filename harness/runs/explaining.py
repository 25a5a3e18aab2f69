"""
Explanations that a run makes by itself: for a bounded number of cells, so that they cost little beside the scores.

First come the setups that are not what they must be, then the expected failures, whose report is read to learn from; of
each, the utterance by which it is judged. What was explained once is read back as long as the cells are the same.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from harness.audio.speech import Utterance
from harness.errors import HarnessError
from harness.explain.parted import Origin
from harness.explain.repeats import Dependence, dependence
from harness.explain.setups import explain_on
from harness.record import Cell, Place, RunRecord, Verdict, save
from harness.runs.failing import reason_of
from harness.runs.suite import Suite
from harness.runtime.elsewhere import Needing
from harness.runtime.pool import WorkerDied
from harness.runtime.store import Store
from harness.topology.setup import Case, Setup

MOST = 8  # cells that a run explains, unless more setups than that are not what they must be
VERSION = 7  # raise it when explanations are told in another way
TOLD = (Origin.CHANCE, Origin.PROCESS, Origin.THREADS)  # causes by which no run need be like another

Texts = dict[Place, str]


def explained(
    record: RunRecord,
    suite: Suite,
    paired: Sequence[tuple[Utterance, Utterance]],
    pool: Executor,
    store: Store,
    *,
    part: bool = False,
) -> RunRecord:
    """
    Return *record* with its worst cells explained; the record itself if nothing is left to be explained.

    paired : each utterance with the other speech; part : as of `worst_cells`
    """
    speech = {utterance.id: (utterance, other) for utterance, other in paired}
    texts: Texts = {}
    asked: dict[Place, tuple[str, Future[str]]] = {}
    for name, cell in worst_cells(record, part=part).items():
        suspect = suite.setup(name[0])
        reference = suite.setup(suspect.reference)
        needs = suspect.configuration.codec.resources | reference.configuration.codec.resources
        key = f"explained:{VERSION}:{cell.key}:{suspect.name}:{reference.name}"
        kept = store.get(key, str)
        if kept is not None:
            texts[name] = kept
        else:
            found = cell.first_diverging_frame if cell.verdict.rank > Verdict.EQUIVALENT.rank else None
            asked[name] = key, pool.submit(Needing(_explain, needs), *speech[name[1]], suspect, reference, found)
    for name, (key, future) in asked.items():
        try:
            texts[name] = future.result()
        except Exception as error:  # noqa: BLE001 - it comes of foreign code, whatever it is
            texts[name] = untold(name[0], error)
        else:
            store.put(key, texts[name])
    return told(record, texts) if texts else record


def untold(setup: str, error: Exception) -> str:
    """Return what is said of a cell of *setup* that could not be explained."""
    if isinstance(error, WorkerDied):
        return f"{setup}, replayed to be explained, {error.reason}."
    return f"Where {setup} diverges cannot be told: {reason_of(error)}."


def worst_cells(record: RunRecord, *, part: bool = False) -> dict[Place, Cell]:
    """
    Return the cells to be explained that are not yet, in the order of need, by setup and utterance.

    part : the record is of a shard; what the whole run will want of it is not known, so it is one cell of every setup
    """
    get = record.cells.get
    worst = {setup.name: get(setup.name, setup.worst_utterance) for setup in record.setups}
    beside = {setup.name: get(setup.reference, setup.worst_utterance) for setup in record.setups}
    differing = [
        setup for setup in record.setups if not setup.is_reference and _parts(worst[setup.name], beside[setup.name])
    ]
    unmet = [setup for setup in differing if not setup.met]
    bad = [setup for setup in differing if setup.met and setup.expectation.at_most is not None]
    chosen = differing if part else [*unmet, *bad[: max(0, MOST - len(unmet))]]
    cells = [cell for setup in chosen if (cell := worst[setup.name]) is not None]
    return {(cell.setup, cell.utterance): cell for cell in cells if cell.localisation is None}


def told(record: RunRecord, texts: Texts) -> RunRecord:
    """Return *record* with explanations, by setup and utterance, in its cells."""
    return record.model_copy(update={"cells": record.cells.explained(texts)})


def keep(folder: Path, record: RunRecord, before: RunRecord) -> None:
    """Write *record* into the run's *folder*, unless it is as it was *before*."""
    if record != before:
        save(folder / "run.json", record)


def _parts(cell: Cell | None, reference: Cell | None) -> bool:
    """Tell whether there is something to hold side by side, and it differs."""
    if cell is None or cell.failure is not None or (reference is not None and reference.failure is not None):
        return False
    return cell.verdict is not Verdict.IDENTICAL


def _explain(speech: Utterance, other: Utterance, suspect: Setup, reference: Setup, found: int | None) -> str:
    try:
        explanation = explain_on(speech, other, suspect, reference)
    except HarnessError as error:
        return f"Where it begins cannot be told: {error}."
    if explanation.side is None and not explanation.failed and found is not None:
        why = _unlike(speech, other, suspect, reference)
        return f"{explanation.text} In the run they part in frame {found}, unlike here: {why}."
    # The run looks at every bit, so that it is never the later one if the two are the same. An input that differs may
    # take some frames to become other codes.
    if found is None or explanation.frame is None or found <= explanation.frame or explanation.side == "input":
        return explanation.text
    if explanation.cause in TOLD:
        return f"{explanation.text} In the run it was frame {found}."
    why = _unlike(speech, other, suspect, reference)
    if why in explanation.text:  # said once is enough
        return f"{explanation.text} In the run it was frame {found}, for the same reason."
    return f"{explanation.text} In the run it was frame {found}, unlike here: {why}."


def _unlike(speech: Utterance, other: Utterance, suspect: Setup, reference: Setup) -> str:
    """
    Say in a clause why *suspect* was in the run another than in a replay.

    The replay was made in another process, at another time, after other setups, and threads met otherwise. None of that
    is blamed that runs in fresh processes do not show. Threads are, where all is the same without them.
    """
    topology, configuration = suspect.configuration.topology, suspect.configuration
    at_once = topology.sessions.count > 0 and topology.sessions.how == "at-once"
    if at_once:
        sessions = topology.sessions.model_copy(update={"how": "in-turn"})
        topology = topology.model_copy(update={"sessions": sessions})
        configuration = configuration.model_copy(update={"topology": topology})
    try:
        if at_once:
            in_turn = explain_on(speech, other, suspect.model_copy(update={"configuration": configuration}), reference)
            if in_turn.failed or in_turn.side is not None:
                return f"with its calls made one after the other, and not at once, {in_turn.text.rstrip('.')}"
        seen = dependence(Case(configuration, speech, other))
    except HarnessError as error:
        return f"why cannot be told ({error})"
    if not at_once:
        return seen.words
    if seen.dependence is not Dependence.NOTHING:
        return f"with its calls made one after the other, and not at once, {seen.words}"
    return (
        f"with its calls made one after the other, and not at once, it came out the same in {seen.runs} runs in "
        f"{seen.processes} fresh processes and as alone, so it may depend on how threads meet, or on what the "
        "run did before"
    )
