"""What docs/command-adapter.md says about the protocol and the options is so."""

import inspect
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.messages import RequestCode
from harness.runs import suite

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-adapter.md").read_text(encoding="utf-8")


def session() -> list[tuple[str, bytes]]:
    """Return the page's session: direction and bytes of each message."""
    messages: list[tuple[str, bytes]] = []
    for line in re.findall(r"^    (->|<-|  )([0-9a-f ]+?) *(?:#.*)?$", PAGE, flags=re.MULTILINE):
        direction, content = line[0].strip(), bytes.fromhex(line[1].replace(" ", ""))
        if direction:
            messages.append((direction, content))
        else:
            messages[-1] = (messages[-1][0], messages[-1][1] + content)
    return messages


def test_the_session_on_the_page_is_what_the_harness_speaks(tmp_path: Path) -> None:
    messages = session()
    assert [direction for direction, _ in messages] == ["->", "<-"] * 3
    program = tmp_path / "replay.py"
    program.write_text(
        "import sys\n"
        f"for direction, content in {messages!r}:\n"
        "    if direction == '<-':\n"
        "        sys.stdout.buffer.write(content)\n"
        "        sys.stdout.buffer.flush()\n"
        "    elif (got := sys.stdin.buffer.read(len(content))) != content:\n"
        "        sys.exit(f'got {got.hex()}, the page says {content.hex()}')\n"
        "sys.stdin.buffer.read()\n"
    )
    codec = CommandCodec(serve=[sys.executable, str(program)])
    info = codec.info
    assert (info.sample_rate, info.frame_size, info.codebooks, info.bins, info.stateful) == (16_000, 2, 1, 16, True)
    assert info.description.startswith("a, ")
    np.testing.assert_array_equal(codec.open().encode(np.array([0.5, -0.5], np.float32)), [[7]])


def test_the_page_lists_every_request() -> None:
    listed = dict(re.findall(r"^\| (\d+) ([a-z ]+) \|", PAGE, flags=re.MULTILINE))
    assert listed == {str(int(request)): request.words for request in RequestCode}


def test_the_page_names_every_option() -> None:
    for option in inspect.signature(CommandCodec).parameters:
        assert re.search(rf"`{option}`|^{option} = |\b{option}=|`{option} = ", PAGE, flags=re.MULTILINE), option


@pytest.mark.parametrize("block", re.findall(r"```toml\n(\[codecs.*?)```", PAGE, flags=re.DOTALL))
def test_the_tables_on_the_page_are_a_suite(block: str, tmp_path: Path) -> None:
    path = tmp_path / "app.toml"
    path.write_text(block + '\n[[setups]]\ncodec = "app"\ntopology = "shared"\n')
    (options,) = (spec.options for spec in suite.load(path).codecs.values())
    assert options.keys() <= inspect.signature(CommandCodec).parameters.keys()


@pytest.mark.parametrize("name", ["adpcm", "dpcm"])
def test_the_samples_suites_are_valid(name: str) -> None:
    assert suite.load(ROOT / "examples" / "command-codec" / f"{name}.codec.toml").setups
