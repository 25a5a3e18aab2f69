"""
Kill commands at random times, in eight ways: nothing is left running, and the same command again gives the same.

    python tests/campaign/kills.py [--trials 200] [--seed N] [--side-by-side 2]

Prints the seed, every trial that went wrong, and figures; exits with 1 if any went wrong. A trial is one command in a
folder, with a store and a place for temporary files of its own.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from planted.marked import MARK, gone, marked  # noqa: E402

from campaign.records import whole as whole_record  # noqa: E402

LIMIT = 20.0  # s for a command to end after it was told to
WHOLE = 120.0  # s for one that was not: only its reader or a worker of it was killed, and it goes on
# Keys of records that no two runs share: times, a hash over all, the command line, what was read back and not made.
OWN = {
    "content_sha256",
    "seconds",
    "seconds_codec",
    "timing",
    "created",
    "command",
    "remembered",
    "words",
    "made",
    "first",
}
SUITE = """
name = "killed"
[speech]
utterances = ["heart-04"]
[scores]
asr = false
pesq = false
stoi = false
[codecs.slow]
adapter = "killable:Slow"
[codecs.program]
adapter = "command"
sample_rate = 16000
frame_size = 320
roundtrip = ["sh", "-c", "sleep 0.1; cp $0 $1", "{in}", "{out}"]
[[setups]]
codec = "slow"
topology = ["shared", "cross-talk"]
[[setups]]
codec = "slow"
wire = "drop-frame"
[[setups]]
codec = "program"
topology = "offline"
reference = "program/offline"
"""
CODEC = """
import time
from harness.codecs.pcm import PcmCodec, PcmInstance

class Slow(PcmCodec):
    def open(self):
        return SlowInstance(self.info)

class SlowInstance(PcmInstance):
    def encode(self, pcm):
        time.sleep(0.001)
        return super().encode(pcm)

    def clone(self):
        return SlowInstance(self.info)
"""


def of_run(folder: Path, printed: bytes) -> Any:
    """Return the record that a run, or pytest, has left last; where a codec could not be loaded it is another run."""
    del printed
    places = sorted(folder.glob("reports/*/run.json"), key=lambda place: place.stat().st_mtime_ns)
    if not places:
        raise ValueError("there is none")
    return whole_record(places[-1])


def of_output(folder: Path, printed: bytes) -> Any:
    """Return the record that a command has printed."""
    del folder
    return json.loads(printed)


@dataclass(frozen=True)
class Command:
    """A command line, and where its result is found."""

    arguments: tuple[str, ...]
    record: Callable[[Path, bytes], Any]


HARNESS, PYTEST = ("-m", "harness"), ("-m", "pytest", "-p", "no:cacheprovider", "-q")
COMMANDS = {
    "run": Command((*HARNESS, "run", "killed.codec.toml", "--jobs", "2"), of_run),
    "pytest": Command((*PYTEST, "-m", "codec", "--codec-jobs", "1"), of_run),
    "bisect": Command(
        (*HARNESS, "bisect", "--good", "slow/shared", "--bad", "slow/shared/drop-frame", "--suite", "killed.codec.toml",
         "--bad-if", "not-identical", "--no-report", "--json", "--jobs", "1"),
        of_output,
    ),
    "check": Command(
        (*HARNESS, "check", "killable:Slow", "--law", "deterministic", "--law", "delay", "--law", "chunks", "--json"),
        of_output,
    ),
}  # fmt: skip


def to_group(number: int) -> Callable[[subprocess.Popen[bytes], str], None]:
    """Return what sends a signal to all processes of a terminal, as Ctrl-C does."""
    return lambda process, _: os.killpg(process.pid, number)


def to_process(number: int) -> Callable[[subprocess.Popen[bytes], str], None]:
    """Return what sends a signal to the process alone, as `kill` does."""
    return lambda process, _: process.send_signal(number)


def twice(process: subprocess.Popen[bytes], _: str) -> None:
    """Press Ctrl-C, and soon again."""
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(random.uniform(0.0, 0.3))  # noqa: S311
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)


def close_reader(process: subprocess.Popen[bytes], _: str) -> None:
    """Stop to read what it prints."""
    if process.stdout is not None:
        process.stdout.close()


def kill_worker(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill one process of those it has started, but not loky's tracker, which complains in its own way."""
    others = [pid for pid in marked(mark) if pid != process.pid and "tracker" not in _command_line(pid)]
    if others:
        os.kill(random.choice(others), signal.SIGKILL)  # noqa: S311


def not_at_all(process: subprocess.Popen[bytes], _: str) -> None:
    """Leave it to `timeout`."""


WAYS: dict[str, tuple[Callable[[subprocess.Popen[bytes], str], None], set[int]]] = {  # with the exit codes that may be
    "int": (to_group(signal.SIGINT), {130, -signal.SIGINT}),
    "int-int": (twice, {130, -signal.SIGINT}),
    "term": (to_process(signal.SIGTERM), {143, -signal.SIGTERM}),
    "kill": (to_process(signal.SIGKILL), {-signal.SIGKILL}),
    "hup": (to_group(signal.SIGHUP), {129, -signal.SIGHUP}),
    "reader": (close_reader, {141}),
    "timeout": (not_at_all, {124}),
    "worker": (kill_worker, {0, 1, 2}),
}


