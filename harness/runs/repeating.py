"""
Whether a codec gives the same bits twice, without which no comparison of bits says anything of a wiring.

Its reference setup is run again on one utterance, in a fresh process: first of all, and once more after other speech.
Where that is not the output of the run, a second fresh process tells what kind it is: a first instance that differs
(warm-up), something that earlier streams leave behind, or randomness. What came of it is kept by content.
"""

import gc
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform
from harness.codecs.opening import open_codec
from harness.explain.repeats import ResetAtOpen
from harness.record import Cells, Frozen, RunRecord, SetupRecord, Verdict
from harness.runs.comparing import codes_sha256
from harness.runs.failing import reason_of
from harness.runs.suite import Suite
from harness.runs.summary import headline
from harness.runtime.elsewhere import Needing
from harness.runtime.pool import TookTooLong, WorkerDied
from harness.runtime.store import Store
from harness.topology.given_codes import handed
from harness.topology.running import run_configuration
from harness.topology.setup import Configuration, Setup
from harness.topology.trace import Trace
from harness.verdict import NOT_TWICE

VERSION = 2  # raise it when repeating is done or told otherwise
LAW = "deterministic"  # as `harness.check` calls it

FIRST_DIFFERS = "the first instance of a process gives other output than all later ones"
AGAIN = "run again in a fresh process, it"

Spoken = tuple[Utterance, Utterance]  # an utterance with the other speech
FreshProcess = Callable[[], AbstractContextManager[Executor]]
Fresh = Callable[[float | None], AbstractContextManager[Executor]]


class Repeat(Frozen):
    """
    How repeating *setup* went.

    said : in which way it does not repeat; "" if it does
    failed : it could not be repeated, twice; the next run tries again
    matters : whether that is more than the rounding that the codec declares
    declared : why the codec says that it is not deterministic; "" if it does not say so
    """

    setup: str
    said: str = ""
    failed: bool = False
    matters: bool = False
    declared: str = ""


@dataclass(frozen=True)
class Again:
    """Hashes of what came out, in order, the first output, and how far the others were from it at most."""

    outputs: tuple[str, ...]
    first: Trace
    largest: float
    tolerance: float
    declared: str


def repeat(
    suite: Suite,
    shortest: Spoken,
    cells: Cells,
    computed: Collection[tuple[str, str]],
    store: Store,
    fresh: Fresh,
) -> list[Repeat]:
    """
    Repeat the reference setup of every codec on the *shortest* utterance, which is among those of *cells*.

    fresh : gives an executor of a process in which nothing ran before, with seconds for one call
    computed : setup and utterance of the cells whose codec ran just now; others may be of another machine
    """
    found = []
    for name in suite.codecs:
        setup = reference_of(suite, name)
        cell = cells.get(setup.name, shortest[0].id) if setup is not None else None
        if setup is None or cell is None or cell.failure is not None:
            continue
        key = f"repeat:{VERSION}:{cell.key}"
        kept = store.get(key, Repeat)
        if kept is not None:
            found.append(kept.model_copy(update={"setup": setup.name}))
            continue
        was = _hash(cell.codes_sha256, cell.pcm_sha256) if (setup.name, shortest[0].id) in computed else None
        found.append(_tried(setup, shortest, was, partial(fresh, suite.limit)))
        if not found[-1].failed:
            store.put(key, found[-1])
    return found


def _tried(setup: Setup, speech: Spoken, was: str | None, fresh: FreshProcess) -> Repeat:
    """Repeat *setup*; once more if that fails, since somebody else may have ended the process."""
    said = ""
    for _ in range(2):
        try:
            return _repeated(setup, speech, was, fresh)
        except TookTooLong as late:
            said = f"{AGAIN} {late.reason}"
            break
        except WorkerDied as death:
            said = f"{AGAIN} {death.reason}"
        except Exception as error:  # noqa: BLE001 - it comes of foreign code, whatever it is
            said = f"{AGAIN} fails: {reason_of(error)}"
    return Repeat(setup=setup.name, matters=True, said=said, failed=True)


def reference_of(suite: Suite, codec: str) -> Setup | None:
    """Return the setup of *codec* that is its own reference, or else of others, or else must be good; or None."""
    own = [setup for setup in suite.setups if setup.codec == codec]
    held_against = {setup.reference for setup in suite.setups}
    for wanted in (
        [setup for setup in own if setup.reference == setup.name],
        [setup for setup in own if setup.name in held_against],
        [setup for setup in own if setup.expectation.at_most is None],
    ):
        if wanted:
            return wanted[0]
    return None


def told(record: RunRecord, repeats: Sequence[Repeat]) -> RunRecord:
    """Return *record* with what does not repeat among its notes; a setup that does not, undeclared, is not met."""
    wavering = [one for one in repeats if one.said]
    if not wavering:
        return record
    broken = {one.setup: one.said for one in wavering if one.matters and not one.declared}
    setups = tuple(_unmet(setup, broken[setup.name]) if setup.name in broken else setup for setup in record.setups)
    notes = tuple(_note(one) for one in wavering)
    return record.model_copy(
        update={
            "setups": setups,
            "notes": (*notes, *record.notes),
            "died": record.died + sum(one.failed for one in wavering),
            "met": record.met and not broken,
            "headline": headline(setups) if broken else record.headline,
        }
    )


