"""
Programs asked of two implementations, each judged by what the two do in plain use of the signal that it decodes.

The *carriers* are the signals on which they agree best in plain use, one for each side.
"""

from dataclasses import dataclass
from functools import cached_property

from harness.check.parity.agreement import Agreement, agreement
from harness.check.parity.comparing import ParityComparison, Parting
from harness.check.parity.laws import PARITY, plain
from harness.check.parity.pair import Pair
from harness.check.parity.program import Program
from harness.check.parity.signals import SIGNALS
from harness.check.parity.state import Kept, kept

CARRIERS = tuple(name for name in SIGNALS if name not in ("silence", "subnormal"))  # what says something of state


@dataclass(frozen=True)
class ProgramCompared:
    """A program, what two implementations gave for it, how far that agrees, and where they part if they do."""

    program: Program
    compared: ParityComparison
    agreement: Agreement
    parting: Parting | None

    @property
    def is_new(self) -> bool:
        """Whether they part, and by more than they do in plain use."""
        return self.agreement is Agreement.PARTED and not (self.parting is not None and self.parting.usual)


class Asking:
    """Asks programs of a pair, and remembers what it gave in plain use."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._known: dict[tuple[Program, bool], ProgramCompared] = {}
        self._kept: dict[Program, Kept | None] = {}

    @cached_property
    def carriers(self) -> dict[str, str]:
        """The signal for each verb on which the two agree best in plain use; the first of several."""
        return {verb: min(CARRIERS, key=lambda name: self._distance(verb, name)) for verb in ("encode", "decode")}

    def asked(self, program: Program, *, plainly: bool = False) -> ProgramCompared:
        """
        Give *program* to both, and judge it by the plain use of the signals that it decodes.

        plainly : judge it by itself, as a part of plain use
        """
        if (program, plainly) not in self._known:
            compared = self._pair.compared(program)
            decoded = dict.fromkeys(call.of for call in program if call.verb == "decode" and call.of in SIGNALS)
            usual = [] if plainly else [self._plain("decode", name).compared for name in decoded]
            self._known[program, plainly] = ProgramCompared(program, compared, *agreement(compared, usual))
        return self._known[program, plainly]

    def kept(self, program: Program) -> Kept | None:
        """Return in what the state of the two differs after the events of *program*; None if in nothing."""
        if program not in self._kept:
            self._kept[program] = kept(self._pair, program)
        return self._kept[program]

    def _distance(self, verb: str, name: str) -> tuple[int, float]:
        asked = self._plain(verb, name)
        return asked.agreement.rank, -(asked.compared.snr or 0.0) if asked.agreement is Agreement.PARTED else 0.0

    def _plain(self, verb: str, name: str) -> ProgramCompared:
        return self.asked(PARITY[plain(verb, name)].program({}), plainly=True)
