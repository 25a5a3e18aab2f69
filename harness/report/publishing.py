"""
What people and machines read of a finished run: `index.html`, `junit.xml` and `summary.md` beside its record.

The run is done and saved by then, and must not be lost for want of a page. So what stands in the way of a page (a
library that is not installed, a full disk) is told, not raised.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.record import RunRecord, load
from harness.report.earlier import run_before
from harness.report.machine_readable import write_machine_readable
from harness.report.page import render


@dataclass(frozen=True)
class Published:
    """Where a *page* is, or None and the *problem* that it could not be made for."""

    page: Path | None
    problem: str = ""

    def __str__(self) -> str:
        return f"none: {self.problem}" if self.page is None else str(self.page)


def published(make: Callable[[], Path]) -> Published:
    """Return the page that *make* writes, or why it cannot be written."""
    try:
        return Published(make())
    except HarnessError as error:
        return Published(None, str(error))


def publish(
    folder: Path,
    *,
    against: Callable[[RunRecord], RunRecord | None] | None = None,
    single_file: bool = False,
    outdated: bool = False,
) -> Published:
    """
    Write the page of the run in *folder* and its forms for machines; return where the page is, or why it is not.

    against : returns the record that the page is to be compared with, or None; the run before this one if not given
    single_file : write `report.html` too, with everything inside
    outdated : leave what is newer than the run's record, and than the code that makes pages
    """
    record_file, page = folder / "run.json", folder / "index.html"
    files = ["summary.md", "junit.xml", page.name, *(["report.html"] if single_file else [])]
    if outdated and _are_newer([folder / name for name in files], [record_file, *_code()]):
        return Published(page)

    def make() -> Path:
        record = load(record_file, RunRecord)
        write_machine_readable(folder, record)
        other = run_before(folder, record) if against is None else against(record)
        if single_file:
            render(folder, against=other, single_file=True)
        return render(folder, against=other)

    return published(make)


def _code() -> list[Path]:
    return [path for path in Path(__file__).parent.rglob("*.*") if path.suffix != ".pyc"]


def _are_newer(paths: Iterable[Path], than: Iterable[Path]) -> bool:
    latest = max(each.stat().st_mtime_ns for each in than)
    return all(path.is_file() and path.stat().st_mtime_ns >= latest for path in paths)
