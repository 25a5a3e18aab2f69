"""docs/codecs.md lists the codecs that there are, and its suite and options are valid."""

import inspect
import re
from pathlib import Path

from harness.codecs.loading import BUILT_IN
from harness.codecs.opus.codec import OpusCodec
from harness.runs import suite

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "codecs.md").read_text(encoding="utf-8")


def test_every_built_in_codec_is_listed() -> None:
    listed = re.findall(r"^\| `([\w-]+)` \|", PAGE, flags=re.MULTILINE)
    assert sorted(listed) == sorted(BUILT_IN)


def test_the_suite_on_the_page_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "suite.toml").write_text(block)
    setups = suite.load(tmp_path / "suite.toml").setups
    assert [(setup.name, setup.reference) for setup in setups] == [
        ("mimi/shared", "mimi/shared"),
        ("rusty/shared", "mimi/shared"),
        ("rusty/reuse-after-reset", "mimi/shared"),
    ]


def test_the_options_for_losses_exist() -> None:
    named = re.findall(r"`(\w+) = [^`]*`", PAGE)
    assert {"fec", "expected_loss", "concealment", "dtx"} <= set(named)
    assert set(named) - {"fixed_noise", "hold"} <= inspect.signature(OpusCodec).parameters.keys()
