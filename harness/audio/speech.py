"""
Reference speech: utterances with transcripts, from a manifest or from a folder in a common layout.

A manifest is a `manifest.toml` (schema 1, as in `fixtures/speech`) or a file of JSON Lines with NeMo's keys. A folder
holds such a manifest, LibriSpeech (`*.trans.txt`), LJSpeech (`metadata.csv` and `wavs/`), or audio files with a `.txt`
transcript beside each. `docs/speech.md` describes them.
"""

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness.audio import layouts, manifest
from harness.audio.layouts import Encoding
from harness.audio.utterance import CodesFile, Utterance
from harness.audio.waveform import Channels
from harness.errors import SpeechInvalid
from harness.files import given
from harness.runtime.text import require_plain

__all__ = ["CodesFile", "Utterance", "load", "select"]


def load(source: Path, *, channels: Channels | None = None, encoding: Encoding = "utf-8") -> list[Utterance]:
    """
    Return the utterances of *source*, a manifest or a folder, by id; raise `SpeechInvalid` if there are none.

    channels : what is taken of files with several; if None, such files are refused when they are read
    encoding : of the transcripts in a folder; a manifest is UTF-8
    """
    within = [source / name for name in manifest.NAMES if given.is_file(source / name)]
    if manifest.is_manifest(source):
        found = manifest.read(source)
    elif not given.is_folder(source):
        raise SpeechInvalid(f"{source}: no such manifest or folder of speech")
    else:
        found = manifest.read(within[0]) if within else layouts.read(source, encoding)
    if not found:
        raise SpeechInvalid(
            f"{source}: no speech found; wanted manifest.toml, manifest.jsonl, a LibriSpeech or LJSpeech layout, "
            "or audio files with a .txt transcript beside each"
        )
    _check(source, found)
    return sorted((replace(utterance, channels=channels) for utterance in found), key=lambda utterance: utterance.id)


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
