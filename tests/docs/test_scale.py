"""docs/scale.md, typed as it stands there: shards, a matrix of jobs, a cluster, a shared store."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.runs import suite as suites

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
SUITE = """
[speech]
utterances = ["heart-04", "rms-04", "slt-04", "awb-01", "low-01"]
[codecs.low]
adapter = "opus"
[scores]
asr = false
pesq = false
stoi = false
[[setups]]
codec = "low"
topology = ["shared", "cross-talk"]
"""


def block(after: str, language: str = "sh") -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE[PAGE.index(after) :], flags=re.DOTALL)
    return blocks[0]


@pytest.fixture
def types(tmp_path):
    """Type lines into bash in a folder with the suite; return what they say, and fail where one does."""
    (tmp_path / "mine.codec.toml").write_text(SUITE)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:cacheprovider",
    }

    def type_(lines: str, exits: int = 0) -> str:
        now = environment | {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
        done = subprocess.run(
            ["bash", "-ec", lines], cwd=tmp_path, env=now, capture_output=True, text=True, timeout=500
        )
        assert done.returncode == exits, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return type_


@pytest.mark.slow
def test_the_shards_of_the_page(types):
    said = types(block("## Shards"))
    assert "shard 2/2 of mine: " in said
    assert "All 2 setups are what they must be" in said
    types("pytest -q -m codec mine.codec.toml --codec-update")
    types("rm -r shards")
    assert "13 passed" in types(block("In pytest:"))


@pytest.mark.slow
def test_the_matrix_of_the_page_as_its_jobs_would_run(types):
    jobs = yaml.safe_load(block("A matrix on GitHub", "yaml"))["jobs"]
    assert jobs["judge"]["needs"] == "shard"
    (run,) = [step["run"] for step in jobs["shard"]["steps"] if "mine.codec.toml" in step.get("run", "")]
    types("pytest -q -m codec mine.codec.toml --codec-update")
    for shard in jobs["shard"]["strategy"]["matrix"]["shard"]:
        types(run.replace("${{ matrix.shard }}", str(shard)))
    merge, judge = [step["run"] for step in jobs["judge"]["steps"] if "run" in step][1:]
    types(merge)
    assert "13 passed" in types(judge)


@pytest.mark.slow
def test_the_cluster_of_the_page(types):
    start, run = block("## A cluster").rsplit("&\n", 1)
    quiet = start.replace("&\n", "> scheduler.log 2>&1 &\n")
    said = types(f"trap 'kill $(jobs -p); wait' EXIT\n{quiet} > workers.log 2>&1 &\n{run}")
    assert "All 2 setups are what they must be" in said


@pytest.mark.slow
def test_the_store_of_the_page(types):
    from object_server import serving

    with serving():
        said = types(block("## A shared store"))
    assert "s3://kept/codecs: all entries are sound" in said
    assert re.search(r"s3://kept/codecs: \d\d+ entries", said)
    assert "deleted 0 entries" in said


def test_the_table_that_names_resources_is_one(tmp_path):
    (tmp_path / "suite.toml").write_text(block("A codec that needs a GPU", "toml") + '[[setups]]\ncodec = "mine"\n')
    (codec,) = suites.load(tmp_path / "suite.toml").codecs.values()
    assert codec.resources == {"GPU": 1}
    assert codec.options == {}
