import numpy as np
import pytest

from harness.codecs.arguments import whole_codes, whole_frames
from harness.codecs.pcm import PcmCodec
from harness.errors import CodecFailed

INFO = PcmCodec(sample_rate=8_000, frame_ms=0.5).info  # frames of 4 samples, K = 4


def test_whole_frames_are_counted() -> None:
    assert whole_frames(np.zeros(12, np.float32), INFO) == 3
    assert whole_codes(np.zeros((4, 3), np.int64), INFO) == 3


@pytest.mark.parametrize(
    ("pcm", "words"),
    [
        (np.zeros(0, np.float32), "got 0 samples, wanted a whole number of frames of 4"),
        (np.zeros(5, np.float32), "got 5 samples, wanted a whole number of frames of 4; pad the last frame"),
        (np.zeros((1, 4), np.float32), r"got float32 \(1, 4\), wanted float32 samples of shape \(T,\)"),
        (np.zeros(4), "got float64"),
    ],
)
def test_other_samples_are_refused(pcm: np.ndarray, words: str) -> None:
    with pytest.raises(CodecFailed, match=words):
        whole_frames(pcm, INFO)


def test_a_prefix_of_the_codebooks_is_accepted_only_where_it_is_allowed() -> None:
    few = np.zeros((2, 3), np.int64)
    assert whole_codes(few, INFO, fewest_codebooks=1) == 3
    with pytest.raises(CodecFailed, match=r"got codes of shape \(2, 3\), wanted \(K, F\) with K = 4 and F >= 1"):
        whole_codes(few, INFO)
    with pytest.raises(CodecFailed, match="with K = 1 to 4"):
        whole_codes(np.zeros((5, 3), np.int64), INFO, fewest_codebooks=1)


def test_a_lost_code_is_accepted_only_where_it_means_something() -> None:
    lost = np.full((4, 1), -1, np.int64)
    assert whole_codes(lost, INFO, lowest=-1) == 1
    with pytest.raises(CodecFailed, match="got codes from -1 to -1, wanted 0 to"):
        whole_codes(lost, INFO)
