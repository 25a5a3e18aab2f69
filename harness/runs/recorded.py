"""
A run in its folder, and what its record says of its suite. A record is data: it names adapters and programs, and
nothing that it names is run.

Its codecs run from the suite's file, which is code as the adapters are; or where the record names nothing but what
comes with the harness; or where someone says that it may be trusted.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from harness.codecs.loading import HARMLESS
from harness.codecs.spec import CodecSpec
from harness.errors import RecordInvalid, SuiteInvalid
from harness.files.given import explained, is_file
from harness.files.places import is_left_out, portable_data
from harness.record import Expectation, Frozen, RunRecord, load
from harness.runs.conditions import Conditions, ScoresTable
from harness.runs.setup_checks import check_setups
from harness.runs.suite import Suite
from harness.runs.suite import load as load_suite
from harness.runtime.importing import find_beside
from harness.topology.model import Topology
from harness.topology.setup import Configuration, Setup
from harness.topology.signal_path import SignalPath
from harness.topology.wire import Wire
from harness.verdict import Floors, TimeLimits, Tolerances


class Run(NamedTuple):
    """A run that was made: its record, and the folder that it is in."""

    record: RunRecord
    folder: Path

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Return the run in the folder *path*, or whose `run.json` it is; raise `RecordInvalid` if it is none."""
        file = path if is_file(path) else path / "run.json"
        record = load(file, RunRecord)
        check_cells(record, file)
        _add_own(record)
        return cls(record, file.parent)


def _add_own(record: RunRecord) -> None:
    """Add the suite's own metrics to the table; raise `RecordInvalid` if the record has none that can be used."""
    scores = record.suite.get("scores")
    if not isinstance(scores, dict) or not scores.get("own"):
        return
    try:
        ScoresTable.model_validate(scores).add_own(None)
    except ValidationError as error:
        said = explained(error.errors()[0], "scores")
        raise RecordInvalid(f"the run {record.name!r}: its suite: {said}; run again") from None
    except SuiteInvalid as error:
        raise RecordInvalid(f"the run {record.name!r}: {error}; run again") from None


def complete(folder: Path, key: str) -> RunRecord | None:
    """Return the record of a run that is already done in *folder*, as *key* says, or None."""
    if not (folder / "run.json").is_file():
        return None
    try:
        record = load(folder / "run.json", RunRecord, sealed=True)
    except RecordInvalid:
        return None  # damaged or edited: run again, from the cells that are there
    settled = record.complete and not record.died
    return record if settled and record.key == key else None


class ToldSetup(Frozen):
    """A setup in a record: its codec is one of the suite's, by name."""

    name: str
    codec: str
    topology_name: str
    topology: Topology
    wire: Wire = Wire()
    path: SignalPath = SignalPath()
    expectation: Expectation
    expectation_given: bool
    reference: str


class ToldSuite(Conditions):
    """A suite in a record."""

    name: str
    codecs: dict[str, CodecSpec]
    setups: tuple[ToldSetup, ...]
    floors: Floors = Floors()
    timing: TimeLimits = TimeLimits()
    limit: float | None = None


def as_told(suite: Suite) -> dict[str, Any]:
    """Return *suite* as a record has it, each codec once."""
    told = suite.model_dump(mode="json")
    for setup in told["setups"]:
        configuration = setup.pop("configuration")
        setup |= configuration | {"codec": configuration["codec"]["name"]}
    return told


def suite_told(record: RunRecord) -> Suite:
    """Return the suite that *record* tells of, which may lack places and secrets; raise `RecordInvalid` if damaged."""
    try:
        told = ToldSuite.model_validate(record.suite)
        told.scores.add_own(None)
        suite = Suite(**dict(told) | {"setups": tuple(_setup(told, one, record.name) for one in told.setups)})
        check_setups("its suite", suite.setups)
    except ValidationError as error:
        raise RecordInvalid(f"the run {record.name!r}: its suite: {explained(error.errors()[0])}; run again") from None
    except SuiteInvalid as error:
        raise RecordInvalid(f"the run {record.name!r}: {error}; run again") from None
    return suite


def _setup(suite: ToldSuite, told: ToldSetup, run: str) -> Setup:
    if told.codec not in suite.codecs:
        raise RecordInvalid(
            f"the run {run!r}: its suite: {told.name!r} is of the codec {told.codec!r}, which it does not have; "
            "run again"
        )
    given = dict(told) | {"codec": suite.codecs[told.codec].model_copy(update={"name": told.codec})}
    configuration = Configuration(**{part: given.pop(part) for part in Configuration.model_fields})
    return Setup(configuration=configuration, **given)


def tolerances_told(record: RunRecord) -> Tolerances:
    """Return the tolerances of the run's suite; raise `RecordInvalid` if the record has none that can be used."""
    try:
        return Tolerances.model_validate(record.suite.get("tolerances"))
    except ValidationError as error:
        said = explained(error.errors()[0], "tolerances")
        raise RecordInvalid(f"the run {record.name!r}: its suite: {said}; run again") from None


