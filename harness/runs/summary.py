"""
From finished cells to the record of the run: setups judged over all utterances, and the verdict in a sentence.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.audio.speech import Utterance
from harness.codecs.protocol import CodecInfo
from harness.metrics.whisper.languages import in_characters
from harness.record import (
    Cell,
    Cells,
    CodecRecord,
    Expectation,
    Heard,
    Measurement,
    Measurements,
    Provenance,
    RunRecord,
    SetupRecord,
    UtteranceRecord,
    Verdict,
    value,
)
from harness.runs.failing import Codecs
from harness.runs.recorded import as_told
from harness.runs.suite import Suite
from harness.runs.timing import ELSEWHERE, SetupTiming
from harness.runtime import provenance
from harness.topology.drawing import draw
from harness.topology.setup import Setup
from harness.verdict import (
    UNHARMED,
    CorpusFigures,
    Floors,
    Judgement,
    OverFloors,
    SetupJudging,
    Tolerances,
    meets,
    missed,
    too_slow,
)
from harness.verdict.interval import SEED
from harness.verdict.over_utterances import NONE_READ
from harness.verdict.unrecorded import is_unrecorded

SHORT = 100  # characters of a reason that a headline still bears
CODEC_KEEPS_WORDS = 0.20  # more excess WER than this, over all utterances, and the codec itself loses the words


def summarise(
    suite: Suite,
    utterances: Sequence[UtteranceRecord],
    codecs: Codecs,
    cells: Cells,
    key: str,
    scorers: dict[str, Any],
    measures: tuple[int, int],
    seconds: float,
) -> RunRecord:
    """Judge every setup and return the whole record."""
    made = provenance.collect(scorers["versions"], scorers["recogniser"], {"bootstrap": SEED}, measures)
    told = tuple(_codec(suite, name, info) for name, info in codecs.infos.items())
    return judged(suite, utterances, told, codecs.unusable, cells, key, made, seconds)


def judged(
    suite: Suite,
    utterances: Sequence[UtteranceRecord],
    codecs: Sequence[CodecRecord],
    unusable: Mapping[str, str],
    cells: Cells,
    key: str,
    made: Provenance,
    seconds: float,
) -> RunRecord:
    """
    Judge every setup over its *cells*, wherever these were computed, and return the whole record.

    codecs : those that could be used; unusable : why the others could not, by name
    cells : of all setups and utterances, each judged by itself; two of them are held at a time
    """
    infos = {codec.name: codec for codec in codecs}
    spoken = {utterance.id: utterance for utterance in utterances}
    seen = Seen(suite.tolerances)
    timed: list[tuple[SetupRecord, Measurements]] = []
    for setup in suite.setups:
        over = _OverUtterances(suite, setup, infos)
        for cell in cells.of_setup(setup.name):
            same = setup.reference == setup.name
            over.add(cell, cell if same else cells.get(setup.reference, cell.utterance), spoken[cell.utterance])
            seen.add(cell)
        timed.append((over.record(), over.timing.found()))
    setups = _timed(suite, timed)
    return RunRecord(
        name=suite.name,
        key=key,
        complete=True,
        met=all(setup.met for setup in setups),
        headline=headline(setups),
        notes=(*_unusable(unusable), *_notes(suite, setups, seen)),
        seconds=round(seconds, 2),
        provenance=made,
        suite=as_told(suite),
        codecs=tuple(codecs),
        utterances=tuple(utterances),
        setups=setups,
        cells=cells,
        died=seen.died,
    )


def utterance_record(
    utterance: Utterance, seconds: float, sha256: str, audio: str | None, floor: Heard | None
) -> UtteranceRecord:
    """Return what the record says of a piece of reference speech."""
    return UtteranceRecord(
        id=utterance.id,
        transcript=utterance.transcript,
        speaker=utterance.speaker,
        licence=utterance.licence,
        seconds=round(seconds, 3),
        sha256=sha256,
        audio=audio,
        floor=floor.transcript if floor else None,
    )


def headline(setups: Sequence[SetupRecord]) -> str:
    """Say in one sentence how the run went, and in another that nobody judged the words, if so."""
    unmet = [setup for setup in setups if not setup.met]
    masked = sum(setup.masked for setup in setups)
    unseen = f" Amplitude statistics alone would have missed {masked} corrupt cells." if masked else ""
    words = [setup.corpus["wer"] for setup in setups if "wer" in setup.corpus]
    if not words:
        unseen += " Words were not scored."
    elif all(one.undefined == NONE_READ for one in words):
        unseen += " Nobody could judge the words: the recogniser reads none of the uncoded speech."
    if not unmet:
        return f"All {len(setups)} setups are what they must be.{unseen}"
    worst = max(unmet, key=lambda setup: setup.verdict.rank)
    more = f", and {len(unmet) - 1} more" if len(unmet) > 1 else ""
    return f"{len(unmet)} of {len(setups)} setups are not what they must be: {_is(worst)}{more}.{unseen}"


def _is(setup: SetupRecord) -> str:
    """Say of a *setup* what it is and why, if that can be said in a headline."""
    if setup.slow and meets(setup.verdict, setup.expectation):
        return f"{setup.name}: {setup.slow[0]}"
    why = shortened(setup.reasons[0]) if setup.reasons else ""
    return f"{setup.name} is {setup.verdict}{f' ({why})' if why else ''}"


def shortened(reason: str) -> str:
    """Return *reason* up to the last clause that a headline still bears; empty if none is that short."""
    if len(reason) <= SHORT:
        return reason
    ends = [end.start() for end in re.finditer(r"[:;,] ", reason) if end.start() <= SHORT]
    return reason[: ends[-1]] if ends else ""


def expectation_of(setup: Setup, info: CodecInfo | CodecRecord | None) -> Expectation:
    """
    Return what *setup* must be: a codec without state cannot be broken by any wiring, so all must be identical.

    It can be by what happens to its codes or its input on their way, of which nothing is known beforehand, and whatever
    the codec is, an end that is cut off is missing.
    """
    topology = setup.configuration.topology
    cut = topology.tail == "drop" or topology.end == "no-flush"
    if info is None or info.stateful or cut or setup.expectation_given or not setup.configuration.untouched:
        return setup.expectation
    return Expectation(at_least=Verdict.IDENTICAL)


class Seen:
    """What a note of the run is made of, of all cells: what has no recording, what nobody can read, what failed."""

    def __init__(self, tolerances: Tolerances) -> None:
        self._unreadable = tolerances.unreadable
        self.unrecorded, self.unreadable = set[str](), set[str]()
        self.failed = self.died = 0

    def add(self, cell: Cell) -> None:
        """Look at one cell."""
        if is_unrecorded(cell.measurements):
            self.unrecorded.add(cell.utterance)
        if (value(cell.measurements, "wer_floor") or 0) > self._unreadable:
            self.unreadable.add(cell.utterance)
        self.failed += cell.failure is not None
        self.died += cell.died


class _OverUtterances:
    """A setup over its cells, which are added one by one."""

    def __init__(self, suite: Suite, setup: Setup, infos: Mapping[str, CodecRecord]) -> None:
        self._suite, self._setup, self._info = suite, setup, infos.get(setup.codec)
        self._judging = SetupJudging(suite.tolerances, one_codec=suite.one_codec(setup, infos))
        self._figures, self._floors = CorpusFigures(suite.tolerances.unreadable), OverFloors()
        self._masked = 0
        self.timing = SetupTiming()

    def add(self, cell: Cell, reference: Cell | None, spoken: UtteranceRecord) -> None:
        """Add a cell, and that of the reference setup."""
        self._judging.add(cell, reference)
        self._figures.add(cell, reference, spoken.floor)
        self._floors.add(cell)
        self.timing.add(cell, spoken.seconds)
        self._masked += cell.masked

    def record(self) -> SetupRecord:
        """Return what the record says of the setup, its time left out."""
        suite, setup = self._suite, self._setup
        judgement, worst = self._judging.judgement()
        figures = self._figures.found()
        is_reference = setup.name == setup.reference
        if is_reference:
            judgement = _plain_use(judgement, figures, self._floors, suite.floors)
        expectation = expectation_of(setup, self._info)
        judgement = _words_open(judgement, expectation, figures, is_reference=is_reference)
        return SetupRecord(
            name=setup.name,
            codec=setup.codec,
            topology=setup.topology_name,
            reference=setup.reference,
            is_reference=is_reference,
            factors=suite.factors(setup),
            diagram=draw(setup.configuration.topology),
            expectation=expectation,
            verdict=judgement.verdict,
            met=meets(judgement.verdict, expectation),
            masked=self._masked,
            reasons=judgement.reasons,
            worst_utterance=worst,
            corpus=figures,
        )


def _timed(suite: Suite, setups: Sequence[tuple[SetupRecord, Measurements]]) -> tuple[SetupRecord, ...]:
    """Return *setups* with their time, held against what the suite allows."""
    figures = {setup.name: timing for setup, timing in setups}
    found = []
    for setup, timing in setups:
        reference = None if setup.is_reference else figures[setup.reference]
        slow = too_slow(timing, reference, suite.timing, ELSEWHERE)
        told = {"met": setup.met and not slow, "slow": slow, "reasons": (*setup.reasons, *slow)}
        found.append(setup.model_copy(update=told | {"timing": timing}))
    return tuple(found)


def _plain_use(judgement: Judgement, figures: Measurements, over: OverFloors, floors: Floors) -> Judgement:
    """Return the judgement of a reference setup over all utterances, which nothing but the uncoded speech can give."""
    excess = value(figures, "wer_excess")
    if judgement.verdict is Verdict.UNDEFINED:
        return judgement
    low = over.below(floors)
    floored = (*low, *over.unknown(floors))
    told = judgement.reasons if judgement.verdict.rank >= Verdict.DEGRADED.rank else ()
    if excess is not None and excess > CODEC_KEEPS_WORDS:
        reason = f"the codec itself loses words: {excess:.0%} more of them are wrong than in the uncoded speech"
        return Judgement.of(Verdict.CORRUPT, reason, *floored, *told)
    if floored and judgement.verdict.rank < Verdict.DEGRADED.rank:
        return Judgement.of(Verdict.DEGRADED if low else Verdict.UNDEFINED, *floored)
    return Judgement.of(judgement.verdict, *judgement.reasons, *floored)  # what is seen in the signal is the cause


def _words_open(
    judgement: Judgement, expectation: Expectation, figures: Measurements, *, is_reference: bool
) -> Judgement:
    """
    Return the judgement where words were asked for and none could be judged: they may all be lost.

    Then a reference setup is not known to keep them, and another setup is what it must be only if it is so either way.
    """
    words = figures.get("wer", Measurement.of(0.0, "1"))
    if words.undefined != NONE_READ or judgement.verdict is Verdict.UNDEFINED:
        return judgement
    proven = judgement.verdict.rank <= Verdict.EQUIVALENT.rank or not meets(judgement.verdict, expectation)
    if not is_reference and (proven or meets(Verdict.CORRUPT, expectation)):
        return judgement
    return Judgement.of(Verdict.UNDEFINED, NONE_READ, *judgement.reasons)


def _codec(suite: Suite, name: str, info: CodecInfo) -> CodecRecord:
    spec = suite.codecs[name]
    return CodecRecord(
        name=name,
        adapter=spec.adapter,
        options=spec.options,
        fingerprint=info.fingerprint,
        sample_rate=info.sample_rate,
        frame_size=info.frame_size,
        codebooks=info.codebooks,
        bins=info.bins,
        delay=info.delay,
        stateful=info.stateful,
        tolerance=info.tolerance,
        encodes=info.encodes,
        latent_tolerance=info.latent_tolerance,
        description=info.description,
        loaded=dict(info.loaded),
    )


def _unusable(why: Mapping[str, str]) -> list[str]:
    return [f"The codec {name} cannot be used, so all its cells failed: {reason}" for name, reason in why.items()]


def _notes(suite: Suite, setups: Sequence[SetupRecord], seen: Seen) -> tuple[str, ...]:
    """Say what a reader must know before believing the table."""
    notes = []
    if not suite.scores.asr:
        notes.append("Words were not scored: only silence is called corrupt, all else is degraded at worst.")
    elif in_characters(suite.scores.language):
        notes.append(
            f"The language {suite.scores.language} is written without spaces between words: every character counts as "
            "a word, so word errors and word error rates are those of characters."
        )
    if wide := suite.tolerances.wider():
        notes.append(f"Tolerances are wider than usual, so that more passes: {', '.join(wide)}.")
    for setup in setups:
        if not setup.met and setup.expectation.at_most is not None and setup.verdict is not Verdict.UNDEFINED:
            notes.append(f"{setup.name} {missed(setup.expectation, setup.verdict)}: {UNHARMED}.")
    if seen.unrecorded:
        notes.append(
            f"There is no recording of {', '.join(sorted(seen.unrecorded))}, only codes: setups are held against the "
            "output of their reference setup there, and the reference setup against nothing but the words."
        )
    if seen.unreadable:
        notes.append(
            "The recogniser cannot read these even uncoded, so their words are neither judged nor in the error rates: "
            f"{sorted(seen.unreadable)}."
        )
    if seen.failed:
        notes.append(f"{seen.failed} cells failed: the codec raised, or did not return what it promises.")
    return tuple(notes)
