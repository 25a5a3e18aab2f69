"""
Reference speech: utterances with transcripts, from a manifest or from a folder in a common layout.

Layouts: a `manifest.toml` (schema 1, as in `fixtures/speech`), LibriSpeech (`*.trans.txt`), LJSpeech (`metadata.csv`
and `wavs/`), or any folder of audio files with a `.txt` transcript beside each. Anything that libsndfile reads; audio
that it does not read is refused, not passed over.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from harness.audio.waveform import LARGEST_FILE, Waveform, is_audio, read
from harness.errors import SpeechInvalid
from harness.files import given
from harness.files.arrays import read_array
from harness.record import Frozen
from harness.runtime.text import require_plain

NO_RECORDING = "there is no recording of it, only codes"
AUDIO_SUFFIXES = {
    ".aif", ".aifc", ".aiff", ".au", ".avr", ".bwf", ".caf", ".flac", ".mp1", ".mp2", ".mp3", ".nist", ".oga", ".ogg",
    ".opus", ".paf", ".rf64", ".sds", ".snd", ".sph", ".svx", ".voc", ".w64", ".wav", ".wave",
}  # fmt: skip
UNREAD_SUFFIXES = {  # audio, but none that libsndfile reads
    ".3gp", ".aac", ".ac3", ".amr", ".ape", ".dts", ".m4a", ".m4b", ".mka", ".mp4", ".pcm", ".ra", ".raw", ".shn",
    ".spx", ".tta", ".weba", ".webm", ".wma", ".wv",
}  # fmt: skip


@dataclass(frozen=True)
class CodesFile:
    """
    Codes of an utterance in a .npy file, for a decoder alone.

    sha256 : of the file, where the manifest states it
    bins, frame_rate : what one code may be (0 to bins - 1), and frames a second, where the manifest states them
    """

    path: Path
    sha256: str | None = None
    bins: int | None = None
    frame_rate: float | None = None


@dataclass(frozen=True)
class Utterance:
    """One piece of reference speech. The audio is read when asked for, and checked then."""

    id: str
    path: Path
    transcript: str
    speaker: str
    licence: str
    sha256: str | None = None  # of the file, where a manifest states it
    codes: CodesFile | None = None  # where a manifest names some
    recorded: bool = True  # else there are codes alone, in the file *path*, and nothing to hold their sound against

    @property
    def seconds(self) -> float:
        """How long it is, 0 if it is in codes that cannot be read; raises as `waveform` where it is recorded."""
        if self.recorded or self.codes is None or not self.codes.frame_rate:
            return self.waveform().seconds
        try:
            codes, _ = read_array(self.path, SpeechInvalid, wanted="a .npy file of codes (K, F)")
        except SpeechInvalid:  # the cells that need them say why
            return 0.0
        return codes.shape[-1] / self.codes.frame_rate if codes.ndim else 0.0

    def waveform(self) -> Waveform:
        """Read the audio; raise `SpeechInvalid` if it is missing, altered, unreadable, not mono, NaN or silent."""
        if not self.recorded:
            raise SpeechInvalid(f"the utterance {self.id!r}: {NO_RECORDING}; wanted file = ... in its manifest")
        if self.sha256 is not None and given.is_file(self.path):
            content = given.content(self.path, SpeechInvalid, wanted="an audio file", most=LARGEST_FILE)
            got = hashlib.sha256(content).hexdigest()
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


def load(source: Path) -> list[Utterance]:
    """Return the utterances of *source*, a manifest or a folder, by id; raise `SpeechInvalid` if there are none."""
    if given.is_file(source) and source.suffix == ".toml":
        found = _from_manifest(source)
    elif not given.is_folder(source):
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
        for what, text in (("id", utterance.id), ("speaker", utterance.speaker), ("licence", utterance.licence)):
            require_plain(text, f"{source}: the {what} of an utterance", SpeechInvalid)
        require_plain(utterance.transcript, f"{source}: the transcript of {utterance.id!r}", SpeechInvalid, layout=True)
        if not utterance.transcript.strip():
            raise SpeechInvalid(f"{source}: utterance {utterance.id!r} has an empty transcript; wanted the words said")


def _from_manifest(path: Path) -> list[Utterance]:
    content = given.toml(path, SpeechInvalid, wanted="a manifest in TOML")
    try:
        if "schema" not in content:
            raise SpeechInvalid(f"{path}: the key `schema` is missing; wanted schema = 1 at the top")
        content["schema_version"] = content.pop("schema")  # "schema" is taken in pydantic
        manifest = _Manifest.model_validate(content)
    except ValidationError as error:
        raise SpeechInvalid(f"{path}: {given.explained(error.errors()[0])}") from None
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


def _from_librispeech(root: Path) -> Iterable[Utterance]:
    for listing in sorted(root.rglob("*.trans.txt")):
        for line in _text(listing).split("\n"):
            name, _, words = line.partition(" ")
            if name:
                path = _audio(listing.parent, name)
                yield Utterance(name, path, words.lower(), name.partition("-")[0], "see LibriSpeech")


def _from_ljspeech(root: Path) -> Iterable[Utterance]:
    for line in _text(root / "metadata.csv").split("\n"):
        row = line.split("|")  # without quotes, and so without the longest field of the module csv
        if line:
            yield Utterance(row[0], _audio(root / "wavs", row[0]), row[-1], root.name, "see LJSpeech")


def _from_folder(root: Path) -> Iterable[Utterance]:
    beside: dict[Path, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix and not path.is_dir():  # a pipe, or a link to nothing, is refused where it is read
            beside.setdefault(path.with_suffix(""), []).append(path)
    for stem, files in beside.items():
        transcript = stem.with_name(f"{stem.name}.txt")
        for path in _recordings(files, transcript):
            name = str(stem.relative_to(root)).replace("/", "-")
            yield Utterance(name, path, _text(transcript).strip(), path.parent.name, "unstated")


def _recordings(files: list[Path], transcript: Path) -> list[Path]:
    """Return the audio among *files* of one name; a transcript says that there is some, whatever it is called."""
    for path in files:
        if path.suffix.lower() in UNREAD_SUFFIXES:
            raise SpeechInvalid(
                f"{path}: audio that libsndfile does not read; convert it to FLAC or WAV, or move it away"
            )
    found = [path for path in files if path.suffix.lower() in AUDIO_SUFFIXES]
    if found and transcript not in files:
        raise SpeechInvalid(f"{found[0]}: no transcript; wanted the words said in {transcript.name} beside it")
    if not found and transcript in files and len(files) > 1:
        found = [path for path in files if path != transcript and is_audio(path)]
        if not found:
            names = ", ".join(path.name for path in files if path != transcript)
            raise SpeechInvalid(
                f"{transcript}: a transcript, but {names} beside it is no audio that libsndfile reads; "
                "wanted FLAC or WAV: add it, or move both away"
            )
    return found


def _audio(folder: Path, stem: str) -> Path:
    found = [
        path
        for suffix in sorted(AUDIO_SUFFIXES)
        for path in (folder / f"{stem}{suffix}", folder / f"{stem}{suffix.upper()}")
        if given.is_file(path)
    ]
    if not found:
        raise SpeechInvalid(f"{folder / stem}: the transcript names this utterance but there is no audio file for it")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise SpeechInvalid(f"{folder}: {names} are one utterance; wanted one audio file for it: move the others away")
    return found[0]


def _text(path: Path) -> str:
    return given.text(path, SpeechInvalid, wanted="a transcript in UTF-8")
