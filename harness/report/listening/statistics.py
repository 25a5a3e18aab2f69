"""
Statistics of listening tests, over several listeners.

ABX: exact one-sided binomial test against guessing, with the exact 95 % interval of the share that was right.
Preference: exact two-sided binomial test of those who preferred one (a sign test).
Ratings: as in ITU-R BS.1534-3, a listener who rates the hidden reference below 90 in more than 15 % of the clips is
left out; so is one who rates the anchor above 90 in as many, which it asks of its middle anchor and we of our only one.
Means have 95 % intervals of Student's t over listeners; with a single listener over the clips, which says nothing of
other listeners. Pairs of setups: Wilcoxon's signed-rank test of the same units, p-values after Holm for all pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from scipy import stats

from harness.report.listening.results import Abx, Preference, Rating

LOWEST_REFERENCE, HIGHEST_ANCHOR, SHARE = 90.0, 90.0, 0.15
CONFIDENCE = 0.95


@dataclass(frozen=True)
class AbxTold:
    """ABX of one setup: *right* of *trials*; *low* and *high* of the share right; *p* of guessing so well."""

    setup: str
    a: str
    b: str
    trials: int
    right: int
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Preferred:
    """Preference of one setup: how often each, and neither; *p* of being as uneven without any preference."""

    setup: str
    a: str
    b: str
    for_a: int
    for_b: int
    neither: int
    p: float


@dataclass(frozen=True)
class Mean:
    """The mean rating of *name* over *units*, with its interval; None where there is one unit only."""

    name: str
    role: str
    mean: float
    low: float | None
    high: float | None
    units: int
    ratings: int


@dataclass(frozen=True)
class RatedPair:
    """How much higher *better* is rated than *worse*, on average; *p* after Holm."""

    better: str
    worse: str
    difference: float
    p: float


@dataclass(frozen=True)
class Ratings:
    """
    over : what a unit of the statistics is, "listeners" or "clips"
    left_out : listeners that are left out, and why
    """

    over: str
    left_out: dict[str, str]
    means: list[Mean]
    pairs: list[RatedPair]


def abx(results: Iterable[Abx]) -> list[AbxTold]:
    """Return what ABX says of each setup and pair of sounds, all its trials together."""
    counts: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for one in results:
        counts[one.setup, one.a, one.b] += [answer.truth == answer.given for answer in one.answers]
    found = []
    for (setup, a, b), right in counts.items():
        test = stats.binomtest(sum(right), len(right), 0.5, alternative="greater")
        interval = stats.binomtest(sum(right), len(right)).proportion_ci(CONFIDENCE)
        found.append(AbxTold(setup, a, b, len(right), sum(right), interval.low, interval.high, test.pvalue))
    return found


def preference(results: Iterable[Preference]) -> list[Preferred]:
    """Return what was preferred of each setup and pair of sounds, all trials together."""
    counts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in results:
        counts[one.setup, one.a, one.b] += [answer.preferred for answer in one.answers]
    found = []
    for (setup, a, b), said in counts.items():
        for_a, for_b = said.count("a"), said.count("b")
        p = stats.binomtest(for_a, for_a + for_b).pvalue if for_a + for_b else 1.0
        found.append(Preferred(setup, a, b, for_a, for_b, said.count("none"), p))
    return found


def ratings(results: Sequence[Rating]) -> Ratings:
    """Return the means of all sounds, best first, and how the setups differ."""
    left_out = {listener: why for listener, own in _by_listener(results).items() if (why := _unfit(own))}
    kept = [one for one in results if one.listener not in left_out]
    over = "listeners" if len({one.listener for one in kept}) > 1 else "clips"
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    roles = {}
    for one in kept:
        for clip in one.trials:
            for rated in clip.ratings:
                roles[rated.name] = rated.role
                for name in (rated.name, *rated.same_output_as):
                    roles.setdefault(name, rated.role if rated.role == "setup" else "setup")
                    scores[name][one.listener if over == "listeners" else clip.utterance].append(rated.score)
    units = {name: {unit: fmean(own) for unit, own in found.items()} for name, found in scores.items()}
    means = [_mean(name, roles[name], units[name], sum(map(len, scores[name].values()))) for name in units]
    setups = {name: found for name, found in units.items() if roles[name] == "setup"}
    return Ratings(over, left_out, sorted(means, key=lambda one: -one.mean), _pairs(setups))


def _by_listener(results: Sequence[Rating]) -> dict[str, list[Rating]]:
    found: dict[str, list[Rating]] = defaultdict(list)
    for one in results:
        found[one.listener].append(one)
    return found


def _unfit(own: Sequence[Rating]) -> str:
    """Say why a listener is left out; "" for one who stays."""
    rated = [rated for one in own for clip in one.trials for rated in clip.ratings]
    hidden = [one.score < LOWEST_REFERENCE for one in rated if one.role == "reference"]
    anchors = [one.score > HIGHEST_ANCHOR for one in rated if one.role == "anchor"]
    for wrong, what in ((hidden, "the hidden reference below 90"), (anchors, "the anchor above 90")):
        if wrong and sum(wrong) / len(wrong) > SHARE:
            return f"rated {what} in {sum(wrong)} of {len(wrong)} clips"
    return ""


def _mean(name: str, role: str, units: dict[str, float], count: int) -> Mean:
    values = list(units.values())
    if len(values) < 2:
        return Mean(name, role, fmean(values), None, None, len(values), count)
    middle, error = fmean(values), float(stats.sem(values))
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    return Mean(name, role, middle, middle - reach, middle + reach, len(values), count)


def _pairs(units: dict[str, dict[str, float]]) -> list[RatedPair]:
    found = []
    for one, other in combinations(units, 2):
        shared = [unit for unit in units[one] if unit in units[other]]
        differences = [units[one][unit] - units[other][unit] for unit in shared]
        if len(differences) < 2:
            continue
        moved = any(differences)
        p = float(stats.wilcoxon(differences).pvalue) if moved else 1.0
        first, second = (one, other) if fmean(differences) >= 0 else (other, one)
        found.append(RatedPair(first, second, abs(fmean(differences)), p))
    return _holm(sorted(found, key=lambda pair: pair.p))


def _holm(pairs: list[RatedPair]) -> list[RatedPair]:
    """Return *pairs*, ascending by p, with each p so that any wrong one among all has the usual chance."""
    most, found = 0.0, []
    for place, pair in enumerate(pairs):
        most = max(most, min(1.0, pair.p * (len(pairs) - place)))
        found.append(RatedPair(pair.better, pair.worse, pair.difference, most))
    return found
