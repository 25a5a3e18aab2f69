"""A file that was cut off decodes without an error, and must not pass for the whole."""

import numpy as np
import pytest
import soundfile

from harness.audio.waveform import read
from harness.errors import SpeechInvalid

RATE = 16_000
AT = np.arange(2 * RATE) / RATE
SOUND = (0.3 * np.sin(2 * np.pi * (300 * AT + 200 * AT**2)) * np.hanning(len(AT))).astype(np.float32)
SHARES = (0.3, 0.6, 0.9, 0.99)


def written(path, kind, subtype=None, rate=RATE, **options):
    soundfile.write(path, SOUND, rate, format=kind, subtype=subtype, **options)
    return path.read_bytes()


KINDS = [
    ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "MS_ADPCM"), ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("NIST", "PCM_16"),
    ("VOC", "PCM_16"), ("AVR", "PCM_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path, kind, subtype):
    whole = tmp_path / "whole"
    data = written(whole, kind, subtype)
    assert read(whole).seconds == pytest.approx(2, abs=0.1)
    cut = tmp_path / "cut"
    for length in (*(int(share * len(data)) for share in SHARES), len(data) - 4):
        cut.write_bytes(data[:length])
        with pytest.raises(SpeechInvalid, match=r"cut: (damaged or cut off: .*|not readable as audio)") as refused:
            read(cut)
        assert "\n" not in str(refused.value)


def test_what_is_wrong_is_named_with_both_numbers(tmp_path):
    data = written(tmp_path / "a.wav", "WAV", "PCM_16")
    (tmp_path / "a.wav").write_bytes(data[:1044])
    with pytest.raises(SpeechInvalid, match=r"promises 64036 bytes \(RIFF\), the file holds 1036; copy the file again"):
        read(tmp_path / "a.wav")


def test_a_stream_written_to_a_pipe_does_not_know_its_length_and_is_taken(tmp_path):
    data = bytearray(written(tmp_path / "a.wav", "WAV", "PCM_16"))
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(data)
    assert len(read(tmp_path / "a.wav").samples) == len(SOUND)


def test_a_header_that_leaves_sound_out_is_refused_and_a_tag_after_the_sound_is_not(tmp_path):
    data = bytearray(written(tmp_path / "a.wav", "WAV", "PCM_16"))
    (tmp_path / "a.wav").write_bytes(data + b"TAG" + bytes(125))
    assert len(read(tmp_path / "a.wav").samples) == len(SOUND)
    data[40:44] = (20_000).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(SpeechInvalid, match=r"\d+ bytes follow the sound that its header tells of"):
        read(tmp_path / "a.wav")


def test_a_header_that_was_never_finished_is_refused_as_such(tmp_path):
    data = bytearray(written(tmp_path / "a.wav", "WAV", "PCM_16"))
    data[40:44] = bytes(4)
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(SpeechInvalid, match=r"never finished: it tells of no sound, and \d+ bytes follow"):
        read(tmp_path / "a.wav")


def test_an_odd_chunk_whose_last_byte_was_not_filled_up_is_whole(tmp_path):
    soundfile.write(tmp_path / "a.wav", SOUND[:-1], RATE, subtype="ULAW")
    data = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(data[:-1] if len(data) % 2 == 0 else data)
    assert len(read(tmp_path / "a.wav").samples) == len(SOUND) - 1


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_without_a_count_of_frames(tmp_path, mode):
    data = written(tmp_path / "a.mp3", "MP3", bitrate_mode=mode, compression_level=0.5)
    tagged = b"ID3\x04\0\0\0\0\0\x05hello" + data + b"TAG" + bytes(125)
    (tmp_path / "a.mp3").write_bytes(tagged)
    assert read(tmp_path / "a.mp3").seconds == pytest.approx(2, abs=0.1)
    bare = data[data.index(b"\xff\xf3", 4) :]  # without the first frame, which counts the others
    (tmp_path / "a.mp3").write_bytes(bare)
    assert read(tmp_path / "a.mp3").seconds == pytest.approx(2, abs=0.1)
    (tmp_path / "a.mp3").write_bytes(bare[:-5])
    with pytest.raises(SpeechInvalid, match=r"its last MP3 frame has \d+ of \d+ bytes"):
        read(tmp_path / "a.mp3")


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_flac_of_which_the_md5_is_wrong_or_not_there(tmp_path, subtype):
    data = bytearray(written(tmp_path / "a.flac", "FLAC", subtype))
    assert len(read(tmp_path / "a.flac").samples) == len(SOUND)
    data[26] ^= 1  # the first byte of the MD5, after "fLaC", a block header and the rest of STREAMINFO
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(SpeechInvalid, match="their MD5 is not the one in the FLAC header"):
        read(tmp_path / "a.flac")
    data[26:42] = bytes(16)
    (tmp_path / "a.flac").write_bytes(data)
    assert len(read(tmp_path / "a.flac").samples) == len(SOUND)


@pytest.mark.parametrize(
    ("samples", "said"),
    [(SOUND * 32768, "up to 98"), (SOUND * 8388608, "up to 2.5"), (np.round(SOUND * 10), "up to 3,")],
)
def test_floating_point_on_the_scale_of_integers(tmp_path, samples, said):
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    with pytest.raises(SpeechInvalid, match=rf"floating-point samples {said}.* divide them by the full scale"):
        read(tmp_path / "a.wav")


def test_floating_point_that_is_loud_is_taken(tmp_path):
    soundfile.write(tmp_path / "a.wav", SOUND * 5, RATE, subtype="FLOAT")
    assert np.abs(read(tmp_path / "a.wav").samples).max() == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize("rate", [100, 199, 3999, 1_000_000])
def test_sample_rates_that_no_speech_has(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", SOUND, rate)
    with pytest.raises(SpeechInvalid, match=f"got a sample rate of {rate} Hz, wanted 4000 to 768000 Hz"):
        read(tmp_path / "a.wav")


def test_equal_samples_are_equal_whatever_they_are_kept_in(tmp_path):
    rounded = np.round(SOUND * 32768) / 32768
    for name, subtype in (("a.flac", "PCM_16"), ("a.wav", "PCM_16"), ("a.aiff", "PCM_24"), ("f.wav", "FLOAT")):
        soundfile.write(tmp_path / name, rounded * (-1 if name == "f.wav" else 1), RATE, subtype=subtype)
    soundfile.write(tmp_path / "f.wav", -read(tmp_path / "f.wav").samples, RATE, subtype="FLOAT")  # has -0
    assert len({read(path).sha256() for path in tmp_path.iterdir()}) == 1


@pytest.mark.parametrize("content", [b"", b"RIFF", b"OggS" + bytes(40), b"\xff\xf3\x88\xc4", b"ID3", b"fLaC"])
def test_what_is_no_audio_is_refused_in_one_line(tmp_path, content):
    for name in ("a.wav", "a.mp3", "a.raw"):
        (tmp_path / name).write_bytes(content)
        why = "not readable as audio" if content else "the file is empty"
        with pytest.raises(SpeechInvalid, match=why) as refused:
            read(tmp_path / name)
        assert "\n" not in str(refused.value)
