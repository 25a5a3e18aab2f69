"""
Baselines: what was accepted, per setup and utterance, as JSON that a person can read in a diff.

A baseline keeps *raw* measurements, never thresholds: the gates are derived from them with named slacks
(`harness.gates`). Each value is the worst that was seen over the accepted runs; where runs differed it is `[lowest,
highest]`, and a text is the reason why it is undefined. A cell that gave the same bits in two runs or more is
*calibrated exact*: on the same class of machine it must give them again.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from harness.audio import Waveform, read
from harness.errors import HarnessError
from harness.identity import MEASURES
from harness.record import Cell, Frozen, Provenance, RunRecord, Scalar, Verdict, write_whole
from harness.tracing import VERSION

SCHEMA = 1
KEPT = (
    "pesq_wb", "pesq_nb", "stoi", "estoi", "si_sdr_db", "gain_db", "delay_ms", "polarity", "length_change_samples",
    "word_errors", "wer_floor", "reference_words", "transcript_logp",
)  # fmt: skip
MACHINE_PACKAGES = ("torch", "numpy", "moshi", "opuslib-next-bundled", "librosa", "soxr")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"

Worst = float | tuple[float, float] | str
Run = tuple[RunRecord, Path]


class BaselineInvalid(HarnessError):
    """A baseline is missing, unreadable, half merged, of a newer schema, or cannot be written."""


class AcceptedCell(Frozen):
    """
    One utterance through one setup, as accepted.

    runs : how many runs agreed on it; exact : they agreed bit for bit (None after a single run)
    codes, pcm : first 16 digits of the hashes; frames : one character per frame of decoded audio, to find the first
        frame that differs
    """

    runs: int
    codes: str | None
    pcm: str | None
    frames: str = ""
    measured: dict[str, Worst]
    findings: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether at least two runs gave the same bits."""
        return self.runs > 1 and self.pcm is not None


class AcceptedSetup(Frozen):
    """A setup as accepted."""

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


def place(folder: Path, suite: str) -> Path:
    """Return the file of the baseline for the suite called *suite*."""
    plain = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in suite)
    return folder / f"{plain}.json"


