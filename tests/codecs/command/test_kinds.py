"""Codecs of every kind as programs and servers: they hold samples back, have latents, or are decoders alone."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import SAID, Talk, as_it_should, scripted, serving

from harness.audio.waveform import read
from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import encoder_of, subject
from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.messages import SOCKET, RequestCode
from harness.codecs.loading import load_sealed
from harness.codecs.protocol import Flushes, Side, decode_whole, encode_whole
from harness.codecs.returned import guarded
from harness.codecs.sealed import sealed
from harness.codecs.server.codec import ServerCodec
from harness.errors import CodecFailed
from harness.runtime.resources import fixture
from harness.topology import ending
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, Topology

Serve = Callable[..., Any]


@pytest.fixture(params=["pipe", "socket"])
def serve(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return what serves an adapter, and gives the codec that talks to it."""
    root = Path(__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root), str(root / "tests")]))
    with ExitStack() as running:

        def start(adapter: str, **options: Any) -> Any:
            if request.param == "pipe":
                module = "harness.codecs.command.serve"
                return CommandCodec(serve=[sys.executable, "-m", module, adapter, json.dumps(options)])
            return ServerCodec(running.enter_context(serving(adapter, options)))

        yield start


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + 40 * 320]


HANDOVER = Topology(decoder=DecoderWiring(instance="clone", cloned="switch"))


@pytest.mark.parametrize("topology", [Topology(), Topology(chunk=3), HANDOVER], ids=["plain", "chunks", "handover"])
def test_what_is_held_back_comes_with_flush(serve: Serve, speech: np.ndarray, topology: Topology) -> None:
    there, here = sealed(serve("planted.ends:Late", hold=2)), load_sealed("planted.ends:Late", {"hold": 2})
    assert there.info.start_up == here.info.start_up == 640
    given = run_topology(topology, there, speech, speech[::-1], prior_frames=3)
    expected = run_topology(topology, here, speech, speech[::-1], prior_frames=3)
    assert np.array_equal(given.codes, expected.codes)
    assert np.array_equal(given.pcm, expected.pcm)
    assert np.array_equal(decode_whole(there, given.codes), decode_whole(here, given.codes))
    assert len(decode_whole(there, given.codes)) == len(speech)


@pytest.mark.parametrize(("fault", "status"), [("none", Status.HELD), ("silent-flush", Status.BROKEN)])
def test_the_law_of_flush_is_asked_of_what_is_served(serve: Serve, fault: str, status: Status) -> None:
    finding = judge("flush", subject(serve("planted.ends:Late", fault=fault)))
    assert finding.status is status, finding.observed


def test_a_codec_that_never_flushes_is_not_asked_to(serve: Serve) -> None:
    assert not isinstance(serve("opus").open(), Flushes)


def test_latents_travel_as_they_are(serve: Serve) -> None:
    there, here = sealed(serve("planted.latents:Latents")), load_sealed("planted.latents:Latents", {})
    assert there.info.latent_tolerance == pytest.approx(3e-4)
    assert there.info.bins == 0
    pcm = np.random.default_rng(0).uniform(-0.1, 0.1, 3 * here.info.frame_size).astype(np.float32)
    latents = encode_whole(there, pcm)
    assert latents.dtype == np.float32
    assert np.array_equal(latents, encode_whole(here, pcm))
    assert np.array_equal(decode_whole(there, latents), decode_whole(here, latents))
    ending.refuse(there.open(), Side.DECODER, there.info)


def test_a_decoder_alone_is_one_when_it_is_served(serve: Serve) -> None:
    served = serve("planted.decoders:Decoder", inner="opus")
    assert not served.info.encodes
    finding = judge("reset-decoder", subject(served, frames=10, codes_from=encoder_of("opus")))
    assert finding.status is Status.HELD, finding.observed


def test_a_server_that_gives_too_little_in_the_end_fails_that_call() -> None:
    hello = replace(SAID, flushes=True, start_up=320).pack(SOCKET)

    def script(talk: Talk) -> None:
        while True:
            request, session, _ = talk.asked()
            bodies = {RequestCode.HELLO: hello, RequestCode.DECODE: bytes(4 * 640), RequestCode.FLUSH: bytes(6)}
            talk.answer(session, bodies.get(RequestCode(request), b""))

    with scripted(script) as url:
        instance: Any = sealed(ServerCodec(url)).open()
        assert len(instance.decode(np.zeros((2, 3), np.int64))) == 960
        with pytest.raises(CodecFailed, match="flush was answered with 6 bytes, wanted samples of 4 bytes"):
            guarded("flush", instance.flush)


def test_a_server_that_does_not_say_so_is_not_asked_for_an_end() -> None:
    with scripted(as_it_should) as url:
        assert not isinstance(ServerCodec(url).open(), Flushes)
