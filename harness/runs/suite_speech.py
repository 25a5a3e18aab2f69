"""The speech that a suite chooses."""

from pathlib import Path

from harness.audio import speech
from harness.audio.speech import Utterance
from harness.runs.conditions import EMBEDDED, SpeechTable
from harness.runtime.resources import fixture


def chosen_speech(table: SpeechTable) -> list[Utterance]:
    """Return the utterances that *table* chooses, each read and checked."""
    source = fixture("speech") if table.source == EMBEDDED else Path(table.source)
    utterances = speech.load(source)
    if table.utterances:
        utterances = speech.select(utterances, table.utterances)
    for utterance in utterances:
        if utterance.recorded:
            utterance.waveform()  # say what is wrong with the speech before an hour is spent on it
    return utterances
