"""How far two agree: each rung, the limits between them, and that nothing may be nearer than plain use is."""

import numpy as np
import pytest

from harness.check.parity.agreement import FOLLOWS, NEARER, Agreement, agreement, nearness, well_below
from harness.check.parity.comparing import HALF_A_STEP, ParityComparison, Parting

FRAMES = 8


def compared(error=1e-6, signal=1.0, beyond=(0, 0), largest=0.1, **more):
    """Return a comparison whose difference and sound have these powers, one number for all frames or one a frame."""
    powers = [np.broadcast_to(np.asarray(one, np.float64), FRAMES).copy() for one in (error, signal)]
    return ParityComparison(
        bits=False, beyond=beyond, largest=largest, sixteen=(False, False), error=powers[0], signal=powers[1], **more
    )


def rung(found, *plain):
    return agreement(found, plain)[0]


def test_the_ladder_stands_best_first():
    assert [one.rank for one in Agreement] == [0, 1, 2, 3]
    assert Agreement.BITS.rank < Agreement.ROUNDING.rank < Agreement.ARITHMETIC.rank < Agreement.PARTED.rank


def test_what_no_rounding_explains_parts_them_whatever_else_is_equal():
    parting = Parting(3, "codes differ", 2)
    assert agreement(ParityComparison(parting=parting), ()) == (Agreement.PARTED, parting)


def test_equal_bits_and_what_is_within_the_tolerance_are_no_parting():
    assert agreement(ParityComparison(), ()) == (Agreement.BITS, None)
    assert agreement(compared(beyond=None), ()) == (Agreement.ROUNDING, None)


@pytest.mark.parametrize(
    ("largest", "sixteen", "found"),
    [
        (HALF_A_STEP, (True, False), Agreement.ARITHMETIC),
        (HALF_A_STEP, (False, True), Agreement.ARITHMETIC),
        (HALF_A_STEP, (True, True), Agreement.PARTED),
        (HALF_A_STEP * 1.01, (True, False), Agreement.PARTED),
    ],
)
def test_samples_of_16_bits_are_other_arithmetic_up_to_half_a_step(largest, sixteen, found):
    one = compared(error=1.0, largest=largest)  # as loud as the sound, as in silence
    one.sixteen = sixteen
    assert rung(one) is found


@pytest.mark.parametrize(("decibels", "found"), [(FOLLOWS, Agreement.ARITHMETIC), (FOLLOWS - 0.1, Agreement.PARTED)])
def test_plain_use_is_other_arithmetic_if_no_frame_is_too_near_to_the_sound(decibels, found):
    error = np.full(FRAMES, 1e-6)
    error[1] = 10 ** (-decibels / 10)
    assert rung(compared(error=error)) is found


def test_what_begins_in_mid_stream_is_no_arithmetic_unless_it_was_just_within_before():
    error = np.array([0, 0, 0, 0, 1e-4, 1e-4, 1e-4, 1e-4])
    assert not well_below(compared(error=error, beyond=(1, 4)))
    error[:4] = 1e-4 / NEARER
    assert well_below(compared(error=error, beyond=(1, 4)))
    error[:4] /= 1.01
    assert not well_below(compared(error=error, beyond=(1, 4)))
    silent = np.array([0, 0, 1, 1, 1, 1, 1, 1.0])
    assert well_below(compared(error=silent * 1e-4, signal=silent, beyond=(1, 2)))  # from the first sound on
    assert not well_below(compared(beyond=None))


@pytest.mark.parametrize(("grows", "found"), [(NEARER, Agreement.ARITHMETIC), (NEARER * 1.01, Agreement.PARTED)])
def test_a_difference_that_grows_along_plain_use_is_no_arithmetic(grows, found):
    assert rung(compared(error=[1e-6] * 4 + [1e-6 * grows] * 4)) is found


@pytest.mark.parametrize(("nearer", "found"), [(NEARER, Agreement.ARITHMETIC), (NEARER * 1.01, Agreement.PARTED)])
def test_no_program_may_be_nearer_than_plain_use_is_at_its_nearest(nearer, found):
    plain = compared(error=1e-6), compared(error=1e-8)
    error = np.full(FRAMES, 1e-9)
    error[3] = 1e-6 * nearer
    one = compared(error=error)
    rank, parting = agreement(one, plain)
    assert rank is found
    if found is Agreement.PARTED:
        assert parting is not None
        assert (parting.call, parting.frame, parting.usual) == (0, 3, False)
        assert parting.words.startswith("PCM differs from frame 3 on by more than in plain use (SNR ")


def test_where_plain_use_is_equal_any_difference_parts_them():
    found, parting = agreement(compared(error=1e-9, beyond=(2, 5)), [ParityComparison()])
    assert found is Agreement.PARTED
    assert parting is not None
    assert (parting.call, parting.frame) == (2, 5)
    assert parting.words.startswith("PCM differs from frame 5 on, by up to 1.0e-01")
    gone = compared(error=1.0, parting=Parting(0, "gone"))
    found, parting = agreement(compared(error=1e-9), [gone])  # what parted says nothing of arithmetic
    assert found is Agreement.PARTED
    assert parting is not None
    assert not parting.usual


def test_what_differs_no_more_than_in_a_plain_use_that_is_no_arithmetic_is_usual():
    late = compared(error=[0, 0, 0, 0, 1e-4, 1e-4, 1e-4, 1e-4], beyond=(0, 4))
    found, parting = agreement(compared(error=1e-5), [late])
    assert found is Agreement.PARTED
    assert parting is not None
    assert (parting.usual, parting.words) == (True, "PCM differs, no more than in plain use")


def test_a_difference_is_a_share_of_the_loudest_frame_so_far():
    found = nearness(compared(error=[1, 1, 1, 1, 1, 1, 1, 2], signal=[0, 2, 4, 1, 0, 8, 0, 0]))
    assert found[1:].tolist() == [0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.25]
    assert found[0] > 1e10  # before any sound
