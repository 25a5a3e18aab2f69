"""What all setups of a suite, and all probes of a search, share: speech, scores and tolerances."""

from collections.abc import Collection
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from harness.audio.layouts import Encoding
from harness.audio.waveform import Channels
from harness.metrics.catalogue import METRICS, add
from harness.metrics.own import OwnMetric, check_name
from harness.metrics.whisper.names import BUNDLED, CODES, ENGLISH
from harness.record import Frozen
from harness.topology.variants import MOST
from harness.verdict import Tolerances

EMBEDDED = "embedded"


class SpeechTable(Frozen):
    """
    `[speech]`: where the reference speech is, and which of it is used.

    channels : what is taken of files with several channels, which are refused otherwise
    encoding : of transcripts in a folder
    variants : inaudible ones of each utterance, which the reference setups are given too, so that what a codec makes of
        these is not held against others (`harness.verdict.variants`)
    """

    source: str = EMBEDDED
    utterances: tuple[str, ...] = ()
    channels: Channels | None = None
    encoding: Encoding = "utf-8"
    variants: int = Field(default=0, ge=0, le=MOST)


class ScoresTable(Frozen):
    """
    `[scores]`: what is computed.

    pesq_nb : PESQ in narrow band too, which is computed anyway of audio at 8 kHz
    asr : a Whisper model by name or path (after "ct2:" for CTranslate2), or false
    language : that is spoken, as Whisper calls it, such as "de"
    own : metrics of the suite's own, by name (`harness.metrics.own`)
    """

    pesq: bool = True
    pesq_nb: bool = False
    stoi: bool = True
    asr: str | bool = BUNDLED
    language: str = ENGLISH
    own: dict[str, OwnMetric] = Field(default_factory=dict)

    def add_own(self, folder: Path | None) -> None:
        """
        Add the suite's own metrics to the table of this process; their modules may lie in *folder*.

        A suite in a record has no folder, and leaves those as they are that are known of a file.

        Raises `SuiteInvalid` if one is called as a metric of the harness.
        """
        for name, metric in self.own.items():
            check_name(name, name in METRICS and not METRICS[name].own)
            if folder is not None or name not in METRICS:
                add(metric.row(name, folder))

    def asking_for(self, names: Collection[str]) -> Self:
        """Return this table in which the metrics called *names* are computed that must be asked for."""
        scorers = (METRICS[name].scorer for name in names if name in METRICS)
        asked = {scorer.asked: True for scorer in scorers if scorer is not None and scorer.asked}
        return self.model_copy(update=asked) if asked else self

    @field_validator("asr")
    @classmethod
    def _named(cls, value: str | bool) -> str | bool:
        if value is True or value == "":
            raise ValueError('asr is the name or path of a Whisper model, such as "tiny.en", or false')
        return value

    @field_validator("language")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CODES:
            known = ", ".join(sorted(CODES))
            raise ValueError(f'{value!r} is no language that Whisper knows, wanted one such as "de"; these are {known}')
        return value

    @model_validator(mode="after")
    def _heard(self) -> Self:
        if self.language != ENGLISH and isinstance(self.asr, str) and self.asr.endswith(".en"):
            raise ValueError(
                f"asr {self.asr!r} knows English only, and the language is {self.language!r}; give asr a multilingual "
                'model, such as a .pt file or the name "small", or false'
            )
        return self


class Conditions(Frozen):
    """The speech that is used, the scores that are computed, and what may differ."""

    speech: SpeechTable = SpeechTable()
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()
