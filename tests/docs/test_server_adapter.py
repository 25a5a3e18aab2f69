"""What docs/server-adapter.md says about the messages, the options and the bridge is so."""

import inspect
import json
import re
import secrets
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from loopback import Talk, scripted, started

from harness.codecs.command.messages import LARGEST_MESSAGE, Offer, RequestCode
from harness.codecs.server.codec import ServerCodec
from harness.runs import suite

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "server-adapter.md").read_text(encoding="utf-8")


def session() -> list[tuple[str, bytes]]:
    """Return the page's session: direction and bytes of each message."""
    messages: list[tuple[str, bytes]] = []
    for direction, content in re.findall(r"^    (->|<-|  )([0-9a-f ]+?) *(?:#.*)?$", PAGE, flags=re.MULTILINE):
        part = bytes.fromhex(content.replace(" ", ""))
        if direction.strip():
            messages.append((direction, part))
        else:
            messages[-1] = (messages[-1][0], messages[-1][1] + part)
    return messages


def test_the_session_on_the_page_is_what_the_harness_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, wrong = session(), []
    assert [direction for direction, _ in messages] == ["->", "<-"] * 4
    monkeypatch.setattr(secrets, "randbelow", lambda _: 41)
    done = threading.Event()

    def script(talk: Talk) -> None:
        for direction, content in messages:
            if direction == "<-":
                talk.link.sendall(content)
            elif (got := talk.exactly(len(content))) != content:
                wrong.append((got.hex(), content.hex()))
        done.set()

    with scripted(script) as url:
        codec = ServerCodec(url)
        info = codec.info
        assert (info.sample_rate, info.frame_size, info.codebooks, info.bins, info.stateful) == (16_000, 2, 1, 16, True)
        assert info.description.startswith("a, ")
        assert codec.offers(Offer.RESET)
        instance = codec.open()
        np.testing.assert_array_equal(instance.encode(np.array([0.5, -0.5], np.float32)), [[7]])
        instance.close()
        assert done.wait(10)
    assert not wrong


def test_the_page_says_how_requests_differ_from_those_of_a_pipe() -> None:
    listed = dict(re.findall(r"^\| (\d+) ([a-z ]+) \|", PAGE, flags=re.MULTILINE))
    assert listed.items() <= {str(int(request)): request.words for request in RequestCode}.items()


def test_the_page_names_every_option_and_what_can_be_offered() -> None:
    options = re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert options == list(inspect.signature(ServerCodec).parameters)
    said = re.search(r"the sum of (.*?)\. What", PAGE, flags=re.DOTALL)
    assert said is not None
    assert [int(number) for number in re.findall(r"(?:^|, )(\d+) ", said[1])] == [int(offer) for offer in Offer]
    assert f"{LARGEST_MESSAGE >> 20} MiB" in PAGE


def test_the_table_on_the_page_is_a_suite(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(\[codecs.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "voice.toml").write_text(block + '\n[[setups]]\ncodec = "voice"\ntopology = "shared"\n')
    (options,) = (spec.options for spec in suite.load(tmp_path / "voice.toml").codecs.values())
    assert options.keys() <= inspect.signature(ServerCodec).parameters.keys()


def test_the_command_on_the_page_serves() -> None:
    (line,) = re.findall(r"^    python (-m harness\.codecs\.server\.serve .*)$", PAGE, flags=re.MULTILINE)
    module, name, adapter, options, listen, url = re.sub(r"'(.*?)'", lambda m: m[1].replace(" ", ""), line).split()
    with started(module, name, adapter, options, listen, re.sub(r":\d+$", ":0", url)) as ready:
        assert ServerCodec(ready).info.description.startswith("libopus, 9 kb/s")


class JsonService(socketserver.StreamRequestHandler):
    """The service of the page: a line of JSON for each call, and a state for each connection."""

    def handle(self) -> None:
        for calls, line in enumerate(self.rfile):
            question = json.loads(line)
            if "encode" in question:
                levels = np.clip(np.rint(np.array(question["encode"]) * 100 + 128 + calls), 0, 255).astype(int)
                answer = levels.reshape(-1, 320).T.tolist()
            else:
                answer = ((np.array(question["decode"]).T.ravel() - 128) / 100).tolist()
            self.wfile.write(json.dumps(answer).encode() + b"\n")


@pytest.fixture
def service() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), JsonService) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(5)


def test_the_bridge_on_the_page_stands_before_a_service(service: int, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    bridge = tmp_path / "bridge.py"
    bridge.write_text(f'{block}\n\nmain("127.0.0.1", {service}, "tcp://127.0.0.1:0")\n')
    with started(str(bridge)) as url:
        codec = ServerCodec(url)
        first, second = codec.open(), codec.open()
        pcm = np.linspace(-0.5, 0.5, 640, dtype=np.float32)
        codes = first.encode(pcm)
        assert codes.shape == (320, 2)
        assert np.abs(first.decode(codes) - pcm).max() <= 0.0051
        assert np.array_equal(second.encode(pcm), codes)  # a session of its own
        assert not np.array_equal(first.encode(pcm), codes)
        assert {"clone-continues", "reset-encoder"} <= set(codec.promises_not)
