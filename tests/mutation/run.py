"""
Change the code that judges, one small change at a time, and see whether a test fails: `nox -s mutation`.

mutmut makes the changes, in the files that `[tool.mutmut]` names, and runs for each the tests that call what was
changed. There are thousands, so some are drawn, with a seed. Each change that no test noticed is shown: either a test
is missing, or `README.md` says why none is.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants")  # where mutmut works, always
FIRST = "harness.verdict.expectation.*"  # few: whatever is run first makes all changes and times all tests
ONE_AT_A_TIME = ("--max-children", "1")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    options.add_argument("--count", type=int, default=250, help="changes to try")
    options.add_argument("--seed", type=int, default=1, help="which")
    options.add_argument("--minutes", type=float, default=20, help="stop trying after this time")
    chosen = options.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    _mutmut("run", *ONE_AT_A_TIME, FIRST)
    names = sorted(_results())
    drawn = random.Random(chosen.seed).sample(names, min(chosen.count, len(names)))  # noqa: S311
    _try(drawn, chosen.minutes * 60)
    found = {name: status_by_exit_code[code] for name, code in _results().items() if name in set(drawn)}
    for name, status in sorted(found.items()):
        if status not in ("killed", "not checked"):
            _mutmut("show", name)
    _tell(found, len(names))


def _try(names: list[str], seconds: float) -> None:
    """Try those that some test calls; mutmut has no name for the others, which stay `not checked`."""
    tests = json.loads((FOLDER / "mutmut-stats.json").read_text())["tests_by_mangled_function_name"]
    called = [name for name in names if tests.get(name.rpartition("__mutmut_")[0])]
    print(f"{len(names) - len(called)} of those drawn are in functions that no test calls", flush=True)
    running = subprocess.Popen([sys.executable, "-m", "mutmut", "run", *ONE_AT_A_TIME, *called])
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)  # it stops, and has written down what it knows
        running.wait()


def _mutmut(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "mutmut", *arguments], check=True)


def _results() -> dict[str, int | None]:
    """Return the exit code of the tests for each change, None if they were not run."""
    found: dict[str, int | None] = {}
    for path in FOLDER.rglob("*.meta"):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def _tell(found: dict[str, str], of: int) -> None:
    rooms = Counter((name.split(".")[1], status) for name, status in found.items())
    for (room, status), count in sorted(rooms.items()):
        print(f"{room:10} {status:12} {count}")
    print(f"{len(found)} of {of} changes drawn: {dict(Counter(found.values()))}")


if __name__ == "__main__":
    main()
