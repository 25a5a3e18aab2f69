import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.topology.places import bursts, chained, late, repeated

CHANCES = st.floats(0, 1)
LONG = 20_000


def frames_of(runs):
    return [frame for run in runs for frame in run]


def test_bursts_lie_in_the_stream():
    assert bursts(10, [2, 9], 3) == [range(2, 5), range(7, 10)]
    assert bursts(2, [1], 5) == [range(2)]


def test_a_pattern_is_said_again_and_again():
    assert repeated(9, "x.x") == [range(1), range(2, 4), range(5, 7), range(8, 9)]
    assert repeated(4, "....") == []


@pytest.mark.parametrize(("share", "spell"), [(0.1, 4.0), (0.05, 1.0), (0.3, 10.0), (0.1, None), (0.5, None)])
def test_a_chain_is_bad_as_often_and_as_long_as_asked(share, spell):
    runs = chained(LONG, share, spell, (1.0, 0.0), 0)
    spells = spell or 1 / (1 - share)
    expected = share * LONG
    assert len(frames_of(runs)) == pytest.approx(expected, rel=4 * (2 * spells / expected) ** 0.5)
    assert expected / len(runs) == pytest.approx(spells, rel=0.2)


def test_a_chain_hits_a_share_of_the_frames_inside_and_outside():
    hit = len(frames_of(chained(LONG, 0.2, 5.0, (0.5, 0.05), 1)))
    assert hit / LONG == pytest.approx(0.2 * 0.5 + 0.8 * 0.05, rel=0.1)


def test_a_queue_is_late_in_bursts():
    runs = late(LONG, jitter=1.0, wait=3.0, seed=0)
    share = len(frames_of(runs)) / LONG
    alone = 0.0498  # e**-3: how often a frame by itself is held up longer
    assert share > 1.2 * alone
    assert len(frames_of(runs)) / len(runs) > 1.2


@given(frames=st.integers(0, 200), more=st.integers(0, 50), seed=st.integers(0, 2**40), data=st.data())
def test_what_is_drawn_is_the_same_for_a_seed_and_a_longer_stream_begins_alike(frames, more, seed, data):
    if data.draw(st.booleans()):
        share, spell = data.draw(st.floats(0, 0.99)), data.draw(st.none() | st.floats(1, 50))
        hits = data.draw(st.tuples(CHANCES, CHANCES))

        def drawn(length):
            return frames_of(chained(length, share, spell, hits, seed))
    else:
        jitter, wait = data.draw(st.floats(0.001, 50)), data.draw(st.floats(0, 50))

        def drawn(length):
            return frames_of(late(length, jitter, wait, seed))

    assert drawn(frames) == drawn(frames)
    assert drawn(frames) == [frame for frame in drawn(frames + more) if frame < frames]


@given(frames=st.integers(0, 100), seed=st.integers(0, 99))
def test_runs_ascend_and_do_not_touch(frames, seed):
    for runs in (chained(frames, 0.4, 2.0, (1.0, 0.1), seed), late(frames, 1.0, 1.0, seed), repeated(frames, "x..xx")):
        assert all(0 <= run.start < run.stop <= frames for run in runs)
        assert all(one.stop < two.start for one, two in itertools.pairwise(runs))


def test_seeds_are_of_different_streams():
    assert len({tuple(frames_of(chained(200, 0.1, 4.0, (1.0, 0.0), seed))) for seed in range(20)}) == 20


def test_a_seed_means_the_same_frames_everywhere():
    """Written down, so that a change of the generator, or of how it is asked, is noticed: it would change results."""
    assert frames_of(chained(60, 0.1, 4.0, (1.0, 0.0), 0)) == [20, 21, 22]
    assert frames_of(late(60, 1.0, 3.0, 0)) == [17, 18, 29, 49]
