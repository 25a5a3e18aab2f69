"""
Sentences on how a codec fails, where that is what is bad or why an end cannot be judged.

Another failure is not the same regression, so what fails otherwise than the bad end is told as that.
"""

from harness.bisect.answer.phrases import listed, setting
from harness.bisect.answer.record import ChangeRecord, Ends, FactorsRecord, ProbeRecord, VersionsRecord
from harness.bisect.probe.criterion import FAILS
from harness.bisect.search import Judged, Outcome

TO_SEARCH_FAILURES = f"to search for what makes it fail, use --bad-if {FAILS}"


def of_causes(record: FactorsRecord) -> list[str]:
    """Say how the bad end fails, if that is what is bad, and which of its causes by itself fails otherwise."""
    _, bad = record.end_probes
    if bad is None or not bad.failures:
        return []
    settings = {factor.factor: setting(factor) for factor in record.factors}
    alone = {listed([settings[name] for name in one.factors]): record.probe(one.factors) for one in record.causes}
    others = [(f"With nothing but {named} it fails", probe) for named, probe in alone.items() if _other(probe, bad)]
    return [f"{record.bad} fails: {_reason(bad)}.", *(_otherwise(said, probe, record.bad) for said, probe in others)]


def of_change(change: ChangeRecord, history: VersionsRecord, bad: str, end: ProbeRecord | None) -> list[str]:
    """Say how the version that breaks fails, if that is what is bad, and whether the *bad* end fails otherwise."""
    probes = {version.name: version.probe for version in history.versions}
    broken = probes[change.after]
    if change.becomes is not Judged.BAD or broken is None or not broken.failures:
        return []
    said = [] if change.why is not None else [f"{change.after} fails: {_reason(broken)}."]
    if end is None or not end.failures or not _other(broken, end):
        return said
    alike = [name for name, probe in probes.items() if probe and set(probe.failures) & set(end.failures)]
    first = f" The first version that was seen to fail as {bad} does is {alike[0]}." if alike else ""
    return [*said, f"{_otherwise(f'{bad} fails', end, bad)}{first}"]


def of_good_end(probes: Ends) -> str:
    """Say how the good end fails, if that is why it is bad."""
    first, _ = probes
    return f" It fails: {_reason(first)}." if first is not None and first.failures else ""


def of_unjudged_end(names: tuple[str, str], probes: Ends) -> str:
    """Say which end, of the two *names*, cannot be judged and why, and what can be asked if it is the bad one."""
    first, last = probes
    unjudged = [(name, one) for name, one in zip(names, probes, strict=True) if one and one.judgement is Judged.SKIP]
    said = "".join(f", {name}: {_reason(one)}" for name, one in unjudged[:1])
    fails = last is not None and last.failures and first is not None and first.judgement is Judged.GOOD
    return f"{said}; {TO_SEARCH_FAILURES}." if fails else f"{said}."


def of_skipped(record: VersionsRecord, bad_if: str) -> str:
    """Say what can be asked of versions beyond the ends that cannot be loaded, where no other change was found."""
    fails = record.outcome is Outcome.BOTH_GOOD and any(probe.failures for probe in record.unusable)
    return f"; {TO_SEARCH_FAILURES}" if fails and bad_if != FAILS else ""


def _other(probe: ProbeRecord | None, bad: ProbeRecord) -> bool:
    """Return whether a probe failed, and in no way in which the *bad* end did."""
    return probe is not None and bool(probe.failures) and not set(probe.failures) & set(bad.failures)


def _otherwise(said: str, probe: ProbeRecord | None, bad: str) -> str:
    reason = "" if probe is None else _reason(probe)
    what = f"Another failure is not the same regression: this need not be what is seen in {bad}"
    return f"{said} otherwise: {reason}. {what}."


def _reason(probe: ProbeRecord) -> str:
    return probe.reason.rstrip(".")
