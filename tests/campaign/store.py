"""
A poisoned store: every file of a cache damaged, forged, swapped or planted, and the same run again.

    python tests/campaign/store.py [TRIALS] [SEED]

No verdict and no number changes, nothing in the folder is run, and nothing is written outside of it.
"""

import os
import pickle
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from campaign.records import made
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.traces import Traces
from harness.runtime.pool import IsolatedPool
from harness.runtime.store import Store
from harness.runtime.workers import Workers

CONTENT = {
    "speech": {"utterances": ["heart-04", "rms-04"]},
    "codecs": {"pcm": {"adapter": "pcm"}, "opus": {"adapter": "opus"}},
    "scores": {"asr": False, "pesq": False},
    "setups": [{"codec": ["pcm", "opus"], "topology": ["shared", "cross-talk"]}],
}

Mutation = Callable[[random.Random, Path, list[Path]], None]


class Planted:
    """A pickle that leaves a file behind when somebody reads it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def flip(rng: random.Random, path: Path, _: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    for _bit in range(rng.choice([1, 1, 1, 8, 64])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def cut(rng: random.Random, path: Path, _: list[Path]) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def numbers(rng: random.Random, path: Path, _: list[Path]) -> None:
    """Change digits alone, so that the form stays right."""
    data = bytearray(path.read_bytes())
    digits = [at for at, byte in enumerate(data) if chr(byte).isdigit()]
    for at in rng.sample(digits, min(len(digits), 5)):
        data[at] = ord(str(rng.randrange(10)))
    path.write_bytes(data)


def swap(rng: random.Random, path: Path, paths: list[Path]) -> None:
    other = rng.choice(paths)
    if other.is_file() and path.suffix == other.suffix:
        path.write_bytes(other.read_bytes())


def better(rng: random.Random, path: Path, _: list[Path]) -> None:
    """Say what is flattering, in the right form, with the old seal."""
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"verdict":"', b'"verdict":"identical","x":"').replace(b'"value":0.', b'"value":1.'))
    del rng


def pickled(rng: random.Random, path: Path, _: list[Path]) -> None:
    mark = path.parents[1] / f"ran-{rng.randrange(1 << 30)}"
    path.write_bytes(pickle.dumps(Planted(mark)))


def linked(_: random.Random, path: Path, paths: list[Path]) -> None:
    path.unlink()
    path.symlink_to(next(other for other in paths if other != path))


def pipe(_: random.Random, path: Path, __: list[Path]) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(_: random.Random, path: Path, __: list[Path]) -> None:
    path.unlink()
    path.mkdir()


def gone(_: random.Random, path: Path, __: list[Path]) -> None:
    path.unlink()


def noise(rng: random.Random, path: Path, _: list[Path]) -> None:
    path.write_bytes(rng.randbytes(rng.choice([0, 1, 100, 100_000])))


MUTATIONS: tuple[Mutation, ...] = (flip, cut, numbers, swap, better, pickled, linked, pipe, folder, gone, noise)


def campaign(trials: int, seed: int) -> list[str]:
    """Poison a store *trials* times; return what went wrong."""
    suite = suites.parse(CONTENT, "campaign", Path(), "poison")
    wrong, mutated, began = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place, IsolatedPool(1) as pool:
        base = Path(place)
        clean = base / "clean"
        _, folder = pipeline.run(suite, base / "reports", traces=Traces(Workers(1, pool, Store(clean))))
        wanted = made(folder)
        for trial in range(trials):
            rng = random.Random(f"{seed}-{trial}")  # noqa: S311 (of mutations)
            poisoned = base / "poisoned"
            shutil.copytree(clean, poisoned)
            paths = sorted(path for path in poisoned.rglob("*") if path.is_file())
            chosen = rng.sample(paths, rng.randrange(1, len(paths) + 1))
            for path in chosen:
                rng.choice(MUTATIONS)(rng, path, paths)
            mutated += len(chosen)
            outside = sorted(path.name for path in base.iterdir())
            with warnings.catch_warnings(action="ignore"):
                _, again = pipeline.run(suite, base / "again", traces=Traces(Workers(1, pool, Store(poisoned))))
            faults = [
                ("another record", made(again) != wanted),
                ("something planted was run", any(poisoned.rglob("ran-*"))),
                ("written outside", {path.name for path in base.iterdir()} - {*outside, "again"} != set()),
            ]
            wrong += [f"seed {seed}, trial {trial}: {what}" for what, found in faults if found]
            shutil.rmtree(poisoned)
            shutil.rmtree(base / "again")
    seconds = time.monotonic() - began
    print(f"poisoned stores: {trials} trials, {mutated} entries, seed {seed}, {len(wrong)} wrong, {seconds:.0f} s")
    return wrong


if __name__ == "__main__":
    numbers_given = [int(argument) for argument in sys.argv[1:]]
    found = campaign(*(numbers_given + [100, 1][len(numbers_given) :]))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
