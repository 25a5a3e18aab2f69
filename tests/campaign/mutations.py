"""
Damaged and hostile files of every kind, given to the command line: 10,000 of them, from one seed.

    python -m campaign.mutations [--count 10000] [--seed 1] [--jobs 2] [--kind suite] [--only 1:4711]

Of each: exit code 0, 1 or 2, one line of error at most, no traceback, no raw control byte, nothing written but below
the project (and for `report` and `accept` nothing but below what they are told to write), bounded time and memory. Most
run in this process through `main()`, as the installed command does; every hundredth as a process of its own.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from campaign.bed import KINDS, build, damaged
from harness.cli.main import main as command_line
from harness.errors import HarnessError
from harness.runtime.pool import cores
from harness.runtime.text import loggable, one_line

SECONDS = 20  # of one file; each takes some hundredths
MEMORY = 3 << 20  # kB of a process that has read thousands of them, with torch
WRITTEN = {"report": ("run", "cut"), "accept": ("new",)}  # where commands write, in the project
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PROCESS_EVERY = 100


@dataclass(frozen=True)
class Trial:
    """What came of one file. trouble : what must not be, or "" """

    name: str
    kind: str
    how: str
    code: int
    seconds: float
    trouble: str
    said: str


class TooLong(BaseException):
    """A file took longer than `SECONDS`."""


def run(bed: Path, seed: int, number: int, kind: str | None = None) -> Trial:
    """Damage one file of a copy of the project in *bed*, and ask of it what is asked of its kind."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311
    kind = kind or chance.choices(list(KINDS), [one.share for one in KINDS.values()])[0]
    chance = random.Random(f"{seed}:{number}:{kind}")  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="codec-harness-campaign-") as around:
        folder = Path(around, "project")
        shutil.copytree(bed, folder)
        how = damaged(chance, KINDS[kind], folder)
        before = _listing(Path(around))
        began = time.monotonic()
        asked = KINDS[kind].asked
        if callable(asked):
            code, out, err, trouble = _called(lambda: asked(folder))
        elif number % PROCESS_EVERY == 0:
            code, out, err, trouble = _process(asked, folder)
        else:
            code, out, err, trouble = _in_process(asked, folder)
        seconds = time.monotonic() - began
        trouble = trouble or _said_wrong(code, out, err) or _wrote(before, _listing(Path(around)), asked)
    return Trial(f"{seed}:{number}", kind, how, code, seconds, trouble, err.strip()[:300])


def _called(ask: Callable[[], object]) -> tuple[int, str, str, str]:
    """Call a reader as a command does: what it refuses is one line."""
    try:
        with _limited(), warnings.catch_warnings(action="ignore"):
            ask()
    except HarnessError as error:
        return 2, "", f"{loggable(one_line(f'codec-harness: {error}'))}\n", ""
    except TooLong:
        return -1, "", "", f"took more than {SECONDS} s"
    except BaseException:  # noqa: BLE001 - whatever it is, it is what the campaign is after
        return -1, "", "", traceback.format_exc()
    return 0, "", "", ""


def _in_process(arguments: Sequence[str], folder: Path) -> tuple[int, str, str, str]:
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["codec-harness", *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder), _limited():
            command_line()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else -1, out.getvalue(), err.getvalue(), ""
    except TooLong:
        return -1, out.getvalue(), err.getvalue(), f"took more than {SECONDS} s"
    except BaseException:  # noqa: BLE001
        return -1, out.getvalue(), err.getvalue(), traceback.format_exc()
    finally:
        sys.argv = argv
    return -1, out.getvalue(), err.getvalue(), "the command line returned"  # type: ignore[unreachable]


def _process(arguments: Sequence[str], folder: Path) -> tuple[int, str, str, str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder, env=environment, capture_output=True, check=False, timeout=10 * SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), ""


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _said_wrong(code: int, out: str, err: str) -> str:
    if code not in (0, 1, 2):
        return f"exit code {code}: {err[-2000:]}"
    if "Traceback" in err or "Traceback" in out:
        return f"a traceback: {err[-2000:]}"
    told = ("Warning", "ignored ")  # `list speech` names the files that it passes over
    lines = [line for line in err.splitlines() if line.strip() and line[:1] != " " and not any(map(line.count, told))]
    if len(lines) > (1 if code == 2 else 0):
        return f"{len(lines)} lines of error: {err[:500]}"
    if code == 2 and not lines:
        return "exit code 2 without a word"
    if max((len(line) for line in lines), default=0) > 3000:
        return f"a line of {max(map(len, lines))} characters"
    if found := CONTROL.search(out + err):
        return f"a raw control character, {found[0]!r}: {err[:300]!r}"
    return ""


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        os.path.relpath(path, folder): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def _wrote(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], asked: object) -> str:
    told = asked if isinstance(asked, tuple) else ()
    allowed = tuple(f"project/{place}/" for word in told for place in WRITTEN.get(word, ()))
    changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
    outside = [name for name in changed if not name.startswith(allowed or ("nothing",))]
    return f"wrote {', '.join(sorted(outside)[:3])}" if outside else ""


_BED: list[Path] = []


def _prepare(bed: Path) -> None:
    _BED[:] = [bed]


def _one(task: tuple[int, int, str | None]) -> tuple[Trial, int]:
    trial = run(_BED[0], *task)
    return trial, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign and print its figures; return 1 if anything was as it must not be."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=cores())
    parser.add_argument("--kind", choices=list(KINDS))
    parser.add_argument("--only", metavar="SEED:NUMBER", help="One file again, as the list of troubles names it.")
    chosen = parser.parse_args(arguments)
    numbers: Sequence[int] = range(1, chosen.count + 1)
    if chosen.only:
        chosen.seed, numbers = int(chosen.only.partition(":")[0]), [int(chosen.only.partition(":")[2])]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="codec-harness-bed-") as around:
        bed = Path(around, "bed")
        bed.mkdir()
        build(bed)
        context = multiprocessing.get_context("spawn")
        tasks = [(chosen.seed, number, chosen.kind) for number in numbers]
        with context.Pool(chosen.jobs, _prepare, (bed,)) as pool:
            found = list(pool.imap_unordered(_one, tasks, chunksize=20))
            pool.close()  # so that the processes end by themselves, and no command is told to stop
            pool.join()
    return _tell([trial for trial, _ in found], max(memory for _, memory in found), time.monotonic() - began)


def _tell(trials: Sequence[Trial], memory: int, seconds: float) -> int:
    print(f"{len(trials)} files in {seconds:.0f} s, at most {memory >> 10} MiB in a process")
    for kind in KINDS:
        own = [trial for trial in trials if trial.kind == kind]
        codes = Counter(trial.code for trial in own)
        slowest = max((trial.seconds for trial in own), default=0.0)
        wrong = sum(bool(trial.trouble) for trial in own)
        ended = ", ".join(f"{codes[code]} x {code}" for code in sorted(codes))
        print(f"{kind:<24}{len(own):>6}   exit code {ended:<36} slowest {slowest:5.2f} s   wrong {wrong}")
    failed = [trial for trial in trials if trial.trouble]
    for trial in failed[:40]:
        print(f"\n{trial.name} {trial.kind}, {trial.how}: {trial.trouble}")
    if memory > MEMORY:
        print(f"\nmemory: {memory} kB, more than {MEMORY}")
    return 1 if failed or memory > MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
