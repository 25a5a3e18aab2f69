"""
What to change so that a blind spot closes: each proposal is tried on probes, and made only if it helps.

For every fault that listeners hear and the suite does not notice: would it with the scores that the suite has switched
off, with the tolerances that it has widened or with tighter ones, with an utterance that has a place for it, in a
topology that it has not? What would alarm on a benign change is not proposed. Where benign changes alarm already, that
is said first (`nervous`).
"""

from collections.abc import Iterable, Iterator, Sequence

from harness.metrics.catalogue import METRICS
from harness.metrics.catalogue import tolerances as known_tolerances
from harness.record import value
from harness.sensitivity.blind import audible_half, blind_spots
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.fault import Fault, Where
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Observed, switched
from harness.sensitivity.nervous import nervous
from harness.sensitivity.record import AdviceRecord
from harness.sensitivity.silence import silent_subject
from harness.sensitivity.subject import FaultProbe, FaultSubject
from harness.verdict.variants import BEYOND as APART

SCORES = ("pesq", "stoi")
TRIALS = 3  # probes that a proposal of new speech or a new topology rests on
PLACES = {Where.TAIL: "0.5 s of silence after the last word", Where.PAUSE: "a pause of 0.2 s or more"}


def advice(campaign: Campaign) -> list[AdviceRecord]:
    """Return what to change: first what stops false alarms, then what closes most blind spots."""
    blind = blind_spots(campaign)
    found = [
        *_scores(campaign, blind),
        *_widened(campaign, blind),
        *_silence(campaign, blind),
        *_topologies(campaign, blind),
    ]
    closed = {name for one in found for name in one.closes}
    found += _tighter(campaign, [row for row in blind if row.name not in closed])
    return [*nervous(campaign), *sorted(found, key=lambda one: -len(one.closes))]


def _closed(campaign: Campaign, blind: Iterable[Fault], judging: Judging) -> list[str]:
    """Return those of *blind* that are noticed if probes are judged so."""
    return [row.name for row in blind if not row.shows_in and audible_half(row, campaign.probes(row.name), judging)]


def _alarms(campaign: Campaign, judging: Judging) -> int:
    """Return how many probes of benign changes are noticed if they are judged so."""
    return sum(judging.suite(*pair) for pair in campaign.harmless)


def _told(campaign: Campaign, judging: Judging, closes: Sequence[str]) -> str:
    probes = sum(len(campaign.probes(name)) for name in closes)
    alarms, benign = _alarms(campaign, judging), len(campaign.harmless)
    return f"the {probes} probes of {len(closes)} faults judged so; {alarms} alarms in {benign} benign ones"


def _scores(campaign: Campaign, blind: Sequence[Fault]) -> Iterator[AdviceRecord]:
    for name in SCORES:
        now = campaign.judging.scores
        there = campaign.scores
        if getattr(now, name) or not getattr(there, name):
            continue
        judging = campaign.judging.otherwise(scores=now.model_copy(update={name: getattr(there, name)}))
        closes = _closed(campaign, blind, judging)
        if closes and _alarms(campaign, judging) <= _alarms(campaign, campaign.judging):
            yield AdviceRecord(
                kind="score", what=f"switch on [scores] {name} = true", closes=tuple(closes),
                proof=_told(campaign, judging, closes),
            )  # fmt: skip


def _widened(campaign: Campaign, blind: Sequence[Fault]) -> Iterator[AdviceRecord]:
    now = campaign.judging.tolerances
    for name, field in type(now).model_fields.items():
        usual = field.default
        if not isinstance(usual, int | float) or getattr(now, name) <= usual:
            continue
        judging = campaign.judging.otherwise(tolerances=now.model_copy(update={name: usual}))
        closes = _closed(campaign, blind, judging)
        if closes and _alarms(campaign, judging) <= _alarms(campaign, campaign.judging):
            yield AdviceRecord(
                kind="tolerance", what=f"set [tolerances] {name} = {usual:g} instead of {getattr(now, name):g}",
                closes=tuple(closes), proof=_told(campaign, judging, closes),
            )  # fmt: skip


