"""
Listening: Whisper's text of a piece of audio, and how probable the words that were really said are.

Conventions
-----------
Audio comes at any rate and is resampled to 16 kHz. Audio longer than 30 s is cut at quiet places. What is said about a
piece of audio does not depend on what else is listened to in the same call; only the speed does. The rules and the
findings are in `harness.metrics.whisper.hearing`.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.audio.waveform import Waveform, resample
from harness.metrics.whisper.engine import Decoded, Decoding, Engine, HeardClip, compute_type
from harness.metrics.whisper.hearing import LOG_PROBABILITY_UNIT, Hearing, doubts, no_speech, token_cap
from harness.metrics.whisper.names import ENGLISH
from harness.metrics.whisper.windows import SAMPLE_RATE, SHORTEST_SECONDS, is_silent, pieces
from harness.metrics.words import compare
from harness.record import Measurement, Word
from harness.runtime.importing import for_good


@dataclass(eq=False)
class _Piece:
    """One window's worth of audio, what was said in it if that is known, and what comes of it."""

    waveform: Waveform
    start: float  # seconds into the audio
    said: list[int] = field(default_factory=list)
    text: str = ""
    words: list[Word] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    log_probability: float = math.nan

    def clip(self, language: str) -> HeardClip:
        return HeardClip(self.waveform.samples, self.said, token_cap(self.waveform.seconds, language))

    def take(self, answer: Decoding, language: str) -> None:
        self._believe(answer.decoded, language)
        if self.text and answer.words:
            self._time(answer.words)
        self.log_probability = answer.log_probability

    def _believe(self, decoded: Decoded, language: str) -> None:
        self.text = decoded.text
        self.findings = doubts(decoded.text, self.waveform.seconds, capped=decoded.capped, language=language)
        if no_speech(decoded.text, decoded.no_speech, decoded.log_probability, language):
            self.text, self.findings = "", ["no speech"]
        elif not self.text:
            self.findings = ["empty"]
        self.words = [Word(text=word) for word in self.text.split()]

    def _time(self, words: list[Word]) -> None:
        self.words = [Word(text=word.text, start=self._later(word.start), end=self._later(word.end)) for word in words]

    def _later(self, seconds: float | None) -> float | None:
        return None if seconds is None else round(self.start + seconds, 2)


def listen(
    model: str, waveforms: Sequence[Waveform], transcript: str, language: str = ENGLISH, *, word_times: bool = True
) -> list[Hearing]:
    """
    Listen to several versions of one utterance in which *transcript* was said; the results are in the same order.

    *word_times* adds when each recognised word was said. Raises `ScorerUnavailable` or `WeightsInvalid` if *model*
    cannot be had, or knows no such *language*. Bad audio raises nothing: its hearing says what is the matter.
    """
    return listen_many(model, waveforms, [transcript] * len(waveforms), language, word_times=word_times)


def listen_many(
    model: str,
    waveforms: Sequence[Waveform],
    transcripts: Sequence[str],
    language: str = ENGLISH,
    *,
    word_times: bool = True,
) -> list[Hearing]:
    """Listen to different utterances; the same results as one by one, but faster."""
    engine = load(model, language)
    found = [_pieces(waveform) for waveform in waveforms]
    for pieces_, transcript in zip(found, transcripts, strict=True):
        if len(pieces_) == 1:
            pieces_[0].said = engine.tokens(transcript)
    todo = sorted((piece for pieces_ in found for piece in pieces_), key=lambda piece: piece.waveform.seconds)
    _work(engine, todo, whole=False, word_times=word_times)
    # What makes silence cheap may be to blame for a doubtful text.
    _work(engine, [piece for piece in todo if piece.findings], whole=True, word_times=word_times)
    return [
        _hearing(waveform, pieces_, transcript, engine)
        for waveform, pieces_, transcript in zip(waveforms, found, transcripts, strict=True)
    ]


@functools.cache
def load(model: str, language: str) -> Engine:
    """
    Return the engine that *model* names, loaded once per process and language.

    Raises `ScorerUnavailable` if its weights cannot be had or know no such language, `WeightsInvalid` if they are
    damaged.
    """
    with for_good():  # each engine brings its own library and not the other's
        if compute_type(model):
            from harness.metrics.whisper import ctranslate2

            return ctranslate2.load(model)
        from harness.metrics.whisper import batches

        return batches.load(model, language)


def _work(engine: Engine, todo: Sequence[_Piece], *, whole: bool, word_times: bool) -> None:
    answers = engine.listen([piece.clip(engine.language) for piece in todo], whole=whole, word_times=word_times)
    for piece, answer in zip(todo, answers, strict=True):
        piece.take(answer, engine.language)


def _unfit(waveform: Waveform) -> str | None:
    if waveform.seconds < SHORTEST_SECONDS:
        return "too short"
    return "silent" if is_silent(waveform) else None


def _pieces(waveform: Waveform) -> list[_Piece]:
    if not np.isfinite(waveform.samples).all() or _unfit(waveform):
        return []
    found, start = [], 0.0
    for piece in pieces(resample(waveform, SAMPLE_RATE)):
        if not _unfit(piece):
            found.append(_Piece(piece, start))
        start += piece.seconds
    return found


def _hearing(waveform: Waveform, found: list[_Piece], transcript: str, engine: Engine) -> Hearing:
    if not np.isfinite(waveform.samples).all():
        reason = "the audio contains NaN or infinite samples"
        return Hearing(None, Measurement.missing(reason), reason)
    unfit = _unfit(waveform)
    findings = [unfit] if unfit else ["several windows"] if len(found) > 1 else []
    findings += [finding for piece in found for finding in piece.findings if finding not in findings]
    text = " ".join(piece.text for piece in found if piece.text)
    words = [word for piece in found for word in piece.words]
    return Hearing(
        transcript=compare(transcript, text, engine.normalise, words, findings),
        log_probability=_log_probability(unfit, found, transcript, engine),
    )


def _log_probability(unfit: str | None, found: list[_Piece], transcript: str, engine: Engine) -> Measurement:
    if unfit or not found:
        return Measurement.missing(f"the audio is {unfit or 'silent'}")
    if len(found) > 1:
        return Measurement.missing("the audio is longer than one window of 30 s")
    if not transcript.strip():
        return Measurement.missing("nothing was said: the human transcript is empty")
    tokens = len(found[0].said)
    if tokens > engine.most_text:
        return Measurement.missing(f"the transcript has {tokens} tokens; Whisper takes {engine.most_text}")
    if found[0].log_probability == -math.inf:
        return Measurement.missing("what was said is less probable than 32-bit floats can hold")
    return Measurement.of(found[0].log_probability, LOG_PROBABILITY_UNIT)
