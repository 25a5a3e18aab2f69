"""
Listening: Whisper's text of a piece of audio, and how probable the words that were really said are.

Conventions
-----------
Audio comes at any rate and is resampled to 16 kHz. Audio longer than 30 s is cut at quiet places. What is said about a
piece of audio does not depend on what else is listened to in the same call; only the speed does. The rules and the
findings are in `harness.metrics.whisper.hearing`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.audio.waveform import Waveform, resample
from harness.metrics.whisper.hearing import LOG_PROBABILITY_UNIT, Hearing, doubts, no_speech, token_cap
from harness.metrics.whisper.languages import ENGLISH, normaliser
from harness.metrics.whisper.model import SAMPLE_RATE, Decoded, WhisperModel, load, one_thread
from harness.metrics.whisper.stream import Encoded, together
from harness.metrics.whisper.windows import SHORTEST_SECONDS, is_silent, pieces
from harness.metrics.words import compare
from harness.record import Measurement, Word

BATCH_POSITIONS = 8_000  # encoder positions decoded together, about 20 short clips or 5 whole windows: 100 MB


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

    def take(self, decoded: Decoded, language: str) -> None:
        self.text = decoded.text
        self.findings = doubts(decoded.text, self.waveform.seconds, capped=decoded.capped, language=language)
        if no_speech(decoded.text, decoded.no_speech, decoded.log_probability, language):
            self.text, self.findings = "", ["no speech"]
        elif not self.text:
            self.findings = ["empty"]
        self.words = [Word(text=word) for word in self.text.split()]

    def time(self, words: list[Word]) -> None:
        """Take *words* with their times in this piece."""
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
    whisper = load(model, language)
    with one_thread():
        found = [_pieces(waveform) for waveform in waveforms]
        for pieces_, transcript in zip(found, transcripts, strict=True):
            if len(pieces_) == 1:
                pieces_[0].said = whisper.tokens(transcript)
        todo = sorted((piece for pieces_ in found for piece in pieces_), key=lambda piece: piece.waveform.seconds)
        _work(whisper, todo, whole=False, word_times=word_times)
        # The shortcut may be to blame for a doubtful text: look at the whole window.
        _work(whisper, [piece for piece in todo if piece.findings], whole=True, word_times=word_times)
    return [
        _hearing(waveform, pieces_, transcript, whisper)
        for waveform, pieces_, transcript in zip(waveforms, found, transcripts, strict=True)
    ]


def _work(whisper: WhisperModel, todo: Sequence[_Piece], *, whole: bool, word_times: bool) -> None:
    batch: list[tuple[_Piece, Encoded]] = []
    for index, piece in enumerate(todo):
        batch.append((piece, whisper.encode(piece.waveform.samples, whole=whole)))
        if index + 1 == len(todo) or sum(clip.positions for _, clip in batch) > BATCH_POSITIONS:
            _decode(
                whisper, [piece for piece, _ in batch], together([clip for _, clip in batch]), word_times=word_times
            )
            batch = []


def _decode(whisper: WhisperModel, batch: Sequence[_Piece], clips: Encoded, *, word_times: bool) -> None:
    caps = [token_cap(piece.waveform.seconds, whisper.language) for piece in batch]
    found = whisper.decode(clips, caps)
    for piece, decoded in zip(batch, found, strict=True):
        piece.take(decoded, whisper.language)
    if word_times:
        seconds = [piece.waveform.seconds for piece in batch]
        for piece, words in zip(batch, whisper.words(clips, [one.tokens for one in found], seconds), strict=True):
            if piece.text:
                piece.time(words)
    told = [row for row, piece in enumerate(batch) if 0 < len(piece.said) <= whisper.most_text]
    if told:
        known = clips if len(told) == len(batch) else clips.rows(told)
        for row, value in zip(told, whisper.log_probabilities(known, [batch[row].said for row in told]), strict=True):
            batch[row].log_probability = value


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


def _hearing(waveform: Waveform, found: list[_Piece], transcript: str, whisper: WhisperModel) -> Hearing:
    if not np.isfinite(waveform.samples).all():
        reason = "the audio contains NaN or infinite samples"
        return Hearing(None, Measurement.missing(reason), reason)
    unfit = _unfit(waveform)
    findings = [unfit] if unfit else ["several windows"] if len(found) > 1 else []
    findings += [finding for piece in found for finding in piece.findings if finding not in findings]
    text = " ".join(piece.text for piece in found if piece.text)
    words = [word for piece in found for word in piece.words]
    return Hearing(
        transcript=compare(transcript, text, normaliser(whisper.language), words, findings),
        log_probability=_log_probability(unfit, found, transcript, whisper),
    )


def _log_probability(unfit: str | None, found: list[_Piece], transcript: str, whisper: WhisperModel) -> Measurement:
    if unfit or not found:
        return Measurement.missing(f"the audio is {unfit or 'silent'}")
    if len(found) > 1:
        return Measurement.missing("the audio is longer than one window of 30 s")
    if not transcript.strip():
        return Measurement.missing("nothing was said: the human transcript is empty")
    tokens = len(found[0].said)
    if tokens > whisper.most_text:
        return Measurement.missing(f"the transcript has {tokens} tokens; Whisper takes {whisper.most_text}")
    return Measurement.of(found[0].log_probability, LOG_PROBABILITY_UNIT)