@dataclass
class Trial:
    """One command killed in one way after *delay* seconds, and what went wrong."""

    command: str
    way: str
    delay: float
    folder: Path
    code: int | None = None
    seconds: float = 0.0  # from the kill until nothing was left
    problems: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Write the suite and the codec."""
        self.folder.mkdir(parents=True)
        (self.folder / "tmp").mkdir()
        (self.folder / "killed.codec.toml").write_text(SUITE)
        (self.folder / "killable.py").write_text(CODEC)

    def start(self, mark: str, *before: str) -> subprocess.Popen[bytes]:
        """Start the command, marked; *before* is the program that starts it, such as `nohup`."""
        before = before or (("timeout", str(self.delay)) if self.way == "timeout" else ())
        environment = os.environ | {
            MARK: mark,
            "PYTHONPATH": f"{TESTS.parent}:{self.folder}",
            "CODEC_HARNESS_CACHE": str(self.folder / "cache"),
            "TMPDIR": str(self.folder / "tmp"),
            "OMP_NUM_THREADS": "1",
        }
        return subprocess.Popen(
            [*before, sys.executable, *COMMANDS[self.command].arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def kill(self) -> None:
        """Run the command, kill it, and look for what it has left."""
        mark = uuid.uuid4().hex
        process = self.start(mark)
        try:
            process.wait(self.delay)
        except subprocess.TimeoutExpired:
            WAYS[self.way][0](process, mark)
        began = time.monotonic()
        try:
            said = self._ended(process)
        except subprocess.TimeoutExpired:
            self.problems.append("still there when its time was over")
            process.kill()
            said = b""
        self.code = process.wait()
        left = gone(mark)
        self.seconds = time.monotonic() - began
        if left:
            self.problems.append(f"{len(left)} processes are left: {[_command_line(pid) for pid in left]}")
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        own = self.command != "pytest"
        if own and b"Traceback" in said and self.code != -signal.SIGINT:  # that came before the harness was there
            self.problems.append(f"a traceback: {said.decode(errors='replace')[-600:]}")
        if own and self.code not in WAYS[self.way][1] | {0, 1}:
            self.problems.append(f"exit code {self.code}: {said.decode(errors='replace')[-300:]}")

    def _ended(self, process: subprocess.Popen[bytes]) -> bytes:
        """Wait until it has ended and nobody holds its pipes; return what it said on standard error."""
        if process.stdout is not None and process.stdout.closed:
            process.stdout = None
        longer = {"timeout": self.delay, "reader": WHOLE, "worker": WHOLE}.get(self.way, 0.0)
        return process.communicate(timeout=LIMIT + longer)[1]

    def finish(self) -> Any:
        """Run the command again, to its end, and return its record without times."""
        process = Trial(self.command, "", 0, self.folder).start(uuid.uuid4().hex)
        printed, said = process.communicate(timeout=WHOLE)
        for left in (self.folder / "tmp").iterdir():
            self.problems.append(f"a temporary file is left: {left.name}")
        try:
            return timeless(COMMANDS[self.command].record(self.folder, printed), str(self.folder))
        except ValueError:
            self.problems.append(f"run again, it leaves no record: {said.decode(errors='replace')[-300:]}")
            return None


def timeless(content: Any, folder: str) -> Any:
    """Return a record without its times and places."""
    if isinstance(content, dict):
        return {key: timeless(value, folder) for key, value in content.items() if key not in OWN}
    if isinstance(content, list):
        return [timeless(value, folder) for value in content]
    return content.replace(folder, "") if isinstance(content, str) else content


def differences(one: Any, other: Any, where: str = "record") -> list[str]:
    """Return where two records differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [said for key in one for said in differences(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [said for at, pair in pairs for said in differences(*pair, f"{where}[{at}]")]
    return [] if one == other else [f"run again, {where} is {str(one)[:150]} and was {str(other)[:150]}"]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:90]
    except OSError:
        return "ended since"


def whole(command: str, folder: Path) -> tuple[Any, float]:
    """Return what the command leaves if nobody kills it, and how many seconds it takes."""
    trial = Trial(command, "", 0, folder)
    trial.prepare()
    began = time.monotonic()
    record = trial.finish()
    if trial.problems:
        raise SystemExit(f"{command}: {trial.problems}")
    return record, time.monotonic() - began


def main() -> int:
    """Run the trials; return 1 if any went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))  # noqa: S311
    parser.add_argument("--side-by-side", type=int, default=2)
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.trials} trials", flush=True)
    random.seed(given.seed)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what is in the background
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as place, ThreadPoolExecutor(given.side_by_side) as threads:
        wholes = {name: whole(name, Path(place, f"whole-{name}")) for name in COMMANDS}
        trials = []
        for number in range(given.trials):
            command = random.choices(list(COMMANDS), (3, 2, 2, 1))[0]  # noqa: S311
            way = list(WAYS)[number % len(WAYS)]
            delay = random.uniform(0.05, 1.1 * wholes[command][1])  # noqa: S311
            trials.append(Trial(command, way, delay, Path(place, str(number))))

        def one(trial: Trial) -> Trial:
            trial.prepare()
            trial.kill()
            trial.problems += differences(trial.finish(), wholes[trial.command][0])[:3]
            for problem in trial.problems:
                print(f"{trial.command} {trial.way} after {trial.delay:.2f} s: {problem}", flush=True)
            return trial

        done = list(threads.map(one, trials))
    _tell(done, time.monotonic() - began)
    return 1 if any(trial.problems for trial in done) else 0


def _tell(trials: list[Trial], seconds: float) -> None:
    for way in WAYS:
        those = [trial for trial in trials if trial.way == way]
        codes = ", ".join(f"{code} x {count}" for code, count in Counter(trial.code for trial in those).most_common())
        slowest = max((trial.seconds for trial in those), default=0.0)
        wrong = sum(bool(trial.problems) for trial in those)
        print(f"{way:<8} {len(those):>4} trials, {wrong} wrong, gone within {slowest:.1f} s; exit codes {codes}")
    print(f"{len(trials)} trials, {sum(bool(trial.problems) for trial in trials)} wrong, {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
