"""
Suites: which speech goes through which setups, as TOML.

    name = "my-codec"
    limit = 60                      # seconds that one call of a codec may take; 300 if left out

    [speech]
    source = "speech/"              # a manifest or a folder; "embedded" is the speech that comes with the harness
    utterances = ["heart-*"]        # ids or shell-style patterns; all if left out

    [codecs.mine]                   # adapter, and the options that it takes
    adapter = "my_package.codec:MyCodec"
    bitrate = 9000
    # codes_from = "other"          # for a decoder alone: the codec of this suite whose encoder makes its codes

    [topologies.late-clone]         # only for wirings that `codec-harness list topologies` does not have
    decoder = { instance = "clone", cloned = "switch" }
    switch = 0.25

    [[setups]]                      # every codec named here through every topology named here
    codec = "mine"
    topology = ["shared", "cloned-decoder", "late-clone", "cross-talk"]

    [[setups]]
    codec = "mine"
    topology = "offline"
    at_least = "altered"            # what it must be, if not what the standard topology expects

    [[setups]]
    codec = "mine"                  # topology "shared"
    wire = ["drop-frame", "swap-codebooks-0-1"]
    path = "from-48k-linear"
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from harness.codecs.protocol import CodecInfo
from harness.codecs.spec import CodecSpec
from harness.errors import SuiteInvalid, UsageInvalid
from harness.files import given
from harness.files.places import portable_data
from harness.record import Expectation, Frozen, Scalar, Verdict
from harness.runtime import calls
from harness.runtime.resources import fixture
from harness.runtime.text import require_plain
from harness.topology import catalogue, path_catalogue, wire_catalogue
from harness.topology.setup import Setup
from harness.topology.signal_path import SignalPath
from harness.topology.unused_keys import GivenPath, GivenTopology, GivenWire
from harness.topology.wire import Wire
from harness.verdict import Floors, Tolerances

EMBEDDED = "embedded"
RESERVED = ("adapter", "codes_from")  # keys of a codec's table that are no options of its adapter
GEOMETRY = ("sample_rate", "frame_size", "codebooks", "bins")  # two adapters that agree on these can swap codes


class SpeechTable(Frozen):
    """`[speech]`: where the reference speech is, and which of it is used."""

    source: str = EMBEDDED
    utterances: tuple[str, ...] = ()


class ScoresTable(Frozen):
    """`[scores]`: what is computed. `asr` is a Whisper model by name or path, or false."""

    pesq: bool = True
    stoi: bool = True
    asr: str | bool = "tiny.en"

    @field_validator("asr")
    @classmethod
    def _named(cls, value: str | bool) -> str | bool:
        if value is True or value == "":
            raise ValueError('asr is the name or path of a Whisper model, such as "tiny.en", or false')
        return value


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

    @field_validator("at_least", "at_most")
    @classmethod
    def _on_the_ladder(cls, value: Verdict | None) -> Verdict | None:
        if value is Verdict.UNDEFINED:
            raise ValueError("undefined is never a pass and cannot be asked for; wanted identical to corrupt")
        return value


class _File(Frozen):
    name: str | None = None
    speech: SpeechTable = SpeechTable()
    codecs: dict[str, dict[str, Any]] = Field(min_length=1)
    topologies: dict[str, GivenTopology] = Field(default_factory=dict)
    wires: dict[str, GivenWire] = Field(default_factory=dict)
    paths: dict[str, GivenPath] = Field(default_factory=dict)
    setups: tuple[SetupsTable, ...] = Field(min_length=1)
    scores: ScoresTable = ScoresTable()
    tolerances: Tolerances = Tolerances()
    floors: Floors = Floors()
    limit: float | None = Field(default=None, gt=0.0, le=calls.MOST)


class Suite(Frozen):
    """A validated suite. *limit* is how many seconds one call of a codec may take; None for the usual 300."""

    name: str
    speech: SpeechTable
    codecs: dict[str, CodecSpec]
    setups: tuple[Setup, ...]
    scores: ScoresTable
    tolerances: Tolerances
    floors: Floors = Floors()
    limit: float | None = None

    def setup(self, name: str) -> Setup:
        """Return the setup called *name*."""
        for setup in self.setups:
            if setup.name == name:
                return setup
        raise UsageInvalid(f"no setup {name!r}; there are: {', '.join(setup.name for setup in self.setups)}")

    def one_codec(self, setup: Setup, infos: Mapping[str, CodecInfo]) -> bool:
        """Tell whether *setup* uses the codec of its reference: the same adapter, or codes of the same make."""
        own, other = self.codecs[setup.codec], self.codecs[self.setup(setup.reference).codec]
        if own.adapter == other.adapter:
            return True
        if own.name not in infos or other.name not in infos:
            return False  # one of them could not be loaded: then nothing is compared
        ours, theirs = infos[own.name], infos[other.name]
        return all(getattr(ours, name) == getattr(theirs, name) for name in GEOMETRY)

    def factors(self, setup: Setup) -> dict[str, Scalar]:
        """Return the setup as dotted factors: `codec.*`, `topology.*`, `wire.*` and `path.*`."""
        codec = self.codecs[setup.codec]
        options = {f"codec.{key}": _scalar(value) for key, value in sorted(portable_data(codec.options).items())}
        wiring = setup.topology.factors() | setup.wire.factors() | setup.path.factors()
        if codec.codes_from is not None:
            options |= {"codec.codes_from": codec.codes_from.name}
        return {"codec.adapter": codec.adapter} | options | wiring

    def only(self, patterns: tuple[str, ...]) -> "Suite":
        """Return the suite with the setups that match a pattern, and the references that these need."""
        from fnmatch import fnmatchcase

        chosen = [s for s in self.setups if any(fnmatchcase(s.name, pattern) for pattern in patterns)]
        for pattern in patterns:
            if not any(fnmatchcase(setup.name, pattern) for setup in self.setups):
                self.setup(pattern)  # raises, with the list of what there is
        return self.narrowed(setup.name for setup in chosen)

    def selected(
        self,
        *,
        setups: Sequence[str] = (),
        utterances: Sequence[str] = (),
        pesq: bool | None = None,
        stoi: bool | None = None,
        asr: str | bool | None = None,
        limit: float | None = None,
    ) -> "Suite":
        """
        Return the suite with some of its setups (and the references that these need), its utterances and its scores.

        setups, utterances : names or shell-style patterns; all if empty
        pesq, stoi, asr : as in `[scores]`; limit : seconds for one call; what the suite says if None
        """
        asked = {name: value for name, value in (("pesq", pesq), ("stoi", stoi), ("asr", asr)) if value is not None}
        chosen = self.only(tuple(setups)) if setups else self
        speech = chosen.speech.model_copy(update={"utterances": tuple(utterances)} if utterances else {})
        try:
            scores = ScoresTable.model_validate(chosen.scores.model_dump() | asked)
        except ValidationError as error:
            raise SuiteInvalid("; ".join(f"scores.{given.explained(item)}" for item in error.errors())) from error
        more = {} if limit is None else {"limit": limit}
        return chosen.model_copy(update={"speech": speech, "scores": scores} | more)

    def narrowed(self, names: Iterable[str]) -> "Suite":
        """Return the suite with the setups called so, the references that they need, the references of these..."""
        needed: set[str] = set()
        asked = list(names)
        while asked:
            name = asked.pop()
            if name not in needed:
                needed.add(name)
                asked.append(self.setup(name).reference)
        return self.model_copy(update={"setups": tuple(setup for setup in self.setups if setup.name in needed)})


def shipped() -> dict[str, Path]:
    """Return the suites that come with the harness, by name."""
    return {path.stem: path for path in sorted(fixture("suites").glob("*.toml")) if "." not in path.stem}


def default_suite() -> Path:
    """Return the suite that runs when none is named: the embedded codecs on the embedded speech."""
    return shipped()["default"]


def load(path: Path) -> Suite:
    """
    Read and check a suite; raise `SuiteInvalid` naming the key, what was got and what is allowed.

    path : a TOML file, or the name of a suite that comes with the harness

    An adapter whose module lies beside the suite is found by the processes that load it.
    """
    if not os.path.lexists(path):
        path = shipped().get(str(path), path)
    content = given.toml(path, SuiteInvalid, wanted=f"a TOML file, or one of {', '.join(shipped())}")
    return parse(content, str(path), path.parent, path.name.removesuffix(".toml").removesuffix(".codec"))


def parse(content: dict[str, Any], where: str, folder: Path, name: str) -> Suite:
    """Check *content*, a suite as a dict; *folder* is where its paths begin and its adapters may lie."""
    try:
        given.check_plain(content)
    except ValueError as error:
        raise SuiteInvalid(f"{where}: {error}") from None
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        found = error.errors()
        inner = [item for item in found if item["type"] != "too_short"]  # said of a list whose only item is at fault
        raise SuiteInvalid(
            "; ".join(f"{where}: {given.explained(item, 'the suite')}" for item in (inner or found)[:3])
        ) from error
    _check_names(where, file)
    codecs = {key: _codec(where, key, table).beside(folder) for key, table in file.codecs.items()}
    codecs = _with_codes_from(where, file, codecs)
    setups = [setup for table in file.setups for setup in _setups(where, table, file, codecs)]
    check_setups(where, setups)
    speech = file.speech
    if speech.source != EMBEDDED:
        speech = speech.model_copy(update={"source": str((folder / speech.source).resolve())})
    return Suite(
        name=file.name or name,
        speech=speech,
        codecs=codecs,
        setups=tuple(setups),
        scores=file.scores,
        tolerances=file.tolerances,
        floors=file.floors,
        limit=file.limit,
    )


def _check_names(where: str, file: _File) -> None:
    """Refuse names with control characters: they are printed in every place there is."""
    for what in ("codecs", "topologies", "wires", "paths"):
        for name in getattr(file, what):
            require_plain(name, f"{where}: {what}: the name", SuiteInvalid)
    require_plain(file.name or "", f"{where}: name", SuiteInvalid)
    for table in file.setups:
        for key in ("name", "codec", "topology", "wire", "path", "reference"):
            for name in _listed(getattr(table, key)):
                require_plain(name, f"{where}: setups.{key}", SuiteInvalid)


def _codec(where: str, name: str, table: dict[str, Any]) -> CodecSpec:
    adapter = table.get("adapter")
    if not isinstance(adapter, str):
        raise SuiteInvalid(
            f'{where}: codecs.{name}.adapter: got {adapter!r}, wanted the name of an adapter, such as adapter = "mini"'
        )
    return CodecSpec(name=name, adapter=adapter, options={k: v for k, v in table.items() if k not in RESERVED})


def _with_codes_from(where: str, file: _File, codecs: dict[str, CodecSpec]) -> dict[str, CodecSpec]:
    """Return *codecs*, each with the codec whose encoder makes its codes, where the suite names one."""
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


def _setups(where: str, table: SetupsTable, file: _File, codecs: dict[str, CodecSpec]) -> list[Setup]:
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
                codec=codec,
                topology_name=topology,
                topology=file.topologies[topology] if entry is None else entry.topology,
                wire=_wire(file, wire_name),
                path=_path(file, path_name),
                expectation=expectation,
                expectation_given=stated,
                reference=table.reference or f"{codec}/shared",
            )
        )
    return setups


def _listed(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value or "",)


def _wire(file: _File, name: str) -> Wire:
    return (file.wires.get(name) or wire_catalogue.find(name)) if name else Wire()


def _path(file: _File, name: str) -> SignalPath:
    return (file.paths.get(name) or path_catalogue.find(name)) if name else SignalPath()


def check_setups(where: str, setups: list[Setup]) -> None:
    """Raise `SuiteInvalid` if a setup occurs twice, or has no reference that ends in one held against itself."""
    names = Counter(setup.name for setup in setups)
    for setup in setups:
        if names[setup.name] > 1:
            raise SuiteInvalid(f"{where}: the setup {setup.name!r} occurs twice; give one of them another name")
        if setup.reference not in names:
            raise SuiteInvalid(
                f"{where}: setup {setup.name!r} is held against {setup.reference!r}, which is not a setup; "
                "add it, or name another with reference = ..."
            )
    references = {one.name: one.reference for one in setups}
    for setup in setups:
        _check_chain(where, setup, references)


def _check_chain(where: str, setup: Setup, references: dict[str, str]) -> None:
    """Refuse references that go round in a circle: whatever all of these do, nothing would be held against it."""
    chain = [setup.name]
    while references[chain[-1]] != chain[-1]:
        chain.append(references[chain[-1]])
        if chain[-1] in chain[:-1]:
            raise SuiteInvalid(
                f"{where}: the references go round in a circle: {' -> '.join(chain)}; wanted one of these setups to be "
                "held against itself, or against a setup outside of the circle"
            )


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
