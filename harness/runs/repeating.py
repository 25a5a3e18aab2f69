"""
Whether a codec gives the same bits twice, without which no comparison of bits says anything of a wiring.

Its reference setup is run again on one utterance, in a fresh process: first of all, and once more after other speech.
Where that is not the output of the run, a second fresh process tells what kind it is: a first instance that differs
(warm-up), something that earlier streams leave behind, or randomness. What came of it is kept by content.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial

from harness.codecs.protocol import CodecInfo
from harness.record import Cell, Frozen, RunRecord, SetupRecord, Verdict
from harness.runs.again import Again, Spoken, again, apart, output_of
from harness.runs.failing import reason_of
from harness.runs.suite import Suite
from harness.runs.summary import headline
from harness.runtime.elsewhere import Needing
from harness.runtime.pool import TookTooLong, WorkerDied
from harness.runtime.store import Store
from harness.topology.setup import Setup
from harness.verdict import NOT_REPEATED, NOT_TWICE

VERSION = 3  # raise it when repeating is done or told otherwise
FIRST = "mom"  # what a first fresh process is asked; see `again`

FIRST_DIFFERS = "the first instance of a process gives other output than all later ones"
AGAIN = "run again in a fresh process, it"

Fresh = Callable[[float | None], Executor]
Ask = Callable[[str], Again]


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


class Repeating:
    """
    Repeats the reference setups of *codecs* of *suite* on its *shortest* utterance.

    It hears of finished cells, so that it can begin while others are computed.

    codecs : what they declared, by name; none if nothing is to be repeated
    fresh : gives an executor of processes in which nothing ran before, with seconds for one call
    """

    def __init__(
        self, suite: Suite, codecs: Mapping[str, CodecInfo], shortest: Spoken, store: Store, fresh: Fresh
    ) -> None:
        self._infos, self._shortest, self._store, self._fresh = codecs, shortest, store, fresh(suite.limit)
        found = (reference_of(suite, name) for name in codecs)
        self._references = {setup.name: setup for setup in found if setup is not None}
        self._cells: dict[str, Cell] = {}  # by setup
        self._known: dict[str, Repeat] = {}
        self._first: dict[str, Future[Again]] = {}

    def see(self, cells: Iterable[Cell]) -> None:
        """Note which of the codecs went well in finished *cells*: only these can be repeated."""
        for cell in cells:
            if cell.utterance == self._shortest[0].id and cell.setup in self._references and cell.failure is None:
                self._cells[cell.setup] = cell
                kept = self._store.get(self._key(cell.setup), Repeat)
                if kept is not None:
                    self._known[cell.setup] = kept.model_copy(update={"setup": cell.setup})

    def begin(self, waiting: Collection[str] = ()) -> None:
        """Have codecs repeated, but not those *waiting* to be run: what takes long comes before what is short."""
        for name, setup in self._references.items():
            asked = name in self._known or name in self._first
            if name in self._cells and not asked and setup.codec not in waiting:
                self._first[name] = self._asked(setup, FIRST)

    def repeats(self, computed: Collection[tuple[str, str]]) -> list[Repeat]:
        """
        Return how repeating went, of each codec whose cell was seen.

        computed : setup and utterance of the cells whose codec ran just now; others may be of another machine
        """
        self.begin()
        for name in [name for name in self._references if name in self._cells and name not in self._known]:
            self._known[name] = self._tried(name, now=(name, self._shortest[0].id) in computed)
            if not self._known[name].failed:
                self._store.put(self._key(name), self._known[name])
        return [self._known[name] for name in self._references if name in self._known]

    def _key(self, name: str) -> str:
        return f"repeat:{VERSION}:{self._cells[name].key}"

    def _tried(self, name: str, *, now: bool) -> Repeat:
        """Repeat a setup; once more if that fails, since somebody else may have ended the process."""
        setup, cell, said = self._references[name], self._cells[name], ""
        was = output_of(cell.codes_sha256, cell.pcm_sha256) if now else None
        for asked in (self._first.get(name), None):
            try:
                return _repeated(setup, was, partial(self._again, setup), asked)
            except TookTooLong as late:
                said = f"{AGAIN} {late.reason}"
                break
            except WorkerDied as death:
                said = f"{AGAIN} {death.reason}"
            except Exception as error:  # noqa: BLE001 - it comes of foreign code, whatever it is
                said = f"{AGAIN} fails: {reason_of(error)}"
        return Repeat(setup=name, matters=True, said=said, failed=True)

    def _again(self, setup: Setup, order: str) -> Again:
        return self._asked(setup, order).result()

    def _asked(self, setup: Setup, order: str) -> Future[Again]:
        """Have *setup* run in a fresh process, as `again` says."""
        asked = Needing(again, setup.configuration.codec.resources)
        return self._fresh.submit(asked, setup.configuration, self._shortest, order, self._infos[setup.codec])


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
    broken = {one.setup: one for one in wavering if one.matters and not one.declared}
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


def _repeated(setup: Setup, was: str | None, ask: Ask, asked: Future[Again] | None) -> Repeat:
    first = asked.result() if asked is not None else ask(FIRST)
    if len({*first.outputs, was or first.outputs[0]}) == 1:
        return Repeat(setup=setup.name, declared=first.declared)
    second = ask("mmmom")
    rounding = max(first.largest, second.largest, apart(first.first, second.first)) <= first.tolerance
    only_in_run = len({*first.outputs, *second.outputs}) == 1  # how far that was from these, nobody kept
    said = _kind(first.outputs, second.outputs)
    if said == FIRST_DIFFERS:
        said = _first_or_left(ask)
    return Repeat(
        setup=setup.name, said=said, matters=only_in_run or not rounding, declared=first.declared,
    )  # fmt: skip


def _first_or_left(ask: Ask) -> str:
    """Say what makes the first instance of a process differ: its being the first, or what streams leave behind."""
    try:
        outputs = ask("mr").outputs
    except Exception:  # noqa: BLE001 - it comes of foreign code; what cannot be reset, or called frame by frame
        return f"{FIRST_DIFFERS}: it is warmed up by use, or each stream finds what the one before has left"
    if outputs[0] == outputs[1]:
        return "instances share state: each stream finds what the one before has left, unless its instance is reset"
    return f"{FIRST_DIFFERS}: it is warmed up by use"


def _kind(first: Sequence[str], second: Sequence[str]) -> str:
    """Say what kind of difference it is: outputs of one fresh process (m, o, m) and of another (m, m, m, o, m)."""
    if first[0] != second[0]:
        return (
            "two fresh processes give other output: it is random, or depends on something outside of the process, such "
            "as earlier streams of a server"
        )
    if second[0] != second[1] == first[1] and len(set(second[1:])) == 1:
        return FIRST_DIFFERS
    if second[1] == second[2] != second[3] == first[1]:
        return "a fresh instance gives other output after other speech: earlier streams leave something behind"
    if len({*first, *second}) == 1:
        return (
            f"in the run, after other setups, it gave other output than {len(first) + len(second)} times in fresh "
            "processes: it depends on what ran, or differs now and then"
        )
    counted = first[1] == second[2] != second[1] != second[0]  # the first two are each of a process's third instance
    if not counted:
        return "fresh instances give other output now and then, in no order that two processes share: it is random"
    return (
        "each fresh instance gives other output than the one before, in the same order in every process: "
        "instances share something that counts on, such as a seed"
    )


def _unmet(setup: SetupRecord, repeat: Repeat) -> SetupRecord:
    """Return *setup* as one of which nothing can be said; if it was as it must be, that was said of no bits."""
    others = () if setup.met else setup.reasons
    reasons = (f"{NOT_REPEATED if repeat.failed else NOT_TWICE}: {repeat.said}", *others)
    return setup.model_copy(update={"verdict": Verdict.UNDEFINED, "met": False, "reasons": reasons})


def _note(one: Repeat) -> str:
    if one.declared:
        how = f"as the codec declares ({one.declared})"
    else:
        how = "and the codec declares no such thing" if one.matters else "within the rounding that the codec declares"
    if one.failed:
        return f"{one.setup}: {NOT_REPEATED}: {one.said}. No verdict that rests on a comparison of bits can be trusted."
    instead = ' Ask at_least = "equivalent", or less, of its setups.' if one.declared else ""
    return (
        f"{one.setup} does not give the same bits twice, {how}: {one.said}. No comparison of bits, and no verdict of "
        f"this codec that rests on one, says anything of a wiring.{instead}"
    )
