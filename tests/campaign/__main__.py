"""
All campaigns at full length, on two cores, with a report at the end: what `nox -s campaign` runs.

    python -m campaign [NAME ...]

They run in two lanes side by side, of about the same length. Exits with 1 if anything was wrong, or a campaign did not
come to its end.
"""

import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LANES = (
    ("kills",),
    ("cluster_kills", "full_disk", "store", "remote_store", "mutations", "checkpoints", "adapters"),
)
NAMES = tuple(name for lane in LANES for name in lane)


@dataclass(frozen=True)
class Done:
    """A campaign that has ended: its exit code, how many seconds it took, and the last line that it printed."""

    name: str
    code: int
    seconds: float
    said: str


def run(name: str) -> Done:
    """Run one campaign; what it prints is shown as it comes, after its name."""
    began = time.monotonic()
    command = [sys.executable, "-u", str(HERE / f"{name}.py")]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as it:
        for line in it.stdout or ():
            last = line.strip() or last
            print(f"{name}: {line.rstrip()}", flush=True)
    return Done(name, it.returncode, time.monotonic() - began, last)


def report(ended: list[Done]) -> int:
    """Print what came of each; return 1 if anything was wrong."""
    wrong = [done.name for done in ended if done.code]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("\ncampaign     exit code   seconds   last line")
    for done in ended:
        print(f"{done.name:<12} {done.code:>9} {done.seconds:>9.0f}   {done.said}")
    print(f"processor time: {used.ru_utime + used.ru_stime:.0f} s")
    print(f"wrong: {', '.join(wrong)}" if wrong else "nothing was wrong")
    return 1 if wrong else 0


def main(names: list[str]) -> int:
    """Run the campaigns *names*, all if none is named; return the exit code."""
    if unknown := [name for name in names if name not in NAMES]:
        print(f"campaign: got {unknown[0]!r}, wanted one of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    lanes = [[name for name in lane if not names or name in names] for lane in LANES]
    with ThreadPoolExecutor(len(lanes)) as threads:
        ended = [done for lane in threads.map(lambda lane: [run(name) for name in lane], lanes) for done in lane]
    return report(ended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
