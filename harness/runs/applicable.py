"""The part of a suite that asks something of its codecs; what does not is told, with the reason, and not run."""

from collections.abc import Mapping

from harness.codecs.protocol import CodecInfo
from harness.errors import SuiteInvalid
from harness.runs.suite import Suite
from harness.topology.applicable import not_applicable


def applicable(suite: Suite, infos: Mapping[str, CodecInfo]) -> tuple[Suite, dict[str, str]]:
    """
    Return *suite* with the setups that are applicable to their codecs, and why the others are not, by name.

    A setup whose reference is not applicable has nothing to be held against, and is not applicable either.
    Raises `SuiteInvalid` if none is left.
    """
    why = {setup.name: reason for setup in suite.setups if (reason := _reason(suite, setup.name, infos))}
    if len(why) == len(suite.setups):
        name, reason = next(iter(why.items()))
        raise SuiteInvalid(f"no setup of the suite {suite.name!r} is applicable; {name}: {reason}")
    left = tuple(setup for setup in suite.setups if setup.name not in why)
    return suite.model_copy(update={"setups": left}), why


def notes(why: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a reader is told of setups that are not applicable, a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in why.items():
        by_reason.setdefault(reason, []).append(name)
    return tuple(f"Not applicable, and not run: {', '.join(names)}: {reason}." for reason, names in by_reason.items())


def _reason(suite: Suite, name: str, infos: Mapping[str, CodecInfo]) -> str | None:
    setup = suite.setup(name)
    info = infos.get(setup.codec)  # of one that cannot be used, all setups fail
    own = not_applicable(setup.configuration, info) if info is not None else None
    if own is not None or setup.reference == name:
        return own
    held = _reason(suite, setup.reference, infos)
    return f"its reference {setup.reference} is not ({held})" if held is not None else None
