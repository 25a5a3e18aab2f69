"""Codes ride in samples, whatever is done to the stream, and a decoder alone gives what the whole codec gives."""

import numpy as np
import pytest
from planted.decoders import Decoder

from harness.codecs.decoder_alone import KEPT, Recordings
from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.codecs.returned import guarded
from harness.codecs.sealed import sealed
from harness.errors import CodecFailed

INFO = Decoder("opus").info


def codes(seed=0, frames=9):
    return np.random.default_rng(seed).integers(0, INFO.bins, (INFO.codebooks, frames))


def test_codes_are_played_from_the_samples_that_carry_them():
    recordings = Recordings(INFO)
    one, two = recordings.carrier(codes(1)), recordings.carrier(codes(2))
    size = INFO.frame_size
    assert one.shape == (9 * size,)
    assert np.array_equal(recordings.play(one), codes(1))
    assert np.array_equal(recordings.play(two[3 * size : 5 * size]), codes(2)[:, 3:5])
    assert np.array_equal(recordings.carrier(codes(1)), one)


def test_samples_that_begin_inside_a_frame_or_are_noisy_carry_the_same():
    recordings, size = Recordings(INFO), INFO.frame_size
    one = recordings.carrier(codes(1))
    assert np.array_equal(recordings.play(one[7 : 7 + 4 * size]), codes(1)[:, :4])
    assert np.array_equal(recordings.play((one + 2.0**-24).astype(np.float32)), codes(1))


def test_zeros_are_a_frame_of_zeros():
    assert not Recordings(INFO).play(np.zeros(2 * INFO.frame_size, np.float32)).any()


@pytest.mark.parametrize("sample", [0.5, 3.0, -1.0, np.nan, np.inf])
def test_speech_carries_no_codes(sample):
    recordings = Recordings(INFO)
    recordings.carrier(codes(1, frames=1))
    with pytest.raises(CodecFailed, match="opus-decoder has no encoder"):
        recordings.play(np.full(INFO.frame_size, sample, np.float32))


def test_of_many_recordings_those_used_last_are_kept():
    recordings = Recordings(INFO)
    carriers = [recordings.carrier(codes(seed)) for seed in range(KEPT + 3)]
    assert np.array_equal(recordings.play(carriers[-1]), codes(KEPT + 2))
    assert np.array_equal(recordings.play(carriers[5]), codes(5))


def test_a_decoder_alone_gives_what_the_whole_codec_gives():
    whole, alone = sealed(load("opus", {})), sealed(Decoder("opus"))
    made = codes(3)
    spoken = np.random.default_rng(0).uniform(-0.1, 0.1, 9 * INFO.frame_size).astype(np.float32)
    made = whole.open().encode(spoken)
    assert alone.recordings is not None
    instance, carrier = alone.open(), alone.recordings.carrier(made)
    assert np.array_equal(instance.encode(carrier), made)
    expected = whole.open().decode(made)
    assert np.array_equal(instance.decode(instance.encode(carrier)), expected)
    instance.reset(Side.ENCODER)
    instance.reset(Side.BOTH)
    assert np.array_equal(instance.clone().decode(made), expected)
    assert all(name.startswith("decoder/") for name in instance.state())


def test_an_adapter_without_encode_is_told_how_to_say_so():
    codec = sealed(Decoder("opus", declares=False))
    with pytest.raises(CodecFailed, match=r"no method encode\(\); a decoder alone declares encodes = False"):
        guarded("open", codec.open)
