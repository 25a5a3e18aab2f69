"""Each standard wire does to the codes what it says, and no two do the same."""

import numpy as np
import pytest

from harness.codecs.protocol import LOST
from harness.errors import SuiteInvalid
from harness.topology.wire import NOT_SENT, OF_LATENTS, Wire, send
from harness.topology.wire_catalogue import WIRES, find

BOOKS, FRAMES, BINS = 6, 40, 4096
CODES = (np.arange(FRAMES) + 100 * np.arange(1, BOOKS + 1)[:, None]).astype(np.int64)  # each tells book and frame
LATENTS = np.random.default_rng(1).standard_normal((8, 400)).astype(np.float32)
PLACE = FRAMES // 2  # where a single fault is


def arrived(name: str) -> np.ndarray:
    return send(find(name), CODES, BINS)


def frames(name: str) -> list[int]:
    """Return the numbers of the frames that arrive whole, LOST for those that are lost."""
    found = arrived(name)
    assert np.array_equal(found, found[:1] + 100 * np.arange(BOOKS)[:, None]) or (found == LOST).any()
    lost = (found == LOST).all(axis=0)
    return [LOST if one else int(code) - 100 for one, code in zip(lost, found[0], strict=True)]


ALL = list(range(FRAMES))


def without(*gone: int) -> list[int]:
    return [one for one in ALL if one not in gone]


def instead(changes: dict[int, int]) -> list[int]:
    return [changes.get(one, one) for one in ALL]


BURST = range(PLACE, PLACE + 5)
WHOLE_FRAMES = {
    "drop-frame": without(PLACE),
    "drop-burst": without(*BURST),
    "lose-frame": instead({PLACE: LOST}),
    "lose-burst": instead(dict.fromkeys(BURST, LOST)),
    "lose-every-10th": instead(dict.fromkeys((9, 19, 29, 39), LOST)),
    "lose-bursts": instead(dict.fromkeys((19, 20, 21, 37, 38, 39), LOST)),
    "lose-alternate": instead(dict.fromkeys((6, 8, 10, 18, 20, 22, 30, 32, 34), LOST)),
    "stall": [*ALL[:PLACE], LOST, LOST, LOST, *ALL[PLACE:]],
    "duplicate-frame": [*ALL[: PLACE + 1], *ALL[PLACE:]],
    "swap-frames": instead({PLACE: PLACE + 1, PLACE + 1: PLACE}),
    "swap-every-2nd": [one ^ 1 for one in ALL],
    "repeat-previous": instead({PLACE: PLACE - 1}),
    "repeat-burst": instead(dict.fromkeys(BURST, PLACE - 1)),
    "repeat-every-3rd": instead({one: one - 1 for one in range(2, FRAMES, 3)}),
}


@pytest.mark.parametrize("name", WHOLE_FRAMES)
def test_whole_frames_are_lost_repeated_or_moved_where_it_says(name: str) -> None:
    assert frames(name) == WHOLE_FRAMES[name]


def late(by: list[int]) -> np.ndarray:
    """Return the codes, each book so many frames late, or early; zeros where none come."""
    found, frame = np.zeros_like(CODES), np.arange(FRAMES)
    for book, lag in enumerate(by):
        there = (frame >= lag) & (frame < FRAMES + lag)
        found[book, there] = CODES[book, frame[there] - lag]
    return found


