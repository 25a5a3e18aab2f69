"""
Full disks: a run on a file system of every size, for its output and for the store, and the same run again with room.

    python tests/campaign/full_disk.py [STEPS]

The first run ends with one line or does without; the second ends in the record that a run with room gives, with all of
its audio. File systems in memory are mounted in a namespace of their own, for which no rights are needed on most Linux.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from campaign.records import read

ROOT = Path(__file__).parents[2]
SUITE = """
[speech]
utterances = ["heart-04", "rms-04"]
[codecs.pcm]
adapter = "pcm"
[codecs.opus]
adapter = "opus"
[scores]
asr = false
pesq = false
stoi = false
[[setups]]
codec = ["pcm", "opus"]
topology = ["shared", "cross-talk"]
"""
INSIDE = ["unshare", "--user", "--map-root-user", "--mount"]
SMALLEST = 8  # KiB


def possible() -> bool:
    """Tell whether a small file system can be mounted here."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mount = [*INSIDE, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def run(suite: Path, reports: Path, store: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "run", str(suite), "--out", str(reports), "--jobs", "1"]
    environment = os.environ | {"CODEC_HARNESS_CACHE": str(store), "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def trial(folder: Path, which: str, size: int) -> str:
    """Run with *size* KiB for *which*, "output" or "store", then with room; return what is wrong, or "". Inside."""
    small = folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(small)], check=True)
    reports = small if which == "output" else folder / "reports"
    store = small if which == "store" else folder / "store"
    first = run(folder / "suite.toml", reports, store)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
    second = run(folder / "suite.toml", reports, store)
    lines = first.stderr.strip().splitlines()
    faults = [
        (f"exit code {first.returncode}", first.returncode not in ((0, 2) if which == "output" else (0,))),
        ("a traceback", "Traceback" in first.stderr + second.stderr),
        (f"{len(lines)} lines said: {lines[-1:]}", len(lines) > 3),
        (f"then exit code {second.returncode}: {second.stderr[-300:]}", second.returncode != 0),
    ]
    found = [what for what, wrong in faults if wrong]
    if not found and read(reports) != read(folder / "whole"):
        found.append("another record than with room")
    return "; ".join(found) or f"ok, exit code {first.returncode}"


def campaign(steps: int, named: dict[str, tuple[int, ...]] | None = None) -> list[str]:
    """
    Run *steps* sizes for output and for the store each; return what went wrong.

    named : sizes in KiB for "output" and "store" to run instead
    """
    wrong, ended = [], dict.fromkeys(("0", "2"), 0)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place, "with-room")
        whole.mkdir()
        (whole / "suite.toml").write_text(SUITE, encoding="utf-8")
        done = run(whole / "suite.toml", whole / "whole", whole / "store")
        if done.returncode:
            raise SystemExit(f"the run with room ended with {done.returncode}: {done.stderr}")
        largest = {"output": _kib(whole / "whole"), "store": _kib(whole / "store")}
        sizes = named or {which: _spread(needed, steps) for which, needed in largest.items()}
        for which, chosen in sizes.items():
            for size in chosen:
                folder = Path(place, f"{which}-{size}")
                shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("store"))
                inner = [*INSIDE, sys.executable, __file__, "--trial", str(folder), which, str(size)]
                environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
                said = subprocess.run(inner, env=environment, capture_output=True, text=True, check=False)
                outcome = said.stdout.strip() or said.stderr.strip()[-300:]
                ended[outcome[-1:]] = ended.get(outcome[-1:], 0) + outcome.startswith("ok")
                if not outcome.startswith("ok"):
                    wrong.append(f"{which} of {size} KiB: {outcome}")
                    print(wrong[-1], flush=True)
                shutil.rmtree(folder)
    print(
        f"full disks: {sum(map(len, sizes.values()))} trials (output up to {largest['output']} KiB, store up to "
        f"{largest['store']} KiB), {ended['2']} ended with one line, {ended['0']} did without or had room, "
        f"{len(wrong)} wrong"
    )
    return wrong


def _spread(needed: int, steps: int) -> tuple[int, ...]:
    """Return sizes up to a little more than is *needed*; most are small."""
    return tuple(round(SMALLEST * (1.1 * needed / SMALLEST) ** (step / max(1, steps - 1))) for step in range(steps))


def _kib(folder: Path) -> int:
    return sum(path.stat().st_size // 1024 + 4 for path in folder.rglob("*"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--trial"]:
        print(trial(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    else:
        if not possible():
            raise SystemExit("no small file system can be mounted here; Linux with user namespaces is wanted")
        sys.exit(bool(campaign(int(sys.argv[1]) if sys.argv[1:] else 18)))
