"""From the answers of searches to their record: pure, nothing is searched or measured here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.bisect.answer.record import (
    NONE_TO_SPARE,
    ChangeRecord,
    FactorRecord,
    FactorsRecord,
    ProbeRecord,
    SetRecord,
    VersionRecord,
    VersionsRecord,
)
from harness.bisect.history.file import History
from harness.bisect.history.kinds import Version
from harness.bisect.probe.differences import Difference
from harness.bisect.probe.store import Probed
from harness.bisect.search import FactorAnswer, Finding, Judged, Noise, VersionAnswer
from harness.metrics.catalogue import Rows
from harness.record import Measurement

SHOWN = Rows(lambda row: row.headline)
Seconds = Mapping[str, float]  # of each probe, by label; what is not there was known already


@dataclass(frozen=True)
class Why:
    """What makes a change; *since_start*: the search is over everything that differs from the first version."""

    record: FactorsRecord
    since_start: bool = False


def label(factors: frozenset[str]) -> str:
    """Return how a set of factors is called."""
    return " + ".join(sorted(factors)) or "none"


def factors_record(
    answer: FactorAnswer,
    found: tuple[Difference, ...],
    names: tuple[str, str],
    figures: Mapping[frozenset[str], Sequence[Probed]],
    seconds: Seconds,
    noise: Noise,
) -> FactorsRecord:
    """Return the record of a search over *found*, the differences of the ends called *names*."""
    rates = error_rates(noise)
    return FactorsRecord(
        good=names[0],
        bad=names[1],
        outcome=answer.outcome,
        factors=_factor_records(answer, found),
        causes=tuple(
            SetRecord(factors=tuple(sorted(c.factors)), proof=c.proof, confidence=c.confidence if rates else None)
            for c in answer.causes
        ),
        repairs=tuple(
            SetRecord(
                factors=tuple(sorted(repair.factors)),
                proof=NONE_TO_SPARE if repair.minimal else "a part of it may be enough",
                confidence=repair.confidence if rates else None,
            )
            for repair in answer.repairs
        ),
        masks=tuple((tuple(sorted(mask.factors)), tuple(sorted(mask.cause))) for mask in answer.masks),
        probes=tuple(
            probe_record(tuple(sorted(point)), finding, figures.get(point, []), seconds.get(label(point)), noise)
            for point, finding in answer.findings.items()
        ),
        made=answer.probes,
        first=answer.first_probes,
        checked=answer.checked,
        surprises=answer.surprises,
        complete=answer.complete,
        exhaustive=answer.exhaustive,
        error_rates=rates,
        confidence=answer.confidence if rates else None,
    )


def _factor_records(answer: FactorAnswer, found: tuple[Difference, ...]) -> tuple[FactorRecord, ...]:
    by_name = {role.factor: role for role in answer.roles}
    factors = []
    for difference in found:
        role = by_name[difference.factor]
        telling = [pair for pair in role.pairs if answer.findings[pair[0]] != answer.findings[pair[1]]]
        pair = (telling or list(role.pairs))[:1]
        judged = [tuple(answer.findings[side].judgement for side in sides) for sides in role.pairs]
        factors.append(
            FactorRecord(
                factor=difference.factor,
                good=difference.good,
                bad=difference.bad,
                roles=tuple(role.roles),
                partners=tuple(tuple(sorted(partner)) for partner in role.partners if partner),
                repairs_alone=role.repairs_alone,
                evidence=tuple(tuple(sorted(point)) for sides in pair for point in sides),
                pairs=len(role.pairs),
                kept_good=judged.count((Judged.GOOD, Judged.GOOD)),
                kept_bad=judged.count((Judged.BAD, Judged.BAD)),
            )
        )
    return tuple(factors)


def error_rates(noise: Noise) -> tuple[float, float] | None:
    """Return how often a probe is said to be wrong, (good judged bad, bad judged good); None if never."""
    return None if noise == Noise() else (noise.false_bad, noise.false_good)


def probe_record(
    point: tuple[str, ...], finding: Finding, probed: Sequence[Probed], seconds: float | None, noise: Noise
) -> ProbeRecord:
    """Return the record of one point: what was found, and the figures of the utterance that decided."""
    figures: dict[str, Measurement] = {}
    if probed:
        worst = next((one for one in probed if one.observation.judgement is Judged.BAD), probed[0])
        figures = {name: worst.measurements[name] for name in (row.name for row in SHOWN) if name in worst.measurements}
    failures = [finding.failure, *(one.observation.failure for one in probed)]
    return ProbeRecord(
        point=point,
        judgement=finding.judgement,
        good=finding.good,
        bad=finding.bad,
        confidence=finding.confidence if error_rates(noise) else None,
        reason=finding.reason,
        sure=finding.sure,
        remembered=seconds is None,
        seconds=None if seconds is None else round(seconds, 3),
        utterances=len(probed),
        figures=figures,
        failures=tuple(dict.fromkeys(failure for failure in failures if failure)),
    )


def versions_record(
    history: History,
    answer: VersionAnswer,
    figures: Mapping[int, Sequence[Probed]],
    seconds: Seconds,
    why: Mapping[int, Why],
    outside: Sequence[ProbeRecord],
    noise: Noise,
) -> VersionsRecord:
    """Return the record of a search over *history*; *outside* are versions that cannot be run beyond its ends."""
    names = [version.name for version in history.versions]
    records: list[VersionRecord] = []
    for index, version in enumerate(history.versions):
        finding = answer.findings.get(index)
        probe = None
        if finding is not None:
            probe = probe_record((version.name,), finding, figures[index], seconds.get(version.name), noise)
        records.append(_version(version, probe))
    return VersionsRecord(
        outcome=answer.outcome,
        versions=tuple(records),
        unusable=tuple(outside),
        changes=tuple(
            ChangeRecord(
                before=names[change.before],
                after=names[change.after],
                becomes=change.becomes,
                hidden=tuple(names[i] for i in change.hidden),
                confidence=change.confidence if error_rates(noise) else None,
                why=why[place].record if place in why else None,
                since_start=place in why and why[place].since_start,
            )
            for place, change in enumerate(answer.changes)
        ),
        made=answer.probes,
        first=answer.search_probes,
        unseen=answer.unseen,
        complete=answer.complete,
        error_rates=error_rates(noise),
        confidence=answer.confidence if error_rates(noise) else None,
    )


def _version(version: Version, probe: ProbeRecord | None) -> VersionRecord:
    return VersionRecord(name=version.name, about=version.about, changes=version.changes, probe=probe)
