"""Halving: from two points that differ to two neighbours that do, around points that cannot be judged."""

from collections.abc import Sequence

from harness.bisect.search.ledger import Ledger
from harness.bisect.search.oracle import Judged, PointT


def boundary(ledger: Ledger[PointT], chain: Sequence[PointT], becomes: Judged) -> tuple[int, int]:
    """
    Return neighbours low < high in *chain* such that high is judged *becomes* and low is not.

    The chain's last point must be judged *becomes*, its first otherwise. Points that cannot be judged may remain
    between the two. Needs at most ceil(log2(len(chain) - 1)) findings if every point can be judged.
    """
    low, high = 0, len(chain) - 1
    skipped: set[int] = set()
    skips = 0  # in a row
    # Invariant: chain[high] is judged `becomes`, chain[low] is not; all of `skipped` cannot be judged.
    while open_ := [i for i in range(low + 1, high) if i not in skipped]:
        # After skips, try elsewhere: what cannot be built tends to come in clusters.
        middle = open_[int(len(open_) * _van_der_corput(skips + 1))]
        ledger.left = len(open_).bit_length()
        judgement = ledger.find(chain[middle]).judgement
        if judgement is Judged.SKIP:
            skipped.add(middle)
            skips += 1
            continue
        skips = 0
        if judgement is becomes:
            high = middle
        else:
            low = middle
    ledger.left = 0
    return low, high


def _van_der_corput(index: int) -> float:
    """Return 1/2, 1/4, 3/4, 1/8, 5/8, ... for 1, 2, 3, 4, 5, ...: each next point falls far from those before."""
    value, step = 0.0, 0.5
    while index:
        value += step * (index & 1)
        index >>= 1
        step /= 2
    return value
