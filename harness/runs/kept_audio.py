"""
The audio of a run, beside its record: decoded speech to listen to, and the reference speech.

A file is named after a hash of its own bytes, so that whoever reads a run again knows whether it is what was written: a
full disk, a kill, a copy or a hand can have cut it. What was decoded, and is broken or gone, comes from the store.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from harness.audio import waveform as audio
from harness.audio.speech import Utterance
from harness.audio.waveform import Waveform
from harness.errors import SpeechInvalid
from harness.files import write_whole
from harness.record import RunRecord
from harness.runtime.store import Store

PLAYED = {".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"}  # by the browsers that show a report


@dataclass(eq=False)
class KeptAudio:
    """The audio in the run's *folder*; *store* has what earlier runs decoded."""

    folder: Path
    store: Store
    _names: dict[str, str] = field(default_factory=dict)  # of the decoded, by the hash of their samples

    def save(self, waveform: Waveform, pcm_sha256: str) -> str:
        """Write decoded speech as FLAC; return its name in the folder. *pcm_sha256* is the hash of its samples."""
        if pcm_sha256 not in self._names:
            content = audio.encoded(waveform, "FLAC")
            name = _named(content, ".flac")
            if not is_whole(self.folder, name):
                write_whole(self.folder / name, content)
            self.store.put_audio(f"audio:{name}", content)
            self._names[pcm_sha256] = name
        return self._names[pcm_sha256]

    def restore(self, name: str | None) -> bool:
        """Make sure that the file *name* of a cell is there, and is what was written; tell whether it is."""
        if name is None or is_whole(self.folder, name):
            return True
        kept = self.store.get_audio(f"audio:{name}")
        if kept is None or name != _named(kept, ".flac"):
            return False
        write_whole(self.folder / name, kept)
        return True

    def restore_all(self, record: RunRecord) -> bool:
        """Make sure of all decoded audio of *record*; tell whether that is there, and the reference speech."""
        if not all(is_whole(self.folder, one.audio) for one in record.utterances if one.audio):
            return False
        return all(self.restore(name) for name in sorted({cell.audio for cell in record.cells if cell.audio}))

    def publish(self, utterance: Utterance) -> str | None:
        """
        Put the reference speech beside the decoded; return its name, if any.

        The file itself, unless only a part of it is the utterance or a browser does not play it: then 16-bit FLAC.
        """
        if not utterance.recorded:
            return None
        part = utterance.channels is not None or utterance.offset or utterance.duration is not None
        as_it_is = not part and utterance.path.suffix.lower() in PLAYED
        try:
            content = utterance.path.read_bytes() if as_it_is else audio.encoded(utterance.waveform(), "FLAC")
        except OSError as error:
            raise SpeechInvalid(f"{utterance.path}: cannot be read ({error.strerror}); restore the file") from error
        name = _named(content, utterance.path.suffix if as_it_is else ".flac")
        if not is_whole(self.folder, name):
            write_whole(self.folder / name, content)
        return name


def is_whole(folder: Path, name: str) -> bool:
    """Tell whether the audio *name* is in the run's *folder*, and is what was written."""
    path = folder / name
    try:
        return path.is_file() and name == _named(path.read_bytes(), path.suffix)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return False


def _named(content: bytes, suffix: str) -> str:
    return f"audio/{hashlib.sha256(content).hexdigest()[:20]}{suffix}"
