"""What follows from the probes of a subject: curves, thresholds, blind spots, false alarms, the smallest corpus."""

from collections import Counter
from collections.abc import Sequence

from harness.sensitivity import catalogue
from harness.sensitivity.advice import advice
from harness.sensitivity.blind import audible, came_to_nothing, is_blind
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.causes import broken_laws, explained
from harness.sensitivity.cover import smallest_corpus
from harness.sensitivity.fault import Fault
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Layer, Noticed, Observed
from harness.sensitivity.record import CauseRecord, FaultRecord, PointRecord, Share, SubjectRecord
from harness.sensitivity.shares import share
from harness.sensitivity.staircase import threshold
from harness.sensitivity.subject import FaultProbe

DEPENDS = "*"
Made = Sequence[tuple[FaultProbe, Observed]]


def subject_record(campaign: Campaign, *, explain: bool, laws: bool) -> SubjectRecord:
    """Return what was found of the subject of *campaign*; explain, laws : ask for causes and for broken laws too."""
    judging, subject = campaign.judging, campaign.subject
    causes = explained(campaign) if explain else {}
    broken = broken_laws(campaign) if laws else {}
    faults = tuple(
        _fault(row, campaign, causes.get(row.name), broken.get(row.name)) for row in catalogue.FAULTS.values()
    )
    benign = tuple(_fault(row, campaign, None, None) for row in catalogue.BENIGN.values())
    harmless = campaign.harmless
    rungs = [
        _right(row, probe.step, observed, judging)
        for row in (*campaign.faults.values(), *campaign.benign.values())
        for probe, observed in campaign.probes(row.name)
        if observed.failure is None and row.heard[probe.step] != DEPENDS
    ]
    return SubjectRecord(
        setup=subject.name,
        codec=subject.info.name,
        utterances=tuple(subject.speech),
        faults=faults,
        benign=benign,
        power=share(judging.suite(*pair) for pair in audible(campaign)),
        false_alarms={
            str(layer): told for layer in Layer if (told := share(judging.noticed(*one)[layer] for one in harmless))
        },
        right_rung=share(rungs),
        right_cause=share(cause.right for cause in causes.values()),
        corpus=tuple(smallest_corpus(campaign)),
        advice=tuple(advice(campaign)),
        probes=len(campaign.probing.observed),
        complete=campaign.complete,
        broken_variants=tuple(
            f"{name}: {one}" for name, varied in campaign.probing.variants.items() for one in varied.broken
        ),
    )


def _fault(row: Fault, campaign: Campaign, cause: CauseRecord | None, laws: tuple[str, ...] | None) -> FaultRecord:
    judging, made = campaign.judging, campaign.probes(row.name)
    by_step: dict[int, list[tuple[FaultProbe, Observed]]] = {}
    for pair in made:
        by_step.setdefault(pair[0].step, []).append(pair)
    found = {step: [judging.noticed(*pair) for pair in pairs] for step, pairs in by_step.items()}
    heard = campaign.subject.audible_from(row)
    return FaultRecord(
        name=row.name,
        family=str(row.family),
        unit=row.unit,
        cause=row.cause,
        source=row.source,
        where=str(row.where),
        points=tuple(_point(row, step, by_step[step], judging) for step in sorted(by_step)),
        thresholds={str(layer): _size(row, threshold(found, layer)) for layer in Layer if _asked(found, layer)},
        subtlest=row.sizes[campaign.subject.steps(row)[0]],
        audible_from=None if heard is None else row.sizes[heard],
        blind=row.name in campaign.faults and is_blind(row, campaign),
        wirings=tuple(name for name in campaign.subject.wirings(row) if name) if row.shows_in else (),
        explained=cause,
        laws=laws,
        not_applicable=campaign.subject.obstacle(row),
    )


def _point(row: Fault, step: int, pairs: Made, judging: Judging) -> PointRecord:
    verdicts = Counter(judging.rung(observed) for _, observed in pairs)
    layers: dict[str, Share] = {}
    for layer in Layer:
        told = share(judging.noticed(*pair)[layer] for pair in pairs)
        if told is not None:
            layers[str(layer)] = told
    suite = share(judging.suite(*pair) for pair in pairs)
    if suite is None:
        raise ValueError("got no probe, wanted one at least")
    return PointRecord(
        size=row.sizes[step],
        heard=row.heard[step],
        probes=len(pairs),
        verdicts=dict(verdicts),
        judged=0 if row.heard[step] == DEPENDS else sum(observed.failure is None for _, observed in pairs),
        right=sum(observed.failure is None and _right(row, step, observed, judging) for _, observed in pairs),
        failed=sum(observed.failure is not None for _, observed in pairs),
        noticed=layers,
        suite=suite,
    )


def _right(row: Fault, step: int, observed: Observed, judging: Judging) -> bool:
    return judging.rung(observed) in row.right(step) or came_to_nothing(row, observed, judging)


def _asked(found: dict[int, list[Noticed]], layer: Layer) -> bool:
    return any(one.get(layer) is not None for several in found.values() for one in several)


def _size(row: Fault, step: int | None) -> float | None:
    return None if step is None else row.sizes[step]
