"""A codec behind a socket: any adapter served on the loopback is what it is without the socket."""

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loopback import HELLO, SAID, Talk, as_it_should, scripted, serving

from harness.audio.waveform import read
from harness.check.laws.table import LAWS
from harness.codecs.command.messages import SOCKET, Hello, Offer, RequestCode
from harness.codecs.loading import load
from harness.codecs.optional import Snapshots
from harness.codecs.protocol import Side
from harness.codecs.server.codec import WITHOUT, ServerCodec
from harness.errors import CodecFailed, CodecUnavailable, SuiteInvalid
from harness.runtime.resources import fixture
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology

OPUS: dict[str, Any] = {"bitrate": 9000}
ADPCM = [sys.executable, str(Path(__file__).parents[3] / "examples" / "command-codec" / "adpcm.py")]
FILES: dict[str, Any] = {
    "encode": [*ADPCM, "encode", "{in}", "{out}"],
    "decode": [*ADPCM, "decode", "{in}", "{out}"],
    "sample_rate": 16_000,
    "frame_size": 320,
    "codebooks": 320,
    "bins": 16,
}


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + 60 * 320]


@pytest.fixture(scope="module", params=["tcp", "ws"])
def served(request: pytest.FixtureRequest) -> Iterator[ServerCodec]:
    with serving("opus", OPUS, request.param) as url:
        yield ServerCodec(url)


@pytest.mark.parametrize(
    "topology",
    [
        Topology(chunk=7),
        Topology(neighbour="own"),
        Topology(decoder=DecoderWiring(instance="clone", cloned="switch")),
        Topology(encoder=EncoderWiring(dirty=True, reset="start"), decoder=DecoderWiring(dirty=True, reset="start")),
        Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline")),
    ],
    ids=["chunks", "neighbour", "handover", "reuse-after-reset", "offline"],
)
def test_a_served_codec_is_what_it_is_without_the_socket(
    served: ServerCodec, speech: np.ndarray, topology: Topology
) -> None:
    here = run_topology(topology, load("opus", OPUS), speech, speech[::-1], prior_frames=5)
    there = run_topology(topology, served, speech, speech[::-1], prior_frames=5)
    assert np.array_equal(there.codes, here.codes)
    assert np.array_equal(there.pcm, here.pcm)


def test_a_snapshot_rewinds_this_session_and_another(served: ServerCodec, speech: np.ndarray) -> None:
    opened = served.open()
    assert isinstance(opened, Snapshots)
    donor: Any = opened
    receiver: Any = served.open()
    donor.encode(speech[: 10 * 320])
    taken = donor.snapshot()
    expected = donor.encode(speech[10 * 320 :])
    for instance in (donor, receiver):
        instance.restore(taken)
        assert np.array_equal(instance.encode(speech[10 * 320 :]), expected)
    with pytest.raises(CodecFailed, match="restore was given a int"):
        donor.restore(7)
    donor.close()
    with pytest.raises(CodecFailed, match="no such snapshot"):
        receiver.restore(taken)


def test_state_is_shown_by_side(served: ServerCodec, speech: np.ndarray) -> None:
    instance = served.open()
    fresh = instance.state()
    instance.encode(speech[:320])
    changed = {name for name, value in instance.state().items() if not np.array_equal(value, fresh[name])}
    assert changed
    assert all(name.startswith("encoder/") for name in changed)


def test_a_dropped_connection_ends_the_session_without_a_close(speech: np.ndarray) -> None:
    talks: list[list[str]] = []

    def script(talk: Talk) -> None:
        order: list[str] = []
        talks.append(order)
        try:
            while True:
                request, session, _ = talk.asked()
                order.append(RequestCode(request).words)
                talk.answer(session, HELLO if request == RequestCode.HELLO else b"")
        except EOFError:
            order.append("gone")
            raise

    with scripted(script) as url:
        instance: Any = ServerCodec(url).open()
        instance.abort()
        with pytest.raises(CodecFailed, match="the session is gone: its connection was dropped"):
            instance.encode(speech[:320])
        instance.close()
    assert sorted(talks) == [["hello", "gone"], ["hello", "open", "gone"]]


def test_whole_signals_need_no_session_where_the_server_offers_that(speech: np.ndarray) -> None:
    with serving("command", FILES) as url:
        served: Any = ServerCodec(url)
        here: Any = load("command", FILES)
        assert served.offers(Offer.WHOLE)
        codes = served.encode_offline(speech[:640])
        assert np.array_equal(codes, here.encode_offline(speech[:640]))
        assert np.array_equal(served.decode_offline(codes), here.decode_offline(codes))


def test_nothing_is_promised_that_the_server_does_not_offer() -> None:
    resets = {name for name in LAWS if name.startswith("reset-")}
    assert set(WITHOUT[Offer.RESET]) == resets | {"late-copies"}
    with scripted(as_it_should) as url:
        codec = ServerCodec(url)
        assert codec.promises_not == {
            law: f"the server does not offer {offer.words}"
            for offer in (Offer.CLONE, Offer.STATE, Offer.SNAPSHOT)
            for law in WITHOUT[offer]
        }
        instance = codec.open()
        instance.reset(Side.BOTH)
        assert instance.state() == {}
        assert not isinstance(instance, Snapshots)
        with pytest.raises(CodecFailed, match="does not offer clone: its hello does not say so"):
            instance.clone()


