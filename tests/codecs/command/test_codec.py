"""External programs: the sample of examples/command-codec in its three forms, and programs that misbehave."""

import gc
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import soundfile

from harness.codecs import loading
from harness.codecs.command.codec import CommandCodec
from harness.codecs.command.messages import RequestCode
from harness.codecs.command.served import ServedCodec
from harness.codecs.protocol import Side, decode_whole, encode_whole
from harness.errors import CodecFailed, CodecUnavailable, SuiteInvalid
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Sessions, Topology

SAMPLE = [sys.executable, str(Path(__file__).parents[3] / "examples" / "command-codec" / "adpcm.py")]
FILES: dict[str, Any] = {"sample_rate": 16_000, "frame_size": 320}

Script = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    path = Path(__file__).parents[3] / "fixtures" / "speech" / "heart-01.flac"
    samples, _ = soundfile.read(path, dtype="float32")
    return np.asarray(samples[: 50 * 320])


@pytest.fixture(scope="module")
def served() -> CommandCodec:
    return CommandCodec(serve=[*SAMPLE, "serve"])


@pytest.fixture
def script(tmp_path: Path) -> Script:
    def write(code: str) -> list[str]:
        path = tmp_path / "program.py"
        path.write_text("import os, struct, sys, time\n" + textwrap.dedent(code))
        return [sys.executable, str(path)]

    return write


def roundtrip(program: list[str], **options: Any) -> CommandCodec:
    return CommandCodec(roundtrip=[*program, "{in}", "{out}"], **(FILES | options))


def decode_silence(codec: CommandCodec) -> np.ndarray:
    return codec.decode_offline(codec.encode_offline(np.zeros(320, np.float32)))


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


def test_reset_and_state_are_per_side(served: CommandCodec, speech: np.ndarray) -> None:
    instance = served.open()
    fresh = instance.state()
    assert set(fresh) == {"encoder/predictor", "decoder/predictor"}
    instance.decode(instance.encode(speech))
    used = instance.state()
    instance.reset(Side.ENCODER)
    assert np.array_equal(instance.state()["encoder/predictor"], fresh["encoder/predictor"])
    assert np.array_equal(instance.state()["decoder/predictor"], used["decoder/predictor"])
    assert not np.array_equal(used["decoder/predictor"], fresh["decoder/predictor"])


def test_instances_that_nobody_holds_are_closed(script: Script) -> None:
    program = script(
        """
        opened = set()
        while head := sys.stdin.buffer.read(4):
            message = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
            request, number = struct.unpack_from("<BI", message)
            body = b""
            if request == 0:
                body = struct.pack("<IIIIIIBf", 1, 16000, 2, 1, 9, 0, 1, 0.0)
            elif request == 1:
                opened.add(number)
            elif request == 2:
                opened.remove(number)
            elif request == 3:
                body = struct.pack("<i", len(opened))
            sys.stdout.buffer.write(struct.pack("<I", 1 + len(body)) + b"\\0" + body)
            sys.stdout.buffer.flush()
        """
    )
    codec = CommandCodec(serve=program)
    for _ in range(3):
        codec.open()
        gc.collect()
    assert codec.open().encode(np.zeros(2, np.float32)).item() == 1


def test_a_close_that_fails_is_told_as_that_of_an_earlier_stream(script: Script) -> None:
    program = script(
        """
        while head := sys.stdin.buffer.read(4):
            message = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
            hello = struct.pack("<IIIIIIBf", 1, 16000, 2, 1, 9, 0, 1, 0.0)
            answer = {0: b"\\0" + hello, 2: b"\\1it is stuck"}.get(message[0], b"\\0")
            sys.stdout.buffer.write(struct.pack("<I", len(answer)) + answer)
            sys.stdout.buffer.flush()
        """
    )
    codec = CommandCodec(serve=program)
    codec.open()
    with pytest.raises(CodecFailed, match=r"closing what an earlier stream has left: .*it is stuck"):
        codec.open()


def test_the_program_ends_with_the_codec() -> None:
    codec = CommandCodec(serve=[*SAMPLE, "serve"])
    process = cast(Any, codec._codec)._server._process  # there is no other way to ask
    assert process.poll() is None
    del codec
    gc.collect()
    assert process.poll() is not None


