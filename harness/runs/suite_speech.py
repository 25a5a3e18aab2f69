"""The speech that a suite chooses."""

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
    """Return the utterances that *table* chooses, each read and checked."""
    utterances = named_speech(table)
    for utterance in utterances:
        if utterance.recorded:
            utterance.waveform()  # say what is wrong with the speech before an hour is spent on it
    return utterances


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
