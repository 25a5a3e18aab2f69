"""`codec-harness list`: what there is to choose from."""

from pathlib import Path

import click
from rich.console import Console

from harness.audio import speech as reference_speech
from harness.audio.ignored import ignored
from harness.codecs.loading import adapters
from harness.metrics.catalogue import METRICS
from harness.report.terminal import console
from harness.runs.suite import load as load_suite
from harness.runs.suite import shipped
from harness.runtime import output
from harness.runtime.resources import fixture
from harness.topology import catalogue
from harness.topology.catalogue import FAMILIES, TOPOLOGIES, Entry
from harness.topology.drawing import draw, draw_wire
from harness.topology.path_catalogue import PATHS
from harness.topology.wire_catalogue import WIRES


@click.group(name="list")
def listing() -> None:
    """List suites, codecs, topologies, wires, paths, metrics or speech."""


@listing.command()
def codecs() -> None:
    """List the codec adapters that a suite can name."""
    for name, target in sorted(adapters().items()):
        output.say(f"{name:18} {target}")
    output.say("any other          package.module:Class")


@listing.command()
def topologies() -> None:
    """List the standard topologies, what each must be, and how it is wired."""
    printer = console()
    for name, entry in TOPOLOGIES.items():
        _print_topology(printer, name, entry.topology.about, entry)
    for name, family in FAMILIES.items():
        _print_topology(printer, name, f"{family.about}; as in {family.example}:", catalogue.find(family.example))


def _print_topology(printer: Console, name: str, about: str, entry: Entry) -> None:
    expectation = entry.expectation
    wanted = f"must be {expectation.at_least} or better" if expectation.at_least else ""
    wanted = wanted or f"expected failure: must be no better than {expectation.at_most}"
    printer.print(f"[bold]{name}[/]  {about} ({wanted})")
    for line in draw(entry.topology).splitlines():
        printer.print(f"    {line}", markup=False)


@listing.command()
def suites() -> None:
    """List the suites that come with the harness, for `codec-harness run NAME`."""
    for name, path in shipped().items():
        suite = load_suite(path)
        about = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        output.say(f"{name:10} {len(suite.setups):3} setups  {about}")


@listing.command()
def wires() -> None:
    """List the standard faults between encoder and decoder, and what they make of frames 1, 2, 3 and so on."""
    for name, wire in WIRES.items():
        output.say(f"{name:24} {wire.about}")
        for line in draw_wire(wire).splitlines():
            output.say(f"    {line}")


@listing.command()
def paths() -> None:
    """List the standard signal paths before the encoder."""
    for name, path in PATHS.items():
        output.say(f"{name:20} {path.about}")


@listing.command()
def metrics() -> None:
    """List the measurements of a cell, their units and what they mean."""
    for row in METRICS.values():
        output.say(f"{row.name:42} {row.unit:10} {row.about}")


@listing.command()
@click.argument("source", required=False, type=click.Path(path_type=Path))
def speech(source: Path | None) -> None:
    """List the utterances of a manifest or folder, or of the embedded speech, and the files that are ignored."""
    source = source or fixture("speech")
    utterances = reference_speech.load(source)
    for utterance in utterances:
        output.say(f"{utterance.id:16} {utterance.speaker:16} {utterance.transcript}")
    for one in ignored(source, utterances):
        output.complain(f"ignored {one.path.relative_to(source)}: {one.why}")