def test_a_program_for_whole_files_refuses_a_second_call(speech: np.ndarray) -> None:
    codec = roundtrip([*SAMPLE, "roundtrip"])
    with pytest.raises(CodecFailed, match=r"whole files .* wire it with encoder.calls = 'offline'"):
        run_topology(Topology(), codec, speech, speech, prior_frames=1)
    offline = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))
    trace = run_topology(offline, codec, speech, speech, prior_frames=1)
    assert len(trace.pcm) == len(speech)
    instance = codec.open()
    codes = instance.encode(speech)
    instance.reset(Side.BOTH)
    assert np.array_equal(instance.encode(speech), codes)


def test_the_fingerprint_follows_the_programs_content(tmp_path: Path) -> None:
    def fingerprint(text: str) -> str:
        path = tmp_path / "app"
        path.write_text(text)
        path.chmod(0o755)
        return roundtrip(["./app"], folder=str(tmp_path)).info.fingerprint

    assert fingerprint("one") == fingerprint("one") != fingerprint("two")


WAV = "import wave; w = wave.open(sys.argv[2], 'wb'); w.setparams(({channels}, 2, {rate}, 0, 'NONE', '')); "

BAD_FILE_PROGRAMS = {
    "hangs": ("time.sleep(60)", r"was stopped after 0\.5 s; nothing on standard error"),
    "fails": ("sys.exit('no such weights: x.bin')", r"ended with exit code 1; standard error: no such weights: x\.bin"),
    "crashes": ("os.kill(os.getpid(), 11)", r"was killed by SIGSEGV"),
    "writes nothing": ("print('done', file=sys.stderr)", r"ended well but wrote no out\.wav; standard error: done"),
    "writes no WAV": ("open(sys.argv[2], 'w').write('hello')", r"is no WAV file that can be read"),
    "writes an MP3 file": (
        "import soundfile; soundfile.write(sys.argv[2], [0.0] * 320, 16000, format='MP3')",
        r"is no WAV file but MP3$",
    ),
    "is cut off": (
        "open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read()[:300])",
        r"is cut off or damaged: the header promises 676 bytes \(RIFF\), the file holds 292$",
    ),
    "writes an empty file": ("open(sys.argv[2], 'w')", r"is no WAV file that can be read"),
    "other rate": (
        WAV.format(channels=1, rate=8000) + "w.writeframes(bytes(640))",
        r"1 channel\(s\) at 8000 Hz, wanted mono at 16000 Hz",
    ),
    "stereo": (WAV.format(channels=2, rate=16000) + "w.writeframes(bytes(1280))", r"2 channel\(s\) at 16000 Hz"),
    "too much": (
        WAV.format(channels=1, rate=16000) + "w.writeframes(bytes(6400))",
        r"3200 samples for 320, 2880 too many; if that is how it works, set slack \(now 0\)",
    ),
    "too little": (WAV.format(channels=1, rate=16000) + "w.writeframes(bytes(6))", r"3 samples for 320, 317 too few"),
    "floods standard error, fails": (
        "sys.stderr.write('chatter ' * 400000 + 'the last word'); sys.exit(2)",
        r"exit code 2; standard error: \.\.\..{400,500}the last word$",
    ),
}


@pytest.mark.parametrize("name", BAD_FILE_PROGRAMS)
def test_a_bad_program_on_files_is_one_clear_finding(name: str, script: Script) -> None:
    code, message = BAD_FILE_PROGRAMS[name]
    codec = roundtrip(script(code), limit=0.5 if name == "hangs" else 20)
    with pytest.raises(CodecFailed, match=message) as caught:
        decode_silence(codec)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


