"""
Reference speech: utterances with transcripts, from a manifest or from a folder in a common layout.

Layouts: a `manifest.toml` (schema 1, as in `fixtures/speech`), LibriSpeech (`*.trans.txt`), LJSpeech (`metadata.csv`
and `wavs/`), or any folder of audio files with a `.txt` transcript beside each. Anything that libsndfile reads.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from harness.audio import Waveform, read
from harness.errors import SpeechInvalid
from harness.record import Frozen

AUDIO_SUFFIXES = {".flac", ".wav", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au"}


@dataclass(frozen=True)
class Utterance:
    """One piece of reference speech. The audio is read when asked for, and checked then."""

    id: str
    path: Path
    transcript: str
    speaker: str
    licence: str
    sha256: str | None = None  # of the file, where a manifest states it

    def waveform(self) -> Waveform:
        """Read the audio; raise `SpeechInvalid` if it is missing, altered, unreadable, not mono, NaN or silent."""
        if self.sha256 is not None and self.path.is_file():
            got = hashlib.sha256(self.path.read_bytes()).hexdigest()
            if got != self.sha256:
                raise SpeechInvalid(
                    f"{self.path}: sha256 is {got[:12]}... but the manifest says {self.sha256[:12]}...; "
                    "restore the file, or correct the manifest if the change is meant"
                )
        waveform = read(self.path)
        if not np.any(waveform.samples):
            raise SpeechInvalid(f"{self.path}: the audio is digital silence; wanted speech")
        return waveform


class _Entry(Frozen):
    id: str
    file: str
    transcript: str
    sha256: str
    voice: str
    licence: str
    generator: str = ""
    generator_version: str = ""
    seconds: float | None = None


class _Manifest(Frozen):
    schema_version: int
    utterances: tuple[_Entry, ...]


def load(source: Path) -> list[Utterance]:
    """Return the utterances of *source*, a manifest or a folder, by id; raise `SpeechInvalid` if there are none."""
    if source.is_file() and source.suffix == ".toml":
        found = _from_manifest(source)
    elif not source.is_dir():
        raise SpeechInvalid(f"{source}: no such manifest or folder of speech")
    elif (source / "manifest.toml").is_file():
        found = _from_manifest(source / "manifest.toml")
    elif (source / "metadata.csv").is_file():
        found = list(_from_ljspeech(source))
    elif any(source.rglob("*.trans.txt")):
        found = list(_from_librispeech(source))
    else:
        found = list(_from_folder(source))
    if not found:
        raise SpeechInvalid(
            f"{source}: no speech found; wanted manifest.toml, a LibriSpeech or LJSpeech layout, "
            "or audio files with a .txt transcript beside each"
        )
    _check(source, found)
    return sorted(found, key=lambda utterance: utterance.id)


def select(utterances: list[Utterance], patterns: Iterable[str]) -> list[Utterance]:
    """Return the utterances whose id matches any shell-style pattern, in order; every pattern must match one."""
    chosen: list[Utterance] = []
    for pattern in patterns:
        matching = [utterance for utterance in utterances if fnmatchcase(utterance.id, pattern)]
        if not matching:
            known = ", ".join(utterance.id for utterance in utterances)
            raise SpeechInvalid(f"no utterance matches {pattern!r}; there are: {known}")
        chosen += [utterance for utterance in matching if utterance not in chosen]
    return chosen


def _check(source: Path, found: list[Utterance]) -> None:
    seen: set[str] = set()
    for utterance in found:
        if utterance.id in seen:
            raise SpeechInvalid(f"{source}: the utterance id {utterance.id!r} occurs twice; ids must be unique")
        seen.add(utterance.id)
        if not utterance.transcript.strip():
            raise SpeechInvalid(f"{source}: utterance {utterance.id!r} has an empty transcript; wanted the words said")


def _from_manifest(path: Path) -> list[Utterance]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SpeechInvalid(f"{path}: not readable as TOML: {error}") from error
    try:
        if "schema" not in content:
            raise SpeechInvalid(f"{path}: the key `schema` is missing; wanted schema = 1 at the top")
        content["schema_version"] = content.pop("schema")  # "schema" is taken in pydantic
        manifest = _Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SpeechInvalid(f"{path}: {where}: {first['msg']}") from error
    if manifest.schema_version != 1:
        raise SpeechInvalid(f"{path}: schema is {manifest.schema_version}, this version reads schema 1")
    return [
        Utterance(entry.id, path.parent / entry.file, entry.transcript, entry.voice, entry.licence, entry.sha256)
        for entry in manifest.utterances
    ]


def _from_librispeech(root: Path) -> Iterable[Utterance]:
    for listing in sorted(root.rglob("*.trans.txt")):
        for line in _text(listing).splitlines():
            name, _, words = line.partition(" ")
            if name:
                path = _audio(listing.parent, name)
                yield Utterance(name, path, words.lower(), name.partition("-")[0], "see LibriSpeech")


def _from_ljspeech(root: Path) -> Iterable[Utterance]:
    rows = csv.reader(_text(root / "metadata.csv").splitlines(), delimiter="|", quoting=csv.QUOTE_NONE)
    for row in rows:
        if row:
            yield Utterance(row[0], _audio(root / "wavs", row[0]), row[-1], root.name, "see LJSpeech")


def _from_folder(root: Path) -> Iterable[Utterance]:
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES:
            beside = path.with_suffix(".txt")
            if not beside.is_file():
                raise SpeechInvalid(f"{path}: no transcript; wanted the words said in {beside.name} beside it")
            name = str(path.relative_to(root).with_suffix("")).replace("/", "-")
            yield Utterance(name, path, _text(beside).strip(), path.parent.name, "unstated")


def _audio(folder: Path, stem: str) -> Path:
    for suffix in sorted(AUDIO_SUFFIXES):
        if (path := folder / f"{stem}{suffix}").is_file():
            return path
    raise SpeechInvalid(f"{folder / stem}: the transcript names this utterance but there is no audio file for it")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechInvalid(f"{path}: not readable as text: {error}") from error
