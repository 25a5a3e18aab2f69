"""Whole frames: room for the delay, and what becomes of samples that fill none."""

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.errors import CodecFailed
from harness.topology.trace import whole_frames


@pytest.fixture(scope="module")
def opus():
    return load("opus", {"bitrate": 16000})


def test_whole_frames_leaves_room_for_the_delay(opus):
    size, delay = opus.info.frame_size, opus.info.delay
    assert len(whole_frames(np.ones(size, np.float32), opus.info)) == size * -(-(size + delay) // size)
    assert len(whole_frames(np.ones(1, np.float32), opus.info)) % size == 0


def test_speech_that_ends_inside_a_frame_is_padded_cut_or_refused(opus):
    size = opus.info.frame_size
    speech = np.ones(3 * size + 7, np.float32)
    assert len(whole_frames(speech, opus.info, "pad")) == 4 * size
    assert len(whole_frames(speech, opus.info, "drop")) == 3 * size
    with pytest.raises(CodecFailed, match="967 samples are 3 frames of 320 and 7 samples over"):
        whole_frames(speech, opus.info, "error")
    assert len(whole_frames(speech[: 2 * size], opus.info, "error")) == 2 * size
    with pytest.raises(CodecFailed, match="fill no frame"):
        whole_frames(speech[:9], opus.info, "drop")