def test_a_program_that_fills_the_disk_is_stopped(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.codecs.command.process.LARGEST_FILE", 1 << 20)
    codec = roundtrip(
        script("f = open(sys.argv[2], 'wb')\nfor _ in range(64): f.write(bytes(1 << 20))\ntime.sleep(60)")
    )
    with pytest.raises(CodecFailed, match="was stopped: it wrote more than 1 MiB"):
        decode_silence(codec)


def test_what_a_program_leaves_running_is_ended(script: Script, tmp_path: Path) -> None:
    program = script(
        """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("child", "w").write(str(child.pid))
        sys.exit(3)
        """
    )
    codec = roundtrip(program, folder=str(tmp_path))
    with pytest.raises(CodecFailed, match="exit code 3"):
        decode_silence(codec)
    child = Path("/proc") / (tmp_path / "child").read_text() / "status"
    deadline = time.monotonic() + 5
    while child.exists() and "zombie" not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists() or "zombie" in child.read_text()


def test_slack_cuts_or_fills(script: Script) -> None:
    program = script(WAV.format(channels=1, rate=16000) + "w.writeframes(b'\\0\\x40' * 300)")
    pcm = decode_silence(roundtrip(program, slack=20))
    assert (pcm[:300] == 0.5).all()
    assert not pcm[300:].any()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("np.save(sys.argv[2], np.zeros((1, 2)))", r"codes as float64 \(1, 2\), wanted integers \(2, 1\) \(K, F\)"),
        ("np.save(sys.argv[2], np.zeros((1, 2), int))", r"int64 \(1, 2\).*it looks transposed"),
        ("np.save(sys.argv[2], np.array([{}], object), allow_pickle=True)", r"no \.npy array.*allow_pickle"),
        ("open(sys.argv[2], 'w').write('[1, 2]')", r"no \.npy array"),
    ],
    ids=["floats", "transposed", "pickle", "text"],
)
def test_wrong_codes_are_one_clear_finding(code: str, message: str, script: Script) -> None:
    program = [*script("import numpy as np\n" + code), "{in}", "{out}"]
    codec = CommandCodec(encode=program, decode=program, codebooks=2, bins=16, **FILES)
    with pytest.raises(CodecFailed, match=message):
        encode_whole(codec, np.zeros(320, np.float32))


SERVER = """
def answer(body):
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()
def request():
    head = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack("<I", head)[0]) if head else sys.exit()
HELLO = struct.pack("<IIIIIIBf", 1, 16000, 320, 2, 16, 0, 1, 0.0)
"""

BAD_HELLOS = {
    "hangs": ("time.sleep(60)", r"no answer to hello within 1 s, its start_limit; nothing on standard error"),
    "ends": ("sys.exit('no weights')", r"ended with exit code 1 during hello; standard error: no weights"),
    "prints": ("print('Loading model', flush=True); time.sleep(9)", r"(answered hello with|wrote) b'Loading model"),
    "other version": ("request(); answer(b'\\0' + struct.pack('<I', 9) + HELLO[4:])", r"speaks version 9"),
    "no rate": ("request(); answer(b'\\0' + HELLO[:4] + bytes(4) + HELLO[8:])", r"gives the sample rate as 0"),
    "short": ("request(); answer(b'\\0' + HELLO[:9])", r"hello was answered with 9 bytes, wanted 29\+"),
    "an empty answer": ("request(); answer(b'')", r"does not begin with a length of 1 to"),
}


@pytest.mark.parametrize("name", BAD_HELLOS)
def test_a_program_that_does_not_introduce_itself(name: str, script: Script) -> None:
    code, message = BAD_HELLOS[name]
    with pytest.raises(CodecFailed, match=message) as caught:
        CommandCodec(serve=script(SERVER + code), start_limit=1.0 if name == "hangs" else 20.0)
    assert "\n" not in str(caught.value)


