"""
A poisoned shared store: objects of an S3 bucket damaged, forged, swapped or taken away, and the same run again.

    python tests/campaign/remote_store.py [ENTRIES] [SEED]

No verdict and no number changes, and nothing is believed that was changed: a second machine, whose folder is empty,
takes the poisoned entries from the bucket until so many were mutated.
"""

import random
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

from object_server import BUCKET, ObjectServer, serving

from campaign.records import made
from campaign.store import CONTENT, Mutation, better, cut, flip, gone, noise, numbers, pickled, swap
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.traces import Traces
from harness.runtime.pool import IsolatedPool
from harness.runtime.remote import Remote
from harness.runtime.store import Store
from harness.runtime.workers import Workers

MUTATIONS: tuple[Mutation, ...] = (flip, cut, numbers, swap, better, pickled, gone, noise)  # that an object can have


def campaign(entries: int, seed: int) -> list[str]:
    """Poison a bucket until *entries* were mutated; return what went wrong."""
    suite = suites.parse(CONTENT, "campaign", Path(), "poison")
    wrong, mutated, trial, began = [], 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place, IsolatedPool(1) as pool, serving() as server:
        base = Path(place)

        def run(name: str, remote: Remote | None) -> object:
            store = Store(base / name / "store", remote=remote)
            _, folder = pipeline.run(suite, base / name / "reports", traces=Traces(Workers(1, pool, store)))
            store.close()
            return made(folder)

        wanted = run("clean", None)
        clean = base / "clean" / "store"
        while mutated < entries:
            trial += 1
            rng = random.Random(f"{seed}-{trial}")  # noqa: S311 (of mutations)
            poisoned = shutil.copytree(clean, base / "poisoned")
            paths = sorted(path for path in poisoned.rglob("*") if path.is_file())
            chosen = rng.sample(paths, rng.randrange(len(paths) // 2, len(paths) + 1))
            for path in chosen:
                rng.choice(MUTATIONS)(rng, path, paths)
            mutated += len(chosen)
            _put(server, poisoned, f"trial-{trial}")
            with warnings.catch_warnings(action="ignore"):
                again = run(f"again-{trial}", Remote(f"s3://{BUCKET}/trial-{trial}", read_only=trial % 2 == 0))
            if again != wanted:
                wrong.append(f"seed {seed}, trial {trial}: another record")
            if any(poisoned.rglob("ran-*")):
                wrong.append(f"seed {seed}, trial {trial}: something planted was run")
            shutil.rmtree(poisoned)
            shutil.rmtree(base / f"again-{trial}")
    seconds = time.monotonic() - began
    print(f"poisoned bucket: {trial} trials, {mutated} entries, seed {seed}, {len(wrong)} wrong, {seconds:.0f} s")
    return wrong


def _put(server: ObjectServer, folder: Path, prefix: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            server.write(f"{prefix}/{path.relative_to(folder)}", path.read_bytes())


if __name__ == "__main__":
    numbers_given = [int(argument) for argument in sys.argv[1:]]
    found = campaign(*(numbers_given + [1000, 1][len(numbers_given) :]))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
