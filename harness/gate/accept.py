"""
Accepting: finished runs become a baseline, and what that changes is said.

Several runs of one suite calibrate each other: the worst of every measurement is kept, and bits where all agree.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from harness.audio.waveform import Waveform, read
from harness.gate import baseline as baselines
from harness.gate.baseline import (
    AcceptedCell,
    AcceptedCodec,
    AcceptedSetup,
    Baseline,
    BaselineInvalid,
    Worst,
    figure,
    machine_class,
    misreadings,
    scored_otherwise,
    stale,
)
from harness.gate.failed import failed_cells, in_a_line
from harness.gate.what_changed import differing_parts
from harness.metrics.catalogue import Rows
from harness.record import Cell, RunRecord, SetupRecord, value
from harness.runs.recorded import Run
from harness.runs.timing import clocked

KEPT = Rows(lambda row: row.in_baseline)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"


def accept(runs: Sequence[Run], path: Path, *, whole: bool) -> list[str]:
    """Make *runs* what is accepted in the baseline at *path*; return what changed."""
    try:
        old = baselines.load(path)
    except BaselineInvalid:
        if not whole:
            raise
        old = None  # damaged or half merged, and replaced altogether
    new = merged(old, of_runs(runs), whole=whole)
    baselines.save(path, new)
    return changes(old, new)


def of_runs(runs: Sequence[Run]) -> Baseline:
    """Return the baseline of one run, or of several of the same suite: worst cases, and bits where all agree."""
    record, _ = runs[-1]
    for run, folder in runs:
        reasons = other_thing(run, record)
        if reasons:
            raise BaselineInvalid(
                f"{folder}: this run and the last ({runs[-1][1]}) cannot calibrate each other: {'; '.join(reasons[:3])}"
            )
    for run, _ in runs:
        failed = [f"{cell.setup}/{cell.utterance}" for cell in run.cells if cell.failure is not None]
        if failed or not run.complete:
            raise BaselineInvalid(
                f"the run {run.name} cannot be accepted: {len(failed)} cells failed ({', '.join(failed[:3])}); "
                f"fix them, or take them out of the suite: {in_a_line(failed_cells(run))}"
            )
    accepted = {}
    for setup in record.setups:
        frame_size = next(codec.frame_size for codec in record.codecs if codec.name == setup.codec)
        utterances = {
            u.id: _accepted([_found(run, setup.name, u.id) for run in runs], frame_size).model_copy(
                update={"variants": _variants(runs[-1], setup, u.id)}
            )
            for u in record.utterances
        }
        accepted[setup.name] = AcceptedSetup(
            codec=setup.codec, reference=setup.reference, verdict=setup.verdict, utterances=utterances
        )
    made = record.provenance
    return Baseline(
        suite=record.name,
        created=made.created,
        harness=made.harness,
        commit=None if made.commit is None else made.commit + ("+changes" if made.dirty else ""),
        run=record.key,
        machine=machine_class(made),
        seeds=made.seeds,
        measures=made.measures,
        scorers=dict(sorted(made.scorers.items())),
        recogniser=dict(sorted(made.recogniser.items())),
        codecs={
            codec.name: AcceptedCodec(**{key: getattr(codec, key) for key in AcceptedCodec.model_fields})
            for codec in record.codecs
        },
        speech={utterance.id: utterance.sha256[:16] for utterance in record.utterances},
        setups=accepted,
    )


def _variants(run: Run, setup: SetupRecord, utterance: str) -> dict[str, tuple[float, float]]:
    """Return the ranges over variants of a cell: its own, or as far about it as about its reference's, of one codec."""
    codec = next(one.codec for one in run.record.setups if one.name == setup.reference)
    if codec != setup.codec or not run.record.suite.get("speech", {}).get("variants"):
        return {}  # and no cell is read
    cell, reference = (_found(run, name, utterance)[0] for name in (setup.name, setup.reference))
    found = {}
    for name, (low, high) in reference.variants.items():
        own, other = value(cell.measurements, name), value(reference.measurements, name)
        if own is not None and other is not None:
            found[name] = round(own + low - other, 5), round(own + high - other, 5)
    return found


