"""Which files of a folder of speech were not used, and why: what is passed over in silence is taken for tested."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.audio import manifest
from harness.audio.layouts import AUDIO_SUFFIXES, UNREAD_SUFFIXES, hidden, listings
from harness.audio.utterance import Utterance

SHOWN = 3  # of a kind, in one line


@dataclass(frozen=True)
class Ignored:
    """A file that was not used, and *why*."""

    path: Path
    why: str


def ignored(source: Path, found: Iterable[Utterance]) -> list[Ignored]:
    """Return what of the folder *source* is in none of the utterances *found* there; nothing if it is a manifest."""
    if not source.is_dir():
        return []
    utterances = list(found)
    used = {_real(path) for one in utterances for path in (one.path, one.path.with_suffix(".txt"))}
    used |= {_real(one.codes.path) for one in utterances if one.codes is not None}
    listed = next((name for name in (*manifest.NAMES, "metadata.csv") if (source / name).is_file()), None)
    if listed is not None:
        used.add(_real(source / listed))
    by_line = listings(source)
    used |= {_real(path) for path in by_line}
    lists = listed or (by_line[0].name if by_line else "")
    return [
        Ignored(path, _why(source, path, lists))
        for path in sorted(source.rglob("*"))
        if not path.is_dir() and _real(path) not in used
    ]


def in_words(source: Path, left: Iterable[Ignored]) -> list[str]:
    """Return one line for each reason, with how many files and the first of them."""
    by_reason: dict[str, list[str]] = {}
    for one in left:
        by_reason.setdefault(one.why, []).append(str(one.path.relative_to(source)))
    return [
        f"{len(names)} file{'s' * (len(names) > 1)} ignored ({why}): {', '.join(names[:SHOWN])}"
        f"{', ...' if len(names) > SHOWN else ''}"
        for why, names in by_reason.items()
    ]


def _real(path: Path) -> str:
    return os.path.realpath(path)  # links may go round in a circle, of which pathlib raises RuntimeError


def _why(root: Path, path: Path, listed: str) -> str:
    suffix = path.suffix.lower()
    if hidden(root, path):
        return "hidden: the name begins with a dot"
    if suffix in AUDIO_SUFFIXES | UNREAD_SUFFIXES:
        return f"audio that {listed} does not name" if listed else "audio without a transcript"
    if suffix == ".txt" and not listed:
        return "a text without audio of its name"
    return "neither audio nor a transcript"
