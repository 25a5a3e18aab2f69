"""
What fails is told, and takes nothing along: codecs that cannot be used, and setups that end the process or hang in it.

A group of setups is one task in one process. Where that process ends, the setup that it was in is known by the notes
that it leaves (`harness.runtime.calls`): that one fails, and the group is run again without it. Where it is not known,
the setups are run apart. A codec that hangs again and again is not waited for every time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from harness.codecs.identity import Described
from harness.codecs.protocol import CodecInfo
from harness.errors import CodecUnavailable, CodecUnknown, HarnessError, SuiteInvalid
from harness.runs.tracing import Group
from harness.runtime.pool import ProcessSpoilt, TookTooLong, WorkerDied
from harness.runtime.text import said_by, told

PATIENCE = 4  # calls of one codec that may run into the limit before it is not run any more


@dataclass(frozen=True)
class Codecs:
    """
    The codecs of a suite as they were first loaded.

    described : what those declare that can be used, by name
    unusable : why the others cannot, by name; died : those of them whose process ended, or hung
    """

    described: dict[str, Described]
    unusable: dict[str, str]
    died: frozenset[str]

    @property
    def infos(self) -> dict[str, CodecInfo]:
        """What the codecs declare, of those that can be used."""
        return {name: one.info for name, one in self.described.items()}


def loaded(begun: Mapping[str, "Future[Described]"]) -> Codecs:
    """
    Wait for codecs that are being loaded (`harness.runs.traces.Traces.described`), by what the suite calls them.

    Raises `SuiteInvalid` or `CodecUnknown` if the suite asks for an adapter or an option that is not there, and the
    `HarnessError` of the first codec if none can be used: then there is nothing to run.
    """
    described: dict[str, Described] = {}
    failures: dict[str, HarnessError] = {}
    for name, future in begun.items():
        try:
            described[name] = future.result()
        except (SuiteInvalid, CodecUnknown):
            raise
        except WorkerDied as death:
            failures[name] = death
        except Exception as error:  # noqa: BLE001 - it comes of foreign code, whatever it is
            failures[name] = error if isinstance(error, HarnessError) else CodecUnavailable(_internal(error))
    if failures and not described:
        name, first = next(iter(failures.items()))
        raise CodecUnavailable(f"codecs.{name}: {reason_of(first)}") if isinstance(first, WorkerDied) else first
    died = frozenset(name for name, error in failures.items() if isinstance(error, WorkerDied))
    return Codecs(described, {name: reason_of(error) for name, error in failures.items()}, died)


@dataclass(eq=False)
class Failing:
    """
    What has failed so far in one run, and what is therefore not run, or run again.

    died : setup and utterance of the cells whose process ended, or hung
    """

    codecs: Codecs
    died: set[tuple[str, str]] = field(default_factory=set)
    _hung: Counter[str] = field(default_factory=Counter)
    _last: dict[str, str] = field(default_factory=dict)

    def without_hopeless(self, group: Group) -> Group:
        """Return *group* with the setups marked as failed that are not to be run."""
        failed = dict(group.failed)
        for setup in group.setups:
            if setup.name in failed:
                continue
            if setup.codec in self.codecs.unusable:
                failed[setup.name] = self.codecs.unusable[setup.codec]
                if setup.codec in self.codecs.died:
                    self.died.add((setup.name, group.utterance.id))
            elif self._hung[setup.codec] >= PATIENCE:
                times = self._hung[setup.codec]
                failed[setup.name] = f"not run, since the codec hung {times} times before: {self._last[setup.codec]}"
                self.died.add((setup.name, group.utterance.id))
        return replace(group, failed=failed)

    def again(self, group: Group, error: BaseException) -> list[Group]:
        """
        Return what to run now that *group* has ended with *error*: the same without the guilty, or its parts.

        Raises *error* if it says that something else is wrong, such as the speech.
        """
        alive = [setup.name for setup in group.setups if setup.name not in group.failed]
        if not alive or (isinstance(error, HarnessError) and not isinstance(error, WorkerDied)):
            raise error
        if isinstance(error, ProcessSpoilt) and not group.retried:
            return [replace(group, retried=True)]
        guilty = error.place.whose if isinstance(error, WorkerDied) else ""
        if guilty in alive:
            return [self._without(group, [guilty], error)]
        own = [name for name in alive if name not in group.beside]
        if len(own) > 1:
            return [_only(group, name) for name in own]
        return [self._without(group, alive, error)]

    def _without(self, group: Group, names: Iterable[str], error: BaseException) -> Group:
        reason = reason_of(error)
        failed = dict(group.failed)
        for name in names:
            failed[name] = reason
            self.died.add((name, group.utterance.id))
        if isinstance(error, TookTooLong):
            for codec in {setup.codec for setup in group.setups if setup.name in names}:
                self._hung[codec] += 1
                self._last[codec] = reason
        return replace(group, failed=failed)


def _only(group: Group, name: str) -> Group:
    """Return *group* with one setup to be told of, and beside it the references that lead to it and their variants."""
    by_name = {setup.name: setup for setup in group.setups}
    chain = [name]
    while (reference := by_name[chain[-1]].reference) != chain[-1]:
        chain.append(reference)
    variants = {setup.name for setup in group.setups if setup.name in group.beside and setup.reference == chain[-1]}
    setups = tuple(setup for setup in group.setups if setup.name in {*chain, *variants})
    return replace(group, setups=setups, beside=frozenset(chain[1:]) | variants | (group.beside & {name}))


def reason_of(error: BaseException) -> str:
    """Return why a cell failed whose task ended with *error*."""
    if isinstance(error, TookTooLong):
        return f"the codec {error.reason}"
    if isinstance(error, ProcessSpoilt):
        return str(error)
    if isinstance(error, WorkerDied):
        return f"the codec's process died: {error}"
    return said_by(error) if isinstance(error, HarnessError) else _internal(error)


def _internal(error: BaseException) -> str:
    return f"the harness could not measure what the codec did: {told(error)}"
