"""What two runs of one suite must have in common, whatever happened on the way."""

import json
from pathlib import Path
from typing import Any

# Times, what was typed, and the hash over all of it.
PASSING = {"seconds", "seconds_codec", "timing", "created", "command", "run", "duration", "content_sha256"}


def lasting(value: Any) -> Any:
    """Return a record, or a part of one, without what differs from one run to the next."""
    if isinstance(value, dict):
        return {key: lasting(part) for key, part in value.items() if key not in PASSING}
    return [lasting(part) for part in value] if isinstance(value, list) else value


def only(reports: Path) -> Path:
    """Return the one run in the folder *reports*."""
    (found,) = reports.glob("*/run.json")
    return found


def whole(run: Path) -> Any:
    """Return the record in *run*, a run.json, with its cells instead of their hash, which is of times too."""
    record = json.loads(run.read_text(encoding="utf-8"))
    del record["cells"]["sha256"]
    lines = (run.parent / "cells.jsonl").read_text(encoding="utf-8").splitlines()
    return record | {"each": [json.loads(line) for line in lines]}


def made(folder: Path) -> Any:
    """Return what lasts of the run in *folder*."""
    return lasting(whole(folder / "run.json"))


def read(reports: Path) -> Any:
    """Return what lasts of the one run in *reports*, after a look at its audio: each file has to be whole."""
    from harness.audio.waveform import read as read_audio

    record = made(only(reports).parent)
    for name in {one["audio"] for one in (*record["each"], *record["utterances"])}:
        read_audio(only(reports).parent / name)
    return record
