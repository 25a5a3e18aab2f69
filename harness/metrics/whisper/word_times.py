"""
When each word was said, from where the decoder looked in the audio while it wrote the word.

Conventions
-----------
Attention is float, shape (H, N, M): H alignment heads, N tokens fed to the decoder (prompt, text, end), M positions of
the audio, scores before the softmax. Times are in seconds from the start of the audio; a position is 20 ms.

Source
------
`find_alignment` of openai-whisper `timing.py`: heads that follow the audio, standardised over tokens, median filtered,
averaged, then the cheapest monotonic path (dynamic time warping). Whisper's own warping is compiled when first used,
which takes longer than everything else here; this one is not.
"""

import numpy as np
import numpy.typing as npt

POSITION_SECONDS = 0.02
MEDIAN_WIDTH = 7  # positions

Array = npt.NDArray[np.floating]


def token_starts(attention: Array, prompt: int) -> list[float]:
    """Return the time at which each token of the text begins, and the end of the last; *prompt* tokens came before."""
    scores = attention.astype(np.float64)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    spread = weights.std(axis=-2, keepdims=True)
    weights = (weights - weights.mean(axis=-2, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    return [POSITION_SECONDS * place for place in _warp(-_median(weights).mean(axis=0)[prompt - 1 : -1])]


def _median(weights: Array) -> Array:
    half = MEDIAN_WIDTH // 2
    if weights.shape[-1] <= half:
        return weights
    padded = np.pad(weights, [(0, 0)] * (weights.ndim - 1) + [(half, half)], mode="reflect")
    middle: Array = np.sort(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_WIDTH, axis=-1), axis=-1)[..., half]
    return middle


def _warp(cost: Array) -> list[int]:
    """Return the first column of every row on the cheapest path from the first cell to the last."""
    rows, columns = cost.shape
    infinity = float("inf")
    total = [[infinity] * (columns + 1) for _ in range(rows + 1)]
    total[0][0] = 0.0
    for i, line in enumerate(cost.tolist(), 1):
        above, here = total[i - 1], total[i]
        left = infinity
        for j, value in enumerate(line, 1):
            left = here[j] = value + min(above[j - 1], above[j], left)
    firsts = [0] * rows
    i, j = rows, columns
    while i > 0 and j > 0:
        firsts[i - 1] = j - 1
        diagonal, up, left = total[i - 1][j - 1], total[i - 1][j], total[i][j - 1]
        if diagonal < up and diagonal < left:  # ties as in Whisper: along the row before up the column
            i, j = i - 1, j - 1
        elif up < diagonal and up < left:
            i -= 1
        else:
            j -= 1
    return firsts
