"""
Listening: Whisper's text of a piece of audio, and how probable the words that were really said are.

Conventions
-----------
Audio comes at any rate and is resampled to 16 kHz. Audio longer than 30 s is cut at quiet places. What is said about a
piece of audio does not depend on what else is listened to in the same call; only the speed does. `harness.hearing`
holds the rules and the findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.audio import Waveform, resample
from harness.hearing import (
    LOG_PROBABILITY_UNIT,
    NO_SPEECH_LOG_PROBABILITY,
    NO_SPEECH_PROBABILITY,
    Hearing,
    doubts,
    token_cap,
)
from harness.record import Measurement, Word
from harness.whisper_model import SAMPLE_RATE, Decoded, Encoded, WhisperModel, load, normalise, one_thread
from harness.windows import SHORTEST_SECONDS, is_silent, pieces
from harness.words import compare

BATCH = 16  # clips decoded together; more gains little


@dataclass(eq=False)
class _Piece:
    """One window's worth of audio on its way to a text."""

    waveform: Waveform
    encoded: Encoded
    text: str = ""
    words: list[Word] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def take(self, decoded: Decoded) -> None:
        self.text, self.findings = decoded.text, doubts(decoded.text, self.waveform.seconds, capped=decoded.capped)
        if decoded.no_speech > NO_SPEECH_PROBABILITY and decoded.log_probability < NO_SPEECH_LOG_PROBABILITY:
            self.text, self.findings = "", ["no speech"]
        elif not self.text:
            self.findings = ["empty"]


def listen(model: str, waveforms: Sequence[Waveform], transcript: str) -> list[Hearing]:
    """
    Listen to several versions of one utterance in which *transcript* was said; the results are in the same order.

    Raises `ScorerUnavailable` or `WeightsInvalid` if *model* cannot be had. Bad audio raises nothing: its hearing says
    what is the matter.
    """
    return listen_many(model, waveforms, [transcript] * len(waveforms))


def listen_many(model: str, waveforms: Sequence[Waveform], transcripts: Sequence[str]) -> list[Hearing]:
    """Listen to different utterances; the same results as one by one, but faster."""
    whisper = load(model)
    with one_thread():
        cut = [_pieces(whisper, waveform) for waveform in waveforms]
        todo = sorted((piece for found in cut for piece in found), key=lambda piece: piece.waveform.seconds)
        for start in range(0, len(todo), BATCH):
            _decode(whisper, todo[start : start + BATCH])
        doubtful = [piece for piece in todo if piece.findings and not piece.encoded.whole]
        for piece in doubtful:  # the shortcut may be to blame: look at the whole window
            piece.encoded = whisper.encode(piece.waveform.samples, whole=True)
        for start in range(0, len(doubtful), BATCH):
            _decode(whisper, doubtful[start : start + BATCH])
        return [
            _hearing(whisper, waveform, found, transcript)
            for waveform, found, transcript in zip(waveforms, cut, transcripts, strict=True)
        ]


def _unfit(waveform: Waveform) -> str | None:
    if waveform.seconds < SHORTEST_SECONDS:
        return "too short"
    return "silent" if is_silent(waveform) else None


def _pieces(whisper: WhisperModel, waveform: Waveform) -> list[_Piece]:
    if not np.isfinite(waveform.samples).all() or _unfit(waveform):
        return []
    fit = [piece for piece in pieces(resample(waveform, SAMPLE_RATE)) if not _unfit(piece)]
    return [_Piece(piece, whisper.encode(piece.samples)) for piece in fit]


def _decode(whisper: WhisperModel, batch: Sequence[_Piece]) -> None:
    caps = [token_cap(piece.waveform.seconds) for piece in batch]
    for piece, decoded in zip(batch, whisper.decode([piece.encoded for piece in batch], caps), strict=True):
        piece.take(decoded)


def _hearing(whisper: WhisperModel, waveform: Waveform, found: list[_Piece], transcript: str) -> Hearing:
    if not np.isfinite(waveform.samples).all():
        reason = "the audio contains NaN or infinite samples"
        return Hearing(None, Measurement.missing(reason), reason)
    unfit = _unfit(waveform)
    findings = [unfit] if unfit else ["several windows"] if len(found) > 1 else []
    findings += [finding for piece in found for finding in piece.findings if finding not in findings]
    text = " ".join(piece.text for piece in found if piece.text)
    return Hearing(
        transcript=compare(transcript, text, normalise, findings=findings),
        log_probability=_log_probability(whisper, unfit, found, transcript),
    )


def _log_probability(whisper: WhisperModel, unfit: str | None, found: list[_Piece], transcript: str) -> Measurement:
    tokens = whisper.tokens(transcript)
    if unfit or not found:
        return Measurement.missing(f"the audio is {unfit or 'silent'}")
    if len(found) > 1:
        return Measurement.missing("the audio is longer than one window of 30 s")
    if not tokens:
        return Measurement.missing("nothing was said: the human transcript is empty")
    if len(tokens) > whisper.most_text:
        return Measurement.missing(f"the transcript has {len(tokens)} tokens; Whisper takes {whisper.most_text}")
    return Measurement.of(whisper.log_probability(found[0].encoded, tokens), LOG_PROBABILITY_UNIT)
