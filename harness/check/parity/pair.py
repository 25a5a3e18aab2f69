"""
A reference implementation and one that is held against it, with the speech that both are given.

What programs of calls need is made of the reference: its codes are what both decode.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.audio.speech import load
from harness.audio.waveform import Samples
from harness.check.laws.refusals import WRONG
from harness.check.parity.comparing import ParityComparison, compare
from harness.check.parity.playing import Array, CallAnswer, Player, Script, Step
from harness.check.parity.program import FRAMES, Program, ProgramCall
from harness.check.parity.signals import CODES, signal
from harness.check.subject import EMBEDDED, speech_of
from harness.codecs.protocol import CodecInfo, Codes, Side
from harness.codecs.ties import noisy
from harness.errors import CodecFailed, UsageInvalid
from harness.runtime.resources import fixture

SHAPE = {
    "sample_rate": "sample rate (Hz)",
    "frame_size": "frame (samples)",
    "codebooks": "codebooks",
    "bins": "values of a code",
}


def check_comparable(reference: CodecInfo, other: CodecInfo) -> None:
    """Raise `UsageInvalid`, which says what still can be compared, unless both have codes of one shape."""
    check_reference(reference)
    check_integers(other)
    differing = [
        f"{words} {getattr(reference, name)} and {getattr(other, name)}"
        for name, words in SHAPE.items()
        if getattr(reference, name) != getattr(other, name)
    ]
    if differing:
        raise UsageInvalid(
            f"--against: {reference.name} and {other.name} cannot be compared call by call: {'; '.join(differing)}; "
            "what still can be compared is the speech that each decodes: put both into a suite, and run it"
        )


def check_reference(info: CodecInfo) -> None:
    """Raise `UsageInvalid` of a codec that no program can be made of: of one with latents, of a decoder alone."""
    check_integers(info)
    if not info.encodes:
        raise UsageInvalid(
            f"the reference {info.name} is a decoder alone, and what is decoded are the codes that the reference "
            "makes; name the codec that encodes as the reference"
        )


def check_integers(info: CodecInfo) -> None:
    """Raise `UsageInvalid` of a codec whose codes are latents."""
    if info.continuous:
        raise UsageInvalid(
            f"{info.name} cannot be compared call by call: its codes are latents, and programs of calls are of codes "
            "that are integers; put both implementations into a suite, a setup of one as the reference of the other's"
        )


@dataclass(eq=False)
class PairInputs:
    """The signals of one piece of speech, and the reference's codes of them, made when first asked for."""

    reference: Player
    speech: Samples

    def __post_init__(self) -> None:
        self._signals: dict[str, Samples] = {}
        self._codes: dict[str, Codes] = {}

    def script(self, program: Program) -> Script:
        """Return *program* with its inputs."""
        return tuple(self._step(call) for call in program)

    def pcm(self, name: str, start: int, stop: int) -> Samples:
        """Return frames start to stop of a signal, (n * frame_size,)."""
        if name not in self._signals:
            self._signals[name] = signal(name, self.speech, self.reference.info)
        size = self.reference.info.frame_size
        return self._signals[name][start * size : stop * size].copy()

    def codes(self, name: str, start: int, stop: int) -> Codes:
        """Return codes (K, n) of frames start to stop of a signal, or of those that have no signal."""
        if name not in self._codes:
            known = CODES.get(name)
            self._codes[name] = self._encoded(name) if known is None else known(self.reference.info, FRAMES)
        return self._codes[name][:, start:stop].copy()

    def _encoded(self, name: str) -> Codes:
        answers = self.reference.play(
            [Step("encode", self.pcm(name, frame, frame + 1)) for frame in range(FRAMES)],
        )
        for frame, answer in enumerate(answers):
            if answer.output is None:
                why = answer.refusal or answer.died
                raise CodecFailed(
                    f"the reference {self.reference.info.name} cannot encode {name}, frame {frame}: {why}"
                )
        return np.concatenate([answer.output for answer in answers], axis=1)

    def _step(self, call: ProgramCall) -> Step:
        match call.verb:
            case "encode":
                return Step("encode", self.pcm(call.of, call.start, call.stop))
            case "decode":
                return Step("decode", self.codes(call.of, call.start, call.stop))
            case "reset":
                return Step("reset", Side(call.of))
            case "flush":
                return Step("flush", Side.DECODER)
            case _:
                wrong = WRONG[call.of]
                made: Array = wrong.make(self.reference.info, self.pcm("speech", 0, 2), self.codes("speech", 0, 1))
                return Step(wrong.verb, made, wrong=True)


@dataclass(eq=False)
class Pair:
    """Two implementations; *tolerance* is the largest difference of PCM that counts as rounding."""

    reference: Player
    other: Player
    inputs: PairInputs
    tolerance: float

    def __post_init__(self) -> None:
        self.programs = 0

    def compared(self, program: Program) -> ParityComparison:
        """Give *program* to both and compare what they answer."""
        self.programs += 1
        script = self.inputs.script(program)
        expected, got = self.reference.play(script), self.other.play(script)

        def again(run: int) -> list[CallAnswer]:
            return self.reference.play(noisy_script(script, run))

        return compare(script, expected, got, self.reference.info, self.tolerance, again)


def noisy_script(script: Script, run: int) -> Script:
    """Return *script* with inaudible noise on what is encoded, another one for each *run*."""
    return tuple(
        replace(step, given=noisy(step.given, run))
        if step.verb == "encode" and not step.wrong and not isinstance(step.given, Side)
        else step
        for step in script
    )


def paired(reference: Player, other: Player, speech: Path | None, tolerance: float | None) -> Pair:
    """
    Return two implementations with speech: the first utterance of *speech*, or embedded speech.

    tolerance : None for the larger one of the two that the codecs declare
    Raises `UsageInvalid` if they are not comparable call by call, `CodecFailed` if the reference is not the same twice.
    """
    check_comparable(reference.info, other.info)
    if tolerance is None:
        tolerance = max(reference.info.tolerance, other.info.tolerance)
    inputs = PairInputs(reference, speech_for(speech, reference.info))
    for verb in ("encode", "decode"):
        call = tuple(ProgramCall(verb, "speech", frame, frame + 1) for frame in range(8))
        twice = [reference.play(inputs.script(call)) for _ in range(2)]
        for answer in twice[0]:
            if answer.output is None:
                why = answer.refusal or answer.died
                raise CodecFailed(f"the reference {reference.info.name} cannot {verb} a plain stream: {why}")
        if not _equal(*twice):
            raise CodecFailed(
                f"the reference {reference.info.name} does not {verb} the same twice, so nothing can be held against "
                "it; make it deterministic, or choose another reference"
            )
    return Pair(reference, other, inputs, tolerance)


def _equal(first: list[CallAnswer], second: list[CallAnswer]) -> bool:
    return len(first) == len(second) and all(
        left.output is not None and right.output is not None and left.output.tobytes() == right.output.tobytes()
        for left, right in zip(first, second, strict=True)
    )


def speech_for(source: Path | None, info: CodecInfo) -> Samples:
    """Return the speech that programs are made of: of the first utterance of *source*, or embedded; `FRAMES` frames."""
    utterances = load(fixture("speech") if source is None else source)
    utterance = next((one for one in utterances if one.id == EMBEDDED), utterances[0])
    return np.resize(speech_of(utterance, info), FRAMES * info.frame_size)
