"""`codec-harness baseline`: show what is accepted, compare a run with it, accept a run."""

import sys
from pathlib import Path

import click

from harness.gate import baseline as baselines
from harness.gate.accept import accept, given_again
from harness.gate.baseline import Baseline, BaselineInvalid
from harness.gate.guarded import Guarded, Wanted
from harness.gate.summary import summary
from harness.record import RunRecord
from harness.runs.recorded import Run
from harness.runs.shards import refuse_shard
from harness.runtime import output

FOLDER = click.option(
    "--baselines", "folder", type=click.Path(path_type=Path), default=Path("baselines"), show_default=True
)


@click.group()
def command() -> None:
    """Show, compare and accept baselines."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """Print what the baseline FILE holds and where it comes from."""
    found = _existing(file)
    commit = "no commit" if found.commit is None else f"commit {found.commit}"
    output.say(f"{found.suite}: accepted {found.created}, codec-harness {found.harness}, {commit}")
    output.say("machine: " + ", ".join(f"{key} {value}" for key, value in found.machine.items()))
    for name, scorer in found.scorers.items():
        output.say(f"scorer {name}: {scorer}")
    if found.recogniser:
        output.say(f"recogniser: {found.recogniser.get('model')}, {found.recogniser.get('normaliser')}")
    for name, codec in found.codecs.items():
        output.say(f"codec {name}: {codec.codebooks} codebooks, {codec.fingerprint}")
    for name, setup in found.setups.items():
        cells = setup.utterances.values()
        exact, runs = sum(cell.exact for cell in cells), max((cell.runs for cell in cells), default=0)
        kind = f"{exact} of {len(cells)} exact over up to {runs} runs" if runs > 1 else "not calibrated"
        output.say(f"{name:<34} {setup.verdict:<11} {kind}")


@command.command()
@click.argument("run", type=click.Path(path_type=Path))
@FOLDER
def diff(run: Path, folder: Path) -> None:
    """Hold the finished RUN (its folder) against its baseline; exit code 1 if a gate fails."""
    record, place = _whole(run)
    path = baselines.place(folder, record.name)
    accepted = _existing(path)
    if (accepted.run, accepted.created) == (record.key, record.provenance.created):
        raise BaselineInvalid(f"{run}: refused: {path} was accepted from this very run; compare another with it")
    found = Guarded(
        path,
        {"folder": str(place), "accepted": None, "complete": set(accepted.speech) <= _spoken(record), "whole": True},
    )
    for line in summary(found, output.width()):
        output.say(line)
    everything = Wanted(frozenset(setup.name for setup in record.setups), frozenset(_spoken(record)), True, True)
    held = found.outcome(everything)
    over_all = all(found.gated_setup(setup.name).passed for setup in record.setups)
    passed = over_all and held.gate is not None and not held.gate.failures and not any(s.gate for s in held.setups)
    sys.exit(0 if passed else 1)


@command.command(name="accept")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@FOLDER
@click.option("--part", is_flag=True, help="The run is of a part of the suite: keep the rest of the baseline.")
def accept_run(runs: tuple[Path, ...], folder: Path, part: bool) -> None:
    """Accept the finished RUNS (folders; several of one suite calibrate each other) and print what changed."""
    found = [_whole(run) for run in runs]
    names = {record.name for record, _ in found}
    if len(names) > 1:
        raise BaselineInvalid(f"got runs of several suites ({', '.join(sorted(names))}), wanted runs of one")
    path = baselines.place(folder, names.pop())
    for line in accept(found, path, whole=not part) or ["nothing changed"]:
        output.say(line)
    for line in given_again(found):
        output.complain(line)
    output.say(f"accepted into {path}")


def _whole(path: Path) -> Run:
    found = Run.read(path)
    refuse_shard(found.folder)
    return found


def _existing(path: Path) -> Baseline:
    found = baselines.load(path)
    if found is None:
        raise BaselineInvalid(f"{path}: no such baseline; accept a run first: codec-harness baseline accept RUN")
    return found


def _spoken(record: RunRecord) -> set[str]:
    return {utterance.id for utterance in record.utterances}
