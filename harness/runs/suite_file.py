"""The tables of a suite's file, and the setups that they make; `harness.runs.suite` shows such a file."""

from itertools import product
from typing import Any

from pydantic import Field, ValidationError, field_validator

from harness.codecs.spec import CodecSpec
from harness.errors import SuiteInvalid
from harness.record import Expectation, Frozen, Verdict
from harness.runs.conditions import Conditions
from harness.runtime import calls
from harness.runtime.text import require_plain
from harness.topology import catalogue, path_catalogue, wire_catalogue
from harness.topology.setup import Configuration, Setup
from harness.topology.signal_path import SignalPath
from harness.topology.unused_keys import GivenPath, GivenTopology, GivenWire
from harness.topology.wire import Wire
from harness.verdict import Floors, TimeLimits

RESERVED = ("adapter", "codes_from", "resources")  # keys of a codec's table that are no options of its adapter


class SetupsTable(Frozen):
    """One `[[setups]]`: the product of codecs and topologies, with one expectation where the default is not meant."""

    codec: str | tuple[str, ...]
    topology: str | tuple[str, ...] = "shared"
    wire: str | tuple[str, ...] | None = None
    path: str | tuple[str, ...] | None = None
    name: str | None = None
    reference: str | None = None
    at_least: Verdict | None = None
    at_most: Verdict | None = None

    @field_validator("codec", "topology", "wire", "path")
    @classmethod
    def _names_some(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if value == ():
            raise ValueError("an empty list makes no setup; name what is meant, or leave the table out")
        return value

    @field_validator("at_least", "at_most")
    @classmethod
    def _on_the_ladder(cls, value: Verdict | None) -> Verdict | None:
        if value is Verdict.UNDEFINED:
            raise ValueError("undefined is never a pass and cannot be asked for; wanted identical to corrupt")
        return value

    @field_validator("at_most")
    @classmethod
    def _can_be_missed(cls, value: Verdict | None) -> Verdict | None:
        if value is Verdict.IDENTICAL:  # an expected failure is not gated on change, so this would pass whatever comes
            raise ValueError("every verdict is identical or worse, so it asks nothing; leave it out, or say at_least")
        return value


class SuiteFile(Conditions):
    """A suite's file, each table checked by itself."""

    name: str | None = None
    codecs: dict[str, dict[str, Any]] = Field(min_length=1)
    topologies: dict[str, GivenTopology] = Field(default_factory=dict)
    wires: dict[str, GivenWire] = Field(default_factory=dict)
    paths: dict[str, GivenPath] = Field(default_factory=dict)
    setups: tuple[SetupsTable, ...] = Field(min_length=1)
    floors: Floors = Floors()
    timing: TimeLimits = TimeLimits()
    limit: float | None = Field(default=None, gt=0.0, le=calls.MOST)


def check_names(where: str, file: SuiteFile, called: str) -> None:
    """
    Refuse names with control characters: they are printed in every place there is.

    called : what the suite is called if it does not say
    """
    for what in ("codecs", "topologies", "wires", "paths"):
        for name in getattr(file, what):
            require_plain(name, f"{where}: {what}: the name", SuiteInvalid)
    told = f"{where}: name" if file.name else f"{where}: its file gives the suite a name that"
    require_plain(file.name or called, told, SuiteInvalid)
    for table in file.setups:
        for key in ("name", "codec", "topology", "wire", "path", "reference"):
            for name in _listed(getattr(table, key)):
                require_plain(name, f"{where}: setups.{key}", SuiteInvalid)


def codec_of(where: str, name: str, table: dict[str, Any]) -> CodecSpec:
    """Return what `[codecs.NAME]` says; raise `SuiteInvalid` if it names no adapter."""
    adapter = table.get("adapter")
    if not isinstance(adapter, str):
        raise SuiteInvalid(
            f'{where}: codecs.{name}.adapter: got {adapter!r}, wanted the name of an adapter, such as adapter = "mini"'
        )
    options = {key: value for key, value in table.items() if key not in RESERVED}
    try:
        return CodecSpec(name=name, adapter=adapter, options=options, resources=table.get("resources", {}))
    except ValidationError:
        raise SuiteInvalid(
            f"{where}: codecs.{name}.resources: got {table['resources']!r}, wanted a table of numbers above 0, such as "
            "resources = { GPU = 1 }"
        ) from None


def with_codes_from(where: str, file: SuiteFile, codecs: dict[str, CodecSpec]) -> dict[str, CodecSpec]:
    """Return *codecs*, each with the codec whose encoder makes its codes, where *file* names one."""
    found = dict(codecs)
    for name, table in file.codecs.items():
        wanted = table.get("codes_from")
        others = [other for other in codecs if other != name]
        if wanted is None:
            continue
        if wanted not in others:
            there = f"another codec of the suite: {', '.join(others)}" if others else "another codec, and there is none"
            raise SuiteInvalid(f"{where}: codecs.{name}.codes_from: got {wanted!r}, wanted {there}")
        found[name] = codecs[name].taking_codes_from(codecs[wanted])
    return found


def setups_of(where: str, table: SetupsTable, file: SuiteFile, codecs: dict[str, CodecSpec]) -> list[Setup]:
    """Return the setups that a `[[setups]]` of *file* makes; raise `SuiteInvalid` if it names what is not there."""
    points = list(product(*map(_listed, (table.codec, table.topology, table.wire, table.path))))
    if table.name is not None and len(points) != 1:
        raise SuiteInvalid(f"{where}: setups.name {table.name!r} is one name, but the table makes {len(points)} setups")
    setups = []
    for codec, topology, wire_name, path_name in points:
        if codec not in codecs:
            raise SuiteInvalid(f"{where}: setups.codec: got {codec!r}, wanted one of {', '.join(codecs)}")
        entry = catalogue.find(topology) if topology not in file.topologies else None
        stated = table.at_least is not None or table.at_most is not None
        expectation = entry.expectation if entry is not None else Expectation()
        if stated or wire_name or path_name:  # a standard topology's expectation is that of an unbroken wire and path
            expectation = Expectation(at_least=table.at_least, at_most=table.at_most)
        setups.append(
            Setup(
                name=table.name or "/".join(part for part in (codec, topology, wire_name, path_name) if part),
                topology_name=topology,
                configuration=Configuration(
                    codec=codecs[codec],
                    topology=file.topologies[topology] if entry is None else entry.topology,
                    wire=_wire(file, wire_name),
                    path=_path(file, path_name),
                ),
                expectation=expectation,
                expectation_given=stated,
                reference=table.reference or f"{codec}/shared",
            )
        )
    return setups


def _listed(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value or "",)


def _wire(file: SuiteFile, name: str) -> Wire:
    return (file.wires.get(name) or wire_catalogue.find(name)) if name else Wire()


def _path(file: SuiteFile, name: str) -> SignalPath:
    return (file.paths.get(name) or path_catalogue.find(name)) if name else SignalPath()
