"""What docs/more-ears.md, docs/time.md and docs/languages.md show is valid, and the metric of one's own is heard."""

import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from harness.audio.waveform import Waveform
from harness.metrics.alignment import AlignedPair
from harness.metrics.own import OwnMetric
from harness.metrics.perceptual import signal_scores
from harness.runs.suite_file import SuiteFile

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("more-ears", "time", "languages")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / f"{page}.md").read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("block", [block for page in PAGES for block in blocks(page, "toml")])
def test_what_a_suite_is_shown_to_say_is_valid(block):
    content = tomllib.loads(block)
    assert SuiteFile.model_validate({"codecs": {"x": {"adapter": "pcm"}}, "setups": [{"codec": "x"}]} | content)


def test_the_metric_hears_what_it_is_meant_to(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "my_ears", raising=False)
    (example,) = blocks("more-ears", "python")
    (tmp_path / "my_ears.py").write_text(example)
    table = tomllib.loads(blocks("more-ears", "toml")[0])["scores"]["own"]["brightness"]
    lines = [line for line in f"{example}{blocks('more-ears', 'toml')[0]}".splitlines() if line.strip()]
    assert len(lines) <= 20
    row = OwnMetric.model_validate(table).row("brightness", tmp_path)
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    dull = np.convolve(noise, [0.5, 0.5], "same").astype(np.float32)
    same, dulled = (
        signal_scores(AlignedPair(Waveform(noise, 16_000), Waveform(signal, 16_000)), (), [row])["brightness"].value
        for signal in (noise, dull)
    )
    assert same == 0
    assert dulled is not None
    assert dulled > 1.0
