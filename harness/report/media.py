"""
The sounds and pictures that a page shows: found, drawn once each, and given an address that works without a server.

In a folder, audio stays where the run put it and pictures lie in `page/pictures/`; in a single file both travel inside.
Paths come from a run record, which may have been written by anybody: one that leads out of its run folder is not read.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np

from harness.audio import waveform as audio
from harness.audio.waveform import Waveform
from harness.errors import SpeechInvalid
from harness.files import write_whole
from harness.files.places import portable
from harness.report import pictures

Shown = dict[str, str | float | None]

ANCHOR_HZ = 3500.0  # the low anchor of ITU-R BS.1534-3

_TYPES = {".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".mp3": "audio/mpeg"}


@dataclass
class Media:
    """
    The media of one page.

    folder : where `index.html` goes; audio below it is linked, audio from elsewhere (another run) is copied to `page/`
    single : put everything inside the page
    sounds : what a single page carries, address -> data URL
    missing : what the record names and the disk lacks, as messages
    """

    folder: Path
    single: bool
    sounds: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    _drawn: dict[str, Shown] = field(default_factory=dict)
    _read: Callable[[Path], Waveform] = field(default_factory=lambda: lru_cache(maxsize=3)(audio.read))  # of one cell

    def sound(self, run: Path, name: str | None, key: str | None) -> Shown | None:
        """Return what the page needs to play and draw the audio *name* of *run*; None if there is none."""
        if key is not None and key in self._drawn:
            return self._drawn[key]
        path = self._inside(run, name)
        if path is None:
            return None
        key = key or str(path)
        if key not in self._drawn:
            try:
                waveform = self._read(path)
            except SpeechInvalid as error:
                self.missing.append(str(error))
                self._drawn[key] = {"missing": portable(str(error))}
            else:
                self._drawn[key] = self._picture(waveform, key) | {"src": self._address(path)}
        return self._drawn[key]

    def difference(self, run: Path, reference: str | None, decoded: str | None, keys: tuple[str, str]) -> Shown | None:
        """
        Return the pictures of decoded minus reference; None if either is missing or their rates differ.

        `first` is the first sample that differs, counted from 0, and `rate` that of both in Hz; `first` is left out if
        none does.
        """
        key = "difference:" + ":".join(keys)
        if key not in self._drawn:
            paths = [self._inside(run, name) for name in (reference, decoded)]
            try:
                first, second = (self._read(path) for path in paths if path is not None)
            except (SpeechInvalid, ValueError):
                return None
            if first.sample_rate != second.sample_rate:
                return None
            rest = pictures.difference(first, second)
            differing = np.flatnonzero(rest.samples)
            where: Shown = {"first": int(differing[0])} if differing.size else {}
            self._drawn[key] = self._picture(rest, key) | {"rate": first.sample_rate} | where
        return self._drawn[key]

    def anchor(self, run: Path, name: str | None) -> Shown | None:
        """Return the speech *name* of *run* without what is above `ANCHOR_HZ`; None if there is none, or nothing is."""
        path = self._inside(run, name)
        if path is None:
            return None
        try:
            waveform = self._read(path)
        except SpeechInvalid:
            return None
        if waveform.sample_rate <= 2 * ANCHOR_HZ:
            return None
        low = pictures.low_passed(waveform, ANCHOR_HZ)
        content = audio.encoded(low, "FLAC")
        named = f"anchor-{hashlib.sha256(content).hexdigest()[:20]}"
        rms = round(float(np.sqrt(np.mean(np.square(low.samples, dtype=np.float64)))), 6)
        if self.single:
            self.sounds[f"sound:{named}"] = "data:audio/flac;base64," + base64.b64encode(content).decode()
            return {"src": f"sound:{named}", "seconds": round(low.seconds, 4), "rms": rms}
        place = self.folder / "page" / "audio" / f"{named}.flac"
        if not place.exists():
            write_whole(place, content)
        return {"src": f"page/audio/{named}.flac", "seconds": round(low.seconds, 4), "rms": rms}

    def _inside(self, run: Path, name: str | None) -> Path | None:
        if not name:
            return None
        path = (run / name).resolve()
        if not path.is_relative_to(run.resolve()):
            self.missing.append(f"{name}: lies outside the run folder and is not read")
            return None
        return path

    def _picture(self, waveform: Waveform, key: str) -> Shown:
        drawn = pictures.draw(waveform)
        if self.single:
            picture = "data:image/webp;base64," + base64.b64encode(drawn.spectrogram).decode()
        else:
            name = hashlib.sha256(key.encode()).hexdigest()[:20] + ".webp"
            write_whole(self.folder / "page" / "pictures" / name, drawn.spectrogram)
            picture = f"page/pictures/{name}"
        return {
            "picture": picture,
            "outline": drawn.outline,
            "seconds": round(drawn.seconds, 4),
            "rms": round(drawn.rms, 6),
        }

    def _address(self, path: Path) -> str:
        if self.single:
            content = path.read_bytes()
            name = "sound:" + hashlib.sha256(content).hexdigest()[:20]
            kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
            self.sounds[name] = f"data:{kind};base64," + base64.b64encode(content).decode()
            return name
        folder = self.folder.resolve()
        if not path.is_relative_to(folder):
            content = path.read_bytes()
            copied = folder / "page" / "audio" / (hashlib.sha256(content).hexdigest()[:20] + path.suffix)
            if not copied.exists():
                write_whole(copied, content)
            path = copied
        return quote(path.relative_to(folder).as_posix())
