"""Whether codes of a program differ in ties alone (`harness.codecs.ties`): its history is spoken again with noise."""

from harness.check.fuzz.program import Piece
from harness.check.subject import Subject
from harness.codecs.protocol import Codes
from harness.codecs.returned import guarded
from harness.codecs.ties import noisy, tied


def only_ties(subject: Subject, history: tuple[Piece, ...], expected: Codes, got: Codes) -> bool:
    """
    Tell whether the codes *expected* at the end of a *history*, and those that were *got*, differ in ties alone.

    expected, got : (K, F) of the last frames of the last piece
    """
    frames = expected.shape[1]
    differing = int((expected != got).any(axis=0).sum())
    return len(tied(expected, got, lambda run: _with_noise(subject, history, run)[:, -frames:])) == differing


def _with_noise(subject: Subject, history: tuple[Piece, ...], run: int) -> Codes:
    """Return the codes of the last piece of *history*, spoken with inaudible noise, on a fresh instance."""
    instance = subject.open()

    def said(number: int) -> Codes:
        piece = history[number]
        pcm = noisy(subject.speech(piece.start, piece.stop, piece.stream), run * len(history) + number)
        return guarded("encode of speech with noise", lambda: instance.encode(pcm))

    return [said(number) for number in range(len(history))][-1]