def _found(run: Run, setup: str, utterance: str) -> tuple[Cell, Path]:
    cell = run.record.cells.get(setup, utterance)
    if cell is None:
        raise BaselineInvalid(f"{run.folder}: this run lacks the cell {setup}/{utterance}; run it again")
    return cell, run.folder


def other_thing(run: RunRecord, record: RunRecord) -> list[str]:
    """Return why what *run* measured is not what *record* measured, only differently run: codec, speech or scorers."""
    made, last = run.provenance, record.provenance
    reasons = scored_otherwise(made.measures, made.scorers, made.recogniser, last)
    codecs = {codec.name: codec for codec in run.codecs}
    for codec in record.codecs:
        other = codecs.get(codec.name)
        if other is None:
            reasons.append(f"it has no codec {codec.name}")
            continue
        threads = str(other.options.get("threads", 1)), str(codec.options.get("threads", 1))
        parts = [part for part in differing_parts(other.fingerprint, codec.fingerprint) if part != threads]
        reasons += [f"codec {codec.name} has {before} and not {now}" for before, now in parts]
    spoken = {utterance.id: utterance.sha256 for utterance in run.utterances}
    reasons += [f"it has other speech as {u.id}" for u in record.utterances if spoken.get(u.id, u.sha256) != u.sha256]
    missing = ["/".join(place) for place in record.cells.places if not run.cells.has(*place)]
    return reasons + ([f"it lacks {len(missing)} cells, such as {missing[0]}"] if missing else [])


def merged(old: Baseline | None, new: Baseline, *, whole: bool) -> Baseline:
    """
    Return *new*, with the calibration of *old* where the bits are the same, and, unless the run was of the *whole*
    suite, with everything else of *old*.
    """
    if old is None:
        return new
    reasons = stale(old, new)
    comparable = not reasons and old.machine == new.machine
    if not whole and not comparable:
        raise BaselineInvalid(
            f"part of the baseline of {new.suite} cannot be accepted beside what is in it "
            f"({'; '.join(reasons) or 'it was made on another class of machine'}); accept the whole suite"
        )
    if not whole:
        _check_speech(old, new)
        _check_codecs(old, new)
    setups = {} if whole else dict(old.setups)
    for name, setup in new.setups.items():
        before = old.setups[name].utterances if name in old.setups else {}
        cells = {} if whole else dict(before)
        for utterance, cell in setup.utterances.items():
            kept = before.get(utterance)
            same = comparable and kept is not None and kept.pcm is not None and kept.pcm == cell.pcm
            same = same and kept is not None and kept.codes == cell.codes and kept.runs >= cell.runs
            cells[utterance] = (
                kept.model_copy(update={"variants": cell.variants}) if same and kept is not None else cell
            )
        setups[name] = setup.model_copy(update={"utterances": cells})
    speech = new.speech if whole else old.speech | new.speech
    codecs = new.codecs if whole else old.codecs | _codecs(new)
    return new.model_copy(update={"setups": setups, "speech": speech, "codecs": codecs})


def _check_speech(old: Baseline, new: Baseline) -> None:
    """Raise `BaselineInvalid` if cells of *old* that *new* does not replace are of other speech than that has."""
    others = {name for name, sha256 in new.speech.items() if old.speech.get(name, sha256) != sha256}
    replaced = _flat(new)
    left = [place for place in _flat(old) if place[1] in others and place not in replaced]
    if left:
        raise BaselineInvalid(
            f"part of the baseline of {new.suite} cannot be accepted beside what is in it: {'/'.join(left[0])} was "
            f"accepted with other speech of that name; accept {left[0][1]} in all setups"
        )


