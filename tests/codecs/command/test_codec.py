"""External programs: the sample of examples/command-codec in its three forms, and programs that misbehave."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile
from programs import FILES, SAMPLE, roundtrip

from harness.codecs import loading
from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.messages import RequestCode
from harness.codecs.command.served import ServedCodec
from harness.codecs.protocol import decode_whole, encode_whole
from harness.errors import CodecFailed, SuiteInvalid
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Sessions, Topology


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    path = Path(__file__).parents[3] / "fixtures" / "speech" / "heart-01.flac"
    samples, _ = soundfile.read(path, dtype="float32")
    return np.asarray(samples[: 50 * 320])


@pytest.fixture(scope="module")
def served() -> CommandCodec:
    return CommandCodec(serve=[*SAMPLE, "serve"])


def test_the_served_program_tells_what_it_is(served: CommandCodec) -> None:
    info = served.info
    assert (info.sample_rate, info.frame_size, info.codebooks, info.bins) == (16_000, 320, 320, 16)
    assert info.stateful
    assert "IMA ADPCM sample" in info.description


def test_all_three_forms_agree(served: CommandCodec, speech: np.ndarray) -> None:
    instance = served.open()
    codes = instance.encode(speech)
    pcm = instance.decode(codes)
    files = CommandCodec(
        encode=[*SAMPLE, "encode", "{in}", "{out}"],
        decode=[*SAMPLE, "decode", "{in}", "{out}"],
        codebooks=320,
        bins=16,
        **FILES,
    )
    assert np.array_equal(files.encode_offline(speech), codes)
    assert np.array_equal(files.decode_offline(codes), pcm)
    whole = roundtrip([*SAMPLE, "roundtrip"])
    assert np.array_equal(whole.decode_offline(whole.encode_offline(speech)), pcm)
    error = float(np.sum((pcm - speech) ** 2))
    assert 10 * np.log10(float(np.sum(speech**2)) / error) > 20


@pytest.mark.parametrize(
    "topology",
    [
        Topology(chunk=7),
        Topology(decoder=DecoderWiring(instance="clone", cloned="switch")),
        Topology(encoder=EncoderWiring(dirty=True, reset="start"), decoder=DecoderWiring(dirty=True, reset="start")),
        Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline")),
    ],
    ids=["chunks", "handover", "reuse-after-reset", "offline"],
)
def test_the_served_program_keeps_its_state_in_every_wiring(
    served: CommandCodec, speech: np.ndarray, topology: Topology
) -> None:
    reference = run_topology(Topology(), served, speech, speech[::-1], prior_frames=5)
    trace = run_topology(topology, served, speech, speech[::-1], prior_frames=5)
    assert np.array_equal(trace.codes, reference.codes)
    assert np.array_equal(trace.pcm, reference.pcm)


def test_a_reset_that_forgets_nothing_is_seen(speech: np.ndarray) -> None:
    faulty = CommandCodec(serve=[*SAMPLE, "serve", "--forget-reset"])
    reference = run_topology(Topology(), faulty, speech, speech, prior_frames=5)
    reused = Topology(encoder=EncoderWiring(dirty=True, reset="start"))
    trace = run_topology(reused, faulty, speech, speech[::-1], prior_frames=5)
    assert not np.array_equal(trace.codes[:, 0], reference.codes[:, 0])


def test_each_session_at_once_has_a_process_of_its_own(served: CommandCodec, speech: np.ndarray) -> None:
    class Counted(CommandCodec):
        def connection(self) -> CommandCodec:
            made.append(super().connection())
            return made[-1]

    made: list[CommandCodec] = []
    topology = Topology(sessions=Sessions(count=3))
    codec = Counted(serve=[*SAMPLE, "serve"])
    trace = run_topology(topology, codec, speech, speech[::-1].copy(), prior_frames=5)
    alone = run_topology(Topology(), served, speech, speech, prior_frames=5)
    assert np.array_equal(trace.pcm, alone.pcm)
    inner = [one._codec for one in made]
    assert len({id(one._server) for one in inner if isinstance(one, ServedCodec)}) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "got no program"),
        ({"encode": ["true", "{in}", "{out}"]}, "got encode; wanted roundtrip, or serve, or encode and decode"),
        ({"serve": "./app --serve"}, r"serve is './app --serve', wanted a list of arguments"),
        ({"roundtrip": ["true", "{in}"], **FILES}, r"roundtrip has no \{out\}"),
        ({"roundtrip": ["true", "{in}", "{out}"], "frame_size": 320}, "sample_rate is 0"),
        ({"serve": ["true"], "sample_rate": 8000}, "sample_rate is given, but"),
        ({"roundtrip": ["true", "{in}", "{out}"], "wav": "mp3", **FILES}, "wav is 'mp3', wanted one of pcm16, float"),
        ({"roundtrip": ["true", "{in}", "{out}"], "limit": 0, **FILES}, "limit is 0"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteInvalid, match=message):
        CommandCodec(**options)


def test_it_is_found_by_name() -> None:
    codec = loading.load("command", {"serve": [*SAMPLE, "serve"]})
    pcm = decode_whole(codec, encode_whole(codec, np.zeros(320, np.float32)))
    assert pcm.shape == (320,)


def test_the_sample_explains_itself() -> None:
    done = subprocess.run([*SAMPLE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "adpcm.py serve" in done.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a C++ compiler")
def test_the_sample_in_cpp_keeps_its_state_too(tmp_path: Path, speech: np.ndarray) -> None:
    source = Path(SAMPLE[1]).with_name("dpcm.cpp")
    subprocess.run(["g++", "-O1", "-std=c++17", "-o", tmp_path / "dpcm", source], check=True)
    codec = CommandCodec(serve=["./dpcm"], folder=str(tmp_path))
    reference = run_topology(Topology(), codec, speech, speech[::-1], prior_frames=5)
    assert float(np.sum((reference.pcm - speech) ** 2)) < 0.01 * float(np.sum(speech**2))
    handover = Topology(decoder=DecoderWiring(instance="clone", cloned="switch"))
    np.testing.assert_array_equal(
        run_topology(handover, codec, speech, speech[::-1], prior_frames=5).pcm, reference.pcm
    )
    with pytest.raises(CodecFailed, match=r"dpcm: reset failed: map::at"):
        cast(Any, codec._codec)._server.ask(RequestCode.RESET, 99, b"\x03")
