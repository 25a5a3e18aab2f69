"""
What a large run takes: processor time, memory and disk a cell, at several sizes. `pcm` and no words.

    python tests/bench/scale.py [CELLS ...] [--setups N] [--codec ADAPTER] [--keep FOLDER] [--profile]

Each size is a run of its own, in a process of its own, with a store of its own: many short utterances of tones with
a voice's harmonics and pauses, of which no two are alike, through *N* setups. Processor time is that of all processes,
memory the most resident of the main process and of the largest worker. With --profile, where the time of the main
process goes.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
SECONDS = (0.35, 0.5)
SIZES = (100, 1_000, 10_000)
TOPOLOGIES = (
    "shared", "separate", "sequential", "cloned-decoder", "cloned-mid-encode", "cloned-after-encode", "handover",
    "handover-late", "cloned-encoder", "handover-encoder", "reset-at-start", "reuse-after-reset", "neighbour",
    "full-duplex", "offline", "one-call", "chunked-2", "chunked-5", "stateless", "tail-dropped",
)  # fmt: skip


def speak(folder: Path, count: int) -> None:
    """Write *count* utterances and their manifest into *folder*."""
    rng, lines = np.random.default_rng(1), []
    for number in range(count):
        time_axis = np.arange(round(rng.uniform(*SECONDS) * RATE)) / RATE
        pitch = rng.uniform(90, 250) * (1 + 0.1 * np.sin(2 * np.pi * rng.uniform(2, 5) * time_axis))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        formants = (np.exp(-(((k * pitch - rng.uniform(300, 2500)) / 900) ** 2)) for k in range(1, 20))
        voice = sum(shape * np.sin(k * phase) / k for k, shape in enumerate(formants, 1))
        syllables = np.clip(np.sin(2 * np.pi * rng.uniform(3, 6) * time_axis) + 0.7, 0, None)
        samples = voice * syllables + 0.002 * rng.standard_normal(len(time_axis))
        name = f"u{number:05d}"
        soundfile.write(folder / f"{name}.wav", 0.3 * samples / np.abs(samples).max(), RATE, subtype="PCM_16")
        entry = {"audio_filepath": f"{name}.wav", "text": f"word {number}", "id": name, "speaker": "v"}
        lines.append(json.dumps(entry))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")


def suite(speech: Path, codec: str, setups: int) -> str:
    """Return the TOML of a suite of *setups* of one codec."""
    topologies = json.dumps(TOPOLOGIES[:setups])
    return (
        f'name = "scale"\n[speech]\nsource = "{speech}"\n[scores]\nasr = false\n'
        f'[codecs.it]\nadapter = "{codec}"\n[[setups]]\ncodec = "it"\ntopology = {topologies}\n'
    )


def spent() -> list[float]:
    """Return the processor time so far of this process, and of the workers that have ended, in seconds."""
    took = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [one.ru_utime + one.ru_stime for one in took]


def resident() -> list[float]:
    """Return the most memory so far of this process, and of the largest worker that has ended, in MiB."""
    return [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


def measured(file: Path, out: Path, *, profile: bool) -> None:
    """Run the suite in *file*, make its report, and print what both took as a line of JSON."""
    from harness.report import publish
    from harness.runs import suite as suites
    from harness.runs.pipeline import run

    profiler = cProfile.Profile()
    began, before = time.monotonic(), spent()
    profiler.enable() if profile else None
    made = run(suites.load(file), out, jobs=1)
    profiler.disable()
    ran, memory = spent(), resident()
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(45)
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumtime").print_stats(90)
    profiler = cProfile.Profile()
    profiler.enable() if profile else None
    page = publish(made.folder)
    profiler.disable()
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumtime").print_stats(50)
    found = {
        "wall": time.monotonic() - began, "run": [ran[0] - before[0], ran[1] - before[1]],
        "report": spent()[0] - ran[0], "memory": memory, "report_memory": resident()[0], "page": str(page),
    }  # fmt: skip
    print("\nMEASURED " + json.dumps(found), flush=True)


def of_size(cells: int, codec: str, setups: int, keep: Path | None, *, profile: bool) -> None:
    """Run as many cells, in a fresh process, and print a row."""
    with tempfile.TemporaryDirectory(prefix="scale-") as made:
        place = keep or Path(made)
        (place / "speech").mkdir(parents=True, exist_ok=True)
        cells = cells // setups * setups
        speak(place / "speech", cells // setups)
        file = place / "scale.codec.toml"
        file.write_text(suite(place / "speech", codec, setups))
        arguments = [sys.executable, __file__, "--measure", str(file), *(["--profile"] if profile else [])]
        environment = os.environ | {"XDG_CACHE_HOME": str(place / "cache")}
        ran = subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, text=True, check=False, cwd=place)
        lines = [line for line in ran.stdout.splitlines() if line.startswith("MEASURED ")]
        if not lines:
            raise SystemExit(f"the run of {cells} cells failed: {ran.stdout[-2000:]}")
        found = json.loads(lines[-1].removeprefix("MEASURED "))
        sizes = [path.stat().st_size for path in (place / "runs").rglob("*") if path.is_file()]
        main, workers, report = (1000 * one / cells for one in (*found["run"], found["report"]))
        print(
            f"{cells} cells: {main + workers:.2f} ms a cell (main {main:.2f}, workers {workers:.2f}), report "
            f"{report:.2f} ms; {found['wall']:.0f} s; main {found['memory'][0]:.0f} MiB, worker "
            f"{found['memory'][1]:.0f} MiB, with the report {found['report_memory']:.0f} MiB; "
            f"{sum(sizes) / cells / 1000:.1f} kB a cell in {len(sizes)} files",
            flush=True,
        )


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cells", nargs="*", type=int, default=SIZES)
    parser.add_argument("--setups", type=int, default=16, help=f"up to {len(TOPOLOGIES)}; the last has another output")
    parser.add_argument("--codec", default="pcm")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--measure", type=Path)
    given = parser.parse_args()
    if given.measure is not None:
        measured(given.measure, given.measure.parent / "runs", profile=given.profile)
        return
    for cells in given.cells:
        of_size(cells, given.codec, given.setups, given.keep, profile=given.profile)


if __name__ == "__main__":
    main()
