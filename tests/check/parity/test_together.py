"""Ports that part only late are found by a long stream; equal ones stay together to the bit."""

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.check.parity.together import stays_together
from harness.errors import CodecFailed

ENDLESS = "planted.endless:Endless"


def together(fault: str, reference: str = ""):
    port = Implementation.of(ENDLESS, {"fault": fault})
    with Player(Implementation.of(ENDLESS, {"fault": reference}), 60) as first, Player(port, 60) as second:
        return stays_together(paired(first, second, None, None), 0.4)


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


def test_a_reference_that_does_not_last_is_refused():
    with pytest.raises(CodecFailed, match=r"does not last 0\.4 minutes: decode of frame 300: no more"):
        together("", reference="fails")
