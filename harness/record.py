"""
The run record: everything that one run found, as plain data, and its JSON form (schema 1).

`reports/<run>/run.json` is a `RunRecord`; `reports/<run>/cells/<setup>/<utterance>.json` is a `Cell`, written as soon
as it is finished. `docs/run-record.md` describes every field. A measurement is a number with a unit, or undefined with
a reason; there is no third form and no sentinel.
"""

import hashlib
import json
import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import RecordInvalid
from harness.files import given, write_whole
from harness.files.places import portable, portable_data

SCHEMA = 1

SEAL = "content_sha256"  # key of a stored record's own hash: of what it holds, however that is laid out

Scalar = str | int | float | bool | None
Told = Annotated[str, AfterValidator(portable)]  # text for a person, which may quote a path of this machine
Scalars = Annotated[dict[str, Scalar], AfterValidator(portable_data)]
Plain = Annotated[dict[str, Any], AfterValidator(portable_data)]


class Frozen(BaseModel):
    """Base of all stored data: immutable, strict about unknown keys, and without the numbers that JSON has not."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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


class Sealed(Frozen):
    """A record that is read back later: its file says the hash of its own content, which `save` writes."""

    content_sha256: str | None = Field(default=None, exclude=True, repr=False)  # of the file, and checked by `load`


class Cell(Sealed):
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
    timing: Measurements = {}  # time, bits and memory that it took (`harness.runs.timing`); differs from run to run
    said: tuple[Told, ...] = ()  # what is to be said beside the measurements, such as the row of a batch that differs
    localisation: Told | None = None  # where it diverges from the reference setup, as `codec-harness explain` tells it
    gate: tuple[Told, ...] = ()  # why it is not what was accepted; these are the first of its reasons

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
    """What a setup must be: at least as good as one rung, and for expected failures no better than another."""

    at_least: Verdict | None = None
    at_most: Verdict | None = None


class SetupGate(Frozen):
    """Why a setup fails its gate, and what it was by the suite alone. The failures are the first of its reasons."""

    failures: tuple[Told, ...]
    met: bool
    worst_utterance: str | None


class Gate(Frozen):
    """The baseline that a run was held against, what fails of the run as a whole, and the suite's own headline."""

    baseline: Told
    failures: tuple[Told, ...]
    headline: Told


class SetupRecord(Frozen):
    """One named point of the matrix and its judgement over all utterances."""

    name: str
    codec: str
    topology: str
    reference: str  # name of the setup it is held against
    is_reference: bool
    factors: Scalars
    diagram: str
    expectation: Expectation
    verdict: Verdict  # over all utterances, and no better than what any of them proves by itself
    met: bool  # what the suite says it must be, and not failed by its gate
    masked: int  # number of masked cells
    reasons: tuple[Told, ...]
    worst_utterance: str | None
    corpus: Measurements
    timing: Measurements = {}  # as of its cells, over all utterances
    slow: tuple[Told, ...] = ()  # why it is not met for what `[timing]` allows; the last of its reasons
    gate: SetupGate | None = None  # None if it passed, or was not held against a baseline


class CodecRecord(Frozen):
    """A codec as the run used it."""

    name: str
    adapter: str
    options: Plain
    fingerprint: str
    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int
    stateful: bool
    tolerance: float
    description: Told
    encodes: bool = True  # False for a decoder alone
    latent_tolerance: float | None = None  # of a codec whose codes are latents; `codebooks` is then their length
    loaded: dict[str, str] = {}  # the files that it was made of, name to SHA-256, where the codec tells


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
    recogniser: Scalars
    commit: str | None
    dirty: bool | None
    seeds: dict[str, int]
    command: Told


class RunRecord(Sealed):
    """A whole run."""

    schema_version: int = SCHEMA
    name: str
    key: str
    complete: bool
    met: bool
    headline: Told
    notes: tuple[Told, ...]
    seconds: float
    provenance: Provenance
    suite: Plain
    codecs: tuple[CodecRecord, ...]
    utterances: tuple[UtteranceRecord, ...]
    setups: tuple[SetupRecord, ...]
    cells: tuple[Cell, ...]
    gate: Gate | None = None  # None if it was not held against a baseline
    not_applicable: dict[str, Told] = {}  # setups of the suite that ask nothing of their codec, and why; not run


Stored = TypeVar("Stored", bound=BaseModel)


def save(path: Path, record: BaseModel) -> None:
    """Write *record* as JSON, whole or not at all; raise `NotWritable` if the place cannot be written."""
    text = record.model_dump_json(indent=1)
    write_whole(path, (_sealed(text) if isinstance(record, Sealed) else text) + "\n")


def load(path: Path, kind: type[Stored], *, sealed: bool = False) -> Stored:
    """
    Read a record of type *kind*; raise `RecordInvalid` if it is missing, damaged or of a newer schema.

    sealed : refuse also what does not say the hash of its own content, as `save` writes it
    """
    text = given.text(path, RecordInvalid, wanted=f"a {kind.__name__} of codec-harness", most=given.LARGEST_RECORD)
    return parsed(text, path, kind, mend="run again", sealed=sealed)


def parsed(text: str, path: Path, kind: type[Stored], *, mend: str, sealed: bool = False) -> Stored:
    """Return the *kind* that *text* holds, read from *path*; else raise `RecordInvalid`, with how to *mend* it."""
    newest = kind.model_fields["schema_version"].default if "schema_version" in kind.model_fields else SCHEMA
    content = given.json_of(text, path, RecordInvalid, what=f"a {kind.__name__}", mend=mend)
    found = content.get("schema_version", newest) if isinstance(content, dict) else newest
    if isinstance(found, int) and found > newest:
        raise RecordInvalid(
            f"{path}: a {kind.__name__} of schema {found}, this codec-harness reads up to {newest}; "
            "upgrade codec-harness"
        )
    seal = content.pop(SEAL, None) if isinstance(content, dict) else None
    if (sealed or seal is not None) and seal != _digest(content):
        raise RecordInvalid(f"{path}: a {kind.__name__} that is not as it was written: damaged, or edited; {mend}")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        said = given.explained(error.errors()[0])
        raise RecordInvalid(f"{path}: not a {kind.__name__} of schema {newest}: {said}; {mend}") from None


def _sealed(text: str) -> str:
    """Return the JSON object in *text* with the hash of its content as its first key."""
    return f'{{\n "{SEAL}": "{_digest(json.loads(text))}",{text[1:]}'


def _digest(content: Any) -> str:
    plain = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