def check_cells(record: RunRecord, path: Path) -> None:
    """
    Raise `RecordInvalid` if the record of *path* lacks a cell, codec or reference that its setups name.

    A codec that could not be used is in no record; all its cells failed.
    """
    setups, codecs = {setup.name for setup in record.setups}, {codec.name for codec in record.codecs}
    for setup in record.setups:
        unknown = setup.codec not in codecs and any(c.failure is None for c in record.cells.of_setup(setup.name))
        lacking = [f"the codec {setup.codec!r}"] if unknown else []
        lacking += [f"the setup {setup.reference!r}"] if setup.reference not in setups else []
        absent = (u.id for u in record.utterances if not record.cells.has(setup.name, u.id))
        lacking += [f"the cell {setup.name}/{utterance}" for utterance in absent]
        if lacking:
            raise RecordInvalid(f"{path}: a run that lacks {lacking[0]}, which {setup.name!r} needs; run again")


def suite_to_run(record: RunRecord, suite_file: Path | None, *, trusted: bool) -> Suite:
    """
    Return the suite by which the codecs of *record* may be run again.

    suite_file : the suite, as it was when it was run; trusted : what the record itself names may be run
    Raises `SuiteInvalid` if neither is given and the record names code of others, or lacks what it was told with.
    """
    told = suite_told(record)
    if suite_file is not None:
        suite = load_suite(suite_file)
        speech = suite.speech.model_copy(update={"utterances": told.speech.utterances})
        return suite.model_copy(update={"speech": speech})
    for spec in (*told.codecs.values(), *(spec.codes_from for spec in told.codecs.values())):
        if spec is None:
            continue
        if not trusted and spec.adapter not in HARMLESS:
            raise _untrusted(record, f"codecs.{spec.name}.adapter = {spec.adapter!r}")
        if is_left_out(spec.options):
            raise SuiteInvalid(
                f"the run {record.name!r} does not tell all options of codecs.{spec.name} (secrets and places are not "
                "recorded); give the suite with --suite FILE"
            )
    for name, metric in told.scores.own.items():
        if not trusted:
            raise _untrusted(record, f"scores.own.{name}.function = {metric.function!r}")
    if is_left_out(told.speech.source):
        raise SuiteInvalid(
            f"the run {record.name!r} does not tell where its speech is ({told.speech.source}); give the suite with "
            "--suite FILE"
        )
    find_beside(Path.cwd())
    return told


def _untrusted(record: RunRecord, named: str) -> SuiteInvalid:
    return SuiteInvalid(
        f"the run {record.name!r} names {named}: a record is data, and what it names is not run; give the suite with "
        "--suite FILE, or --trust-record if you know who wrote it"
    )


def check_same(suite: Suite, record: RunRecord, *names: str) -> None:
    """Raise `SuiteInvalid` unless *suite* has these setups as the run had them: codec, wiring, wire and path."""
    told = suite_told(record)
    for name in names:
        _check_setup(suite, told, name)


def check_run_of(suite: Suite, record: RunRecord, setups: Collection[str], utterances: Collection[str]) -> None:
    """
    Raise `RecordInvalid` unless *record* is of *suite* as it is now, with these of its *setups* and *utterances*.

    What cannot be seen without running a codec is not compared: its code, its weights, the speech itself.
    """
    told = suite_told(record)
    have = {setup.name for setup in record.setups}
    spoken = {utterance.id for utterance in record.utterances}
    lacking = [f"the setup {name}" for name in sorted(set(setups) - have - record.not_applicable.keys())]
    lacking += [f"the utterance {name}" for name in sorted(set(utterances) - spoken)]
    lacking += [
        f"the {what} of this suite"
        for what in ("scores", "tolerances", "floors")
        if getattr(suite, what) != getattr(told, what)
    ]
    lacking += [
        f"the expectation of {name}"
        for name in sorted(have & set(setups))
        if suite.setup(name).expectation != told.setup(name).expectation
    ]
    if lacking:
        raise RecordInvalid(f"the run of {record.name!r} lacks {lacking[0]}; run the suite again")
    try:
        check_same(suite, record, *sorted(have & set(setups)))
    except SuiteInvalid as error:
        raise RecordInvalid(str(error)) from None


def _check_setup(suite: Suite, told: Suite, name: str) -> None:
    now, then = suite.setup(name), told.setup(name)
    ours, theirs = now.configuration, then.configuration
    for part in ("topology", "wire", "path"):
        if getattr(ours, part) != getattr(theirs, part):
            raise SuiteInvalid(f"the setup {name!r} has another {part} in this suite than in the run; run it again")
    if ours.codec.name != theirs.codec.name:
        raise SuiteInvalid(f"the setup {name!r} has another codec in this suite than in the run; run it again")
    ours_of, theirs_of = _told(ours.codec), _told(theirs.codec)
    if ours_of != theirs_of:
        raise SuiteInvalid(
            f"codecs.{now.codec} is not what it was in the run ({ours_of}, it was {theirs_of}); run it again"
        )


def _told(spec: CodecSpec) -> str:
    encoder = "" if spec.codes_from is None else f", codes from {_told(spec.codes_from)}"
    return f"{spec.adapter} {portable_data(spec.options)}{encoder}"
