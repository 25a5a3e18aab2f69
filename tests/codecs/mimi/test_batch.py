"""Rows of a batch of Mimi are streams of their own: as alone, in step, and nothing of one is in another."""

import numpy as np
import pytest
from mini_mimi import SIZE, codec, codes, decode, encode, pcm, speech

FRAMES = 12
ROWS = ("heart-01", "slt-01", "rms-01")


def together(names: tuple[str, ...], chunk: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and samples of *names* as rows of one batch, *chunk* frames a call."""
    batch = codec().open_batch(len(names))
    given = np.stack([speech(name, FRAMES) for name in names])
    made = [batch.encode(given[:, at : at + chunk * SIZE]) for at in range(0, FRAMES * SIZE, chunk * SIZE)]
    return np.concatenate(made, axis=2), np.concatenate([batch.decode(each) for each in made], axis=1)


def test_each_row_is_the_stream_that_it_is_alone() -> None:
    made, heard = together(ROWS)
    assert (made.shape, made.dtype) == ((3, codec().info.codebooks, FRAMES), np.int64)
    assert (heard.shape, heard.dtype) == ((3, FRAMES * SIZE), np.float32)
    for row, name in enumerate(ROWS):
        alone = codec().open()
        np.testing.assert_array_equal(made[row], encode(alone, speech(name, FRAMES)))
        np.testing.assert_allclose(heard[row], decode(alone, made[row]), rtol=0, atol=codec().info.tolerance)


def test_rows_keep_their_order_and_do_not_hear_each_other() -> None:
    made, heard = together(ROWS)
    turned, reheard = together(ROWS[::-1])
    np.testing.assert_array_equal(turned[::-1], made)
    np.testing.assert_allclose(reheard[::-1], heard, rtol=0, atol=codec().info.tolerance)


def test_a_batch_of_one_is_a_stream() -> None:
    batch = codec().open_batch(1)
    made = batch.encode(speech()[None])
    np.testing.assert_array_equal(made[0], codes())
    np.testing.assert_allclose(batch.decode(made)[0], pcm(), rtol=0, atol=codec().info.tolerance)


def test_a_batch_is_fresh_whatever_another_has_heard() -> None:
    used = codec().open_batch(2)
    used.decode(used.encode(np.stack([speech("slt-01"), speech("rms-01")])))
    made, _ = together(ROWS[:2])
    again, _ = together(ROWS[:2])
    np.testing.assert_array_equal(again, made)


@pytest.mark.parametrize("shape", [(3, SIZE), (1, SIZE), (2, SIZE + 100), (2, 0)])
def test_what_does_not_fit_the_batch_is_refused_and_no_row_is_made_of_it(shape: tuple[int, int]) -> None:
    with pytest.raises((RuntimeError, AssertionError)):
        codec().open_batch(2).encode(np.zeros(shape, np.float32))


def test_fewer_codebooks_are_decoded_in_each_row() -> None:
    made, _ = together(ROWS[:2])
    few = codec().open_batch(2).decode(np.ascontiguousarray(made[:, :4]))
    alone = decode(codec().open(), np.ascontiguousarray(made[1, :4]), FRAMES)
    np.testing.assert_allclose(few[1], alone, rtol=0, atol=codec().info.tolerance)