def load(path: Path) -> Baseline | None:
    """Read a baseline; None if there is none. Raises `BaselineInvalid` if there is one that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineInvalid(
            f"{path}: the baseline cannot be read ({error}); restore it from version control"
        ) from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ", "======= ")) or line == "=======":
            raise BaselineInvalid(
                f"{path}:{number}: the baseline holds an unresolved merge conflict; "
                "take one side whole (git checkout --ours or --theirs), then run and accept again"
            )
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise BaselineInvalid(
            f"{path}:{error.lineno}: the baseline is not JSON ({error.msg}); restore it from version control"
        ) from None
    found = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(found, int) and found > SCHEMA:
        raise BaselineInvalid(
            f"{path}: the baseline is of schema {found}, this codec-harness reads up to {SCHEMA}; upgrade codec-harness"
        )
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BaselineInvalid(
            f"{path}: not a baseline of schema {SCHEMA}: {where}: {first['msg']}; restore it from version control"
        ) from None


def save(path: Path, baseline: Baseline) -> None:
    """Write *baseline* whole or not at all; raise `BaselineInvalid` if the place cannot be written."""
    try:
        write_whole(path, as_json(baseline))
    except OSError as error:
        raise BaselineInvalid(
            f"{path}: the baseline cannot be written ({error.strerror}); nothing was changed; "
            "make the checkout writable or choose another folder with --codec-baselines"
        ) from error


def as_json(baseline: Baseline) -> str:
    """Return *baseline* as JSON in a stable order, one line for each accepted cell, so that a diff shows what moved."""
    content = baseline.model_dump(mode="json")
    setups = content.pop("setups")
    lines = json.dumps(content, indent=1, ensure_ascii=False)[:-2] + ',\n "setups": {'
    tables = []
    for name, setup in sorted(setups.items()):
        head = f"  {json.dumps(name)}: " + '{"reference": ' + json.dumps(setup["reference"])
        head += f', "verdict": {json.dumps(setup["verdict"])}, "utterances": {{\n'
        cells = [
            f"   {json.dumps(utterance)}: {json.dumps(_sparse(cell), ensure_ascii=False)}"
            for utterance, cell in sorted(setup["utterances"].items())
        ]
        tables.append(head + ",\n".join(cells) + "\n  }}")
    return lines + "\n" + ",\n".join(tables) + "\n }\n}\n"


def of_runs(runs: Sequence[Run]) -> Baseline:
    """Return the baseline of one run, or of several of the same suite: worst cases, and bits where all agree."""
    record, _ = runs[-1]
    cells = [{(cell.setup, cell.utterance): (cell, folder) for cell in run.cells} for run, folder in runs]
    for run, _ in runs:
        failed = [f"{cell.setup}/{cell.utterance}" for cell in run.cells if cell.failure is not None]
        if failed or not run.complete:
            raise BaselineInvalid(
                f"the run {run.name} cannot be accepted: {len(failed)} cells failed ({', '.join(failed[:3])}); "
                "mend them, or take them out of the suite"
            )
    accepted = {}
    for setup in record.setups:
        frame_size = next(codec.frame_size for codec in record.codecs if codec.name == setup.codec)
        utterances = {
            u.id: _accepted([found[setup.name, u.id] for found in cells if (setup.name, u.id) in found], frame_size)
            for u in record.utterances
        }
        accepted[setup.name] = AcceptedSetup(reference=setup.reference, verdict=setup.verdict, utterances=utterances)
    made = record.provenance
    return Baseline(
        suite=record.name,
        created=made.created,
        harness=made.harness,
        commit=None if made.commit is None else made.commit + ("+changes" if made.dirty else ""),
        run=record.key,
        machine=machine_class(made),
        seeds=made.seeds,
        measures=(MEASURES, VERSION),
        scorers=dict(sorted(made.scorers.items())),
        recogniser=dict(sorted(made.recogniser.items())),
        codecs={
            codec.name: AcceptedCodec(**{key: getattr(codec, key) for key in AcceptedCodec.model_fields})
            for codec in record.codecs
        },
        speech={utterance.id: utterance.sha256[:16] for utterance in record.utterances},
        setups=accepted,
    )


def merged(old: Baseline | None, new: Baseline, *, whole: bool) -> Baseline:
    """
    Return *new*, with the calibration of *old* where the bits are the same, and, unless the run was of the *whole*
    suite, with everything else of *old*.
    """
    if old is None:
        return new
    reasons = stale(old, new.measures, new.scorers, new.recogniser)
    comparable = not reasons and old.machine == new.machine
    if not whole and not comparable:
        raise BaselineInvalid(
            f"part of the baseline of {new.suite} cannot be accepted beside what is in it "
            f"({'; '.join(reasons) or 'it was made on another class of machine'}); accept the whole suite"
        )
    setups = {} if whole else dict(old.setups)
    for name, setup in new.setups.items():
        before = old.setups[name].utterances if name in old.setups else {}
        cells = {} if whole else dict(before)
        for utterance, cell in setup.utterances.items():
            kept = before.get(utterance)
            same = comparable and kept is not None and kept.pcm is not None and kept.pcm == cell.pcm
            same = same and kept is not None and kept.codes == cell.codes and kept.runs >= cell.runs
            cells[utterance] = kept if same and kept is not None else cell
        setups[name] = setup.model_copy(update={"utterances": cells})
    speech = new.speech if whole else old.speech | new.speech
    codecs = new.codecs if whole else old.codecs | new.codecs
    return new.model_copy(update={"setups": setups, "speech": speech, "codecs": codecs})


def stale(
    baseline: Baseline, measures: tuple[int, int], scorers: dict[str, str], recogniser: dict[str, Scalar]
) -> list[str]:
    """Return why numbers of *baseline* cannot be held against today's: other scorers, recogniser or definitions."""
    reasons = []
    if tuple(baseline.measures) != tuple(measures):
        reasons.append(f"measurements were defined otherwise (version {baseline.measures}, now {tuple(measures)})")
    for what, before, now in (("scorer", baseline.scorers, scorers), ("recogniser", baseline.recogniser, recogniser)):
        for key in sorted({*before, *now}):
            if before.get(key) != now.get(key):
                reasons.append(f"{what} {key} was {before.get(key)}, now {now.get(key)}")
    return reasons


