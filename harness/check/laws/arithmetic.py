"""Laws about how a codec computes: in how many threads, and in what type of numbers."""

import numpy as np

from harness.check.finding import NotApplicable, Violation, joined
from harness.check.subject import Subject
from harness.codecs.optional import HasDtypes, Threaded
from harness.codecs.protocol import Codec

COUNTS = (1, 2)
SINGLE_FRAMES = 4  # in calls of one frame; where cores are scarce, two threads take many times as long as one


def threads(subject: Subject) -> Violation | None:
    """Check that one thread and two give the same codes, ties apart, and PCM within the declared tolerance."""
    codec = subject.codec
    if not isinstance(codec, Threaded):
        raise NotApplicable("the number of threads cannot be chosen")
    for count in COUNTS:
        other: Codec = codec.with_threads(count)
        for frames, size in ((SINGLE_FRAMES, 1), (subject.few, subject.few)):
            who = f"{count} thread{'s' * (count > 1)}, in calls of {size},"
            codes = subject.encode(other.open(), 0, frames, size)
            pcm = subject.decode(other.open(), 0, frames, size)
            trouble = joined(
                subject.codes_off(codes, who, regrouped=True),
                subject.pcm_off(pcm, who, tolerance=subject.info.tolerance),
            )
            if trouble:
                return trouble
    return None


def narrower(subject: Subject) -> Violation | None:
    """
    Check that in narrower numbers, equal codes decode to PCM within the tolerance that is declared for those numbers.

    Which codes are chosen is noted and not asked to be equal: the residual that is left for the last codebooks is
    smaller than what narrow numbers can tell apart.
    """
    codec = subject.codec
    if not isinstance(codec, HasDtypes) or not codec.narrower:
        raise NotApplicable("the type of numbers cannot be chosen")
    troubles = []
    for dtype in codec.narrower:
        other: Codec = codec.with_dtype(dtype)
        pcm = subject.decode(other.open(), 0, subject.few)
        troubles.append(subject.pcm_off(pcm, f"equal codes in {dtype}", tolerance=other.info.tolerance))
        codes = subject.encode(other.open(), 0, subject.few)
        share = float(np.mean(codes != subject.codes[:, : subject.few]))
        most = float(np.max(np.abs(pcm - subject.pcm[: len(pcm)])))
        subject.notes.append(
            f"{dtype}: {share:.0%} of the codes that it chooses are others; equal codes decode within {most:.0e}"
        )
    return joined(*troubles)
