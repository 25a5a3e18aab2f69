"""
Make the conformance cards again: `python docs/cards/make.py`, or only some: `python docs/cards/make.py opus snac`.

Codecs whose weights have to be downloaded are checked on random ones, made as in the tests. What is equal and what is
not, where, and how many codes are wrong comes from the flow of data; the last digits may differ between processors.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.waveform import read, resample
from harness.check.card import Card, markdown
from harness.check.isolated import check_isolated
from harness.runtime.resources import fixture

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REMARK = """The weights are random, made as in the tests of this adapter (`tests/random_weights/`): what is equal and
what is not follows from the flow of data, how far off it is does not carry over to trained weights.
"""

Maker = Callable[[Path, np.ndarray], None]


@dataclass(frozen=True)
class Entry:
    """A card: the adapter, its options, what makes the weights that these name, and what is served at their `url`."""

    adapter: str
    options: dict[str, Any] = field(default_factory=dict)
    weights: Callable[[], Maker] | None = None
    served: str = ""


def _full_size() -> Maker:
    from full_size import write_checkpoint

    return lambda folder, speech: write_checkpoint(folder / "random.safetensors", speech[: 38 * 1920])


def _dac() -> Maker:
    from random_weights.dac import write_dac

    return lambda folder, speech: write_dac(folder / "random.pth", speech[: 60 * 320])


def _encodec() -> Maker:
    from random_weights.encodec import write_encodec

    return lambda folder, speech: write_encodec(folder / "random.safetensors", speech[: 60 * 320])


def _snac() -> Maker:
    from random_weights.snac import write_snac

    def make(folder: Path, speech: np.ndarray) -> None:
        (folder / "random").mkdir()
        write_snac(folder / "random", speech[: 12 * 2048])

    return make


RANDOM = {"weights": "random.safetensors"}
ADPCM = ["python3", "examples/command-codec/adpcm.py", "serve"]

ENTRIES = {
    "pcm": Entry("pcm"),
    "opus": Entry("opus"),
    "opus-48k-10ms": Entry("opus", {"sample_rate": 48_000, "frame_ms": 10}),
    "pyav-opus": Entry("pyav-opus"),
    "lc3": Entry("lc3"),
    "codec2": Entry("codec2"),
    "command": Entry("command", {"serve": ADPCM}),
    "server": Entry("server", {"url": "tcp://127.0.0.1:8765"}, served="opus"),
    "mini": Entry("mini"),
    "mini-shipped": Entry("harness.codecs.mimi.shipped:ShippedMiniCodec"),
    "mimi": Entry("mimi", RANDOM, _full_size),
    "rustymimi": Entry("rustymimi", RANDOM, _full_size),
    "transformers-mimi": Entry("transformers-mimi"),
    "encodec": Entry("encodec", RANDOM, _encodec),
    "dac": Entry("dac", {"weights": "random.pth"}, _dac),
    "snac": Entry("snac", {"weights": "random/"}, _snac),
}


@contextmanager
def _serving(entry: Entry) -> Iterator[None]:
    """Have what the entry wants served answer at its `url` for the time being."""
    if not entry.served:
        yield
        return
    listen = ("--listen", entry.options["url"])
    program = [sys.executable, "-m", "harness.codecs.server.serve", entry.served, "{}", *listen]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise RuntimeError(f"{entry.served} could not be served at {listen[1]}")
            yield
        finally:
            process.terminate()


def make(name: str) -> Card:
    """Check the codec of one entry, in a folder that holds its weights if it needs any."""
    entry = ENTRIES[name]
    with tempfile.TemporaryDirectory() as place:
        os.chdir(ROOT)
        if entry.weights is not None:
            speech = resample(read(fixture("speech") / "heart-long.flac"), 24_000).samples[12_000:]
            entry.weights()(Path(place), np.ascontiguousarray(speech))
            os.chdir(place)
        try:
            with _serving(entry):
                return check_isolated(entry.adapter, entry.options)
        finally:
            os.chdir(ROOT)


def text(name: str, card: Card) -> str:
    """Return the card as it stands in the file."""
    page = markdown(card)
    if ENTRIES[name].weights is not None:
        before, declared, after = page.partition("Declared:")
        page = f"{before}{REMARK}\n{declared}{after}"
    return page


def main() -> None:
    """Write the cards that are named, or all."""
    sys.path.insert(0, str(ROOT / "tests"))
    for name in sys.argv[1:] or ENTRIES:
        begun = time.monotonic()
        card = make(name)
        (HERE / f"{name}.md").write_text(text(name, card), encoding="utf-8")
        print(f"{name}: {card.headline} ({time.monotonic() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
