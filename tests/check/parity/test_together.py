"""Ports that part only late are found by a long stream; equal ones stay together to the bit."""

import numpy as np
import pytest

from harness.check.endurance.stream import LongStream
from harness.check.implementation import Implementation
from harness.check.parity import together as together_module
from harness.check.parity.agreement import Agreement
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.check.parity.together import stays_together
from harness.errors import CodecFailed

ENDLESS = "planted.endless:Endless"


def together(fault: str, reference: str = "", at: int = 300, tolerance: float | None = None):
    port = Implementation.of(ENDLESS, {"fault": fault, "at": at})
    with Player(Implementation.of(ENDLESS, {"fault": reference}), 60) as first, Player(port, 60) as second:
        return stays_together(paired(first, second, None, tolerance), 0.4)


def test_equal_implementations_stay_together_to_the_bit():
    assert together("").agreement is Agreement.BITS


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("breaks", "breaks between frame 256 and 384"),
        ("drifts", "per doubling of the length"),
        ("fails", "decode of frame 300: no more; until then flat"),
        ("dies", "ended its worker process"),
    ],
)
def test_what_parts_late_is_told(fault, said):
    found = together(fault)
    assert found.agreement is Agreement.PARTED
    assert said in found.words


@pytest.mark.parametrize("at", [33, 200, 555])  # between the marks too
def test_a_moment_in_which_they_part_is_told_with_its_time(at):
    found = together("bursts", at=at)
    assert found.agreement is Agreement.PARTED
    assert found.first_frame == at
    assert f"PCM differs from frame {at} to {at + 4} ({at / 50:.2f} to {(at + 5) / 50:.2f} s)" in found.words


def test_one_code_of_one_frame_is_told():
    found = together("flips")
    assert found.agreement is Agreement.PARTED
    assert found.first_frame == 299
    assert "codes differ in frame 299 alone (5.98 s); flat" in found.words


@pytest.mark.parametrize("fault", ["inverts", "halves"])
def test_what_is_less_than_ten_decibels_below_the_sound_is_no_other_arithmetic(fault):
    found = together(fault)
    assert found.agreement is Agreement.PARTED
    assert "PCM differs from frame 0 on (0.00 s)" in found.words


def test_other_arithmetic_is_told_with_the_frame_where_it_is_nearest():
    found = together("rounds")
    assert found.agreement is Agreement.ARITHMETIC
    assert "nearest to the sound in frame 600: 37 dB; flat (frame 32: " in found.words
    assert together("rounds", tolerance=0.1).agreement is Agreement.ROUNDING


def test_codes_that_are_ties_are_forgiven_and_others_are_not():
    port = Implementation.of("planted.undecided:Undecided", {"port": True})
    whole = Implementation.of("planted.undecided:Undecided", {})
    with Player(whole, 60) as first, Player(port, 60) as second:
        found = stays_together(paired(first, second, None, None), 0.4)
    assert found.agreement is Agreement.ROUNDING
    assert found.compared.ties > 0


def test_a_reference_that_does_not_last_is_refused():
    with pytest.raises(CodecFailed, match=r"does not last 0\.4 minutes: decode of frame 300: no more"):
        together("", reference="fails")


@pytest.mark.parametrize("tied", ["in one mark", "near each mark"])
def test_ties_and_rounding_that_the_marks_see_grow_are_no_fault(tied):
    stream = LongStream(np.zeros(16_000, np.float32), 320, 16_000, 1024, warm=0)
    side = together_module._SideBySide(stream, tolerance=1e-3)
    random = np.random.default_rng(1)
    for number in range(stream.frames):
        unlike = number in stream.ends if tied == "near each mark" else 500 < number <= 510
        heard = random.uniform(-0.5, 0.5, 320).astype(np.float32)
        mine = heard + np.float32(1e-8 * number) * random.standard_normal(320).astype(np.float32)
        right = np.zeros((1, 1), np.int64)
        side.take(right, right + unlike, heard, mine)
    found = together_module._judged(side, np.zeros(0, np.intp), None)  # all of them were found to be ties
    assert (found.agreement, found.first_frame) == (Agreement.ROUNDING, None)
    assert found.compared.ties
