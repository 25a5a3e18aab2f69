"""
Folders of speech in a common layout: LibriSpeech, LJSpeech, or audio with a transcript beside each file.

Anything that libsndfile reads; audio that it does not read is refused, not passed over. Files whose name begins with a
dot are not looked at: a Mac leaves `._a.wav` beside `a.wav` on the disks of others.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from harness.audio.utterance import Utterance
from harness.audio.waveform import is_audio
from harness.errors import SpeechInvalid
from harness.files import given

Encoding = Literal["utf-8", "latin-1"]  # of transcripts

AUDIO_SUFFIXES = {
    ".aif", ".aifc", ".aiff", ".au", ".avr", ".bwf", ".caf", ".flac", ".mp1", ".mp2", ".mp3", ".nist", ".oga", ".ogg",
    ".opus", ".paf", ".rf64", ".sds", ".snd", ".sph", ".svx", ".voc", ".w64", ".wav", ".wave",
}  # fmt: skip
UNREAD_SUFFIXES = {  # audio, but none that libsndfile reads
    ".3gp", ".aac", ".ac3", ".amr", ".ape", ".dts", ".m4a", ".m4b", ".mka", ".mp4", ".pcm", ".ra", ".raw", ".shn",
    ".spx", ".tta", ".weba", ".webm", ".wma", ".wv",
}  # fmt: skip


def read(root: Path, encoding: Encoding) -> list[Utterance]:
    """Return the utterances of the folder *root*; raise `SpeechInvalid` for what cannot be read."""
    if (root / "metadata.csv").is_file():
        return list(_from_ljspeech(root, encoding))
    found = listings(root)
    return list(_from_librispeech(found, encoding) if found else _from_folder(root, encoding))


def hidden(root: Path, path: Path) -> bool:
    """Tell whether *path* or a folder on the way to it from *root* has a name that begins with a dot."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def listings(root: Path) -> list[Path]:
    """Return the files of LibriSpeech below *root* that say what is spoken in the recordings beside them."""
    return sorted(path for path in root.rglob("*.trans.txt") if not hidden(root, path))


def _from_librispeech(found: list[Path], encoding: Encoding) -> Iterable[Utterance]:
    for listing in found:
        for line in _text(listing, encoding).split("\n"):
            name, _, words = line.partition(" ")
            if name:
                path = _audio(listing.parent, name)
                yield Utterance(name, path, words.lower(), name.partition("-")[0], "see LibriSpeech")


def _from_ljspeech(root: Path, encoding: Encoding) -> Iterable[Utterance]:
    for line in _text(root / "metadata.csv", encoding).split("\n"):
        row = line.split("|")  # without quotes, and so without the longest field of the module csv
        if line:
            words = row[-1] if len(row) > 1 else ""
            yield Utterance(row[0], _audio(root / "wavs", row[0]), words, root.name, "see LJSpeech")


def _from_folder(root: Path, encoding: Encoding) -> Iterable[Utterance]:
    beside: dict[Path, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        # A pipe, or a link to nothing, is refused where it is read.
        if path.suffix and not path.is_dir() and not hidden(root, path):
            beside.setdefault(path.with_suffix(""), []).append(path)
    for stem, files in beside.items():
        transcript = stem.with_name(f"{stem.name}.txt")
        for path in _recordings(files, transcript):
            name = str(stem.relative_to(root)).replace("/", "-")
            yield Utterance(name, path, _text(transcript, encoding).strip(), path.parent.name, "unstated")


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


def _text(path: Path, encoding: Encoding) -> str:
    if encoding == "utf-8":
        wanted = 'a transcript in UTF-8; if it is Latin-1, say encoding = "latin-1" under [speech]'
        return given.text(path, SpeechInvalid, wanted=wanted)
    return given.text(path, SpeechInvalid, wanted="a transcript in Latin-1", encoding="cp1252")
