"""Which faults a suite is blind for: listeners hear a size of which it does not notice half of the probes."""

from collections.abc import Sequence

from harness.record import Verdict
from harness.sensitivity.campaign import Campaign
from harness.sensitivity.fault import Fault, Where
from harness.sensitivity.judging import Judging
from harness.sensitivity.layers import Observed
from harness.sensitivity.plants import OnCalls, OnWiring
from harness.sensitivity.subject import FaultProbe

Made = Sequence[tuple[FaultProbe, Observed]]


def blind_spots(campaign: Campaign) -> list[Fault]:
    """Return the faults that the suite is blind for, as far as they were probed."""
    return [row for row in campaign.faults.values() if is_blind(row, campaign)]


def is_blind(row: Fault, campaign: Campaign) -> bool:
    """
    Tell whether the suite is blind for a fault.

    For one that shows in certain topologies only it is blind if none of its setups notices, as where it has none; as
    long as one of them was not tried that is not known.
    """
    made, judging = campaign.probes(row.name), campaign.judging
    if row.shows_in:
        return len(made) >= len(campaign.subject.wirings(row)) and not any(judging.suite(*pair) for pair in made)
    return any(row.heard[probe.step] in "d!c" for probe, _ in made) and not audible_half(row, made, judging)


def came_to_nothing(row: Fault, observed: Observed, judging: Judging) -> bool:
    """
    Tell whether the output is what it was to the bit, so that nobody can hear *row*: chance drew no frame, or silence.

    Of faults of calls and wirings that is never said: what harms there may lie beside the samples. Nor of those in
    pauses and after the speech: for them a suite without such a place is blind.
    """
    if isinstance(row.plant, OnCalls | OnWiring) or row.where in (Where.PAUSE, Where.TAIL):
        return False
    return judging.rung(observed) is Verdict.IDENTICAL


def audible_half(row: Fault, made: Made, judging: Judging) -> bool:
    """Tell whether of each size that every listener hears half of the probes that came to something are noticed."""
    by_step: dict[int, list[bool]] = {}
    for probe, observed in made:
        if row.heard[probe.step] in "d!c" and not came_to_nothing(row, observed, judging):
            by_step.setdefault(probe.step, []).append(judging.suite(probe, observed))
    return all(2 * sum(told) >= len(told) for told in by_step.values())


def audible(campaign: Campaign) -> list[tuple[FaultProbe, Observed]]:
    """Return the probes of sizes that every listener hears, in which the codec did not fail and something changed."""
    return [
        pair
        for row in campaign.faults.values()
        for pair in campaign.probes(row.name)
        if row.heard[pair[0].step] in "d!c" and pair[1].failure is None
        if not came_to_nothing(row, pair[1], campaign.judging)
    ]