def again(configuration: Configuration, speech: Spoken, order: str) -> Again:
    """
    Run *configuration* on a fresh instance for each letter of *order*: m is the utterance, r the same on one that is
    reset first, o the other speech (where there is none, the utterance backwards).

    Only what comes of the utterance is returned. Runs in a process in which nothing ran before.
    """
    codec = open_codec(configuration.codec)
    spoken, other = (handed(one, codec, configuration.codec.codes_from) for one in speech)
    beside = other
    if speech[0] == speech[1]:
        other = Waveform(spoken.samples[::-1].copy(), spoken.sample_rate)
    traces: list[Trace] = []
    for letter in order:
        opened = ResetAtOpen(codec) if letter == "r" else codec
        trace = run_configuration(configuration, opened, other if letter == "o" else spoken, beside, {})
        if letter != "o":
            traces.append(trace)
        del trace
        gc.collect()  # an instance that went back to a pool is what the next one may get
    first = traces[0]
    return Again(
        outputs=tuple(_of_trace(one, codec.info.sample_rate) for one in traces),
        first=replace(first, beside=()),
        largest=max(_apart(first, one) for one in traces),
        tolerance=codec.info.tolerance,
        declared=codec.promises_not.get(LAW, ""),
    )


def _repeated(setup: Setup, speech: Spoken, was: str | None, fresh: FreshProcess) -> Repeat:
    first = _in_fresh(fresh, setup.configuration, speech, "mom")
    if len({*first.outputs, was or first.outputs[0]}) == 1:
        return Repeat(setup=setup.name, declared=first.declared)
    second = _in_fresh(fresh, setup.configuration, speech, "mmmom")
    rounding = max(first.largest, second.largest, _apart(first.first, second.first)) <= first.tolerance
    only_in_run = len({*first.outputs, *second.outputs}) == 1  # how far that was from these, nobody kept
    said = _kind(first.outputs, second.outputs)
    if said == FIRST_DIFFERS:
        said = _first_or_left(setup.configuration, speech, fresh)
    return Repeat(
        setup=setup.name, said=said, matters=only_in_run or not rounding, declared=first.declared,
    )  # fmt: skip


def _first_or_left(configuration: Configuration, speech: Spoken, fresh: FreshProcess) -> str:
    """Say what makes the first instance of a process differ: its being the first, or what streams leave behind."""
    try:
        outputs = _in_fresh(fresh, configuration, speech, "mr").outputs
    except Exception:  # noqa: BLE001 - it comes of foreign code; what cannot be reset, or called frame by frame
        return f"{FIRST_DIFFERS}: it is warmed up by use, or each stream finds what the one before has left"
    if outputs[0] == outputs[1]:
        return "instances share state: each stream finds what the one before has left, unless its instance is reset"
    return f"{FIRST_DIFFERS}: it is warmed up by use"


def _in_fresh(fresh: FreshProcess, configuration: Configuration, speech: Spoken, order: str) -> Again:
    with fresh() as pool:
        task: Future[Again] = pool.submit(Needing(again, configuration.codec.resources), configuration, speech, order)
        return task.result()


def _kind(first: Sequence[str], second: Sequence[str]) -> str:
    """Say what kind of difference it is: outputs of one fresh process (m, o, m) and of another (m, m, m, o, m)."""
    if first[0] != second[0]:
        return (
            "two fresh processes give other output: it is random, or depends on something outside of the process, such "
            "as earlier streams of a server"
        )
    if second[0] != second[1] and len(set(second[1:])) == 1:
        return FIRST_DIFFERS
    if second[1] == second[2] != second[3]:
        return "a fresh instance gives other output after other speech: earlier streams leave something behind"
    if len(set(second)) == 1:
        return "in the run, after other setups, it gave other output than in a fresh process: it depends on what ran"
    return (
        "each fresh instance gives other output than the one before, in the same order in every process: "
        "instances share something that counts on, such as a seed"
    )


def _apart(one: Trace, other: Trace) -> float:
    """Return the largest difference of a sample; infinite if codes or lengths differ."""
    equal = np.array_equal(one.codes, other.codes) and one.pcm.shape == other.pcm.shape
    return float(np.abs(one.pcm - other.pcm).max(initial=0.0)) if equal else float("inf")


def _unmet(setup: SetupRecord, said: str) -> SetupRecord:
    """Return *setup* as one of which nothing can be said; if it was as it must be, that was said of no bits."""
    others = () if setup.met else setup.reasons
    reasons = (f"{NOT_TWICE}: {said}", *others)
    return setup.model_copy(update={"verdict": Verdict.UNDEFINED, "met": False, "reasons": reasons})


def _note(one: Repeat) -> str:
    if one.declared:
        how = f"as the codec declares ({one.declared})"
    else:
        how = "and the codec declares no such thing" if one.matters else "within the rounding that the codec declares"
    instead = ' Ask at_least = "equivalent", or less, of its setups.' if one.declared else ""
    return (
        f"{one.setup} does not give the same bits twice, {how}: {one.said}. No comparison of bits, and no verdict of "
        f"this codec that rests on one, says anything of a wiring.{instead}"
    )


def _hash(codes: str | None, pcm: str | None) -> str:
    return f"{codes}:{pcm}"


def _of_trace(trace: Trace, rate: int) -> str:
    return _hash(codes_sha256(trace.codes), Waveform(trace.pcm, rate).sha256())
