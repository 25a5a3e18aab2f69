"""Programs that work on whole files: what they write is read or refused in one line, and a stream is one call."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from programs import FILES, SAMPLE, decode_silence, roundtrip, written

from harness.audio.waveform import read
from harness.codecs.command.codec import CommandCodec
from harness.codecs.protocol import Side, encode_whole
from harness.errors import CodecFailed
from harness.runtime.resources import fixture
from harness.topology.interpreter import run_topology
from harness.topology.model import DecoderWiring, EncoderWiring, Topology


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return read(fixture("speech") / "heart-01.flac").samples[8_000 : 8_000 + 40 * 320]


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
def test_a_bad_program_on_files_is_one_clear_finding(name: str, tmp_path: Path) -> None:
    code, message = BAD_FILE_PROGRAMS[name]
    codec = roundtrip(written(tmp_path, code), limit=0.5 if name == "hangs" else 20)
    with pytest.raises(CodecFailed, match=message) as caught:
        decode_silence(codec)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


def test_slack_cuts_or_fills(tmp_path: Path) -> None:
    program = written(tmp_path, WAV.format(channels=1, rate=16000) + "w.writeframes(b'\\0\\x40' * 300)")
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
def test_wrong_codes_are_one_clear_finding(code: str, message: str, tmp_path: Path) -> None:
    program = [*written(tmp_path, "import numpy as np\n" + code), "{in}", "{out}"]
    codec = CommandCodec(encode=program, decode=program, codebooks=2, bins=16, **FILES)
    with pytest.raises(CodecFailed, match=message):
        encode_whole(codec, np.zeros(320, np.float32))


def test_a_program_for_whole_files_refuses_a_second_call(speech: np.ndarray) -> None:
    codec = roundtrip([*SAMPLE, "roundtrip"])
    with pytest.raises(CodecFailed, match=r"whole files .* wire it with the topology 'offline'"):
        run_topology(Topology(), codec, speech, speech, prior_frames=1)
    offline = Topology(encoder=EncoderWiring(calls="offline"), decoder=DecoderWiring(calls="offline"))
    trace = run_topology(offline, codec, speech, speech, prior_frames=1)
    assert len(trace.pcm) == len(speech)
    instance = codec.open()
    codes = instance.encode(speech)
    instance.reset(Side.BOTH)
    assert np.array_equal(instance.encode(speech), codes)


def test_a_side_takes_one_call_until_it_is_reset_and_a_copy_has_had_it_too() -> None:
    instance = roundtrip(["cp"]).open()
    codes = instance.encode(np.zeros(320, np.float32))
    for used in (instance, instance.clone()):
        with pytest.raises(CodecFailed, match=r"wire it with the topology 'offline'"):
            used.encode(np.zeros(320, np.float32))
    assert len(instance.clone().decode(codes)) == 320  # the other side has not been used
    instance.reset(Side.DECODER)
    with pytest.raises(CodecFailed, match=r"encoder\.calls"):
        instance.encode(np.zeros(320, np.float32))
    instance.reset(Side.ENCODER)
    assert np.array_equal(instance.encode(np.zeros(320, np.float32)), codes)


@pytest.mark.parametrize(("samples", "refused"), [(317, True), (318, False), (322, False), (323, True)])
def test_slack_is_how_far_the_length_may_be_off(samples: int, refused: bool, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "made.wav", np.full(samples, 0.5), 16_000)
    codec = roundtrip(["sh", "-c", f"cp {tmp_path}/made.wav $1"], slack=2)
    if refused:
        with pytest.raises(CodecFailed, match=r"for 320, 3 too (few|many); .* set slack \(now 2\)"):
            decode_silence(codec)
    else:
        pcm = decode_silence(codec)
        assert np.array_equal(pcm, np.where(np.arange(320) < samples, np.float32(0.5), np.float32(0.0)))


def test_a_program_is_given_the_samples_that_it_reads() -> None:
    pcm = np.linspace(-0.4, 0.4, 320, dtype=np.float32)
    exact, rounded = (roundtrip(["cp"], wav=wav) for wav in ("float", "pcm16"))
    assert np.array_equal(exact.decode_offline(exact.encode_offline(pcm)), pcm)
    heard = rounded.decode_offline(rounded.encode_offline(pcm))
    assert not np.array_equal(heard, pcm)
    np.testing.assert_allclose(heard, pcm, atol=2.0**-15)
