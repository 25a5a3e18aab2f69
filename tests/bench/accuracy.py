"""
How often the searches' answers are right, on random planted causes: the tables of docs/bisect.md, as Markdown.

    python tests/bench/accuracy.py [--trials N] [factors masked histories noise joint]
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Hashable
from itertools import chain, combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness.bisect.search import (
    Judged,
    Noise,
    Observation,
    Oracle,
    Rules,
    search_factors,
    search_joint,
    search_versions,
)
from harness.bisect.search.hitting_sets import Set, hitting_sets, minimal

Bad = Callable[[Any], bool]
EXACT = Noise()


def oracle(bad: Bad, rng: random.Random, rules: Rules, noise: Noise = EXACT) -> Oracle[Any]:
    """Return an oracle that is wrong as often as *noise* says."""

    def judge(point: Hashable, _sure: bool) -> Observation:
        truly = bad(point)
        wrong = rng.random() < (noise.false_good if truly else noise.false_bad)
        return Observation(Judged.BAD if truly != wrong else Judged.GOOD)

    return Oracle(judge, rules)


def any_of(causes: tuple[Set, ...]) -> Bad:
    return lambda point: any(cause <= point for cause in causes)


def table(*heads: str) -> None:
    print(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")


def row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def share(count: int, trials: int) -> str:
    return f"{count / trials:.1%}".replace("%", " %")


def mean(values: list[int]) -> str:
    return f"{statistics.mean(values):.1f}"


def planted(rng: random.Random, names: str, causes: tuple[int, int], sizes: tuple[int, int]) -> tuple[Set, ...]:
    return minimal(
        frozenset(rng.sample(names, min(len(names), rng.randint(*sizes)))) for _ in range(rng.randint(*causes))
    )


def factors(trials: int) -> None:
    """Causes among 2 to 12 factors, without noise and without verification."""
    table("planted", "right", "probes to the first cause", "probes in all")
    kinds = {
        "one cause of one factor": ((1, 1), (1, 1)),
        "two to four causes of one factor": ((2, 4), (1, 1)),
        "one to three causes of two or three factors": ((1, 3), (2, 3)),
        "a mixture of these": ((1, 4), (1, 3)),
    }
    for kind, (causes, sizes) in kinds.items():
        rng, right, first, probes = random.Random(kind), 0, [], []  # noqa: S311
        for _ in range(trials):
            names = "abcdefghijkl"[: rng.randint(2, 12)]
            truth = planted(rng, names, causes, sizes)
            answer = search_factors(names, oracle(any_of(truth), rng, Rules(verify=0)))
            right += all_right(answer, truth)
            first.append(answer.first_probes)
            probes.append(answer.probes)
        row(kind, share(right, trials), mean(first), mean(probes))


def all_right(answer: Any, truth: tuple[Set, ...]) -> bool:
    found = {cause.factors for cause in answer.causes}
    return found == set(truth) and {repair.factors for repair in answer.repairs} == set(hitting_sets(truth))


def masked(trials: int) -> None:
    """Two causes of 3 to 8 factors; a further factor masks one of them."""
    table("verification probes", "all causes found", "a false cause", "probes in all")
    ways: dict[str, Callable[[int], int]] = {
        "none": lambda _: 0,
        "f (the default of six factors and more)": lambda count: count,
        "2 f": lambda count: 2 * count,
        "4 f": lambda count: 4 * count,
        "every combination": lambda count: 2**count,
    }
    for way, verify in ways.items():
        rng, found, false, probes = random.Random(5), 0, 0, []  # noqa: S311
        for _ in range(trials):
            names = "abcdefgh"[: rng.randint(3, 8)]
            mask, *rest = rng.sample(names, len(names))
            hidden, open_ = (frozenset(rng.sample(rest, rng.choice([1, 1, 2]))) for _ in range(2))

            def bad(point: Set, mask: str = mask, hidden: Set = hidden, open_: Set = open_) -> bool:
                return open_ <= point or (hidden <= point and mask not in point)

            every = map(frozenset, chain.from_iterable(combinations(names, n) for n in range(len(names) + 1)))
            truth = set(minimal(point for point in every if bad(point)))
            answer = search_factors(names, oracle(bad, rng, Rules(verify=verify(len(names)))))
            causes = {cause.factors for cause in answer.causes}
            found += truth <= causes
            false += bool(causes - truth)
            probes.append(answer.probes)
        row(way, share(found, trials), share(false, trials), mean(probes))


def histories(trials: int) -> None:
    """Histories of 10 to 60 versions that change three times."""
    table("verification probes", "all three changes found", "probes")
    for way in ("none", "ceil(log2 n) (the default)", "n"):
        rng, right, probes = random.Random(6), 0, []  # noqa: S311
        for _ in range(trials):
            count = rng.randint(10, 60)
            one, two, three = sorted(rng.sample(range(1, count), 3))
            verify = {"none": 0, "n": count}.get(way)

            def bad(index: int, one: int = one, two: int = two, three: int = three) -> bool:
                return one <= index < two or index >= three

            answer = search_versions(count, oracle(bad, rng, Rules(verify=verify)))
            right += [change.after for change in answer.changes] == [one, two, three]
            probes.append(answer.probes)
        row(way, share(right, trials), mean(probes))


def noise(trials: int) -> None:
    """One change in 2 to 60 versions; one or two causes of one or two of 2 to 8 factors; 99 % wanted."""
    table("error rate of a probe", "history right", "claimed", "probes", "factors right", "claimed", "probes")
    kinds = {
        "0.05": (Noise(0.05, 0.05), 25),
        "0.1": (Noise(0.1, 0.1), 25),
        "0.2": (Noise(0.2, 0.2), 25),
        "0.2, 60 repeats": (Noise(0.2, 0.2), 60),
        "0.3": (Noise(0.3, 0.3), 25),
        "0.3, 60 repeats": (Noise(0.3, 0.3), 60),
        "0.5, bad points only": (Noise(0, 0.5), 25),
        "0.8, bad points only, 60 repeats": (Noise(0, 0.8), 60),
    }
    for kind, (rates, repeats) in kinds.items():
        rng = random.Random(kind)  # noqa: S311
        cells: list[str] = []
        for search in (_noisy_history, _noisy_factors):
            right, claimed, probes = 0, 0.0, []
            for _ in range(trials):
                correct, confidence, made = search(rng, rates, Rules(rates, repeats=repeats))
                right += correct
                claimed += confidence
                probes.append(made)
            cells += [share(right, trials), f"{claimed / trials:.1%}".replace("%", " %"), mean(probes)]
        row(kind, *cells)


def _noisy_history(rng: random.Random, rates: Noise, rules: Rules) -> tuple[bool, float, int]:
    count = rng.randint(2, 60)
    first_bad = rng.randrange(1, count)
    answer = search_versions(count, oracle(lambda index: index >= first_bad, rng, rules, rates))
    right = [(change.before, change.after) for change in answer.changes] == [(first_bad - 1, first_bad)]
    return right, answer.confidence, answer.probes


def _noisy_factors(rng: random.Random, rates: Noise, rules: Rules) -> tuple[bool, float, int]:
    names = "abcdefgh"[: rng.randint(2, 8)]
    truth = planted(rng, names, (1, 2), (1, 2))
    answer = search_factors(names, oracle(any_of(truth), rng, rules, rates))
    return all_right(answer, truth), answer.confidence, answer.probes


def joint(trials: int) -> None:
    """One to three pairs of a version (of 2 to 40; 0 if none is needed) and up to two of up to six factors."""
    table("error rate of a probe", "right", "probes")
    for rate in (0.0, 0.05, 0.1):
        rng, right, probes = random.Random(7), 0, []  # noqa: S311
        for _ in range(trials):
            count, names = rng.randint(2, 40), "abcdef"[: rng.randint(1, 6)]
            pairs = set()
            for _ in range(rng.randint(1, 3)):
                under = frozenset(rng.sample(names, rng.randint(0, min(2, len(names)))))
                pairs.add((rng.randint(0 if under else 1, count - 1), under))

            def below(one: tuple[int, Set], other: tuple[int, Set]) -> bool:
                return one[0] <= other[0] and one[1] <= other[1]

            truth = {pair for pair in pairs if not any(other != pair and below(other, pair) for other in pairs)}

            def bad(point: tuple[int, Set], truth: set[tuple[int, Set]] = truth) -> bool:
                return any(one[0] <= point[0] and one[1] <= point[1] for one in truth)

            rules = Rules(Noise(rate, rate))
            answer = search_joint(count, "version", tuple(names), oracle(bad, rng, rules, rules.noise))
            found = {(step.change.after if step.change else -1, step.factors) for step in answer.steps}
            found |= {(0, c.factors) for c in answer.rounds[0].answer.causes if "version" not in c.factors}
            right += found == truth
            probes.append(answer.probes)
        row(f"{rate:g}", share(right, trials), mean(probes))


SECTIONS = {"factors": factors, "masked": masked, "histories": histories, "noise": noise, "joint": joint}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=" ".join(SECTIONS))
    parser.add_argument("--trials", type=int, default=1000)
    chosen = parser.parse_args()
    for name in chosen.sections or SECTIONS:
        SECTIONS[name](chosen.trials)
