"""
The run record: everything that one run found, as plain data, and its JSON form (schema 1).

`reports/<run>/run.json` is a `RunRecord`; `reports/<run>/cells/<setup>/<utterance>.json` is a `Cell`, written as soon
as it is finished. `docs/run-record.md` describes every field. A measurement is a number with a unit, or undefined with
a reason; there is no third form and no sentinel.
"""

import json
import math
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from harness.errors import RecordInvalid
from harness.files import write_whole

SCHEMA = 1

Scalar = str | int | float | bool | None


class Frozen(BaseModel):
    """Base of all stored data: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    undefined: str | None = None

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
    undefined: str | None = None


class Cell(Frozen):
    """One utterance through one setup."""

    setup: str
    utterance: str
    key: str  # content hash of everything that decides the result
    verdict: Verdict
    reasons: tuple[str, ...]
    masked: bool
    first_diverging_frame: int | None
    measurements: Measurements
    transcript: Transcript | None = None
    failure: str | None = None  # the codec raised or broke its word; the measurements are then undefined
    died: bool = False  # a process ended under the codec or a scorer; the next run tries again
    frame_seconds: float | None = None
    delay_seconds: float = 0.0  # that the codec declares; `audio` has it taken out
    frame_error_db: tuple[float | None, ...] = ()  # per frame, against the reference setup; None = no difference
    codebook_agreement: tuple[float, ...] = ()  # share of equal codes per codebook, 0 to 1
    codes_differ: tuple[tuple[int, ...], ...] = ()  # per codebook, the frames whose code differs
    codes_sha256: str | None = None
    pcm_sha256: str | None = None
    audio: str | None = None  # path of the decoded audio, relative to the run folder
    seconds_codec: float | None = None  # wall time in the codec
    said: tuple[str, ...] = ()  # what is to be said beside the measurements, such as the row of a batch that differs
    localisation: str | None = None  # where it diverges from the reference setup, as `codec-harness explain` tells it
    gate: tuple[str, ...] = ()  # why it is not what was accepted; these are the first of its reasons

    @property
    def first_difference_seconds(self) -> float | None:
        """Where in `audio` the first diverging frame begins; None if nothing differs or no frame is known."""
        if self.first_diverging_frame is None or self.frame_seconds is None:
            return None
        return max(0.0, self.first_diverging_frame * self.frame_seconds - self.delay_seconds)


class UtteranceRecord(Frozen):
    """A piece of reference speech as the run used it."""

    id: str
    transcript: str
    speaker: str
    licence: str
    seconds: float
    sha256: str
    audio: str | None  # relative to the run folder
    floor: Transcript | None  # what the recogniser makes of the uncoded speech


class Expectation(Frozen):
    """What a setup must be: at least as good as one rung, and for known-bad controls no better than another."""

    at_least: Verdict | None = None
    at_most: Verdict | None = None


class SetupGate(Frozen):
    """Why a setup fails its gate, and what it was by the suite alone. The failures are the first of its reasons."""

    failures: tuple[str, ...]
    met: bool
    worst_utterance: str | None


class Gate(Frozen):
    """The baseline that a run was held against, what fails of the run as a whole, and the suite's own headline."""

    baseline: str
    failures: tuple[str, ...]
    headline: str


class SetupRecord(Frozen):
    """One named point of the matrix and its judgement over all utterances."""

    name: str
    codec: str
    topology: str
    reference: str  # name of the setup it is held against
    is_reference: bool
    factors: dict[str, Scalar]
    diagram: str
    expectation: Expectation
    verdict: Verdict  # over all utterances, and no better than what any of them proves by itself
    met: bool  # what the suite says it must be, and not failed by its gate
    masked: int  # number of masked cells
    reasons: tuple[str, ...]
    worst_utterance: str | None
    corpus: Measurements
    gate: SetupGate | None = None  # None if it passed, or was not held against a baseline


class CodecRecord(Frozen):
    """A codec as the run used it."""

    name: str
    adapter: str
    options: dict[str, Any]
    fingerprint: str
    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int
    stateful: bool
    tolerance: float
    description: str


class Provenance(Frozen):
    """Enough to say whether two runs may be compared, and to repeat one."""

    created: str  # ISO 8601, UTC
    harness: str
    python: str
    platform: str
    machine: str
    processor: str = ""  # maker and widest vector instructions: what decides the last bits of floating-point sums
    cpus: int
    packages: dict[str, str]
    scorers: dict[str, str]  # scorer -> library, version and mode
    measures: tuple[int, int] = (1, 1)  # versions of what the measurements mean: of all, and of those of a trace
    recogniser: dict[str, Scalar]
    commit: str | None
    dirty: bool | None
    seeds: dict[str, int]
    command: str


class RunRecord(Frozen):
    """A whole run."""

    schema_version: int = SCHEMA
    name: str
    key: str
    complete: bool
    met: bool
    headline: str
    notes: tuple[str, ...]
    seconds: float
    provenance: Provenance
    suite: dict[str, Any]
    codecs: tuple[CodecRecord, ...]
    utterances: tuple[UtteranceRecord, ...]
    setups: tuple[SetupRecord, ...]
    cells: tuple[Cell, ...]
    gate: Gate | None = None  # None if it was not held against a baseline


Stored = TypeVar("Stored", bound=BaseModel)


def save(path: Path, record: BaseModel) -> None:
    """Write *record* as JSON, whole or not at all; raise `NotWritable` if the place cannot be written."""
    write_whole(path, record.model_dump_json(indent=1) + "\n")


def load(path: Path, kind: type[Stored]) -> Stored:
    """Read a record of type *kind*; raise `RecordInvalid` if it is missing, damaged or of a newer schema."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordInvalid(f"{path}: cannot be read ({error}); wanted a {kind.__name__} of codec-harness") from error
    return parsed(text, path, kind, mend="run again")


def parsed(text: str, path: Path, kind: type[Stored], *, mend: str) -> Stored:
    """Return the *kind* that *text* holds, read from *path*; else raise `RecordInvalid`, with how to *mend* it."""
    newest = kind.model_fields["schema_version"].default if "schema_version" in kind.model_fields else SCHEMA
    try:
        made = kind.model_validate_json(text)
    except ValidationError as error:
        raise RecordInvalid(f"{path}{_unusable(text, kind, newest, error, mend)}") from error
    if (found := getattr(made, "schema_version", newest)) > newest:
        raise RecordInvalid(f"{path}{_newer(kind, found, newest)}")
    return made


def _unusable(text: str, kind: type[BaseModel], newest: int, error: ValidationError, mend: str) -> str:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as damage:
        return f":{damage.lineno}: a {kind.__name__} that is not JSON ({damage.msg}); {mend}"
    found = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(found, int) and found > newest:
        return _newer(kind, found, newest)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    return f": not a {kind.__name__} of schema {newest}: {where}: {first['msg']}; {mend}"


def _newer(kind: type[BaseModel], found: int, newest: int) -> str:
    return f": a {kind.__name__} of schema {found}, this codec-harness reads up to {newest}; upgrade codec-harness"
