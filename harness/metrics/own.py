"""
Metrics of one's own: a function of two signals that a suite names, as a row of the table like any other.

What a suite says of it is data, so that whoever reads a suite or a record runs nothing. The function is called in
worker processes alone, where it may raise, hang or crash, and is then undefined with the reason.

    def brightness(reference, degraded, sample_rate): ...    # float32 (T,) each, aligned, of equal length -> float

    [scores.own.brightness]
    function = "my_ears:brightness"       # or the name of an entry point of the group "codec_harness.metrics"
    better = "higher"
    tolerance = 0.1
"""

import hashlib
import importlib
import math
import re
import sys
from functools import partial
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from pathlib import Path

from pydantic import Field, field_validator

from harness.errors import MetricUndefined, SuiteInvalid
from harness.metrics.alignment import AlignedPair
from harness.metrics.metric import Better, Metric, MetricFamily, Over, Scoring, Tolerance
from harness.record import Frozen
from harness.runtime.calls import noted
from harness.runtime.importing import STANDARD, find_beside
from harness.runtime.text import told

ENTRY_POINTS = "codec_harness.metrics"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class OwnMetric(Frozen):
    """
    `[scores.own.NAME]`: what there is to know of a metric of one's own.

    function : `package.module:function`, or the name of an entry point; the module may lie beside the suite
    better : which way; unit, label, about, digits : how it is shown; rate : Hz that it gets the signals at
    tolerance : how much of it may be lost against the reference setup; None judges and gates nothing
    version : raise it when other code than the function's own file gives other numbers
    """

    function: str
    better: Better
    tolerance: float | None = Field(default=None, gt=0)
    unit: str = Field(default="1", max_length=20)
    label: str = Field(default="", max_length=40)
    about: str = Field(default="", max_length=200)
    digits: int = Field(default=3, ge=0, le=9)
    rate: int | None = Field(default=None, ge=8_000, le=192_000)
    version: str = ""

    @field_validator("function")
    @classmethod
    def _can_be_found(cls, value: str) -> str:
        target = target_of(value)
        if TARGET.fullmatch(target) is None:
            known = ", ".join(sorted(_entry_points())) or "none is installed"
            raise ValueError(f"wanted package.module:function, or an entry point of {ENTRY_POINTS} ({known})")
        if target.partition(":")[0].partition(".")[0] in STANDARD:
            raise ValueError("that is a module of Python's own, which has no metric")
        return value

    def row(self, name: str, folder: Path | None) -> Metric:
        """Return the row of the metric called *name*; *folder* is where its module may lie beside what is installed."""
        place = None if folder is None else str(folder.resolve())
        target = target_of(self.function)
        judged = self.tolerance is not None
        return Metric(
            name,
            self.unit,
            MetricFamily.QUALITY,
            self.digits,
            self.label or name.replace("_", " "),
            self.about or f"{self.function}, of the suite's own",
            better=self.better,
            over=Over.MEAN,
            tolerance=None if self.tolerance is None else Tolerance(f"{name}_loss", self.tolerance),
            gated=judged,
            headline=True,
            plotted=True,
            unjudged="" if judged else "the suite gives it no tolerance",
            scorer=Scoring(partial(_score, target, place), partial(_version, target, place, self.version), self.rate),
            own=True,
        )


def check_name(name: str, known: bool) -> None:
    """Raise `SuiteInvalid` if a metric of one's own cannot be called *name*; *known* : the harness has one of it."""
    if NAME.fullmatch(name) is None:
        raise SuiteInvalid(
            f"scores.own.{name}: got this name, wanted small letters, digits and _, beginning with a letter, 40 at most"
        )
    if known:
        raise SuiteInvalid(f"scores.own.{name}: there is a metric of that name; give yours another (`list metrics`)")


def _entry_points() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}


def target_of(function: str) -> str:
    """Return `package.module:function` of a metric that is called so, or as an entry point is."""
    return function if ":" in function else _entry_points().get(function, function)


def _score(target: str, folder: str | None, pair: AlignedPair) -> float:
    """Call the function *target*; raise `MetricUndefined` for whatever it raises, or returns that is no number."""
    module, _, function = target.partition(":")
    if folder is not None:
        find_beside(Path(folder))
    signals = pair.reference.samples.copy(), pair.degraded.samples.copy()
    try:
        call = getattr(noted(f"importing {module}", importlib.import_module, module), function)
        value = float(noted(f"the metric {target}", lambda: call(*signals, pair.reference.sample_rate)))
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        raise MetricUndefined(f"{target}: {told(error)}") from None
    if not math.isfinite(value):
        raise MetricUndefined(f"{target}: the result is {value}")
    return value


def _version(target: str, folder: str | None, stated: str) -> str:
    """Return what decides a score: the content of the function's file, which is read and not run, and *stated*."""
    path = _file(target.partition(":")[0], folder)
    content = "not found" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return " ".join(part for part in (target, content, stated) if part)


def _file(module: str, folder: str | None) -> Path | None:
    first, *rest = module.split(".")
    found = PathFinder.find_spec(first, [*sys.path, *([folder] if folder is not None else [])])
    if found is None or found.origin is None:
        return None
    path = Path(found.origin)
    for part in rest:
        path = path.parent / part
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return path if path.is_file() else None
