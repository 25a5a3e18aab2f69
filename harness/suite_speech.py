"""The speech that a suite chooses."""

from pathlib import Path

from harness import speech
from harness.resources import fixture
from harness.speech import Utterance
from harness.suite import EMBEDDED, SpeechTable


def chosen_speech(table: SpeechTable) -> list[Utterance]:
    """Return the utterances that *table* chooses, each read and checked."""
    source = fixture("speech") if table.source == EMBEDDED else Path(table.source)
    utterances = speech.load(source)
    if table.utterances:
        utterances = speech.select(utterances, table.utterances)
    for utterance in utterances:
        utterance.waveform()  # say what is wrong with the speech before an hour is spent on it
    return utterances
