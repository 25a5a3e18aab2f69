"""
Which size of a fault is probed next: a staircase for each layer, over sizes that are probed as seldom as it takes.

Pure: what was noticed goes in, a size comes out. First the size from which every listener hears the fault. Then each
layer's threshold is bracketed (up to the largest size, down to the smallest) and halved until no size is left between
what is noticed and what is not. Then, as far as there is time, the sizes that matter are probed on more utterances.
"""

from collections.abc import Mapping, Sequence

from harness.sensitivity.layers import Layer, Noticed

ORDER = (Layer.GATE, Layer.SUITE, Layer.LADDER, Layer.SIGNAL, Layer.PESQ, Layer.STOI, Layer.LIKELIHOOD, Layer.WORDS)
AT_EDGES = 3  # probes on either side of the gate's threshold
MOST = 24  # probes of one fault

Found = Mapping[int, Sequence[Noticed]]  # by number of the size


def noticed_share(found: Sequence[Noticed], layer: Layer) -> float | None:
    """Return the share of probes that *layer* noticed; None if it was asked in none."""
    told = [one[layer] for one in found if one.get(layer) is not None]
    return sum(map(bool, told)) / len(told) if told else None


def threshold(found: Found, layer: Layer) -> int | None:
    """Return the smallest size from which on *layer* notices half of the probes or more of each size."""
    smallest = None
    for step in sorted(found, reverse=True):
        share = noticed_share(found[step], layer)
        if share is not None:
            if share < 0.5:
                break
            smallest = step
    return smallest


def next_step(found: Found, steps: int, audible_from: int | None, wanted: int) -> int | None:
    """
    Return the number of the size to probe next; None if there is nothing left to learn.

    steps : how many sizes there are; audible_from : as of a fault
    wanted : probes at the size from which every listener hears it
    """
    if sum(map(len, found.values())) >= max(MOST, wanted):
        return None
    first = steps - 1 if audible_from is None else audible_from
    if not found.get(first):
        return first
    for layer in ORDER:
        step = _between(found, steps, layer)
        if step is not None:
            return step
    if audible_from is not None and len(found[audible_from]) < wanted:
        return audible_from
    return _thin(found, steps)


def _between(found: Found, steps: int, layer: Layer) -> int | None:
    shares = {step: noticed_share(several, layer) for step, several in found.items()}
    asked = [step for step, share in shares.items() if share is not None]
    if not asked:
        return None
    high = threshold(found, layer)
    if high is None:
        return steps - 1 if max(shares) < steps - 1 else None
    # Of a size at which the codec failed no layer tells anything, however often it is probed.
    below = max((step for step in shares if step < high), default=-1)
    if high - below <= 1:
        return None
    return (high + below) // 2 if below >= 0 else high // 2


def _thin(found: Found, steps: int) -> int | None:
    """Return the size on one side of the gate's threshold that was probed least, if that is too seldom."""
    high = threshold(found, Layer.GATE)
    edges = [step for step in ((steps - 1,) if high is None else (high, high - 1)) if step >= 0]
    step = min(edges, key=lambda one: len(found.get(one, ())))
    return step if len(found.get(step, ())) < AT_EDGES else None
