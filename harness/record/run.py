"""The run record: everything that one run found, as plain data. `docs/run-record.md` describes every field."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, PlainSerializer, PlainValidator, ValidationError, ValidationInfo

from harness.files.given import explained
from harness.record.cells import CELLS, Cells, CellsFile
from harness.record.measured import (
    Cell,
    Frozen,
    Measurements,
    Plain,
    Scalars,
    Told,
    Transcript,
    Verdict,
)

SCHEMA = 2


class Sealed(Frozen):
    """A record that is read back later: its file says the hash of its own content, which `save` writes."""

    content_sha256: str | None = Field(default=None, exclude=True, repr=False)  # of the file, and checked by `load`


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
    timing: Measurements = Field(default_factory=dict)  # as of its cells, over all utterances
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
    loaded: dict[str, str] = Field(default_factory=dict)  # files that it was made of, name to SHA-256, if it tells


class Provenance(Frozen):
    """Enough to say whether two runs may be compared, and to repeat one."""

    created: str  # ISO 8601, UTC
    harness: str
    python: str
    platform: str
    machine: str
    processor: str = ""  # what decides the last bits of floating-point sums: model, vector instructions, cache
    cpus: int
    packages: dict[str, str]
    scorers: dict[str, str]  # scorer -> library, version and mode
    measures: tuple[int, int] = (1, 1)  # versions of what the measurements mean: of all, and of those of a trace
    recogniser: Scalars
    commit: str | None
    dirty: bool | None
    seeds: dict[str, int]
    command: Told


def _cells(given: Any, info: ValidationInfo) -> Cells:
    """Return the cells that a record is made with, or those of its file in the folder that it is read from."""
    if isinstance(given, Cells):
        return given
    if isinstance(given, list | tuple) and all(isinstance(one, Cell) for one in given):
        return Cells.of(given)
    if not isinstance(given, dict) or info.context is None:
        raise ValueError(f"got {type(given).__name__}, wanted count and sha256 of {CELLS}")
    try:
        said = CellsFile.model_validate(given)
    except ValidationError as error:
        raise ValueError(explained(error.errors()[0], CELLS)) from None
    return Cells.read(info.context["folder"], said)


def _file(cells: Cells) -> CellsFile:
    return cells.file


class RunRecord(Sealed):
    """
    A whole run.

    cells : those of `cells.jsonl` beside the record, read as they are asked for; in JSON what `CellsFile` has
    """

    schema_version: int = Field(default=SCHEMA, ge=SCHEMA)
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
    cells: Annotated[
        Cells,
        PlainValidator(_cells, json_schema_input_type=CellsFile),
        PlainSerializer(_file, return_type=CellsFile),
    ]
    died: int = 0  # cells that `died`; the next run tries these again
    gate: Gate | None = None  # None if it was not held against a baseline
    # Setups of the suite that ask nothing of their codec, and why; not run.
    not_applicable: dict[str, Told] = Field(default_factory=dict)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with what is to be another; any sequence of cells will do."""
        update = dict(update or {})
        if "cells" in update:
            update["cells"] = Cells.of(update["cells"])
        return super().model_copy(update=update, deep=deep)
