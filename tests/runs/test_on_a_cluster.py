"""Runs on a Dask cluster whose scheduler and workers were started by their own commands."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from campaign.records import made
from cluster import cluster
from planted import tasks

from harness.errors import ExecutorUnavailable
from harness.record import JOURNAL, RunRecord, load, so_far
from harness.runs import pipeline
from harness.runs import suite as suites
from harness.runs.preparing import Options
from harness.runtime import executors
from harness.runtime.pool import WorkerDied
from harness.runtime.resources import CACHE_VARIABLE
from harness.runtime.workers import Workplace

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]
SUITE = """
name = "clustered"
[speech]
utterances = ["heart-0*"]
[scores]
asr = false
pesq = false
stoi = false
[codecs.plain]
adapter = "pcm"
[codecs.low]
adapter = "opus"
[codecs.crash]
adapter = "planted.fatal:EncodesFatally"
[[setups]]
codec = ["plain", "low"]
topology = ["shared", "cross-talk"]
[[setups]]
codec = "crash"
"""


@pytest.fixture(scope="module", autouse=True)
def _found():
    """Workers are other processes: they find the package and the planted codecs by the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{TESTS.parent}:{TESTS}")
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


def suite(folder: Path):
    (folder / "clustered.toml").write_text(SUITE)
    return suites.load(folder / "clustered.toml")


def content(folder: Path):
    found = made(folder)
    del found["provenance"]["commit"], found["provenance"]["dirty"]  # of the checkout, where somebody may be working
    return found


def run(folder: Path, store: str, place: Workplace, monkeypatch, progress=None):
    monkeypatch.setenv(CACHE_VARIABLE, str(folder / f"store-{store}"))
    with warnings.catch_warnings(action="ignore"):  # dask's own, of sockets and threads
        return pipeline.run(suite(folder), folder / store, Options(), jobs=1, place=place, progress=progress).folder


@pytest.mark.filterwarnings("ignore")
def test_a_run_on_a_cluster_is_that_of_one_machine_and_a_crash_kills_no_worker(tmp_path, monkeypatch):
    here = run(tmp_path, "here", Workplace(), monkeypatch)
    with cluster(tmp_path, 2) as found:
        before = found.worker_processes()
        there = run(tmp_path, "there", Workplace(f"dask:{found.address}"), monkeypatch)
        assert found.worker_processes() == before
    assert content(there) == content(here)
    record = load(there / "run.json", RunRecord)
    assert {cell.setup for cell in record.cells if cell.died} == {"crash/shared"}


@pytest.mark.filterwarnings("ignore")
def test_workers_that_are_killed_change_nothing(tmp_path, monkeypatch):
    here = run(tmp_path, "here", Workplace(), monkeypatch)
    killed = []
    with cluster(tmp_path, 3) as found:
        over = threading.Event()

        def kill_now_and_then():
            rng = random.Random(3)  # noqa: S311 (of a test)
            while not over.wait(rng.uniform(0.5, 2.0)) and len(killed) < 5:
                processes = found.worker_processes()
                if processes:
                    killed.append(rng.choice(processes))
                    os.kill(killed[-1], signal.SIGKILL)

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        there = run(tmp_path, "there", Workplace(f"dask:{found.address}"), monkeypatch)
        over.set()
        killer.join()
    assert killed
    assert content(there) == content(here)


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_kills_worker_after_worker_fails_as_one_that_died(tmp_path):
    with cluster(tmp_path, 2) as found, executors.opened(f"dask:{found.address}", 1, None, None) as (pool, jobs):
        assert jobs == 2
        with pytest.raises(WorkerDied, match="lost with several workers"):
            pool.submit(tasks.kill_owner).result(timeout=120)
        assert pool.submit(max, 1, 2).result(timeout=60) == 2


@pytest.mark.filterwarnings("ignore")
def test_resources_that_no_worker_offers_are_refused_and_offered_ones_are_used(tmp_path):
    from harness.runtime.elsewhere import Needing

    with cluster(tmp_path, 1) as found:
        with executors.opened(f"dask:{found.address}", 1, None, None) as (pool, _):
            task = pool.submit(Needing(max, {"GPU": 1}), 1, 2)
            with pytest.raises(ExecutorUnavailable, match="no worker offers GPU=1, which a codec needs"):
                task.result()
        found.start_worker("--resources", "GPU=1")
        with executors.opened(f"dask:{found.address}", 1, None, None) as (pool, _):
            assert pool.submit(Needing(max, {"GPU": 1}), 1, 2).result(timeout=60) == 2


@pytest.mark.filterwarnings("ignore")
def test_a_worker_with_another_version_is_refused_naming_both(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text(
        "import harness.runtime.version\nharness.runtime.version.__version__ = '9.9'\n"
    )
    with cluster(tmp_path, 0) as found:
        found.start_worker(PYTHONPATH=f"{other}:{TESTS.parent}")
        with (
            pytest.raises(
                ExecutorUnavailable, match=r"has codec-harness 9\.9 on Python .*, and this is codec-harness 0"
            ),
            executors.opened(f"dask:{found.address}", 1, None, None),
        ):
            pass


def test_a_scheduler_that_goes_away_is_one_line_and_what_is_finished_is_kept(tmp_path):
    (tmp_path / "clustered.toml").write_text(SUITE)
    environment = os.environ | {CACHE_VARIABLE: str(tmp_path / "store")}
    with cluster(tmp_path, 1) as found:
        command = [sys.executable, "-m", "harness", "run", "clustered.toml", "--executor", f"dask:{found.address}"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        end = time.monotonic() + 120
        while not any(path.stat().st_size for path in tmp_path.glob(f"reports/*/{JOURNAL}")) and time.monotonic() < end:
            time.sleep(0.1)
        os.killpg(found.scheduler.pid, signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "Traceback" not in said
    last = [line for line in said.splitlines() if line.startswith("codec-harness:")]
    assert len(last) == 1, said
    assert "what is finished is kept, and the same command goes on from there" in last[0]
    (folder,) = (path.parent for path in tmp_path.glob(f"reports/*/{JOURNAL}"))
    cells, damaged = so_far(folder)
    assert cells
    assert not damaged
