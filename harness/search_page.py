"""The page of a search."""

from pathlib import Path

from harness.probing import Bench, Point
from harness.search_record import SearchRecord


def publish(record: SearchRecord, ends: dict[str, Point], bench: Bench, folder: Path, *, jobs: int) -> SearchRecord:
    """Write the page."""
    return record
