"""What all setups of a suite, and all probes of a search, share: speech, scores and tolerances."""

from pydantic import field_validator

from harness.audio.layouts import Encoding
from harness.audio.waveform import Channels
from harness.record import Frozen
from harness.verdict import Tolerances

EMBEDDED = "embedded"


class SpeechTable(Frozen):
    """
    `[speech]`: where the reference speech is, and which of it is used.

    channels : what is taken of files with several channels, which are refused otherwise
    encoding : of transcripts in a folder
    """

    source: str = EMBEDDED
    utterances: tuple[str, ...] = ()
    channels: Channels | None = None
    encoding: Encoding = "utf-8"


class ScoresTable(Frozen):
    """`[scores]`: what is computed. `asr` is a Whisper model, such as "tiny.en" or "ct2:tiny.en", or false."""

    pesq: bool = True
    stoi: bool = True
    asr: str | bool = "tiny.en"

    @field_validator("asr")
    @classmethod
    def _named(cls, value: str | bool) -> str | bool:
        if value is True or value == "":
            raise ValueError('asr is the name or path of a Whisper model, such as "tiny.en", or false')
        return value


class Conditions(Frozen):
    """The speech that is used, the scores that are computed, and what may differ."""

    speech: SpeechTable = SpeechTable()
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()
