"""
Laws about how far back a codec looks: the declared context is tested, and what is measured is told as a number.

Two streams differ in their first frames and are equal from then on, at equal places. The last frame in which the output
still differs tells for how long the past matters at least: another past could matter for longer.
"""

import numpy as np

from harness.check.finding import Violation, unequal
from harness.check.subject import Subject
from harness.codecs.protocol import LOST
from harness.codecs.ties import tied
from harness.errors import CodecFailed
from harness.record import Measurement

SINGLE, BURST = slice(2, 3), slice(5, 10)  # frames that are lost


def encoder(subject: Subject) -> Violation | None:
    """Check that codes no longer depend on speech that is further back than the declared context; ties apart."""
    past, frames = subject.few, subject.long_frames
    instance = subject.open()
    subject.encode(instance, 0, past, stream="other")
    got = subject.encode(instance, past, frames)
    expected = subject.reference_codes(frames)[:, past:]
    differs = np.asarray(unequal(expected, got, subject.info.latent_tolerance or 0.0).any(axis=0))
    beyond = _declared(subject)
    if subject.info.tolerance and not subject.info.continuous and beyond is not None and differs[beyond:].any():
        ties = tied(
            expected[:, beyond:],
            got[:, beyond:],
            lambda run: subject.noisy_codes("main", frames, run)[:, past + beyond :],
        )
        differs[[beyond + frame for frame in ties]] = False
    return _told(subject, np.flatnonzero(differs), frames - past, "codes")


def decoder(subject: Subject) -> Violation | None:
    """Check that PCM no longer depends on codes that are further back than the declared context."""
    past, frames, size = subject.few, subject.long_frames, subject.info.frame_size
    instance = subject.open()
    subject.decode(instance, 0, past, stream="other")
    got = subject.decode(instance, past, frames)
    error = np.abs(got.astype(np.float64) - subject.reference_pcm(frames)[past * size :])
    differs = (error > subject.info.tolerance).reshape(-1, size).any(axis=1)
    return _told(subject, np.flatnonzero(differs), frames - past, "PCM") or _not_healed(subject)


def _not_healed(subject: Subject) -> Violation | None:
    """
    Tell whether lost frames still change the last PCM of a long stream, where a context is declared.

    How a codec comes back from a loss is its own affair, and may take longer than its context; it has the stream.
    """
    frames, context = subject.long_frames, _declared(subject)
    after = BURST.stop + subject.few
    if context is None or subject.info.continuous or frames < after + context + subject.few:
        return None
    codes = subject.codes_of("main", 0, frames)
    lost = codes.copy()
    lost[:, SINGLE], lost[:, BURST] = LOST, LOST
    try:
        heard = subject.decoded(lost)
    except CodecFailed:  # it takes no lost frames
        return None
    late = slice(-subject.few * subject.info.frame_size, None)
    error = np.abs(heard[late].astype(np.float64) - subject.decoded(codes)[late])
    if not (error > subject.info.tolerance).any():
        return None
    lasts = f"still change the PCM after {frames - BURST.stop} frames"
    said = f"a lost frame and {BURST.stop - BURST.start} in a row {lasts}"
    return Violation(f"{said}, by up to {error.max():.1e}; the declared context is {context}", BURST.stop)


def _declared(subject: Subject) -> int | None:
    return subject.info.context if subject.info.stateful else 0


def _told(subject: Subject, differing: np.ndarray, followed: int, what: str) -> Violation | None:  # type: ignore[type-arg]
    """Tell for how many of the frames *followed* the past mattered, and whether more were declared."""
    declared = _declared(subject)
    needed = int(differing[-1]) + 1 if differing.size else 0
    if needed > followed - min(subject.few, followed // 2):
        subject.measured = Measurement.missing(f"not forgotten within {followed} frames")
        said = f"another past still changes the {what} after {followed} frames"
    else:
        subject.measured = Measurement.of(needed, "frames")
        said = f"another past changes the {what} of the next {needed} frames" if needed else "the past changes nothing"
    if declared is not None and needed > declared:
        return Violation(
            f"{said}; the declared context is {declared}", None, Measurement.of(needed - declared, "frames")
        )
    covered = declared is not None and declared < followed
    told = "none is declared" if declared is None else f"declared are {declared}"
    subject.notes.append(f"{said} ({told})" + "" if covered else f"{said} ({told}, followed for {followed})")
    return None
