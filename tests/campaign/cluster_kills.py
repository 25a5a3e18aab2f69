"""
Workers of a Dask cluster killed at random while a run goes on: it ends in the run that one process gives.

    python tests/campaign/cluster_kills.py [CELLS] [KILLS] [SEED]

Four workers with a nanny each, on this machine; cells are pcm, without scores.
"""

import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import soundfile
from cluster import cluster

from campaign.records import made
from harness.audio.speech import load
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runtime.resources import CACHE_VARIABLE, fixture
from harness.runtime.workers import Workplace

WORKERS = 4
TOPOLOGIES = ["shared", "cross-talk", "cloned-decoder", "takeover"]
SECONDS = 0.4  # of each utterance


def speech(folder: Path, count: int) -> Path:
    """Write so many pieces of the embedded speech into *folder*; return it."""
    folder.mkdir()
    embedded = [utterance.waveform() for utterance in load(fixture("speech"))]
    for number in range(count):
        waveform = embedded[number % len(embedded)]
        length = round(SECONDS * waveform.sample_rate)
        begin = (number * 997) % (len(waveform.samples) - length)
        while not waveform.samples[begin : begin + length].any():  # a pause, which is digital silence there
            begin = (begin + length) % (len(waveform.samples) - length)
        soundfile.write(folder / f"{number:06}.wav", waveform.samples[begin : begin + length], waveform.sample_rate)
        (folder / f"{number:06}.txt").write_text("whatever is said")
    return folder


def campaign(cells: int, kills: int, seed: int) -> list[str]:
    """Run *cells* cells while workers are killed; return what went wrong."""
    rng = random.Random(seed)  # noqa: S311
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        content = {
            "speech": {"source": str(speech(base / "speech", cells // len(TOPOLOGIES)))},
            "codecs": {"plain": {"adapter": "pcm"}},
            "scores": {"asr": False, "pesq": False, "stoi": False},
            "setups": [{"codec": "plain", "topology": TOPOLOGIES}],
        }
        suite = suites.parse(content, "campaign", base, "killed")

        def run(name: str, where: Workplace) -> object:
            os.environ[CACHE_VARIABLE] = str(base / f"store-{name}")
            with warnings.catch_warnings(action="ignore"):
                return made(pipeline.run(suite, base / name, jobs=1, place=where).folder)

        wanted = run("one", Workplace())
        killed: list[int] = []
        over = threading.Event()
        with cluster(base, WORKERS) as found:

            def kill() -> None:
                while len(killed) < kills and not over.wait(rng.uniform(0.5, 3.0)):
                    processes = found.worker_processes()
                    if processes:
                        killed.append(rng.choice(processes))
                        os.kill(killed[-1], signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            got = run("cluster", Workplace(f"dask:{found.address}"))
            over.set()
            killer.join()
    wrong = [] if got == wanted else [f"seed {seed}: another record"]
    wrong += [] if killed else [f"seed {seed}: nothing was killed"]
    seconds = time.monotonic() - began
    print(f"cluster: {cells} cells, {len(killed)} workers killed, seed {seed}, {len(wrong)} wrong, {seconds:.0f} s")
    return wrong


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    found_wrong = campaign(*(given + [2000, 20, 1][len(given) :]))
    print(*found_wrong, sep="\n", end="\n" if found_wrong else "")
    sys.exit(bool(found_wrong))