def _check_codecs(old: Baseline, new: Baseline) -> None:
    """Raise `BaselineInvalid` if cells of *old* that *new* does not replace are of what is another codec in *new*."""
    now = _codecs(new)
    others = {name for name, codec in now.items() if old.codecs.get(name, codec) != codec}
    alike = old.codecs.keys() - others
    replaced = _flat(new)
    left = {place: old.setups[place[0]].codec for place in _flat(old) if place not in replaced}
    left = {place: codec for place, codec in left.items() if codec not in alike}  # if it is not known, it may be any
    if others and left:
        place, name = next(iter(left.items()))
        codec = name if name in others else min(others)
        raise BaselineInvalid(
            f"part of the baseline of {new.suite} cannot be accepted beside what is in it: {'/'.join(place)} was "
            f"accepted when {codec} was another codec ({_what_differs(old.codecs[codec], now[codec])}); "
            f"accept all setups of {codec}, with all their utterances"
        )


def _codecs(baseline: Baseline) -> dict[str, AcceptedCodec]:
    """Return the codecs of the setups of *baseline*: of a run, some may not have been asked for."""
    used = {setup.codec for setup in baseline.setups.values()}
    return {name: codec for name, codec in baseline.codecs.items() if name in used}


def _what_differs(before: AcceptedCodec, now: AcceptedCodec) -> str:
    fields = sorted(AcceptedCodec.model_fields.keys() - {"fingerprint"})
    parts = differing_parts(now.fingerprint, before.fingerprint) or [(now.fingerprint, before.fingerprint)]
    declared = [(f"{name} {getattr(now, name)}", f"{name} {getattr(before, name)}") for name in fields]
    new, old = next(pair for pair in (*parts, *declared) if pair[0] != pair[1])
    return f"{new} instead of {old}"


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
    return lines + [f"scores: {reason}" for reason in stale(old, new)]


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
        runs=_separate(cells),
        codes=_short(codes),
        pcm=_short(pcm),
        frames=decoded_digits(cell, folder, frame_size),
        measured={
            name: _worst(name, cells)
            for name in (row.name for row in KEPT)
            if any(name in one.measurements for one in cells)
        },
        findings=tuple(findings),
        misread=tuple(_misread(cells)),
    )


def _separate(cells: Sequence[Cell]) -> int:
    """Return for how many of *cells* the codec ran; what was read back, or given twice, has the times of another."""
    times = [clocked(cell) for cell in cells]
    return len({one for one in times if one}) + sum(not one for one in times)


def given_again(runs: Sequence[Run]) -> list[str]:
    """Say of how many cells of *runs* the codec did not run anew, so that they say nothing about repeating."""
    last, folder = runs[-1]
    if len(runs) < 2:
        return []  # and no cell is read
    several = [[_found(run, *place)[0] for run in runs] for place in last.cells.places]
    again = sum(len(cells) - _separate(cells) for cells in several)
    if not again:
        return []
    return [
        f"{again} of {len(several) * len(runs)} cells were read back, or given before: no codec ran for them, so they "
        f"calibrate nothing ({folder}); run it with --fresh for that"
    ]


def _misread(cells: Sequence[Cell]) -> list[str]:
    """Return the words that any of *cells* misreads, each as often as the cell that has it most."""
    found: Counter[str] = Counter()
    for cell in cells:
        found |= Counter(words for words, _ in misreadings(cell.transcript))
    return sorted(found.elements())


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


def _flat(baseline: Baseline) -> dict[tuple[str, str], AcceptedCell]:
    return {(name, u): cell for name, setup in baseline.setups.items() for u, cell in setup.utterances.items()}


def _difference(before: AcceptedCell, after: AcceptedCell) -> str:
    parts = [
        f"{name} {was} -> {now}"
        for name in sorted({*before.measured, *after.measured})
        if (was := figure(before.measured.get(name), 6)) != (now := figure(after.measured.get(name), 6))
    ]
    if (before.codes, before.pcm) != (after.codes, after.pcm):
        which = [name for name in ("codes", "pcm") if getattr(before, name) != getattr(after, name)]
        parts.insert(0, f"other {' and '.join(which)}")
    if before.runs != after.runs:
        parts.append(f"runs {before.runs} -> {after.runs}")
    if before.findings != after.findings:
        parts.append(f"findings {list(before.findings)} -> {list(after.findings)}")
    return ", ".join(parts) or "frames"
