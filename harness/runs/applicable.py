"""The part of a suite that asks something of its codecs; what does not is told, with the reason, and not run."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from contextlib import suppress

from harness.codecs.identity import Described
from harness.codecs.opening import open_codec
from harness.errors import SuiteInvalid
from harness.record import RunRecord
from harness.runs.suite import Suite
from harness.runtime.elsewhere import Needing
from harness.topology.applicable import not_applicable
from harness.topology.offered import no_room, not_offered
from harness.topology.setup import Setup


def applicable(suite: Suite, codecs: Mapping[str, Described], pool: Executor) -> tuple[Suite, dict[str, str]]:
    """
    Return *suite* with the setups that are applicable to their codecs, and why the others are not, by name.

    codecs : what those declare that can be used; pool : in which they are asked what else they have
    A setup whose reference is not applicable has nothing to be held against, and is not applicable either.
    Raises `SuiteInvalid` if none is left.
    """
    lacking = _lacking([setup for setup in suite.setups if setup.codec in codecs], pool)
    why = {setup.name: reason for setup in suite.setups if (reason := _reason(suite, setup.name, codecs, lacking))}
    if len(why) == len(suite.setups):
        name, reason = next(iter(why.items()))
        raise SuiteInvalid(f"no setup of the suite {suite.name!r} is applicable; {name}: {reason}")
    left = tuple(setup for setup in suite.setups if setup.name not in why)
    return suite.model_copy(update={"setups": left}), why


def told(record: RunRecord, why: Mapping[str, str], unspoken: Iterable[str]) -> RunRecord:
    """Return *record* with the setups that are not applicable, and why, as fields and after *unspoken* in its notes."""
    said = (*unspoken, *notes(why), *record.notes)
    return record.model_copy(update={"notes": said, "not_applicable": dict(why)})


def notes(why: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a reader is told of setups that are not applicable, a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in why.items():
        by_reason.setdefault(reason, []).append(name)
    return tuple(f"Not applicable, and not run: {', '.join(names)}: {reason}." for reason, names in by_reason.items())


def _lacking(setups: Iterable[Setup], pool: Executor) -> dict[str, str]:
    """Return what codecs have not that setups of several streams need, by name of the setup."""
    by_codec: dict[str, list[Setup]] = {}
    for setup in setups:
        if setup.configuration.topology.streams > 1:
            by_codec.setdefault(setup.codec, []).append(setup)
    asked = [
        pool.submit(Needing(lacks, several[0].configuration.codec.resources), tuple(several))
        for several in by_codec.values()
    ]
    found: dict[str, str] = {}
    for future in asked:
        with suppress(Exception):  # it cannot be loaded once more, and its cells will say so
            found |= future.result()
    return found


def lacks(setups: tuple[Setup, ...]) -> dict[str, str]:
    """Load the codec of *setups*; return what it has not that they need, as `harness.topology.offered`, by name."""
    codec = open_codec(setups[0].configuration.codec)
    reasons = {setup.name: not_offered(setup.configuration.topology, codec) for setup in setups}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _reason(suite: Suite, name: str, codecs: Mapping[str, Described], lacking: Mapping[str, str]) -> str | None:
    setup = suite.setup(name)
    codec = codecs.get(setup.codec)  # of one that cannot be used, all setups fail
    own = lacking.get(name)
    if codec is not None:
        made = setup.configuration
        no = no_room(made.topology, codec.capacity, offline=codec.offline)
        own = not_applicable(made, codec.info) or own or no
    if own is not None or setup.reference == name:
        return own
    held = _reason(suite, setup.reference, codecs, lacking)
    return f"its reference {setup.reference} is not ({held})" if held is not None else None
