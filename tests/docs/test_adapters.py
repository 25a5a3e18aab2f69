"""What docs/adapters.md shows is run as it stands there."""

import re
from pathlib import Path

import pytest
from planted.laws import FRAMES, LAWS

from harness.audio.waveform import Samples, read
from harness.codecs.loading import load
from harness.codecs.protocol import Codec
from harness.runs import suite
from harness.runtime.resources import fixture

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(found) == 1, f"{len(found)} {language} blocks in docs/adapters.md"
    return str(found[0])


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Codec:
    (tmp_path / "delta.py").write_text(block("python"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return load("delta:DeltaCodec", {"leak": 0.95})


def speech(utterance: str) -> Samples:
    return read(fixture("speech") / f"{utterance}.flac").samples[8_800 : 8_800 + FRAMES * 320]


@pytest.mark.parametrize("law", LAWS)
def test_the_example_keeps_the_law(example: Codec, law: str) -> None:
    LAWS[law](example, speech("heart-01"), speech("slt-01"))


def test_the_example_is_as_short_as_promised() -> None:
    lines = [line for line in block("python").splitlines() if line.strip()]
    assert len(lines) < 45


def test_the_suite_names_the_example_and_known_topologies(tmp_path: Path) -> None:
    (tmp_path / "delta.toml").write_text(block("toml"))
    setups = suite.load(tmp_path / "delta.toml").setups
    assert [setup.name for setup in setups] == [
        "delta/shared",
        "delta/cloned-decoder",
        "delta/reset-every-frame-decoder",
    ]


def test_every_file_that_the_page_points_to_exists() -> None:
    paths = set(re.findall(r"`((?:harness|docs|examples)/[\w/.-]+)`", PAGE))
    assert paths
    assert all((Path(__file__).parents[2] / path).exists() for path in paths), paths
