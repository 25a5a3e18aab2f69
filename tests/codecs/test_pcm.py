import numpy as np
import pytest

from harness.codecs.pcm import HoldingInstance, PcmCodec
from harness.codecs.protocol import Side
from harness.errors import CodecFailed, SuiteInvalid


def test_every_bit_pattern_survives() -> None:
    codec = PcmCodec()
    odd = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-45, 3.4e38, -1.0], dtype=np.float32)
    bits = np.random.default_rng(0).integers(0, 1 << 32, 2 * codec.info.frame_size - len(odd), dtype=np.uint32)
    pcm = np.concatenate([odd, bits.view(np.float32)])
    codes = codec.open().encode(pcm)
    assert codes.shape == (320, 2)
    assert codes.min() >= 0
    np.testing.assert_array_equal(codec.open().decode(codes).view(np.uint32), pcm.view(np.uint32))


def test_a_column_is_a_frame_in_time_order() -> None:
    codec = PcmCodec(sample_rate=8000, frame_ms=0.5)
    codes = codec.open().encode(np.arange(8, dtype=np.float32))
    np.testing.assert_array_equal(codec.open().decode(codes[:, 1:]), np.arange(4, 8, dtype=np.float32))


def test_a_view_of_other_samples_is_read_correctly() -> None:
    codec = PcmCodec(sample_rate=8000, frame_ms=0.5)
    every_second = np.arange(16, dtype=np.float32)[::2]
    np.testing.assert_array_equal(codec.open().decode(codec.open().encode(every_second)), every_second)


def test_a_frame_that_is_no_whole_number_of_samples_is_refused() -> None:
    with pytest.raises(SuiteInvalid, match=r"330\.75 samples"):
        PcmCodec(sample_rate=22_050, frame_ms=15)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (np.full((320, 1), -1, np.int64), "got codes from -1 to -1, wanted 0 to 4294967295"),
        (np.full((320, 1), 1 << 32, np.int64), "wanted 0 to 4294967295"),
        (np.zeros((319, 1), np.int64), r"got codes of shape \(319, 1\), wanted \(K, F\) with K = 320"),
        (np.zeros((320, 1), np.int32), "got int32"),
    ],
)
def test_codes_that_are_no_samples_are_refused(codes: np.ndarray, words: str) -> None:
    with pytest.raises(CodecFailed, match=words):
        PcmCodec().open().decode(codes)


def test_double_precision_is_refused() -> None:
    with pytest.raises(CodecFailed, match=r"got float64 \(320,\), wanted float32"):
        PcmCodec().open().encode(np.zeros(320))  # type: ignore[arg-type]


def test_frames_that_are_held_back_come_when_it_is_flushed():
    codec = PcmCodec(hold=2)
    assert codec.info.start_up == 640
    instance = codec.open()
    assert isinstance(instance, HoldingInstance)
    codes = instance.encode(np.linspace(-1, 1, 960).astype(np.float32))
    assert len(instance.decode(codes[:, :2].copy())) == 0
    copy = instance.clone()
    last = np.concatenate([instance.decode(codes[:, 2:].copy()), instance.flush(), instance.flush()])
    assert np.array_equal(last, np.linspace(-1, 1, 960).astype(np.float32))
    copy.reset(Side.ENCODER)
    assert len(copy.state()["decoder/held"]) == 640
    copy.reset(Side.DECODER)
    assert len(copy.flush()) == 0


@pytest.mark.parametrize("hold", [-1, 1001, True, 0.5])
def test_frames_that_cannot_be_held_back_are_refused(hold):
    with pytest.raises(SuiteInvalid, match=r"hold is .*, wanted a number of frames, 0 to 1000"):
        PcmCodec(hold=hold)
