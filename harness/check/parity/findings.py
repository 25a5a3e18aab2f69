"""
What is found of two implementations: every law, how far they agree in it, and the shortest program where they do not.
"""

import time
from collections.abc import Callable
from functools import partial

from harness.check.card import declared, plain_options
from harness.check.parity.agreement import Agreement
from harness.check.parity.asking import Asking, ProgramCompared
from harness.check.parity.comparing import ParityComparison
from harness.check.parity.laws import PARITY, PLAIN, STAYS_TOGETHER, plain
from harness.check.parity.pair import Pair
from harness.check.parity.playing import Player
from harness.check.parity.program import Program, parse, shape, text
from harness.check.parity.shorten import shortest
from harness.check.parity.state import Kept
from harness.check.parity.together import PROMISE, stays_together
from harness.check.subject import MINUTES
from harness.codecs.protocol import CodecInfo
from harness.record import Frozen, Measurement, Scalar

LARGER = 20.0  # dB, of the difference and of its distance from the signal, which one cause hardly explains
DECIDING = ("delay (samples)", "start-up (samples)", "gain (dB)", "context (frames)")  # of what is declared


class ParityFinding(Frozen):
    """
    How far two implementations agree in one law.

    observed : in words; first_frame : where they part, of the side that is meant
    largest : largest absolute difference of PCM; snr : of all PCM, undefined where nothing differs
    program : the shortest program that shows it, if they part
    same_as : the law whose shortest program is of the same kind of calls, so that one cause may explain both
    """

    law: str
    promise: str
    agreement: Agreement
    observed: str
    first_frame: int | None = None
    largest: Measurement | None = None
    snr: Measurement | None = None
    program: str = ""
    same_as: str | None = None


class Implemented(Frozen):
    """One of the two implementations, as the card names it."""

    codec: str
    adapter: str
    options: dict[str, Scalar]
    description: str
    fingerprint: str
    declared: dict[str, Scalar]


class ParityCard(Frozen):
    """What `check --against` found of two implementations."""

    codec: Implemented
    reference: Implemented
    tolerance: float
    findings: tuple[ParityFinding, ...]
    declared_apart: tuple[str, ...]
    programs: int
    seconds: float

    @property
    def agreement(self) -> Agreement:
        """The worst of all laws."""
        return max((finding.agreement for finding in self.findings), key=lambda found: found.rank)

    @property
    def parted(self) -> tuple[ParityFinding, ...]:
        """The laws in which they are not the same."""
        return tuple(finding for finding in self.findings if finding.agreement is Agreement.PARTED)

    @property
    def headline(self) -> str:
        """One line: the verdict in words."""
        words = str(self.agreement)
        if self.parted:
            first = self.parted[0]
            at = "" if first.first_frame is None else f" from frame {first.first_frame} on"
            causes = sum(finding.same_as is None for finding in self.parted)
            words += f"{at} ({first.law}); {len(self.parted)} of {len(self.findings)} laws, {causes} kinds of calls"
        return words


def parity_card(
    pair: Pair,
    laws: tuple[str, ...] = tuple(PARITY),
    report: Callable[[ParityFinding], None] | None = None,
    minutes: float = MINUTES,
) -> ParityCard:
    """Ask *laws* of two implementations; *report* hears of each finding at once; *minutes* : of the long stream."""
    begun = time.perf_counter()
    asking = Asking(pair)
    findings: list[ParityFinding] = []
    for name in laws:
        long = name == STAYS_TOGETHER
        findings.append(_of_a_long_stream(pair, minutes) if long else _finding(asking, name, findings))
        if report is not None:
            report(findings[-1])
    return ParityCard(
        codec=_implemented(pair.other),
        reference=_implemented(pair.reference),
        tolerance=pair.tolerance,
        findings=tuple(findings),
        declared_apart=_declared_apart(pair.reference.info, pair.other.info),
        programs=pair.programs,
        seconds=time.perf_counter() - begun,
    )