BAD_CALLS = {
    "hangs": ("time.sleep(60)", r"was stopped: no answer to encode within 0\.5 s, its limit;"),
    "dies": ("os.kill(os.getpid(), 6)", r"was killed by SIGABRT during encode"),
    "dies in the middle": (
        "sys.stdout.buffer.write(struct.pack('<I', 9) + b'\\0\\1'); sys.stdout.buffer.flush(); sys.exit('oh')",
        r"ended with exit code 1 during encode after 6 bytes of the answer; standard error: oh",
    ),
    "closes its output": ("sys.stdout.flush(); os.close(1); time.sleep(60)", r"closed its standard output during enc"),
    "too much": ("sys.stdout.buffer.write(b'\\x09\\0\\0\\0\\0' + bytes(30)); sys.stdout.flush()", r"bytes more"),
    "too many codes": ("answer(bytes(1 + 4 * 4))", r"encode was answered with 16 bytes, wanted 2 codes of 4 bytes"),
    "refuses": ("answer(b'\\1cannot: out of memory')", r"encode failed: cannot: out of memory"),
    "unknown status": ("answer(b'\\x09' + bytes(8))", r"encode: answered with status 9, wanted 0, 1, 2: b'\\t"),
    "does not offer it": ("answer(b'\\2')", r"does not offer encode: no reason given"),
    "floods standard error": ("sys.stderr.write('x' * 3000000); sys.exit(4)", r"exit code 4 during encode; standard e"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_served_program_that_misbehaves_is_one_clear_finding(name: str, script: Script) -> None:
    code, message = BAD_CALLS[name]
    rest = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); request()\n" + code + "\nrequest()"
    codec = CommandCodec(serve=script(SERVER + rest), limit=0.5 if name == "hangs" else 20.0)
    with pytest.raises(CodecFailed, match=message) as caught:
        codec.open().encode(np.zeros(320, np.float32))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 900


@pytest.mark.parametrize(
    ("number", "name", "call"),
    [
        (1, "open", lambda codec: codec.open()),
        (5, "reset", lambda codec: codec.open().reset(Side.BOTH)),
        (6, "clone", lambda codec: codec.open().clone()),
    ],
)
def test_an_answer_that_carries_what_it_must_not_is_noticed(
    number: int, name: str, call: Callable[[CommandCodec], object], script: Script
) -> None:
    code = f"""
while True:
    asked = request()[0]
    answer(b"\\0" + (HELLO if asked == 0 else b"junk" if asked == {number} else b""))
"""
    codec = CommandCodec(serve=script(SERVER + code))
    with pytest.raises(CodecFailed, match=rf"{name} was answered with 4 bytes, wanted none: b'junk'$"):
        call(codec)


def test_unasked_output_between_calls_is_noticed(script: Script) -> None:
    code = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); print('progress 10%', flush=True); request()"
    codec = CommandCodec(serve=script(SERVER + code))
    # Whether it comes with an answer, before the next request or after it: it is shown and blamed.
    with pytest.raises(CodecFailed, match=r"b'progress 10%"):
        codec.open().encode(np.zeros(320, np.float32))


def test_a_lost_program_is_started_again_for_the_next_instance(script: Script) -> None:
    code = """
while True:
    message = request()
    if message[0] == 3: os.kill(os.getpid(), 9)
    answer(b"\\0" + (HELLO if message[0] == 0 else b""))
"""
    codec = CommandCodec(serve=script(SERVER + code))
    first, second = codec.open(), codec.open()
    with pytest.raises(CodecFailed, match="killed by SIGKILL during encode"):
        first.encode(np.zeros(320, np.float32))
    with pytest.raises(CodecFailed, match=r"the program is gone since an earlier call failed \(.*SIGKILL"):
        second.reset(Side.BOTH)
    codec.open().reset(Side.BOTH)


def test_a_program_that_does_not_read_cannot_block_us(script: Script) -> None:
    code = "request(); answer(b'\\0' + HELLO); request(); answer(b'\\0'); time.sleep(60)"
    codec = CommandCodec(serve=script(SERVER + code), limit=0.5)
    with pytest.raises(CodecFailed, match="no answer to encode within"):
        codec.open().encode(np.zeros(320 * 5000, np.float32))  # more than a pipe holds


def test_programs_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CodecUnavailable, match=r"no program 'no-such-codec' on the PATH"):
        roundtrip(["no-such-codec"])
    with pytest.raises(CodecUnavailable, match=r"app does not exist; build the program"):
        roundtrip(["./app"], folder=str(tmp_path))
    (tmp_path / "app").write_text("text")
    with pytest.raises(CodecUnavailable, match=r"is not executable; chmod \+x"):
        roundtrip(["./app"], folder=str(tmp_path))
    (tmp_path / "app").chmod(0o755)
    with pytest.raises(CodecUnavailable, match=r"cannot be started \(.*Exec format error"):
        decode_silence(roundtrip(["./app"], folder=str(tmp_path)))


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


def test_no_shell_is_involved(tmp_path: Path, script: Script) -> None:
    marker = tmp_path / "marker"
    program = script("sys.exit(' '.join(sys.argv[1:2]))")
    codec = CommandCodec(roundtrip=[*program, f"; touch {marker} $(touch {marker})", "{in}", "{out}"], **FILES)
    with pytest.raises(CodecFailed, match=r"standard error: ; touch .*\$\(touch"):
        decode_silence(codec)
    assert not marker.exists()


def test_wrong_input_is_refused_before_the_program_sees_it(served: CommandCodec) -> None:
    instance = served.open()
    with pytest.raises(CodecFailed, match="wanted a whole number of frames"):
        instance.encode(np.zeros(7, np.float32))
    with pytest.raises(CodecFailed, match=r"codes from 16 to 16, wanted -1 to 15"):
        instance.decode(np.full((320, 1), 16))


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
