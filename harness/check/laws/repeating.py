"""
How a codec is not the same twice: told apart by what the same instances give in fresh processes.

Three fresh processes open instances one after another and run each over a few frames: the speech under test again and
again, the same once more, and the same after one instance with other speech. Digests of what each gave decide:

chance           the same sequence gives something else in another process, and that is not what streams have left on
                 something that outlives the processes, as a server does
warm-up          only the first instance of a process differs, whatever it was given, reset or not
count            instances differ by how many came before, not by what these were given
left-over state  what an instance gives depends on what ran before it; or only the first differs, but for a reset
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes
from harness.errors import CodecFailed

CLEARED = "cleared"  # the main stream on an instance that is reset first
EMPTIED = "emptied"  # no stream: an instance is opened, reset, and given back
RUNS = 10  # instances in each process; a pool with more members is not seen to come round

Digests = Callable[[Sequence[str]], list[str]]


class Kind(StrEnum):
    """In which way a codec is not the same twice."""

    CHANCE = "chance"
    WARM_UP = "warm-up"
    COUNT = "count"
    LEFT_OVER = "left-over state"
    UNSEEN = "unseen"


class Remedy(StrEnum):
    """After what an instance gives the same again, so that the other laws can be asked."""

    WARMED = "an instance was used before it"
    RESET = "it is reset first"


@dataclass(frozen=True)
class Wavering:
    """What was found out, how it is said, and after what the other laws can be asked; None if they cannot."""

    kind: Kind
    words: str
    remedy: Remedy | None = None


def wavering(digests: Digests) -> Wavering:
    """
    Tell how a codec wavers.

    digests : runs streams, named "main" or "other", `CLEARED` or `EMPTIED`, on instances one after another in a fresh
        process, and returns a digest of what each gave
    """
    again = ["main"] * RUNS
    first, second = digests(again), digests(again)
    changed = digests(["other", *again[1:]])
    if first != second and _outlives(digests):
        words = (
            "state is left over, and outlives the process, as in a slot of a server: after other speech an instance "
            "gives something else than after one that was reset and not used, unless it is reset itself"
        )
        return _left_over(words, reset=True)
    if first != second and _follows(digests, {*first[1:], *second[1:]}):
        words = (
            "state is left over, and outlives the process, as on a server: what an instance gives follows from the "
            "stream before it, and a reset does not take that back"
        )
        return _left_over(words, reset=False)
    if first != second:
        at = next(index for index, (one, two) in enumerate(zip(first, second, strict=True)) if one != two)
        which = "the first instance" if at == 0 else f"instance {at + 1}"
        words = f"it draws chance, or the time: {which} of two fresh processes, given the same, gives something else"
        return Wavering(Kind.CHANCE, words)
    if changed[1:] != first[1:]:
        at = next(index for index in range(1, RUNS) if changed[index] != first[index])
        words = (
            f"state is left over: what instance {at + 1} of a process gives depends on what was given to the instances "
            "before it, as with a pool or a cache that is not cleaned"
        )
        return _left_over(words, reset=_cleared(digests, at, first[0]) or _outlives(digests))
    if len(set(first)) == 1:
        words = f"{RUNS} instances in each of three fresh processes gave the same, so it takes longer use to show"
        return Wavering(Kind.UNSEEN, words)
    if len(set(first[1:])) == 1:
        if _cleared(digests, 1, first[0]):
            words = (
                "state is left over: each instance finds what the one before has left, whatever that was given, unless "
                "it is reset: instances share state"
            )
            return _left_over(words, reset=True)
        words = (
            "the first instance of a process gives something else than all later ones, whatever it was given: a "
            "warm-up; the other laws were asked after it"
        )
        return Wavering(Kind.WARM_UP, words, Remedy.WARMED)
    at = next(index for index, (one, two) in enumerate(pairwise(first), 1) if one != two)
    words = (
        f"what an instance gives depends on how many were opened or used before it in the process (instance {at + 1} "
        "gives something else than the one before), as with a counter"
    )
    return Wavering(Kind.COUNT, words)


def _left_over(words: str, *, reset: bool) -> Wavering:
    if not reset:
        return Wavering(Kind.LEFT_OVER, words)
    words += "; the other laws were asked of instances that are reset first"
    return Wavering(Kind.LEFT_OVER, words, Remedy.RESET)


def _cleared(digests: Digests, at: int, alone: str) -> bool:
    """Tell whether instance *at*, which finds other speech, gives what the first one of a process gives once reset."""
    try:
        return digests(["other", *["main"] * (at - 1), CLEARED])[at] == alone
    except CodecFailed:  # it cannot be reset
        return False


def _outlives(digests: Digests) -> bool:
    """
    Tell whether instances find what streams have left outside of the processes, and only that makes them differ.

    Then a reset makes the difference go, of the instance itself or of those before it, and without it other speech
    shows most of the time. Chance would have to show there, and never here.
    """
    half = RUNS // 2
    try:
        emptied, again = (digests([*[EMPTIED] * RUNS, "main"])[-1] for _ in range(2))
        cleared = {*digests(["other", CLEARED] * half)[1::2], *digests(["other", CLEARED] * half)[1::2]}
    except CodecFailed:  # it cannot be reset
        return False
    dirty = digests(["other", "main"] * half)[1::2] + digests(["other", "main"] * half)[1::2]
    return cleared == {emptied} == {again} and sum(one != emptied for one in dirty) >= half


def _follows(digests: Digests, after_itself: set[str]) -> bool:
    """Tell whether a stream always gives one thing *after_itself*, and always another one after other speech."""
    after_other = {*digests(["other", "main"] * (RUNS // 2))[1::2]}
    return len(after_itself) == len(after_other) == 1 and after_itself != after_other


@dataclass(frozen=True)
class RepeatedSpeech:
    """What a few frames of the other speech gave in a fresh process: codes (K, F), and the PCM of these (T,)."""

    codes: Codes
    pcm: Samples

    def unlike(self, other: "RepeatedSpeech", info: CodecInfo) -> str | None:
        """Say in what *other* differs, by more than rounding where *info* declares any; None if in nothing."""
        if info.tolerance or info.continuous:  # then a code may be a tie, and only equal codes have to sound alike
            alike = np.array_equal(self.codes, other.codes) and len(self.pcm) == len(other.pcm)
            off = float(np.abs(self.pcm - other.pcm).max(initial=0.0)) if alike else 0.0
            return f"other PCM, by up to {off:.1e}" if off > info.tolerance else None
        if not np.array_equal(self.codes, other.codes):
            return "other codes"
        return None if np.array_equal(self.pcm, other.pcm) else "other PCM"


def remembered(
    info: CodecInfo, plain: RepeatedSpeech, out_of_order: Callable[[bool], RepeatedSpeech], first: RepeatedSpeech
) -> str | None:
    """
    Say that a codec gives again what it gave for equal input behind another past, as from a cache; None if it does not.

    plain : the other speech on fresh instances; first : the same in another process, behind its second half alone
    out_of_order : asks a fresh process for it again, behind its second half or not. Both have to come out as before:
        what another process gives by chance is no memory
    """
    off = plain.unlike(first, info)
    if off is None or out_of_order(False).unlike(plain, info) or out_of_order(True).unlike(first, info):
        return None
    return (
        f"fresh instances give {off} for a stream whose second half others were given alone before it: something is "
        "kept beyond an instance, as by a cache of what equal input once gave, whatever came before it"
    )
