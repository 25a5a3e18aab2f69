"""Two implementations of one codec, of which one is planted with faults, in this process or each in its own."""

import functools
from collections.abc import Sequence

from harness.check.implementation import Implementation
from harness.check.parity.findings import ParityCard, parity_card
from harness.check.parity.laws import chosen
from harness.check.parity.pair import paired
from harness.check.parity.playing import CallAnswer, Player, Step, play

DELTA = "planted.ports:Delta"


class Here(Player):
    """An implementation that plays in this process."""

    def __init__(self, faults: str = "", **options: object) -> None:
        self.which = Implementation.of(DELTA, {"faults": faults} | options)
        self.codec = self.which.load()
        self.info = self.codec.info
        self.calls = 0

    def play(self, script: Sequence[Step]) -> list[CallAnswer]:
        """See `Player.play`."""
        return play(self.codec, tuple(script))


@functools.cache
def card(faults: str, *laws: str, limit: float = 60.0) -> ParityCard:
    """Hold a port with *faults* against the codec itself, each in a process of its own."""
    port = Implementation.of(DELTA, {"faults": faults})
    with Player(Implementation.of(DELTA, {}), limit) as first, Player(port, limit) as second:
        return parity_card(paired(first, second, None, None), chosen(laws))


def of(found: ParityCard, law: str):
    """Return what a card says of one law."""
    return next(finding for finding in found.findings if finding.law == law)
