"""Programs asked of two implementations: each is asked once, and judged by what the two do in plain use."""

from typing import cast

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.asking import CARRIERS, Asking
from harness.check.parity.pair import Pair, paired
from harness.check.parity.playing import Player
from harness.check.parity.program import parse

SPEECH = parse("decode speech 0:4", "x")


class Counting:
    """A pair, and how often it was asked."""

    def __init__(self, pair):
        self._pair, self.count = pair, 0

    def __getattr__(self, name):
        return getattr(self._pair, name)

    def compared(self, program):
        self.count += 1
        return self._pair.compared(program)


@pytest.fixture(params=["pcm", "planted.faults:HalfGain"])
def counted(request):
    options = {} if request.param == "pcm" else {"inner": "pcm"}
    with (
        Player(Implementation.of("pcm", {}), 60) as first,
        Player(Implementation.of(request.param, options), 60) as other,
    ):
        pair = Counting(paired(first, other, None, None))
        yield Asking(cast(Pair, pair)), pair, request.param == "pcm"


def test_a_difference_as_in_plain_use_is_told_and_is_nothing_new(counted):
    asking, _, equal = counted
    found = asking.asked(SPEECH)
    assert found.agreement is (Agreement.BITS if equal else Agreement.PARTED)
    assert not found.is_new
    assert equal or found.parting.usual
    plainly = asking.asked(SPEECH, plainly=True)  # judged by itself it is one
    assert plainly.is_new is not equal


def test_what_was_asked_is_remembered(counted):
    asking, pair, _ = counted
    first = asking.asked(SPEECH)
    before = pair.count
    assert asking.asked(SPEECH) is first
    assert pair.count == before


def test_carriers_are_signals_that_say_something_of_state_one_for_each_side(counted):
    asking, _, equal = counted
    assert asking.carriers.keys() == {"encode", "decode"}
    assert set(asking.carriers.values()) <= set(CARRIERS)
    assert not {"silence", "subnormal"} & set(CARRIERS)
    if equal:
        assert asking.carriers["decode"] == CARRIERS[0]  # the first of those that agree alike
