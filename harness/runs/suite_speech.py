"""The speech that a suite chooses."""

from dataclasses import replace
from pathlib import Path

from harness.audio import speech
from harness.audio.ignored import ignored, in_words
from harness.audio.speech import Utterance
from harness.runs.conditions import EMBEDDED, SpeechTable
from harness.runtime.resources import fixture


def named_speech(table: SpeechTable) -> list[Utterance]:
    """Return the utterances that *table* chooses; no audio is read."""
    found = speech.load(source_of(table), channels=table.channels, encoding=table.encoding)
    return speech.select(found, table.utterances) if table.utterances else found


def chosen_speech(table: SpeechTable) -> list[Utterance]:
    """
    Return the utterances that *table* chooses, each read and checked.

    What is wrong with the speech is said before an hour is spent on it; and what is read of it later, in whatever
    process, is the same or refused, for results are kept under the hash of what was read here.
    """
    return [
        replace(utterance, read_sha256=utterance.waveform().sha256()) if utterance.recorded else utterance
        for utterance in named_speech(table)
    ]


def left_out(table: SpeechTable) -> tuple[str, ...]:
    """Return what of a folder of one's own is no speech, in words, so that nobody takes it for tested."""
    if table.source == EMBEDDED:
        return ()
    source = source_of(table)
    found = speech.load(source, encoding=table.encoding)
    return tuple(f"{source.name}: {line}." for line in in_words(source, ignored(source, found)))


def source_of(table: SpeechTable) -> Path:
    """Return the manifest or folder that *table* names."""
    return fixture("speech") if table.source == EMBEDDED else Path(table.source)
