"""Times of words, on attention made by hand."""

from itertools import pairwise

import numpy as np
import pytest

from harness.metrics.whisper.word_times import token_starts


def _attention(places: list[int], positions: int, heads: int = 2) -> np.ndarray:
    """Scores with a ridge: token i looks from places[i] to the place of the next."""
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((heads, len(places), positions)) * 0.1
    for token, (start, stop) in enumerate(pairwise([*places, positions])):
        scores[:, token, start:stop] += 8
    return scores.astype(np.float32)


def test_a_token_starts_where_the_decoder_begins_to_look_at_it() -> None:
    # Row i of the decoder looks at the token that it writes next, so the prompt's last row belongs to the first token.
    attention = _attention([0, 10, 40, 70, 90], positions=110)
    starts = token_starts(attention, prompt=2)
    assert len(starts) == 3
    assert starts[0] == 0.0
    assert starts[1:] == pytest.approx([0.8, 1.4], abs=0.07)
    assert starts == sorted(starts)


def test_flat_attention_and_very_short_audio_give_times_in_order() -> None:
    for positions in (1, 2, 3, 50):
        starts = token_starts(np.zeros((1, 6, positions), np.float32), prompt=2)
        assert len(starts) == 4
        assert starts == sorted(starts)
        assert starts[0] >= 0
        assert starts[-1] < 0.02 * positions