def test_a_session_ends_before_the_next_one_begins() -> None:
    order: list[str] = []

    def script(talk: Talk) -> None:
        while True:
            request, session, _ = talk.asked()
            order.append(RequestCode(request).words)
            talk.answer(session, HELLO if request == RequestCode.HELLO else b"")

    with scripted(script) as url:
        codec = ServerCodec(url)
        for _ in range(2):
            codec.open()
            gc.collect()
        codec.open().close()
    assert order == ["hello", *["hello", "open", "close"] * 3]


def test_a_closed_session_takes_no_calls() -> None:
    with scripted(as_it_should) as url:
        instance = ServerCodec(url).open()
        instance.close()
        instance.close()
        with pytest.raises(CodecFailed, match=r"encode: the session is gone: it was closed"):
            instance.encode(np.zeros(320, np.float32))


def test_a_session_whose_end_is_not_answered_fails_and_one_that_hangs_up_is_over() -> None:
    def silent(talk: Talk) -> None:
        as_it_should(talk, until=RequestCode.CLOSE)
        with pytest.raises(EOFError):
            talk.asked()

    with scripted(silent) as url:
        instance = ServerCodec(url, limit=1.0).open()
        with pytest.raises(CodecFailed, match=r"close: the server sent nothing; no answer within 1 s"):
            instance.close()
        instance.close()
    with scripted(lambda talk: as_it_should(talk, until=RequestCode.CLOSE)) as url:
        ServerCodec(url, limit=1.0).open().close()


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (lambda talk, session: talk.answer(session ^ 1), r"close: the server answered with a message of session"),
        (lambda talk, session: talk.answer(session, status=9), r"close: the server answered with status 9"),
        (lambda talk, session: talk.answer(session, b"\7\0\0\0"), r"close was answered with 4 bytes, wanted none"),
        (lambda talk, _: talk.link.sendall(b"HTTP/1.1 400"), r"close: the server answered with b'HTTP"),
    ],
    ids=["another session", "unknown status", "codes", "HTTP"],
)
def test_a_session_whose_end_is_answered_wrongly_fails(ends: Callable[[Talk, int], None], said: str) -> None:
    with (
        scripted(lambda talk: ends(talk, as_it_should(talk, until=RequestCode.CLOSE))) as url,
        pytest.raises(CodecFailed, match=said),
    ):
        ServerCodec(url).open().close()


def test_another_codec_at_the_same_place_is_noticed() -> None:
    said = [HELLO, Hello(**{**SAID.__dict__, "fingerprint": "scripted 2"}).pack(SOCKET)]

    def script(talk: Talk) -> None:
        _, session, _ = talk.asked()
        talk.answer(session, said.pop(0))
        as_it_should(talk)

    with scripted(script) as url:
        codec = ServerCodec(url)
        with pytest.raises(CodecFailed, match=r"another codec than before \('scripted 1', now 'scripted 2'\)"):
            codec.open()


def test_a_server_that_goes_away_fails_calls_and_no_more() -> None:
    with serving("opus", OPUS) as url:
        codec = ServerCodec(url)
        instance = codec.open()
    with pytest.raises(CodecFailed, match=r"the server closed the connection"):
        instance.encode(np.zeros(codec.info.frame_size, np.float32))
    with pytest.raises(CodecFailed, match=r"nobody answers at .*; it answered before"):
        codec.open()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": 7}, "url is 7, wanted tcp://HOST:PORT"),
        ({"url": "localhost:80"}, "url is 'localhost:80', wanted"),
        ({"url": "tcp://host"}, "wanted tcp://HOST:PORT"),
        ({"url": "tcp://host:99999"}, "out of range"),
        ({"url": "http://host:80/"}, "wanted tcp://HOST:PORT"),
        ({"url": "tcp://host:80/path"}, "a TCP server has no path"),
        ({"url": "ws://host:80/\n"}, "wanted tcp://HOST:PORT"),
        ({"url": "ws://me:secret@host:80/"}, "a user or a password"),
        ({"url": "tcp://h:1", "limit": 0}, "limit is 0, wanted a number of seconds above 0"),
        ({"url": "tcp://h:1", "start_limit": "2"}, "start_limit is '2'"),
        ({"url": "tcp://h:1", "headers": {"A": "B"}}, "a tcp:// server gets none"),
        ({"url": "ws://h:1", "headers": ["A"]}, "headers wants a table"),
        ({"url": "ws://h:1", "headers": {"A b": "B"}}, "'A b' is no name of a header"),
        ({"url": "ws://h:1", "headers": {"Authorization": "Bearer s3cret"}}, "headers.Authorization wants the name of"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteInvalid, match=message) as caught:
        ServerCodec(**options)
    assert "s3cret" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_nobody_there_is_one_clear_line() -> None:
    with pytest.raises(CodecUnavailable, match=r"nobody answers at tcp://127\.0\.0\.1:9 \(Connection refused\); start"):
        load("server", {"url": "tcp://127.0.0.1:9"})
    with pytest.raises(CodecUnavailable, match=r"nobody answers at ws://no-such-host\.invalid:80/"):
        load("server", {"url": "ws://no-such-host.invalid:80/"})
