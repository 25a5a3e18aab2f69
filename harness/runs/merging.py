"""
Shards back to one run: what needs all cells is computed here, and nothing is that needs a codec or a scorer.

The merged run is the run that one machine makes of the suite, but for times and what it says of the machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import RecordInvalid
from harness.files import file_name, given, no_links, write_whole
from harness.record import Cells, RunRecord, load, save
from harness.runs import applicable, explaining, repeating, without_pesq
from harness.runs.kept_audio import is_whole
from harness.runs.outcome import ungated
from harness.runs.recorded import Run, check_cells, suite_told
from harness.runs.shards import SLIP, Shard, Slip
from harness.runs.since.reach import not_run_in
from harness.runs.summary import judged
from harness.runtime import provenance

TOLD = {"name", "adapter", "options", "fingerprint", "description", "loaded"}  # of a codec, beside what it declares


@dataclass(frozen=True)
class ShardRead:
    """A shard that was read: its folder, what it says it is, and its run."""

    folder: Path
    slip: Slip
    record: RunRecord


def merge(folders: Sequence[Path], out: Path) -> Run:
    """
    Merge the shards in *folders* into one run under *out*, and return it.

    Raises `RecordInvalid` if a folder holds no whole shard, or they are not all shards of one run, each once.
    """
    parts = sorted((_read(folder) for folder in folders), key=lambda part: part.slip.number)
    _check_one_run(parts)
    _check_all_there(parts)
    first = parts[0]
    folder = out / f"{file_name(first.record.name)}-{first.slip.whole[:8]}"
    no_links(folder)
    for part in parts:
        _copy_audio(part, folder)
    record = _merged(parts, folder)
    save(folder / "run.json", record)
    (folder / SLIP).unlink(missing_ok=True)  # of a single shard, which is the whole
    return Run(record, folder)


def _read(folder: Path) -> ShardRead:
    slip_file, run_file = folder / SLIP, folder / "run.json"
    if not given.is_file(slip_file):
        raise RecordInvalid(
            f"{folder}: is no shard: there is no {SLIP}; wanted the folder that run --shard has left (with --since, a "
            "shard leaves none if nothing is reached)"
        )
    slip = load(slip_file, Slip, sealed=True)
    again = f"run it again with --shard {slip.shard}"
    if not given.is_file(run_file):
        raise RecordInvalid(f"{folder}: shard {slip.shard} was not finished: there is no run.json; {again}")
    record = ungated(load(run_file, RunRecord, sealed=True))
    check_cells(record, run_file)
    dealt = [utterance for utterance, number in slip.dealt.items() if number == slip.number]
    lacking = sorted(set(dealt) - {utterance.id for utterance in record.utterances})
    if record.key != slip.run or lacking:
        what = f"lacks {', '.join(lacking[:3])}" if lacking else "is of another run than its slip"
        raise RecordInvalid(f"{folder}: shard {slip.shard} {what}; {again}")
    return ShardRead(folder, slip, record)


def _check_one_run(parts: Sequence[ShardRead]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if _whole(part) != _whole(first):
            raise RecordInvalid(
                f"{part.folder}: is no shard of the same run as {first.folder}: {_difference(first, part)}; "
                "run them again, of one suite and with the same codecs, speech and versions"
            )


def _whole(part: ShardRead) -> tuple[object, ...]:
    return part.record.name, part.slip.whole, part.slip.of, part.slip.dealt, _declared(part.record)


def _difference(one: ShardRead, other: ShardRead) -> str:
    """Say in what two shards differ that are not of one run."""
    ours, theirs = one.record.provenance, other.record.provenance
    packages = sorted(ours.packages.keys() | theirs.packages.keys())
    compared: list[tuple[str, object, object]] = [
        ("the suite", one.record.name, other.record.name),
        ("the number of shards", one.slip.of, other.slip.of),
        ("codec-harness", ours.harness, theirs.harness),
        *((name, ours.packages.get(name), theirs.packages.get(name)) for name in packages),
        ("the scorers", ours.scorers, theirs.scorers),
        ("the recogniser", ours.recogniser, theirs.recogniser),
        ("the setups", [setup.name for setup in one.record.setups], [setup.name for setup in other.record.setups]),
        ("the speech", list(one.slip.dealt), list(other.slip.dealt)),
        ("codecs", _fingerprints(one.record), _fingerprints(other.record)),
        ("codecs that could not be used", one.slip.unusable, other.slip.unusable),
        *((what, value, _declared(other.record).get(what)) for what, value in _declared(one.record).items()),
    ]
    for what, left, right in compared:
        if left != right:
            return f"{what}: {right!s:.200}, it is {left!s:.200} there"
    return "the suite, the code of a codec or the speech was another"


def _fingerprints(record: RunRecord) -> dict[str, str]:
    return {codec.name: codec.fingerprint for codec in record.codecs}


def _declared(record: RunRecord) -> dict[str, object]:
    """Return what codecs declare, each as "codec CODEC, KEY"; their fingerprints need not tell it."""
    return {
        f"codec {codec.name}, {key}": value
        for codec in record.codecs
        for key, value in codec.model_dump(exclude=TOLD).items()
    }


def _check_all_there(parts: Sequence[ShardRead]) -> None:
    by_number: dict[int, ShardRead] = {}
    for part in parts:
        other = by_number.setdefault(part.slip.number, part)
        if other is not part:
            raise RecordInvalid(f"shard {part.slip.shard} is there twice: {other.folder} and {part.folder}; give one")
    of = parts[0].slip.of
    missing = [str(Shard(number, of)) for number in range(1, of + 1) if number not in by_number]
    if missing:
        some = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise RecordInvalid(f"{len(missing)} of {of} shards are missing ({some}); run them with --shard, and merge all")


def _merged(parts: Sequence[ShardRead], folder: Path) -> RunRecord:
    """Write the cells of all *parts* into *folder*, and return the record of them together."""
    first = parts[0]
    suite = suite_told(first.record)
    holder = {utterance.id: part.record for part in parts for utterance in part.record.utterances}
    spoken = {utterance.id: utterance for part in parts for utterance in part.record.utterances}
    order = list(first.slip.dealt)
    places = ((setup.name, utterance) for setup in suite.setups for utterance in order)
    cells = Cells.written(folder, (holder[place[1]].cells.line(*place) for place in places))
    told = {place: text for part in parts for place, text in part.record.cells.explanations.items()}
    record = judged(
        suite,
        [spoken[utterance] for utterance in order],
        first.record.codecs,
        first.slip.unusable,
        cells,
        first.slip.whole,
        provenance.joined([part.record.provenance for part in parts]),
        max(part.record.seconds for part in parts),
    )
    record = repeating.told(record, [repeat for part in parts for repeat in part.slip.repeats])
    record = applicable.told(record, first.record.not_applicable, first.slip.unspoken)
    record = without_pesq.told(record) if first.slip.no_pesq else record
    wanted = explaining.worst_cells(record)
    record = explaining.told(record, {place: text for place, text in told.items() if place in wanted})
    return not_run_in(record, [part.record for part in parts])


def _copy_audio(part: ShardRead, folder: Path) -> None:
    """Copy the audio of *part* into *folder*; raise `RecordInvalid` if a file is not what the shard has written."""
    decoded = {cell.audio for cell in part.record.cells if cell.audio}
    published = {utterance.audio for utterance in part.record.utterances if utterance.audio}
    for name in sorted(decoded | published):
        path = part.folder / name
        if not is_whole(part.folder, name) or path.is_symlink():
            raise RecordInvalid(
                f"{path}: is missing, or not what the shard has written; copy the folder again, or run "
                f"--shard {part.slip.shard} again"
            )
        if path.resolve() != (folder / name).resolve():
            write_whole(folder / name, path.read_bytes())
