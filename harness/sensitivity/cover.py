"""The smallest corpus: utterances that between them notice all that all of them do, by greedy set cover."""

from harness.sensitivity.campaign import Campaign

Fact = tuple[str, int]  # a fault and a size


def smallest_corpus(campaign: Campaign) -> list[str]:
    """
    Return the fewest utterances that keep what is noticed, the one that sees most first.

    A size counts as noticed by an utterance if the suite notices it there. Only sizes that listeners hear and that were
    probed on two utterances or more are looked at: of the others nothing is known that tells utterances apart.
    """
    seen: dict[str, set[Fact]] = {name: set() for name in campaign.subject.speech}
    asked: dict[Fact, set[str]] = {}
    for row in campaign.faults.values():
        for probe, observed in campaign.probes(row.name):
            if row.heard[probe.step] in "d!c" and not probe.wiring:
                fact = row.name, probe.step
                asked.setdefault(fact, set()).add(probe.utterance)
                if campaign.judging.suite(probe, observed):
                    seen[probe.utterance].add(fact)
    told = {fact for fact, utterances in asked.items() if len(utterances) > 1}
    return covered({name: facts & told for name, facts in seen.items()})


def covered(seen: dict[str, set[Fact]]) -> list[str]:
    """Return names whose facts are together all facts, greedily: each adds the most (Chvatal 1979); ties by name."""
    left = set().union(*seen.values())
    chosen: list[str] = []
    while left:
        best = max(sorted(seen), key=lambda name: len(seen[name] & left))
        chosen.append(best)
        left -= seen[best]
    return chosen
