"""Where things lie in the folder of a run."""

from pathlib import Path

from harness.files import file_name


def cell_file(folder: Path, setup: str, utterance: str) -> Path:
    """Return the file of a cell in the run's *folder*."""
    return folder / "cells" / file_name(setup) / f"{file_name(utterance)}.json"
