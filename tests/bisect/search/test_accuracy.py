"""How often the answer is right with noisy probes, on planted causes (for thousands of them see docs/bisect.md)."""

import random

import pytest

from harness.bisect.search import Judged, Noise, Observation, Oracle, Rules, search_factors, search_versions
from harness.bisect.search.hitting_sets import hitting_sets, minimal

TRIALS = 150


def noisy(rng, is_bad, rate):
    def judge(point, _sure):
        return Observation(Judged.BAD if is_bad(point) != (rng.random() < rate) else Judged.GOOD)

    return judge


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_versions(rate):
    rng = random.Random(1)  # noqa: S311
    right, claimed = 0, 0.0
    for _ in range(TRIALS):
        count = rng.randint(2, 60)
        first_bad = rng.randrange(1, count)
        judge = noisy(rng, lambda i, first_bad=first_bad: i >= first_bad, rate)
        answer = search_versions(count, Oracle(judge, Rules(Noise(rate, rate))))
        right += [(c.before, c.after) for c in answer.changes] == [(first_bad - 1, first_bad)]
        claimed += answer.confidence
    assert right / TRIALS > 0.94
    assert abs(right - claimed) / TRIALS < 0.06


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_factors(rate):
    rng = random.Random(2)  # noqa: S311
    right = 0
    for _ in range(TRIALS):
        names = "abcdefgh"[: rng.randint(2, 8)]
        sizes = [rng.choice([1, 1, min(2, len(names))]) for _ in range(rng.randint(1, 2))]
        planted = minimal(frozenset(rng.sample(names, size)) for size in sizes)
        judge = noisy(rng, lambda point, planted=planted: any(cause <= point for cause in planted), rate)
        answer = search_factors(names, Oracle(judge, Rules(Noise(rate, rate), verify=0)))
        right += {c.factors for c in answer.causes} == set(planted) and {r.factors for r in answer.repairs} == set(
            hitting_sets(planted)
        )
    assert right / TRIALS > 0.92


def test_a_careless_search_would_be_wrong_much_more_often():
    """The figures above are earned by the repeats: one probe per point is right far less often."""
    rng = random.Random(3)  # noqa: S311
    right = 0
    for _ in range(TRIALS):
        first_bad = rng.randrange(1, 60)
        judge = noisy(rng, lambda i, first_bad=first_bad: i >= first_bad, 0.2)
        answer = search_versions(60, Oracle(judge, Rules(verify=0)))
        right += [(c.before, c.after) for c in answer.changes] == [(first_bad - 1, first_bad)]
    assert right / TRIALS < 0.5