def _finding(asking: Asking, name: str, before: list[ParityFinding]) -> ParityFinding:
    plainly = name in PLAIN
    asked = asking.asked(PARITY[name].program({} if plainly else asking.carriers), plainly=plainly)
    found = ParityFinding(
        law=name,
        promise=PARITY[name].promise,
        agreement=asked.agreement,
        observed=_observed(asked.compared) if asked.parting is None else asked.parting.words,
        first_frame=None if asked.parting is None else asked.parting.frame,
        largest=_measured_largest(asked.compared),
        snr=_measured_snr(asked.compared),
    )
    if not plainly and (shown := _state(asking, name, asked)) is not None:
        state, program = shown
        told = {"agreement": Agreement.PARTED, "observed": state.words, "first_frame": state.frame}
        found = found.model_copy(update=told)
    elif asked.is_new:
        program = shortest(lambda one: asking.asked(one, plainly=plainly).is_new, asked.program)
    elif asked.agreement is Agreement.PARTED:
        return found.model_copy(update={"same_as": plain("decode", asking.carriers["decode"])})
    else:
        return found
    same_as = _same_as(found, program, before)
    return found.model_copy(update={"program": "" if same_as else text(program), "same_as": same_as})


def _state(asking: Asking, name: str, asked: ProgramCompared) -> tuple[Kept, Program] | None:
    """
    Return in what state the two differ after the events of a law, with the shortest program that shows it.

    Speech is asked too, on whatever the two agree best: that may be a signal after which there is little to keep.
    """
    parting = asked.compared.parting
    if parting is not None and parting.frame is None:  # one refuses, dies, or gives another length: no state
        return None
    agree = asked.agreement in (Agreement.BITS, Agreement.ROUNDING)
    spoken = PARITY[name].program(dict.fromkeys(asking.carriers, "speech"))
    for program in () if agree and spoken == asked.program else (asked.program, spoken):
        state = asking.kept(program)
        if state is not None:
            return state, shortest(partial(_shows, asking, state), program)
    return None


def _shows(asking: Asking, state: Kept, program: Program) -> bool:
    found = asking.kept(program)
    return found is not None and found.kind == state.kind


def _same_as(found: ParityFinding, program: Program, before: list[ParityFinding]) -> str | None:
    """
    Return the law before whose cause may explain *found*, which *program* shows: the same calls show that one.

    Unless the difference is much larger here: what rounds does not turn the sound upside down.
    """
    for one in before:
        if one.program and shape(parse(one.program)) == shape(program) and not _much_larger(found, one):
            return one.law
    return None


def _much_larger(found: ParityFinding, one: ParityFinding) -> bool:
    if found.snr is None or one.snr is None or found.largest is None or one.largest is None:
        return False
    if found.snr.value is None or one.snr.value is None or not one.largest.value:
        return False
    return (
        found.snr.value < one.snr.value - LARGER
        and (found.largest.value or 0) > 10 ** (LARGER / 20) * one.largest.value
    )


def _of_a_long_stream(pair: Pair, minutes: float) -> ParityFinding:
    found = stays_together(pair, minutes)
    return ParityFinding(
        law=STAYS_TOGETHER,
        promise=PROMISE,
        agreement=found.agreement,
        observed=f"over {minutes:g} minutes: {found.words}",
        first_frame=found.first_frame,
        largest=_measured_largest(found.compared),
        snr=_measured_snr(found.compared),
    )


def _measured_largest(compared: ParityComparison) -> Measurement | None:
    return Measurement.of(compared.largest, "largest absolute PCM difference") if len(compared.error) else None


def _measured_snr(compared: ParityComparison) -> Measurement | None:
    if not len(compared.error):
        return None
    if compared.snr is None:
        silent = not compared.signal.any()
        return Measurement.missing("the reference is silent" if silent else "nothing differs")
    return Measurement.of(compared.snr, "dB")


def _observed(compared: ParityComparison) -> str:
    parts = []
    if compared.ties:
        parts.append(f"codes differ in {compared.ties} frame{'s' * (compared.ties > 1)} that are ties")
    if compared.largest:
        snr = "" if compared.snr is None else f", SNR {compared.snr:.0f} dB"
        grid = ", within half a step of 16 bits, in which one of them gives whole numbers" * compared.rounded
        parts.append(f"PCM differs by up to {compared.largest:.1e}{snr}{grid}")
    return "; ".join(parts) or ("equal" if compared.bits else "equal, but zeros have the other sign")


def _implemented(player: Player) -> Implemented:
    info = player.info
    return Implemented(
        codec=info.name,
        adapter=player.which.adapter,
        options=plain_options(player.which.given()),
        description=info.description,
        fingerprint=info.fingerprint,
        declared=declared(info),
    )


def _declared_apart(reference: CodecInfo, other: CodecInfo) -> tuple[str, ...]:
    right, mine = declared(reference), declared(other)
    return tuple(
        f"{words}: {mine.get(words)}, the reference {right.get(words)}"
        for words in right | mine
        if words in DECIDING and mine.get(words) != right.get(words)
    )
