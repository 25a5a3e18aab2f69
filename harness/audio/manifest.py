"""
Manifests of reference speech: `manifest.toml` (schema 1), and JSON Lines with the keys that NeMo uses.

Source of the second: NVIDIA NeMo, "Datasets", the manifest of automatic speech recognition: one JSON object a line with
`audio_filepath`, `text`, and optionally `offset` and `duration` in seconds. Others call the first two otherwise, such
as `file_name` and `transcription` (Hugging Face Datasets, "AudioFolder"). Keys that say nothing here are passed over.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from harness.audio.utterance import NO_RECORDING, CodesFile, Utterance
from harness.errors import SpeechInvalid
from harness.files import given
from harness.record import Frozen

NAMES = ("manifest.toml", "manifest.jsonl", "manifest.json")  # looked for in a folder, in this order


class _Entry(Frozen):
    id: str
    transcript: str
    file: str | None = None
    sha256: str | None = None
    voice: str
    licence: str
    generator: str = ""
    generator_version: str = ""
    seconds: float | None = None
    codes: str | None = None
    codes_sha256: str | None = None


class _CodesTable(Frozen):
    """`[codes]`: what all files of codes are of."""

    bins: int | None = None
    frame_rate: float | None = None


class _Manifest(Frozen):
    schema_version: int
    codes: _CodesTable = _CodesTable()
    utterances: tuple[_Entry, ...]


class _Line(BaseModel):
    """A line of JSON; manifests of others have keys of their own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    audio_filepath: str = Field(
        min_length=1, validation_alias=AliasChoices("audio_filepath", "file", "file_name", "path")
    )
    text: str = Field(validation_alias=AliasChoices("text", "transcript", "transcription"))
    offset: float | None = Field(default=None, ge=0.0)
    duration: float | None = Field(default=None, gt=0.0)
    id: str | None = Field(default=None, min_length=1)
    speaker: str | int | None = Field(default=None, validation_alias=AliasChoices("speaker", "speaker_id"))
    licence: str = Field(default="unstated", validation_alias=AliasChoices("licence", "license"))


def is_manifest(path: Path) -> bool:
    """Tell whether *path* is a file that is called as a manifest is."""
    return given.is_file(path) and path.suffix in (".toml", ".jsonl", ".json")


def read(path: Path) -> list[Utterance]:
    """Return the utterances of the manifest *path*; raise `SpeechInvalid` with what is wrong and where."""
    return _of_toml(path) if path.suffix == ".toml" else list(_of_lines(path))


def _of_toml(path: Path) -> list[Utterance]:
    content = given.toml(path, SpeechInvalid, wanted="a manifest in TOML")
    try:
        if "schema" not in content:
            raise SpeechInvalid(f"{path}: the key `schema` is missing; wanted schema = 1 at the top")
        content["schema_version"] = content.pop("schema")  # "schema" is taken in pydantic
        manifest = _Manifest.model_validate(content)
    except ValidationError as error:
        raise SpeechInvalid(f"{path}: {given.explained(error.errors()[0], of=_Manifest)}") from None
    if manifest.schema_version != 1:
        raise SpeechInvalid(f"{path}: schema is {manifest.schema_version}, this version reads schema 1")
    return [_utterance(path, entry, manifest.codes) for entry in manifest.utterances]


def _utterance(manifest: Path, entry: _Entry, table: _CodesTable) -> Utterance:
    where = f"{manifest}: utterances: {entry.id!r}"
    codes = _codes(manifest, entry, table)
    if entry.file is None:
        if codes is None:
            raise SpeechInvalid(f"{where}: neither file nor codes; wanted the file of its audio, or codes = ... alone")
        if not table.frame_rate:
            raise SpeechInvalid(f"{where}: {NO_RECORDING}; then [codes] frame_rate has to say how long its codes are")
    elif entry.sha256 is None:
        raise SpeechInvalid(f"{where}: the key `sha256` is missing; wanted that of {entry.file}")
    path = codes.path if entry.file is None and codes is not None else manifest.parent / (entry.file or "")
    said = entry.transcript, entry.voice, entry.licence
    return Utterance(entry.id, path, *said, entry.sha256, codes, recorded=entry.file is not None)


def _codes(manifest: Path, entry: _Entry, table: _CodesTable) -> CodesFile | None:
    if entry.codes is None:
        return None
    return CodesFile(manifest.parent / entry.codes, entry.codes_sha256, table.bins, table.frame_rate)


def _of_lines(path: Path) -> Iterable[Utterance]:
    text = given.text(path, SpeechInvalid, wanted="a manifest of JSON Lines")
    lines = [_line(path, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    parts = Counter(line.audio_filepath for line in lines)
    for line in lines:
        file = path.parent / line.audio_filepath
        of_many = f"{file.stem}-{line.offset or 0:.3f}"  # several parts of one file are told apart by where they begin
        yield Utterance(
            line.id or (of_many if parts[line.audio_filepath] > 1 else file.stem),
            file,
            line.text,
            file.parent.name if line.speaker is None else str(line.speaker),
            line.licence,
            offset=line.offset or 0.0,
            duration=line.duration,
        )


def _line(path: Path, number: int, text: str) -> _Line:
    mend = 'wanted one object a line, such as {"audio_filepath": "a.wav", "text": "the words said"}'
    content: Any = given.json_of(text, Path(f"{path}:{number}"), SpeechInvalid, what="a line", mend=mend)
    if not isinstance(content, dict):
        raise SpeechInvalid(f"{path}:{number}: got {type(content).__name__}, {mend}")
    try:
        return _Line.model_validate(content)
    except ValidationError as error:
        raise SpeechInvalid(f"{path}:{number}: {given.explained(error.errors()[0], 'the line')}; {mend}") from None
