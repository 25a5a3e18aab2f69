"""
Suites: which speech goes through which setups, as TOML.

    name = "my-codec"
    limit = 60                      # seconds that one call of a codec may take; 300 if left out

    [speech]
    source = "speech/"              # a manifest or a folder; "embedded" is the speech that comes with the harness
    utterances = ["heart-*"]        # ids or shell-style patterns; all if left out
    channels = "mix"                # or "left", "right": of files with several, which are refused if left out
    encoding = "latin-1"            # of transcripts in a folder; UTF-8 if left out
    variants = 8                    # inaudible ones, which reference setups are given too; none if left out

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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.codecs.protocol import CodecInfo
from harness.codecs.spec import CodecSpec
from harness.errors import SuiteInvalid, UsageInvalid
from harness.files import SUITE_SUFFIX, given
from harness.files.places import portable_data
from harness.metrics.catalogue import METRICS
from harness.metrics.metric import Metric
from harness.record import CodecRecord, Scalar
from harness.runs.conditions import EMBEDDED, Conditions, ScoresTable
from harness.runs.setup_checks import check_setups
from harness.runs.suite_file import SuiteFile, check_names, codec_of, setups_of, with_codes_from
from harness.runtime import calls
from harness.runtime.resources import fixture
from harness.topology.setup import Setup
from harness.verdict import Floors, TimeLimits

GEOMETRY = ("sample_rate", "frame_size", "codebooks", "bins")  # two adapters that agree on these can swap codes


class Suite(Conditions):
    """A validated suite. *limit* is how many seconds one call of a codec may take; None for the usual 300."""

    name: str
    codecs: dict[str, CodecSpec]
    setups: tuple[Setup, ...]
    floors: Floors = Floors()
    timing: TimeLimits = TimeLimits()
    limit: float | None = None

    def setup(self, name: str) -> Setup:
        """Return the setup called *name*."""
        for setup in self.setups:
            if setup.name == name:
                return setup
        raise UsageInvalid(f"no setup {name!r}; there are: {', '.join(setup.name for setup in self.setups)}")

    def one_codec(self, setup: Setup, infos: Mapping[str, CodecInfo | CodecRecord]) -> bool:
        """Tell whether *setup* uses the codec of its reference: the same adapter, or codes of the same make."""
        own, other = (one.configuration.codec for one in (setup, self.setup(setup.reference)))
        if own.adapter == other.adapter:
            return True
        if own.name not in infos or other.name not in infos:
            return False  # one of them could not be loaded: then nothing is compared
        ours, theirs = infos[own.name], infos[other.name]
        return all(getattr(ours, name) == getattr(theirs, name) for name in GEOMETRY)

    def factors(self, setup: Setup) -> dict[str, Scalar]:
        """Return the setup as dotted factors: `codec.*`, `topology.*`, `wire.*` and `path.*`."""
        codec = setup.configuration.codec
        options = {f"codec.{key}": _scalar(value) for key, value in sorted(portable_data(codec.options).items())}
        made_by = {} if codec.codes_from is None else {"codec.codes_from": codec.codes_from.name}
        return {"codec.adapter": codec.adapter} | options | made_by | setup.configuration.factors()

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
        variants: int | None = None,
        pesq: bool | None = None,
        stoi: bool | None = None,
        asr: str | bool | None = None,
        limit: float | None = None,
    ) -> "Suite":
        """
        Return the suite with some of its setups (and the references that these need), its utterances and its scores.

        setups, utterances : names or shell-style patterns; all if empty
        variants : as in `[speech]`; what the suite says if None
        pesq, stoi, asr : as in `[scores]`; limit : seconds for one call; what the suite says if None
        """
        asked = {name: value for name, value in (("pesq", pesq), ("stoi", stoi), ("asr", asr)) if value is not None}
        chosen = self.only(tuple(setups)) if setups else self
        spoken: dict[str, Any] = {"utterances": tuple(utterances)} if utterances else {}
        spoken |= {} if variants is None else {"variants": variants}
        speech = chosen.speech.model_copy(update=spoken)
        try:
            scores = ScoresTable.model_validate(chosen.scores.model_dump() | asked)
        except ValidationError as error:
            said = (given.explained(item, of=ScoresTable) for item in given.of_each_key(error.errors()))
            raise SuiteInvalid("; ".join(f"scores.{one}" for one in said)) from error
        if limit is not None and not (isinstance(limit, int | float) and 0 < limit <= calls.MOST):
            raise SuiteInvalid(f"limit: got {limit!r}, wanted seconds above 0, {calls.MOST:.0f} at most")
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


def gated_in(folder: Path) -> list[str]:
    """Return the names of the suites in *folder* that `pytest -m codec` collects."""
    return sorted(one.name for one in folder.glob(f"*{SUITE_SUFFIX}")) if folder.is_dir() else []


def found(path: Path) -> Path:
    """Return the file of a suite: *path*, or that of the suite of this name that comes with the harness."""
    return path if os.path.lexists(path) else shipped().get(str(path), path)


def load(path: str | Path) -> Suite:
    """
    Read and check a suite; raise `SuiteInvalid` naming the key, what was got and what is allowed.

    path : a TOML file, or the name of a suite that comes with the harness

    An adapter whose module lies beside the suite is found by the processes that load it.
    """
    path = found(Path(path))
    beside = gated_in(path.parent)
    here = f" ({', '.join(beside[:5])}{' ...' if len(beside) > 5 else ''})" if beside else ""
    content = given.toml(path, SuiteInvalid, wanted=f"a TOML file{here}, or one of {', '.join(shipped())}")
    return parse(content, str(path), path.parent, path.name.removesuffix(SUITE_SUFFIX).removesuffix(".toml"))


def parse(content: dict[str, Any], where: str, folder: Path, name: str) -> Suite:
    """Check *content*, a suite as a dict; *folder* is where its paths begin and its adapters may lie."""
    try:
        given.check_plain(content)
    except ValueError as error:
        raise SuiteInvalid(f"{where}: {error}") from None
    try:
        file = given.as_typed(SuiteFile, content)
    except ValidationError as error:
        errors = given.of_each_key(error.errors())
        raise SuiteInvalid(
            "; ".join(f"{where}: {given.explained(item, 'the suite', SuiteFile)}" for item in errors[:3])
        ) from error
    check_names(where, file, name)
    file.scores.add_own(folder)
    codecs = {key: codec_of(where, key, table).beside(folder) for key, table in file.codecs.items()}
    codecs = with_codes_from(where, file, codecs)
    setups = [setup for table in file.setups for setup in setups_of(where, table, file, codecs)]
    check_setups(where, setups, file.speech.variants)
    speech = file.speech
    if speech.source != EMBEDDED:
        speech = speech.model_copy(update={"source": str((folder / speech.source).resolve())})
    return Suite(
        name=file.name or name,
        speech=speech,
        codecs=codecs,
        setups=tuple(setups),
        scores=file.scores.asking_for([row.name for row in METRICS.values() if _is_limited(row, file)]),
        tolerances=file.tolerances,
        floors=file.floors,
        timing=file.timing,
        limit=file.limit,
    )


def _is_limited(row: Metric, file: SuiteFile) -> bool:
    """Tell whether *file* says how good *row* must be, or how much of it may be lost."""
    limit = None if row.tolerance is None else row.tolerance.name
    return row.name in file.floors.model_fields_set or limit in file.tolerances.model_fields_set


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
