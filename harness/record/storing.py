"""Records as files: JSON, whole or not at all, sealed with a hash of what they hold."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import RecordInvalid
from harness.files import given, write_whole
from harness.record.run import SCHEMA, RunRecord, Sealed

SEAL = "content_sha256"  # key of a stored record's own hash: of what it holds, however that is laid out

Stored = TypeVar("Stored", bound=BaseModel)


def save(path: Path, record: BaseModel) -> None:
    """
    Write *record* as JSON, whole or not at all, a run's cells beside it; raise `NotWritable` if that cannot be done.
    """
    if isinstance(record, RunRecord):
        record.cells.save(path.parent)
    text = record.model_dump_json(indent=1)
    write_whole(path, (sealing(text) if isinstance(record, Sealed) else text) + "\n")


def with_cells(record: RunRecord) -> Iterator[str]:
    """Yield the JSON of *record*, its cells as a list in the place of what is said of their file, in pieces."""
    yield record.model_dump_json(indent=1, exclude={"cells"}).removesuffix("\n}") + ',\n "cells": ['
    for number, cell in enumerate(record.cells):
        yield (",\n" if number else "\n") + cell.model_dump_json()
    yield "\n ]\n}"


def load(path: Path, kind: type[Stored], *, sealed: bool = False) -> Stored:
    """
    Read a record of type *kind*; raise `RecordInvalid` if it is missing, damaged or of another schema.

    sealed : refuse also what does not say the hash of its own content, as `save` writes it
    """
    text = given.text(path, RecordInvalid, wanted=f"a {kind.__name__} of codec-harness", most=given.LARGEST_RECORD)
    return parsed(text, path, kind, mend="run again", sealed=sealed)


def parsed(text: str, path: Path, kind: type[Stored], *, mend: str, sealed: bool = False) -> Stored:
    """
    Return the *kind* that *text* holds, read from *path*; else raise `RecordInvalid`, with how to *mend* it.

    sealed : refuse also what does not say the hash of its own content
    """
    read = kind.model_fields["schema_version"].default if "schema_version" in kind.model_fields else SCHEMA
    content = given.json_of(text, path, RecordInvalid, what=f"a {kind.__name__}", mend=mend)
    found = content.get("schema_version", read) if isinstance(content, dict) else read
    if isinstance(found, int) and found != read:
        how = "upgrade codec-harness" if found > read else mend
        raise RecordInvalid(f"{path}: a {kind.__name__} of schema {found}, this codec-harness reads {read}; {how}")
    seal = content.pop(SEAL, None) if isinstance(content, dict) else None
    if ((sealed and isinstance(content, dict)) or seal is not None) and seal != _digest(content):
        raise RecordInvalid(f"{path}: a {kind.__name__} that is not as it was written: damaged, or edited; {mend}")
    try:
        return kind.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        said = given.explained(error.errors()[0])
        raise RecordInvalid(f"{path}: not a {kind.__name__} of schema {read}: {said}; {mend}") from None


def sealing(text: str) -> str:
    """Return the JSON object in *text* with the hash of its content as its first key."""
    return f'{{\n "{SEAL}": "{_digest(json.loads(text))}",{text[1:]}'


def _digest(content: Any) -> str:
    plain = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
