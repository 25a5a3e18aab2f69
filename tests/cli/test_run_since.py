"""`codec-harness run --since`: what is run, what is said, and how it ends."""

import json
import subprocess
import sys

import pytest
from repository import begin

CODEC = """
from harness.codecs.pcm import PcmCodec


class Mine(PcmCodec):
    pass
"""
SUITE = """
name = "two"
[speech]
utterances = ["awb-01"]
[codecs.mine]
adapter = "my_codec:Mine"
[codecs.pcm]
adapter = "pcm"
[scores]
asr = false
pesq = false
stoi = false
[[setups]]
codec = ["mine", "pcm"]
topology = "shared"
"""


@pytest.fixture
def checkout(tmp_path):
    for name, text in {"my_codec.py": CODEC, "two.codec.toml": SUITE, ".gitignore": "reports\n"}.items():
        (tmp_path / name).write_text(text)
    begin(tmp_path)
    return tmp_path


def run(folder, *arguments):
    command = [sys.executable, "-m", "harness", "run", "two.codec.toml", "--jobs", "1", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def record(folder):
    (path,) = folder.glob("reports/*/run.json")
    return json.loads(path.read_text())


def test_nothing_is_run_where_nothing_changed(checkout):
    done = run(checkout, "--since", "HEAD")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "since HEAD: no files changed",
        "none of 2 setups run: nothing that they depend on changed",
    ]
    assert not (checkout / "reports").exists()


def test_what_a_change_reaches_is_run_and_the_rest_is_told_as_not_run(checkout):
    (checkout / "my_codec.py").write_text(CODEC + "# changed\n")
    done = run(checkout, "--since", "HEAD")
    assert done.returncode == 0, done.stderr
    assert "my_codec.py changed; it is of the code of codec `mine`: 1 of 2 setups run" in done.stdout
    assert "note: Not run, since nothing that they depend on changed since HEAD: pcm/shared." in done.stdout
    found = record(checkout)
    assert [setup["name"] for setup in found["setups"]] == ["mine/shared"]
    assert found["notes"][0] == "Not run, since nothing that they depend on changed since HEAD: pcm/shared."
    done = run(checkout, "--setup", "mine/*")  # the same run, in which nothing was left out
    assert "Not run" not in done.stdout
    assert record(checkout)["notes"] == found["notes"][1:]


def test_json_alone_is_on_standard_output(checkout):
    done = run(checkout, "--since", "HEAD", "--json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "none of 2 setups run" in done.stderr
    (checkout / "my_codec.py").write_text(CODEC + "# changed\n")
    assert json.loads(run(checkout, "--since", "HEAD", "--json").stdout)["setups"][0]["name"] == "mine/shared"


def test_what_cannot_be_compared_with_is_one_line(checkout, tmp_path):
    done = run(checkout, "--since", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"codec-harness: {tmp_path}: git: fatal: Needed a single revision; got 'nowhere'; wanted"
    )
    assert done.stderr.count("\n") == 1
