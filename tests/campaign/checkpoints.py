"""
Single bits flipped in a Mimi checkpoint of full size: each is refused with one line, or told by its hash.

    python tests/campaign/checkpoints.py [TRIALS] [SEED]

The model is moshi's own at Kyutai's geometry, with random weights, in the layout that Kyutai releases; its
configuration lies beside it. A third of the flips is in the header of the weights, a third in their data and a third in
the configuration.
What is loaded all the same must declare the hashes of its own files. One flip of the data is run, and its record and
page are looked at.
"""

import contextlib
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moshi.models import loaders
from random_weights.mimi import random_weights
from safetensors.torch import save_file

from harness.codecs.mimi.codec import MimiCodec
from harness.codecs.protocol import CodecInfo
from harness.errors import HarnessError
from harness.report import publish
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options

WEIGHTS, CONFIG = "full.safetensors", "mimi.json"
PLACES = ("header", "data", "configuration")
SUITE: dict[str, Any] = {
    "speech": {"utterances": ["heart-04"]},
    "scores": {"asr": False, "pesq": False, "stoi": False},
    "setups": [{"codec": "full", "topology": "shared"}],
}


@contextlib.contextmanager
def flipped(path: Path, at: int, bit: int) -> Iterator[None]:
    """Flip one bit of the file *path*, and put it back in the end."""

    def flip() -> None:
        with path.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1 << bit]))

    flip()
    try:
        yield
    finally:
        flip()


def loaded(folder: Path) -> CodecInfo:
    """Return what the codec in *folder* declares."""
    return MimiCodec(str(folder / WEIGHTS), config=str(folder / CONFIG)).info


def outcome(folder: Path, clean: CodecInfo) -> str:
    """Say what came of a checkpoint with one bit flipped; what must not be begins with "wrong"."""
    try:
        info = loaded(folder)
    except HarnessError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the campaign is after
        return f"wrong: {type(error).__name__}: {error!s:.200}"
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, CONFIG)}
    if dict(info.loaded) != found or info.loaded == clean.loaded:
        return "wrong: loaded, and the hashes that it declares are not those of its files"
    return "told by its hash"


def told(folder: Path, at: int) -> str:
    """Run a checkpoint with a bit of its data flipped; return what is wrong with its record and page, or ""."""
    with flipped(folder / WEIGHTS, at, 0), tempfile.TemporaryDirectory() as out:
        digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
        options = {"adapter": "mimi", "weights": str(folder / WEIGHTS), "config": str(folder / CONFIG)}
        suite = suites.parse(SUITE | {"codecs": {"full": options}}, "full size", Path(), "full-size")
        made = pipeline.run(suite, Path(out), Options(repeat=False, explain=False), jobs=1)
        publish(made.folder)
        (codec,) = made.record.codecs
        if codec.loaded.get(WEIGHTS) != digest:
            return f"the record says {codec.loaded}, wanted {digest}"
        pages = [page for page in made.folder.rglob("*.html") if digest in page.read_text(encoding="utf-8")]
        return "" if pages else "no page names its hash"


def main(trials: int = 30, seed: int = 1) -> int:
    """Flip bits; return 1 if any was neither refused nor told."""
    chance, began = random.Random(seed), time.monotonic()  # noqa: S311
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        save_file(random_weights(None), folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(loaders._mimi_config))
        size = (folder / WEIGHTS).stat().st_size
        header = 8 + int.from_bytes((folder / WEIGHTS).read_bytes()[:8], "little")
        ranges = {
            "header": (WEIGHTS, 0, header),
            "data": (WEIGHTS, header, size),
            "configuration": (CONFIG, 0, (folder / CONFIG).stat().st_size),
        }
        clean = loaded(folder)
        for number in range(trials):
            part = PLACES[number % len(PLACES)]
            name, begin, end = ranges[part]
            at, bit = chance.randrange(begin, end), chance.randrange(8)
            with flipped(folder / name, at, bit):
                said = outcome(folder, clean)
            found[part, said] += 1
            if said.startswith("wrong"):
                print(f"{part}, byte {at}, bit {bit}: {said}", flush=True)
        wrong = told(folder, (header + size) // 2)
    bad = sum(count for (_, said), count in found.items() if said.startswith("wrong")) + bool(wrong)
    for part, said in sorted(found):
        print(f"{part}: {found[part, said]} {said}")
    print(
        f"a checkpoint of {size >> 20} MiB: {trials} flips, seed {seed}, {bad} wrong, {time.monotonic() - began:.0f} s"
        f"{'; run: ' * bool(wrong)}{wrong}"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
