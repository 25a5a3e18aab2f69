"""
Baselines: what was accepted, per setup and utterance, as JSON that a person can read in a diff.

A baseline keeps *raw* measurements, never thresholds: the gates are derived from them with named slacks (see `gates`).
Each value is the worst that was seen over the accepted runs; where runs differed it is `[lowest, highest]`, and a text
is the reason why it is undefined. A cell that gave the same bits in two runs or more is *calibrated exact*: on the same
class of machine it must give them again.
"""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import Field

from harness.errors import HarnessError, RecordInvalid
from harness.files import file_name, given, write_whole
from harness.record import Frozen, Provenance, Scalar, Transcript, Verdict, WordChange, parsed, sealing

SCHEMA = 2
MACHINE_PACKAGES = ("torch", "numpy", "moshi", "opuslib-next-bundled", "soxr")
MEND = "restore it from version control, or accept the whole suite again with --codec-update"
Worst = float | tuple[float, float] | str


class BaselineInvalid(HarnessError):
    """A baseline is missing, unreadable, half merged or of another schema."""


class AcceptedCell(Frozen):
    """
    One utterance through one setup, as accepted.

    runs : how many runs agreed on it; exact : they agreed bit for bit (None after a single run)
    codes, pcm : first 16 digits of the hashes; frames : one character per frame of decoded audio, to find the first
        frame that differs
    variants : of measurements, lowest and highest over inaudible variants of the input
    """

    runs: int
    codes: str | None
    pcm: str | None
    frames: str = ""
    measured: dict[str, Worst]
    variants: dict[str, tuple[float, float]] = Field(default_factory=dict)
    findings: tuple[str, ...] = ()
    misread: tuple[str, ...] = ()  # as `misreadings` writes them; of several runs, whatever any of them has

    @property
    def exact(self) -> bool:
        """Whether at least two runs gave the same bits."""
        return self.runs > 1 and self.pcm is not None


class AcceptedSetup(Frozen):
    """A setup as accepted."""

    codec: str  # as its suite calls it
    reference: str
    verdict: Verdict
    utterances: dict[str, AcceptedCell]


class AcceptedCodec(Frozen):
    """What a codec declared when it was accepted."""

    fingerprint: str
    sample_rate: int
    frame_size: int
    codebooks: int
    bins: int
    delay: int


class Baseline(Frozen):
    """A whole baseline; `measures`, `scorers` and `recogniser` must be today's or nothing is compared."""

    schema_version: int = SCHEMA
    suite: str
    created: str
    harness: str
    commit: str | None
    run: str  # key of the run that was accepted last
    machine: dict[str, str]
    seeds: dict[str, int]
    measures: tuple[int, int]
    scorers: dict[str, str]
    recogniser: dict[str, Scalar]
    codecs: dict[str, AcceptedCodec]
    speech: dict[str, str]
    setups: dict[str, AcceptedSetup]


def span(value: float | tuple[float, float]) -> tuple[float, float]:
    """Return lowest and highest of an accepted value."""
    return value if isinstance(value, tuple) else (value, value)


def figure(value: Worst | None, digits: int = 4) -> str:
    """Return an accepted value, or one that is held against it, as it stands beside its gate."""
    if value is None or isinstance(value, str):
        return "absent" if value is None else "undefined"
    return f"{value[0]:.{digits}g}..{value[1]:.{digits}g}" if isinstance(value, tuple) else f"{value:.{digits}g}"


def misreadings(transcript: Transcript | None) -> list[tuple[str, WordChange]]:
    """Return the words that were read otherwise than said, each as it is written, such as `minis -> menace`."""
    changes = transcript.changes if transcript is not None else ()
    return [(f"{c.reference or '(nothing)'} -> {c.heard or '(lost)'}", c) for c in changes if c.kind != "equal"]


def place(folder: Path, suite: str) -> Path:
    """Return the file of the baseline for the suite called *suite*."""
    return folder / f"{file_name(suite)}.json"


def load(path: Path) -> Baseline | None:
    """Read a baseline; None if there is none. Raises `BaselineInvalid` if there is one that cannot be used."""
    if not os.path.lexists(path):
        return None
    wanted = "a baseline; restore it from version control"
    return of_text(given.text(path, BaselineInvalid, wanted=wanted, most=given.LARGEST_RECORD), path)


def of_text(text: str, path: Path) -> Baseline:
    """Return the baseline that *text* is, which was read from *path*; raise `BaselineInvalid` if it is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ", "======= ")) or line == "=======":
            raise BaselineInvalid(
                f"{path}:{number}: the baseline holds an unresolved merge conflict; "
                "take one side whole (git checkout --ours or --theirs), then run and accept again"
            )
    try:
        return parsed(text, path, Baseline, mend=MEND, sealed=True)
    except RecordInvalid as error:
        raise BaselineInvalid(str(error)) from None


def save(path: Path, baseline: Baseline) -> None:
    """Write *baseline* whole or not at all; raise `NotWritable` if the place cannot be written."""
    mend = "make the checkout writable, or choose another folder with --codec-baselines; nothing was changed"
    write_whole(path, as_json(baseline), mend=mend)


def as_json(baseline: Baseline) -> str:
    """Return *baseline* as JSON in a stable order, one line for each accepted cell, so that a diff shows what moved."""
    content = baseline.model_dump(mode="json")
    setups = content.pop("setups")
    lines = json.dumps(content, indent=1, ensure_ascii=False)[:-2] + ',\n "setups": {'
    tables = []
    for name, setup in sorted(setups.items()):
        head = f"  {json.dumps(name)}: " + '{"codec": ' + json.dumps(setup["codec"])
        head += f', "reference": {json.dumps(setup["reference"])}'
        head += f', "verdict": {json.dumps(setup["verdict"])}, "utterances": {{\n'
        cells = [
            f"   {json.dumps(utterance)}: {json.dumps(_sparse(cell), ensure_ascii=False)}"
            for utterance, cell in sorted(setup["utterances"].items())
        ]
        tables.append(head + ",\n".join(cells) + "\n  }}")
    return sealing(lines + "\n" + ",\n".join(tables) + "\n }\n}\n")


def stale(baseline: Baseline, now: Provenance | Baseline) -> list[str]:
    """Return why numbers of *baseline* cannot be held against today's: other scorers, recogniser or definitions."""
    return scored_otherwise(baseline.measures, baseline.scorers, baseline.recogniser, now)


def scored_otherwise(
    measures: tuple[int, int], scorers: dict[str, str], recogniser: dict[str, Scalar], now: Provenance | Baseline
) -> list[str]:
    """Return how numbers that were made so were made otherwise than those of *now*."""
    reasons = []
    if tuple(measures) != tuple(now.measures):
        reasons.append(f"measurements were defined otherwise (version {tuple(measures)}, now {tuple(now.measures)})")
    for what, before, today in (("scorer", scorers, now.scorers), ("recogniser", recogniser, now.recogniser)):
        for key in sorted({*before, *today}):
            if before.get(key) != today.get(key):
                reasons.append(f"{what} {key} was {before.get(key)}, now {today.get(key)}")
    return reasons


def machine_class(made: Provenance) -> dict[str, str]:
    """Return what decides the last bits of a result: architecture, vector instructions, numerical libraries."""
    system = made.platform.partition("-")[0]
    versions = {name: made.packages[name] for name in MACHINE_PACKAGES if name in made.packages}
    return {"architecture": made.machine, "processor": made.processor, "system": system} | versions


def _sparse(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if value not in ([], {}, "", None)} | {
        "codes": cell["codes"],
        "pcm": cell["pcm"],
    }
