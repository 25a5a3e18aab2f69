"""
What was measured of one cell, as plain data.

A measurement is a number with a unit, or undefined with a reason; there is no third form and no sentinel.
"""

import math
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from harness.files.places import portable, portable_data

Scalar = str | int | float | bool | None
Told = Annotated[str, AfterValidator(portable)]  # text for a person, which may quote a path of this machine
Scalars = Annotated[dict[str, Scalar], AfterValidator(portable_data)]
Plain = Annotated[dict[str, Any], AfterValidator(portable_data)]


class Frozen(BaseModel):
    """Base of all stored data: immutable, strict about unknown keys, and without the numbers that JSON has not."""

    # `defer_build`: a validator is built when it is first needed; collecting tests needs few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class Verdict(StrEnum):
    """The ladder, best first, and `undefined`, which is not on it and never a pass."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    ALTERED = "altered"
    DEGRADED = "degraded"
    CORRUPT = "corrupt"
    UNDEFINED = "undefined"

    @property
    def rank(self) -> int:
        """0 (identical) to 4 (corrupt); 5 for undefined, so that the worst of several is their maximum."""
        return list(Verdict).index(self)


class Measurement(Frozen):
    """A named value's content: `{value, unit}`, or `{undefined: reason}`. Booleans are 0 or 1 with unit "bool"."""

    value: float | None = None
    unit: str | None = None
    undefined: Told | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.value is None) == (self.undefined is None):
            raise ValueError("a measurement has either a value or a reason for being undefined")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"a measurement's value is finite, got {self.value}; use undefined with a reason")
        return self

    @classmethod
    def of(cls, value: float, unit: str) -> Self:
        """Return a measured value; NaN and infinities become undefined."""
        if not math.isfinite(value):
            return cls.missing(f"the result is {value}")
        return cls(value=float(value), unit=unit)

    @classmethod
    def missing(cls, reason: str) -> Self:
        """Return an undefined measurement; *reason* is for a person to read."""
        return cls(undefined=reason)


Measurements = dict[str, Measurement]


def value(measurements: Measurements, name: str) -> float | None:
    """Return the value of *name*; None if it was not measured or is undefined."""
    measurement = measurements.get(name)
    return measurement.value if measurement is not None else None


def is_true(measurements: Measurements, name: str) -> bool:
    """Tell whether a measurement that is 0 or 1 is there and 1."""
    return value(measurements, name) == 1.0


class Word(Frozen):
    """A recognised word, with its start and end in seconds where the recogniser tells them."""

    text: str
    start: float | None = None
    end: float | None = None


class WordChange(Frozen):
    """One step of the alignment of the human transcript to the recognised words."""

    kind: str  # "equal", "substituted", "deleted" or "inserted"
    reference: str  # the words said, empty for an insertion
    heard: str  # the words recognised, empty for a deletion
    start: float | None = None  # seconds into the decoded audio, where known
    end: float | None = None


class Transcript(Frozen):
    """What a recogniser heard in one piece of audio, against what was said. Word counts are after normalising."""

    text: str
    words: tuple[Word, ...] = ()
    changes: tuple[WordChange, ...] = ()
    hits: int
    substitutions: int
    deletions: int
    insertions: int
    findings: tuple[str, ...] = ()  # such as "repetition loop" or "empty"

    @property
    def errors(self) -> int:
        """Word errors: substituted, deleted and inserted."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_words(self) -> int:
        """Words that were said."""
        return self.hits + self.substitutions + self.deletions


class Heard(Frozen):
    """What a recogniser made of one signal: a transcript or why there is none, and how likely the words said are."""

    transcript: Transcript | None
    log_probability: Measurement
    undefined: Told | None = None


class Cell(Frozen):
    """One utterance through one setup."""

    setup: str
    utterance: str
    key: str  # content hash of everything that decides the result
    verdict: Verdict
    reasons: tuple[Told, ...]
    masked: bool
    first_diverging_frame: int | None
    measurements: Measurements
    transcript: Transcript | None = None
    failure: Told | None = None  # the codec raised or broke its word; the measurements are then undefined
    died: bool = False  # a process ended under it, or its codec changed in mid-run; the next run tries again
    frame_seconds: float | None = None
    delay_seconds: float = 0.0  # that the codec declares; `audio` has it taken out
    frame_error_db: tuple[float | None, ...] = ()  # per frame, against the reference setup; None = no difference
    codebook_agreement: tuple[float, ...] = ()  # share of equal codes per codebook, 0 to 1
    codes_differ: tuple[tuple[int, ...], ...] = ()  # per codebook, the frames whose code differs
    codes_sha256: str | None = None
    pcm_sha256: str | None = None
    audio: str | None = None  # path of the decoded audio, relative to the run folder
    seconds_codec: float | None = None  # wall time in the codec
    timing: Measurements = {}  # time, bits and memory that it took (`harness.runs.timing`); differs from run to run
    variants: dict[str, tuple[float, float]] = {}  # of measurements, lowest and highest over inaudible variants of it
    broken_variants: tuple[Told, ...] = ()  # what breaks of variants that nobody hears
    said: tuple[Told, ...] = ()  # what is to be said beside the measurements, such as the row of a batch that differs
    localisation: Told | None = None  # where it diverges from the reference setup, as `codec-harness explain` tells it
    gate: tuple[Told, ...] = ()  # why it is not what was accepted; these are the first of its reasons

    @property
    def first_difference_seconds(self) -> float | None:
        """Where in `audio` the first diverging frame begins; None if nothing differs or no frame is known."""
        if self.first_diverging_frame is None or self.frame_seconds is None:
            return None
        return max(0.0, self.first_diverging_frame * self.frame_seconds - self.delay_seconds)