def _tighter(campaign: Campaign, blind: Sequence[Fault]) -> Iterator[AdviceRecord]:
    """Propose a tolerance between what benign changes move and what a blind spot moves, where these are far apart."""
    now = campaign.judging.tolerances
    harmless = campaign.harmless
    for name in known_tolerances():
        metrics = [row.name for row in METRICS.values() if row.tolerance is not None and row.tolerance.name == name]
        moved = max((_moved(campaign, metric, observed) for metric in metrics for _, observed in harmless), default=0.0)
        limit = max(moved * APART, getattr(now, name) / 4)
        if not harmless or limit >= getattr(now, name):
            continue
        limit = float(f"{limit:.2g}")
        judging = campaign.judging.otherwise(tolerances=now.model_copy(update={name: limit}))
        closes = _closed(campaign, blind, judging)
        if closes and _alarms(campaign, judging) <= _alarms(campaign, campaign.judging):
            yield AdviceRecord(
                kind="tolerance",
                what=f"[tolerances] {name} = {limit:g} instead of {getattr(now, name):g}: benign changes move it by "
                f"{moved:.2g} at most",
                closes=tuple(closes), proof=_told(campaign, judging, closes),
            )  # fmt: skip


def _moved(campaign: Campaign, metric: str, observed: Observed) -> float:
    scores = campaign.judging.scores
    one, two = (value(switched(each, scores), metric) for each in (observed.measured, observed.held))
    return 0.0 if one is None or two is None else abs(one - two)


def _silence(campaign: Campaign, blind: Sequence[Fault]) -> Iterator[AdviceRecord]:
    """Propose speech with a place for the faults that none of the suite's has room for."""
    subject = campaign.subject
    for where, what in PLACES.items():
        rows = [row for row in blind if row.where is where]
        without = [name for name in subject.speech if not subject.landscape(name).has(where)]
        if not rows or len(without) < len(subject.speech):
            continue
        with silent_subject(subject) as padded:
            probing = campaign.probing.of(padded)
            names = list(padded.speech)[:TRIALS]
            probes = {row.name: [FaultProbe(row.name, _heard(row, padded), name, 0) for name in names] for row in rows}
            probing.observe([probe for several in probes.values() for probe in several])
            judging = campaign.judging.about(padded)
            seen = {
                name: sum(judging.suite(probe, probing.observed[probe]) for probe in several)
                for name, several in probes.items()
            }
        closes = [name for name, count in seen.items() if 2 * count >= len(names)]
        if closes:
            yield AdviceRecord(
                kind="utterance",
                what=f"add an utterance with {what}: none of {len(subject.speech)} has that",
                closes=tuple(closes),
                proof=f"noticed in {sum(seen[name] for name in closes)} of {len(names) * len(closes)} probes of the "
                "suite's own speech with 0.8 s of silence on either side",
            )


def _topologies(campaign: Campaign, blind: Sequence[Fault]) -> Iterator[AdviceRecord]:
    """Propose topologies in which a fault shows that shows in none of the suite's."""
    subject, found = campaign.subject, dict[str, list[str]]()
    names = list(subject.speech)[:TRIALS]
    tried: dict[str, int] = {}
    for row in blind:
        for wiring in subject.beyond(row) if row.shows_in else ():
            probes = [FaultProbe(row.name, 0, name, 0, wiring) for name in names]
            campaign.probing.observe(probes)
            observed = [(probe, campaign.probing.observed[probe]) for probe in probes]
            seen = sum(campaign.judging.suite(*one) for one in observed)
            if 2 * seen >= len(names) and all(one.failure is None for _, one in observed):
                found.setdefault(wiring, []).append(row.name)
                tried[wiring] = tried.get(wiring, 0) + seen
                break
    for wiring, closes in found.items():
        yield AdviceRecord(
            kind="topology", what=f'add the topology "{wiring}"', closes=tuple(closes),
            proof=f"noticed in {tried[wiring]} of {len(names) * len(closes)} probes there",
        )  # fmt: skip


def _heard(row: Fault, subject: FaultSubject) -> int:
    heard = subject.audible_from(row)
    return len(row.sizes) - 1 if heard is None else heard
