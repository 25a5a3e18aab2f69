"""What follows from what a codec declares, and the calls on whole signals."""

from dataclasses import replace

import numpy as np
import pytest

from harness.codecs.loading import load_sealed
from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Side, decode_whole, encode_whole, with_rest


def test_whole_signals_take_the_offline_path_where_there_is_one() -> None:
    class WithOffline(PcmCodec):
        def encode_offline(self, pcm: np.ndarray) -> np.ndarray:
            return self.open().encode(pcm * 2)

        def decode_offline(self, codes: np.ndarray) -> np.ndarray:
            return self.open().decode(codes) * 2

    pcm = np.full(320, 0.125, np.float32)
    np.testing.assert_array_equal(decode_whole(PcmCodec(), encode_whole(PcmCodec(), pcm)), pcm)
    np.testing.assert_array_equal(decode_whole(WithOffline(), encode_whole(WithOffline(), pcm)), pcm * 4)


def test_a_frame_has_a_length_in_seconds() -> None:
    assert PcmCodec(sample_rate=8_000, frame_ms=2.5).info.frame_seconds == pytest.approx(0.0025)


def test_a_decoder_alone_has_one_side_and_latents_are_floats() -> None:
    plain = PcmCodec().info
    assert plain.sides == (Side.ENCODER, Side.DECODER)
    assert replace(plain, encodes=False).sides == (Side.DECODER,)
    assert (plain.continuous, plain.codes_type) == (False, np.dtype(np.int64))
    latents = replace(plain, latent_tolerance=0.0)  # exact, and latents all the same
    assert (latents.continuous, latents.codes_type) == (True, np.dtype(np.float32))
    assert replace(plain, delay=3, start_up=5).lag == 8


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_the_parts_of_a_stream_are_one_signal_from_its_beginning(calls: int) -> None:
    codec = load_sealed("pcm", {"hold": 2})
    pcm = np.sin(np.arange(4 * 320) / 9).astype(np.float32)
    codes, instance = encode_whole(codec, pcm), codec.open()
    parts = [instance.decode(part) for part in np.split(codes, calls, axis=1)]
    assert np.array_equal(with_rest(parts, instance, codec.info), pcm)