OF_BOOKS = {
    "off-by-one": CODES + 1,
    "swap-codebooks-0-1": CODES[[1, 0, 2, 3, 4, 5]],
    "reverse-codebooks": CODES[::-1],
    "first-codebook-only": np.where(np.arange(BOOKS)[:, None] < 1, CODES, NOT_SENT),
    "zero-codebook-0": np.where(np.arange(BOOKS)[:, None] < 1, 0, CODES),
    "transposed": CODES.T.reshape(CODES.shape),
    "acoustic-delay": late([0, 1, 1, 1, 1, 1]),
    "acoustic-delay-2": late([0, 2, 2, 2, 2, 2]),
    "acoustic-early": late([0, -1, -1, -1, -1, -1]),
    "staggered": late([0, 1, 2, 3, 4, 5]),
    "late-frame": late([1] * BOOKS),
    "codebooks-to-first": np.where(
        (np.arange(BOOKS)[:, None] < 1) | (np.arange(FRAMES) < PLACE), CODES, NOT_SENT
    ),
    "codebooks-in-turn": np.where(
        (np.arange(BOOKS)[:, None] < 4) | (np.arange(FRAMES) // 12 % 2 == 0), CODES, NOT_SENT
    ),
    "zero-frame": np.where(np.arange(FRAMES) == PLACE, 0, CODES),
    "zero-burst": np.where(np.isin(np.arange(FRAMES), list(BURST)), 0, CODES),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_BOOKS)
def test_codebooks_are_moved_changed_or_left_out_as_it_says(name: str) -> None:
    np.testing.assert_array_equal(arrived(name), OF_BOOKS[name])


BY_CHANCE = ["lose-by-chance", "lose-bursts-by-chance", "repeat-bursts-by-chance", "lose-late", "repeat-late"]


@pytest.mark.parametrize("name", BY_CHANCE)
def test_what_is_hit_by_chance_is_a_tenth_or_what_comes_too_late(name: str) -> None:
    codes = np.arange(20_000)[None] + np.zeros((2, 1), np.int64)
    found = send(find(name), codes, 30_000)
    hit = (found != codes)[0]
    np.testing.assert_array_equal(found, send(find(name), codes, 30_000))
    assert hit.mean() == pytest.approx(0.05 if name.endswith("late") else 0.1, abs=0.03)
    starts = hit & ~np.concatenate([[False], hit[:-1]])
    alone = hit.sum() / starts.sum()
    if "bursts" in name:
        assert alone == pytest.approx(4.0, rel=0.2)
    if name == "lose-by-chance":
        assert alone == pytest.approx(1 / 0.9, rel=0.1)
    if name.startswith("lose"):
        assert (found[:, hit] == LOST).all()
    else:
        before = np.maximum.accumulate(np.where(hit, 0, codes[0]))
        np.testing.assert_array_equal(found[0][hit][1:], before[hit][1:])


def test_latents_get_noise_20_db_below_or_lose_digits() -> None:
    noise = send(find("latent-noise"), LATENTS, 0) - LATENTS
    assert 10 * np.log10(np.square(LATENTS).mean() / np.square(noise).mean()) == pytest.approx(20, abs=0.2)
    for name, digits in (("latent-float16", 11), ("latent-bfloat16", 8)):
        found = send(find(name), LATENTS, 0)
        off = np.abs(found / LATENTS - 1)
        assert found.dtype == np.float32
        assert 2.0 ** -(digits + 1) < off.max() <= 2.0**-digits * (1 + 1e-6), name


def test_every_wire_is_asked_above() -> None:
    latent = {name for name, wire in WIRES.items() if wire.fault in OF_LATENTS}
    assert {*WHOLE_FRAMES, *OF_BOOKS, *BY_CHANCE} | latent == WIRES.keys()
    assert latent == {"latent-noise", "latent-float16", "latent-bfloat16"}


def test_no_two_are_the_same_and_none_does_nothing() -> None:
    made = [str(sorted(wire.factors().items())) for wire in (*WIRES.values(), Wire())]
    assert len(set(made)) == len(WIRES) + 1
    told = [wire.about for wire in WIRES.values()]
    assert len(set(told)) == len(told)
    assert all(told)


def test_a_wire_that_is_not_there_is_refused_with_the_one_that_is_meant() -> None:
    with pytest.raises(SuiteInvalid, match="wire 'cut' is unknown; wanted one of drop-frame"):
        find("cut")
    with pytest.raises(SuiteInvalid, match=r"did you mean 'drop-frame'\?"):
        find("drop-frames")