def machine_class(made: Provenance) -> dict[str, str]:
    """Return what decides the last bits of a result: architecture, vector instructions, numerical libraries."""
    system = made.platform.partition("-")[0]
    versions = {name: made.packages[name] for name in MACHINE_PACKAGES if name in made.packages}
    return {"architecture": made.machine, "processor": made.processor, "system": system} | versions


def changes(old: Baseline | None, new: Baseline) -> list[str]:
    """Return one line for each cell that was added, removed or changed from *old* to *new*."""
    if old is None:
        return [f"the first baseline of {new.suite}: {len(_flat(new))} cells"]
    before, after = _flat(old), _flat(new)
    lines = [f"removed {'/'.join(key)}" for key in before if key not in after]
    for key, cell in after.items():
        if key not in before:
            lines.append(f"added {'/'.join(key)}")
        elif before[key] != cell:
            lines.append(f"changed {'/'.join(key)}: {_difference(before[key], cell)}")
    return lines + [f"scores: {reason}" for reason in stale(old, new.measures, new.scorers, new.recogniser)]


def frame_digits(waveform: Waveform, frame_size: int) -> str:
    """Return one character per frame of *waveform* at 16 bit: equal frames give equal characters."""
    samples = np.round(np.clip(waveform.samples, -1, 1) * 32767).astype("<i2")
    frames = (samples[start : start + frame_size] for start in range(0, len(samples), frame_size))
    return "".join(DIGITS[hashlib.sha256(frame.tobytes()).digest()[0] % 64] for frame in frames)


def _accepted(found: Sequence[tuple[Cell, Path]], frame_size: int) -> AcceptedCell:
    cells = [cell for cell, _ in found]
    pcm = {cell.pcm_sha256 for cell in cells}
    codes = {cell.codes_sha256 for cell in cells}
    cell, folder = found[-1]
    findings = sorted({finding for one in cells if one.transcript for finding in one.transcript.findings})
    return AcceptedCell(
        runs=len(cells),
        codes=_short(codes),
        pcm=_short(pcm),
        frames=decoded_digits(cell, folder, frame_size),
        measured={name: _worst(name, cells) for name in KEPT if any(name in one.measurements for one in cells)},
        findings=tuple(findings),
    )


def decoded_digits(cell: Cell, folder: Path, frame_size: int) -> str:
    """Return the frame characters of a cell's decoded audio; empty if it has none."""
    return frame_digits(read(folder / cell.audio), frame_size) if cell.audio else ""


def _short(hashes: Iterable[str | None]) -> str | None:
    only, *others = hashes
    return None if others or only is None else only[:16]


def _worst(name: str, cells: Sequence[Cell]) -> Worst:
    measured = [cell.measurements[name] for cell in cells if name in cell.measurements]
    undefined = [one.undefined for one in measured if one.undefined is not None]
    if undefined:
        return undefined[0]
    values = [round(one.value, 5) for one in measured if one.value is not None]
    return min(values) if min(values) == max(values) else (min(values), max(values))


def _sparse(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if value not in ([], "", None)} | {
        "codes": cell["codes"],
        "pcm": cell["pcm"],
    }


def _flat(baseline: Baseline) -> dict[tuple[str, str], AcceptedCell]:
    return {(name, u): cell for name, setup in baseline.setups.items() for u, cell in setup.utterances.items()}


def _difference(before: AcceptedCell, after: AcceptedCell) -> str:
    parts = [
        f"{name} {_said(before.measured.get(name))} -> {_said(after.measured.get(name))}"
        for name in sorted({*before.measured, *after.measured})
        if _said(before.measured.get(name)) != _said(after.measured.get(name))
    ]
    if (before.codes, before.pcm) != (after.codes, after.pcm):
        which = [name for name in ("codes", "pcm") if getattr(before, name) != getattr(after, name)]
        parts.insert(0, f"other {' and '.join(which)}")
    if before.runs != after.runs:
        parts.append(f"runs {before.runs} -> {after.runs}")
    if before.findings != after.findings:
        parts.append(f"findings {list(before.findings)} -> {list(after.findings)}")
    return ", ".join(parts) or "frames"


def _said(value: Worst | None) -> str:
    if value is None or isinstance(value, str):
        return "absent" if value is None else "undefined"
    return f"{value[0]:g}..{value[1]:g}" if isinstance(value, tuple) else f"{value:g}"
