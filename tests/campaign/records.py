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


def read(reports: Path) -> Any:
    """Return what lasts of the one run in *reports*, after a look at its audio: each file has to be whole."""
    from harness.audio.waveform import read as read_audio

    record = json.loads(only(reports).read_text(encoding="utf-8"))
    lines = (only(reports).parent / "cells.jsonl").read_text(encoding="utf-8").splitlines()
    del record["cells"]["sha256"]  # of times too
    record["each"] = [json.loads(line) for line in lines]
    for name in {one["audio"] for one in (*record["each"], *record["utterances"])}:
        read_audio(only(reports).parent / name)
    return lasting(record)
