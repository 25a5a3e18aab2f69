"""examples/voice-server, for real: run, pytest and bisect tell its three releases apart."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from loopback import started

from harness.cli.main import cli
from harness.codecs.server.codec import ServerCodec
from harness.errors import CodecFailed

FOLDER = Path(__file__).parents[2] / "examples" / "voice-server"
SERVICE = str(FOLDER / "voice_server.py")
DEFAULT = "ws://127.0.0.1:8801"
WRONG = {"v1.1/neighbour", "v1.1/concurrent-2", "v1.2/shared", "v1.2/neighbour", "v1.2/concurrent-2"}
RIGHT = {"v1.0/shared", "v1.0/neighbour", "v1.0/concurrent-2", "v1.1/shared"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with started(SERVICE, "--listen", "ws://127.0.0.1:0") as line:
        yield line


@pytest.fixture
def folder(url: str, tmp_path: Path) -> Path:
    """Return a folder with the suite and the history of the example, for the service that was started."""
    point_to(url, tmp_path)
    return tmp_path


def point_to(url: str, folder: Path) -> None:
    for path in FOLDER.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert text.count(f'"{DEFAULT}/') == 3
        (folder / path.name).write_text(text.replace(DEFAULT, url), encoding="utf-8")


def test_run_tells_them_apart(folder: Path) -> None:
    arguments = ["run", str(folder / "voice-server.codec.toml"), "--jobs", "1", "--json"]
    done = CliRunner().invoke(cli, [*arguments, "--out", str(folder)])
    assert done.exit_code == 1, done.output
    setups = {setup["name"]: setup for setup in json.loads(done.stdout)["setups"]}
    assert {name for name, setup in setups.items() if setup["met"]} == RIGHT
    assert {name for name, setup in setups.items() if not setup["met"]} == WRONG
    assert "begins with what an earlier stream left, as in a slot of a server" in done.output


@pytest.mark.slow
def test_pytest_tells_them_apart_once_the_first_release_is_accepted(url: str, pytester: pytest.Pytester) -> None:
    with started(SERVICE, "--listen", "ws://127.0.0.1:0", "--only", "1.0") as before:
        point_to(before, pytester.path)
        assert gate(pytester, "--codec-update").ret == 0
    point_to(url, pytester.path)
    said = gate(pytester).stdout.str()
    failed = set(re.findall(r"^FAILED \S+::(v1\.\d/[\w-]+)/", said, flags=re.MULTILINE))
    passed = set(re.findall(r"^PASSED \S+::(v1\.\d/[\w-]+)/", said, flags=re.MULTILINE)) - failed
    assert (passed, failed) == (RIGHT, WRONG), said


def gate(pytester: pytest.Pytester, *more: str) -> pytest.RunResult:
    where = ("--codec-suite", str(pytester.path / "voice-server.codec.toml"), "--codec-baselines", str(pytester.path))
    return pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-m", "codec", *where, "--codec-jobs", "1", "-rA", "-p", "no:cacheprovider", *more
    )


def test_bisect_tells_them_apart(folder: Path) -> None:
    arguments = ["bisect", "--versions", str(folder / "voice-server.versions.toml"), "--jobs", "1", "--no-report"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "It breaks in 1.2: 1.1 is still good." in said
    assert "With topology.neighbour = own: it breaks in 1.1: 1.0 is still good." in said
    assert "innocent" not in said  # the neighbour is part of what breaks in 1.1


def test_a_full_service_says_so_and_takes_the_next_when_one_leaves(url: str) -> None:
    codec = ServerCodec(f"{url}/1.0")
    held = [codec.open() for _ in range(4)]
    with pytest.raises(CodecFailed, match=r"open failed: RuntimeError: all 4 slots are taken"):
        codec.open()
    held.pop().close()
    silence = np.zeros(codec.info.frame_size, np.float32)
    assert codec.open().encode(silence).shape == (codec.info.codebooks, 1)


def test_what_is_not_served_is_refused(url: str) -> None:
    with pytest.raises(CodecFailed, match="refused the WebSocket with HTTP status 404"):
        ServerCodec(f"{url}/2.0")
