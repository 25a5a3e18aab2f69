"""
Two implementations' answers to one program, compared call by call.

Codes that differ are ties if inaudible noise on the input turns the reference's own codes either way, as everywhere
(`harness.codecs.ties`). PCM is held to a tolerance. Frames are counted from 0 over the calls of one side, since that
is what an implementation has been through.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.check.parity.playing import Array, CallAnswer, Script
from harness.codecs.protocol import CodecInfo, Codes
from harness.codecs.ties import few, tied
from harness.runtime.text import one_line

STEP = 2.0**-15  # of 16-bit audio
HALF_A_STEP = STEP / 2

Powers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Parting:
    """
    Where two implementations part for the first time: the call, the frame of its side if it has one, and how.

    usual : they part as far in plain use
    """

    call: int
    words: str
    frame: int | None = None
    usual: bool = False


@dataclass
class ParityComparison:
    """
    What two implementations gave for one program.

    bits : nothing differs at all, in no bit
    parting : what no rounding explains, but for the values of PCM; None if there is none
    ties : how many frames of codes are ties
    largest : largest absolute difference of PCM
    beyond : the first call and frame whose PCM differs by more than the tolerance; None if there is none
    sixteen : of each, the reference and the other, whether all its PCM is whole numbers of 16 bits
    error, signal : mean power of the difference and of the reference's PCM, one number a frame
    """

    bits: bool = True
    parting: Parting | None = None
    ties: int = 0
    largest: float = 0.0
    beyond: tuple[int, int] | None = None
    sixteen: tuple[bool, bool] = (True, True)
    error: Powers = field(default_factory=lambda: np.zeros(0))
    signal: Powers = field(default_factory=lambda: np.zeros(0))

    @property
    def rounded(self) -> bool:
        """Whether one gives in 16 bits what the other gives with more, and nothing else differs."""
        return self.sixteen[0] != self.sixteen[1] and self.largest <= HALF_A_STEP

    @property
    def snr(self) -> float | None:
        """Signal-to-noise ratio of all PCM, dB; None if nothing differs or the reference is silent."""
        signal, error = float(self.signal.sum()), float(self.error.sum())
        return 10 * float(np.log10(signal / error)) if signal > 0 and error > 0 else None


Noisy = Callable[[int], list[CallAnswer]]


def compare(
    script: Script, expected: list[CallAnswer], got: list[CallAnswer], info: CodecInfo, tolerance: float, noisy: Noisy
) -> ParityComparison:
    """
    Compare the answers of the reference, *expected*, with those of the implementation under test.

    info : what the reference declares
    tolerance : the largest difference of PCM that counts as rounding
    noisy : plays the script on the reference with inaudible noise, another one for each number
    """
    found = ParityComparison()
    codes: list[tuple[int, Codes, Codes]] = []
    errors: list[Powers] = [np.zeros(0)]
    signals: list[Powers] = [np.zeros(0)]
    for index, (step, right, left) in enumerate(zip_longest(script, expected, got)):
        found.parting = _kind_of_answer(index, step, right, left)
        if found.parting is not None:
            found.bits = False
            break
        if right.output is None or left.output is None:
            continue
        if step.verb == "encode":
            codes.append((index, right.output, left.output))
            continue
        first = sum(map(len, errors))
        error, signal = _powers(right.output, left.output, info.frame_size)
        errors.append(error)
        signals.append(signal)
        _note_pcm(found, (index, first), right.output, left.output, info, tolerance)
    found.error, found.signal = np.concatenate(errors), np.concatenate(signals)
    _note_codes(found, codes, noisy)
    return found


def _kind_of_answer(index: int, step: object, right: CallAnswer | None, left: CallAnswer | None) -> Parting | None:
    """Say how two answers are not of one kind and size."""
    for who, answer in (("the reference", right), ("this one", left)):
        if answer is not None and answer.died is not None:
            return Parting(index, f"{who} {answer.died}")
    if step is None or right is None or left is None:
        return Parting(index, "one of them gave no answer")
    if (right.refusal is None) != (left.refusal is None):
        refuses, said = ("the reference", right.refusal) if left.refusal is None else ("this one", left.refusal)
        other = "this one" if left.refusal is None else "the reference"
        return Parting(index, f"{refuses} refuses it ({one_line(str(said), 200)}), {other} takes it")
    if right.output is None or left.output is None:
        return None
    if right.output.shape != left.output.shape:
        return Parting(index, f"this one returns shape {left.output.shape}, the reference {right.output.shape}")
    return None


def _note_pcm(
    found: ParityComparison, at: tuple[int, int], right: Array, left: Array, info: CodecInfo, tolerance: float
) -> None:
    difference = np.abs(right.astype(np.float64) - left.astype(np.float64))
    found.bits = found.bits and right.tobytes() == left.astype(right.dtype).tobytes()
    found.largest = max(found.largest, float(difference.max(initial=0.0)))
    found.sixteen = found.sixteen[0] and in_16_bits(right), found.sixteen[1] and in_16_bits(left)
    wrong = np.flatnonzero(difference > tolerance)
    if wrong.size and found.beyond is None:
        found.beyond = at[0], at[1] + int(wrong[0]) // info.frame_size


def in_16_bits(pcm: Array) -> bool:
    """Tell whether all samples are whole numbers of 16 bits."""
    steps = pcm.astype(np.float64) / STEP
    return bool((steps == np.rint(steps)).all())


def _powers(right: Array, left: Array, frame: int) -> tuple[Powers, Powers]:
    """Return the mean power of the difference and of *right* in each frame, the last of which may be a part of one."""
    starts = np.arange(0, len(right), frame)
    lengths = np.diff([*starts, len(right)])
    error, signal = np.square(right.astype(np.float64) - left), np.square(right.astype(np.float64))
    return np.add.reduceat(error, starts) / lengths, np.add.reduceat(signal, starts) / lengths


def _note_codes(found: ParityComparison, codes: list[tuple[int, Codes, Codes]], noisy: Noisy) -> None:
    """Tell ties from codes that differ; the earlier of two partings counts."""
    if not codes:
        return
    calls = np.concatenate([np.full(right.shape[1], index) for index, right, _ in codes])
    right, left = (np.concatenate([pair[side] for pair in codes], axis=1) for side in (1, 2))
    wrong = (right != left).any(axis=0)
    if not wrong.any():
        return
    found.bits = False
    ties: list[int] = []
    if few(int(wrong.sum()), len(wrong)):
        ties = tied(right, left, lambda run: _codes_of(noisy(run), [index for index, _, _ in codes], right.shape[1]))
    found.ties = len(ties)
    wrong[ties] = False
    if wrong.any():
        frame = int(np.flatnonzero(wrong)[0])
        if found.parting is None or calls[frame] < found.parting.call:
            share = float((right != left)[:, frame:].mean())
            words = f"codes differ from frame {frame} on ({share:.1%} of the codes from there)"
            found.parting = Parting(int(calls[frame]), words, frame)


def _codes_of(answers: list[CallAnswer], calls: list[int], frames: int) -> Codes:
    """Return the codes of these calls; none of which anything is a tie, if a call with noise was refused."""
    found = [answers[index].output for index in calls if index < len(answers)]
    whole: list[Samples | Codes] = [array for array in found if array is not None]
    if len(whole) != len(calls) or sum(array.shape[1] for array in whole) != frames:
        return np.full((1, frames), -3, np.int64)
    return np.concatenate(whole, axis=1)
