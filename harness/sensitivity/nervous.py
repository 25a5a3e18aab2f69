"""
Which tolerances are too tight for this codec: benign changes alone move a measurement of it further.

A codec that makes something else of an input that sounds alike, as Opus does at 6 kb/s, scatters more than one that
follows the waveform. What each utterance scatters can be measured by inaudible variants of it, so these are proposed
first. A wider tolerance is a cruder way. The price of either is counted: what is then missed that every listener hears.
"""

from collections.abc import Mapping

from harness.metrics.catalogue import METRICS
from harness.record import Verdict, value
from harness.sensitivity.blind import Made, audible
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import switched
from harness.sensitivity.probing import beside_variants
from harness.sensitivity.record import AdviceRecord
from harness.topology.variants import MOST
from harness.verdict.plain_use import looseness
from harness.verdict.tolerances import worse
from harness.verdict.variants import BEYOND as APART

PLAIN = {
    "plain_level": "level_db",
    "plain_delay": "delay_ms",
    "plain_swing": "level_swing_db",
    "plain_noise": "pause_noise_db",
}


def nervous(campaign: Campaign) -> list[AdviceRecord]:
    """Return what to change so that no benign change is called a fault; nothing where none is."""
    judging, harmless = campaign.judging, campaign.harmless
    before = alarms(judging, harmless)
    if not before:
        return []
    return [*_varied(campaign, harmless, before), *_widened(campaign, harmless, before)]


def _varied(campaign: Campaign, harmless: Made, before: int) -> list[AdviceRecord]:
    """Propose inaudible variants where they stop alarms, and the suite does not ask for all of them already."""
    if campaign.subject.suite.speech.variants == MOST:
        return []
    judging, variants = campaign.judging.otherwise(), campaign.probing.vary(MOST)
    beside = [beside_variants(pair, variants) for pair in harmless]
    now = alarms(judging, beside)
    if now >= before:
        return []
    still = sum(judging.suite(*beside_variants(pair, variants)) for pair in _heard(campaign))
    what = f"set [speech] variants = {MOST}: what inaudible variants of an utterance move is then no fault there"
    return [_proposed(campaign, "speech", what, (before, now), still)]


def _heard(campaign: Campaign) -> Made:
    """Return the probes of what every listener hears that the suite notices."""
    return [pair for pair in audible(campaign) if campaign.judging.suite(*pair)]


def _proposed(campaign: Campaign, kind: str, what: str, counts: tuple[int, int], still: int) -> AdviceRecord:
    """Return a proposal with its price; counts : alarms before, and with it; still : how much it lets be noticed."""
    (before, now), heard = counts, len(_heard(campaign))
    proof = (
        f"{now} of {len(campaign.harmless)} benign probes judged so are false alarms; of {heard} faults that every "
        f"listener hears and the suite notices, it still notices {still}"
    )
    return AdviceRecord(kind=kind, what=what, stops=before - now, proof=proof)


def _widened(campaign: Campaign, harmless: Made, before: int) -> list[AdviceRecord]:
    """Propose tolerances out of reach of benign changes, where that stops alarms."""
    judging = campaign.judging
    wider = {
        name: limit for name, limit in beyond(campaign, harmless).items() if limit > getattr(judging.tolerances, name)
    }
    if not wider:
        return []
    least = alarms(_with(judging, wider), harmless)
    if least == before:  # no tolerance is what alarms
        return []
    kept = dict(wider)
    for name in wider:  # what is not needed stays as it is
        fewer = {one: limit for one, limit in kept.items() if one != name}
        if alarms(_with(judging, fewer), harmless) == least:
            kept = fewer
    changed = _with(judging, kept)
    still = sum(changed.suite(*pair) for pair in _heard(campaign))
    told = ", ".join(f"{name} = {limit:g} (not {getattr(judging.tolerances, name):g})" for name, limit in kept.items())
    what = f"widen [tolerances] {told}: {APART:g} times what benign changes move there"
    return [_proposed(campaign, "tolerance", what, (before, alarms(changed, harmless)), still)]


def alarms(judging: Judging, harmless: Made) -> int:
    """Return how many probes of benign changes a gate, the suite alone or the verdict makes a fault of."""
    return sum(judging.suite(*pair) or judging.rung(pair[1]).rank >= Verdict.DEGRADED.rank for pair in harmless)


def beyond(campaign: Campaign, harmless: Made) -> Mapping[str, float]:
    """Return a limit out of reach of the benign probes for each tolerance, by its name in `[tolerances]`."""
    limits: dict[str, float] = {}
    for _, observed in harmless:
        measured, held = (switched(one, campaign.judging.scores) for one in (observed.measured, observed.held))
        for name, metric in PLAIN.items():
            now, before = value(measured, metric), value(held, metric)
            if now is not None and before is not None:
                reached = abs(before) + APART * max(0.0, abs(now) - abs(before))
                reached /= looseness(measured) if name == "plain_level" else 1.0
                limits[name] = max(limits.get(name, 0.0), reached)
        for row in METRICS.values():
            if row.tolerance is not None and not row.own:
                limit = APART * worse(row, measured, held)
                limits[row.tolerance.name] = max(limits.get(row.tolerance.name, 0.0), limit)
    return {name: float(f"{limit:.2g}") for name, limit in limits.items()}


def _with(judging: Judging, limits: Mapping[str, float]) -> Judging:
    return judging.otherwise(tolerances=judging.tolerances.model_copy(update=dict(limits)))
