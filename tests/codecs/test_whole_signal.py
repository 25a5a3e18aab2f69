"""A network for whole signals: each call is a signal of its own, and what it lacks at the end is silence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Side
from harness.codecs.whole_signal import NetworkCodec
from harness.errors import CodecFailed

INFO = replace(PcmCodec().info, codebooks=3, bins=100, frame_size=4)


class Counting:
    """Codes count the frames of a call; decoding gives ones, *extra* samples more than whole frames."""

    def __init__(self, extra: int) -> None:
        self.extra, self.threads = extra, 0

    def encode(self, pcm: torch.Tensor) -> torch.Tensor:
        assert pcm.shape[:2] == (1, 1)
        assert not torch.is_grad_enabled()
        self.threads = torch.get_num_threads()
        return torch.arange(pcm.shape[2] // 4).expand(1, 3, -1)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        return torch.ones(1, 1, codes.shape[2] * 4 + self.extra)


class Codec(NetworkCodec):
    def __init__(self, extra: int = 0) -> None:
        self.info, self._network, self._threads = INFO, Counting(extra), 1


@pytest.mark.parametrize(("extra", "silent"), [(0, 0), (-3, 3), (5, 0)])
def test_speech_is_whole_frames_whatever_the_network_returns(extra: int, silent: int) -> None:
    pcm = Codec(extra).decode_offline(np.zeros((3, 2), np.int64))
    assert pcm.dtype == np.float32
    assert pcm.tolist() == [1.0] * (8 - silent) + [0.0] * silent


def test_the_first_codebooks_decode_and_none_do_not() -> None:
    assert len(Codec().decode_offline(np.zeros((1, 2), np.int64))) == 8
    for codes in (np.zeros((0, 2), np.int64), np.zeros((4, 2), np.int64), np.zeros((3, 0), np.int64)):
        with pytest.raises(CodecFailed, match="K = 1 to 3 and F >= 1"):
            Codec().decode_offline(codes)
    with pytest.raises(CodecFailed, match="wanted a whole number of frames of 4"):
        Codec().encode_offline(np.zeros(5, np.float32))


def test_an_instance_begins_a_signal_in_each_call_and_has_no_state() -> None:
    codec = Codec()
    instance = codec.open()
    pcm = np.zeros(8, np.float32)
    assert np.array_equal(instance.encode(pcm)[0], [0, 1])
    assert np.array_equal(instance.clone().encode(pcm[:4])[0], [0])
    instance.reset(Side.BOTH)
    assert instance.state() == {}
    assert len(instance.decode(instance.encode(pcm))) == 8
    assert codec._network.threads == 1  # type: ignore[attr-defined]
    assert {"chunks", "offline"} <= set(codec.promises_not)
