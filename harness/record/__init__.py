"""
The run record: everything that one run found, as plain data, and its form on disk (schema 2).

`reports/<run>/run.json` is a `RunRecord`, and each line of `cells.jsonl` beside it a `Cell` (`harness.record.cells`).
`docs/run-record.md` describes every field.
"""

from harness.record.cells import CELLS, Cells, CellsFile, Place, Telling
from harness.record.journal import JOURNAL, Journal, so_far
from harness.record.measured import (
    Cell,
    Frozen,
    Heard,
    Measurement,
    Measurements,
    Plain,
    Scalar,
    Scalars,
    Told,
    Transcript,
    Verdict,
    Word,
    WordChange,
    is_true,
    value,
)
from harness.record.run import (
    SCHEMA,
    CodecRecord,
    Expectation,
    Gate,
    Provenance,
    RunRecord,
    Sealed,
    SetupGate,
    SetupRecord,
    UtteranceRecord,
)
from harness.record.storing import SEAL, load, parsed, save, sealing, with_cells

__all__ = [
    "CELLS",
    "JOURNAL",
    "SCHEMA",
    "SEAL",
    "Cell",
    "Cells",
    "CellsFile",
    "CodecRecord",
    "Expectation",
    "Frozen",
    "Gate",
    "Heard",
    "Journal",
    "Measurement",
    "Measurements",
    "Place",
    "Plain",
    "Provenance",
    "RunRecord",
    "Scalar",
    "Scalars",
    "Sealed",
    "SetupGate",
    "SetupRecord",
    "Telling",
    "Told",
    "Transcript",
    "UtteranceRecord",
    "Verdict",
    "Word",
    "WordChange",
    "is_true",
    "load",
    "parsed",
    "save",
    "sealing",
    "so_far",
    "value",
    "with_cells",
]
