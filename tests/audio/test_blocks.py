"""What a header promises is not believed: odd but legal files are read, none costs memory that it does not fill."""

import os
import resource
import struct
from contextlib import suppress

import numpy as np
import pytest
import soundfile

from harness.audio import blocks
from harness.audio.waveform import read
from harness.errors import SpeechInvalid

RATE = 16_000
SOUND = (0.3 * np.sin(np.arange(2 * RATE) / 7)).astype(np.float32)


def flac(path, total, *, md5=True):
    """Write FLAC whose header says that it has *total* samples; 0 leaves that open, as an encoder into a pipe does."""
    soundfile.write(path, SOUND, RATE, format="FLAC")
    data = bytearray(path.read_bytes())
    data[21] = data[21] & 0xF0 | total >> 32
    data[22:26] = (total & 0xFFFFFFFF).to_bytes(4, "big")
    if not md5:
        data[26:42] = bytes(16)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("md5", [True, False])
def test_flac_that_leaves_its_length_open_is_read_as_what_it_holds(tmp_path, md5):
    stated = read(flac(tmp_path / "stated.flac", len(SOUND)))
    left_open = read(flac(tmp_path / "open.flac", 0, md5=md5))
    assert left_open.sha256() == stated.sha256()


def test_flac_that_leaves_its_length_open_and_was_cut_is_refused_by_its_md5(tmp_path):
    path = flac(tmp_path / "a.flac", 0)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(SpeechInvalid, match=r"damaged or cut off|not readable as audio"):
        read(path)


@pytest.mark.parametrize("total", [len(SOUND) + 1, 1 << 34, (1 << 36) - 1])
def test_a_length_that_no_file_holds_allocates_nothing(tmp_path, total):
    path = flac(tmp_path / "a.flac", total)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SpeechInvalid, match=f"promises {total} samples, the file holds {len(SOUND)}"):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize(
    ("kind", "at", "form"), [("RF64", 28, "<Q"), ("W64", 16, "<Q"), ("CAF", 0, ">q"), ("AU", 8, ">I")]
)
def test_terabytes_in_a_header_allocate_nothing(tmp_path, kind, at, form):
    soundfile.write(tmp_path / "a", SOUND, RATE, format=kind, subtype="PCM_16")
    data = bytearray((tmp_path / "a").read_bytes())
    at = data.index(b"data") + 4 if kind == "CAF" else at
    huge = struct.pack(form, min(4_947_802_324_992, (1 << 8 * struct.calcsize(form)) - 2))
    data[at : at + len(huge)] = huge
    (tmp_path / "a").write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(SpeechInvalid):  # libsndfile believes some of them not either, and reads what is there
        read(tmp_path / "a")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("rate", [1, 100, 1_000_000])
def test_a_rate_without_speech_is_refused(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", SOUND, rate)
    with pytest.raises(SpeechInvalid, match=f"got a sample rate of {rate} Hz, wanted 4000 to 768000 Hz"):
        read(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("sample", "said"), [(1e38, "up to 1e\\+38"), (1e300, "NaN or infinite"), (np.inf, "infinite"), (np.nan, "NaN")]
)
def test_samples_off_the_scale_are_refused(tmp_path, sample, said):
    samples = SOUND.astype(np.float64)
    samples[100] = sample
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="DOUBLE")
    with pytest.raises(SpeechInvalid, match=said):
        read(tmp_path / "a.wav")


def test_a_few_bytes_that_stand_for_hours_are_refused(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.flac", np.zeros(2_000_000, np.int16), RATE)
    assert (tmp_path / "a.flac").stat().st_size < 20_000
    monkeypatch.setattr(blocks, "MOST_FRAMES", 1_000_000)
    with pytest.raises(SpeechInvalid, match="more than 1000000 samples; cut it into pieces"):
        read(tmp_path / "a.flac")


def test_what_is_no_plain_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    for path, said in ((tmp_path / "pipe.wav", "it is a pipe"), (tmp_path, "it is a folder")):
        with pytest.raises(SpeechInvalid, match=said):
            read(path)


@pytest.mark.parametrize(
    ("kind", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_24")]
)
def test_blocks_give_the_samples_of_one_read(tmp_path, monkeypatch, kind, subtype):
    soundfile.write(tmp_path / "a", SOUND, RATE, format=kind, subtype=subtype)
    with soundfile.SoundFile(tmp_path / "a") as file:
        whole = file.read(dtype="float32", always_2d=True)
    monkeypatch.setattr(blocks, "BLOCK", 1000)
    with blocks.Forward(tmp_path / "a") as file:
        assert np.array_equal(blocks.read_all(file), whole)
