"""
A scored pair of files (`harness.verdict.PairScores`), for the terminal and as a page that is whole in one file.

Limits are what the reference would score against itself, with the tolerances that the verdict rests on.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harness.audio import waveform as audio
from harness.files import write_whole
from harness.files.places import portable
from harness.metrics.catalogue import order
from harness.metrics.text import text
from harness.record import Measurement, Measurements
from harness.report import pictures
from harness.report.tables import gate, typeset
from harness.report.templating import check_installed, fill, static
from harness.runtime.version import __version__
from harness.verdict import PairScores

STYLE = """
.beyond { color: var(--alarm); font-weight: 600; }
figure { margin: 1rem 0; }
figure img { display: block; width: 100%; height: 8rem; image-rendering: auto; border-radius: 6px; }
audio { width: 100%; margin-top: .4rem; }
"""


class PairLine(NamedTuple):
    """A measurement of a pair: its *limit* if it has one, and whether it is *beyond* that."""

    name: str
    label: str
    value: str
    limit: str
    beyond: bool


def lines(scores: PairScores) -> list[PairLine]:
    """Return the measurements of a pair in reading order, with their limits."""
    tolerances = scores.tolerances.model_dump()
    found = []
    for row in order(set(scores.measurements)):
        own = scores.measurements[row.name]
        limit, beyond = gate(row.name, own, scores.against.get(row.name), tolerances)
        value = typeset(text(row.name, own, unit=True, why=True))
        found.append(PairLine(row.name, row.label, value, limit or _exactly(row.name, own, scores.against), beyond))
    return found


def write(path: Path, scores: PairScores, reference: Path, degraded: Path) -> Path:
    """
    Write the page of a pair: the verdict and why, both sounds with their spectrograms, measurements with their limits.

    Raises `MissingExtra` if a library that the page needs is not installed, `NotWritable` if it cannot be written.
    """
    check_installed("jinja2", "PIL")
    sounds = [_sound("reference", reference), _sound("degraded", degraded)]
    html = fill(
        "pair.html",
        scores=scores,
        lines=lines(scores),
        sounds=sounds,
        words=_words(scores),
        style=static("base.css") + STYLE,
        version=__version__,
    )
    write_whole(path, html, mend="write the page elsewhere (--report)")
    return path


def _exactly(name: str, own: Measurement, against: Measurements) -> str:
    """Return the one value that is allowed of what has no tolerance, such as the polarity."""
    wanted = against.get(name)
    unjudged = next((row.unjudged for row in order({name})), "")
    if wanted is None or wanted.value is None or own.value is None or unjudged or own.unit not in ("sign", "samples"):
        return ""
    return text(name, wanted)


def _sound(what: str, path: Path) -> dict[str, str]:
    waveform = audio.read(path)
    drawn = pictures.draw(waveform)
    return {
        "what": what,
        "name": portable(str(path)),
        "facts": f"{waveform.seconds:.2f} s at {waveform.sample_rate} Hz",
        "picture": _inside("image/webp", drawn.spectrogram),
        "source": _inside("audio/flac", audio.encoded(waveform, "FLAC")),
    }


def _inside(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _words(scores: PairScores) -> Sequence[str]:
    transcript = scores.heard.transcript if scores.heard is not None else None
    if transcript is None:
        return ()
    said = {"substituted": "{0.reference} heard as {0.heard}", "deleted": "{0.reference} lost", "inserted": "{0.heard}"}
    return [said[change.kind].format(change) for change in transcript.changes if change.kind != "equal"]
