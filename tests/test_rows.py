"""A stream in a batch: equal to a stream alone if rows are independent, and seen if they are not."""

import numpy as np
import pytest

from harness.catalogue import find
from harness.codec import load
from harness.errors import CodecFailed
from harness.execution import run_topology, whole_frames
from harness.resources import fixture
from harness.rows import Companions, Row
from harness.speech import load as load_speech
from harness.topology import DecoderWiring, Topology

FRAMES = 20


@pytest.fixture(scope="module")
def mini():
    return load("mini", {})


@pytest.fixture(scope="module")
def speech(mini):
    def excerpt(utterance):
        waveform = utterance.waveform()
        start = np.flatnonzero(np.abs(waveform.samples) > 0.1)[0]
        return np.resize(waveform.samples[start:], FRAMES * mini.info.frame_size)

    main, other = load_speech(fixture("speech"))[:2]
    return excerpt(main), excerpt(other)


def run(codec, topology, speech):
    main, other = speech
    return run_topology(topology, codec, whole_frames(main, codec.info), other, prior_frames=5)


@pytest.mark.parametrize("instance", ["shared", "separate"])
def test_a_row_of_mini_is_the_single_stream_within_rounding(mini, speech, instance):
    alone = run(mini, Topology(), speech)
    topology = find("batched-3").topology.model_copy(update={"decoder": DecoderWiring(instance=instance)})
    row = run(mini, topology, speech)
    assert np.array_equal(alone.codes, row.codes)
    assert 0 < np.abs(alone.pcm - row.pcm).max() <= mini.info.tolerance


class Mixing:
    """A batch whose rows are independent but for the first, which leaks into all others."""

    def __init__(self, inner):
        self.inner, self.info = inner, inner.info

    def open(self):
        return self.inner.open()

    def open_batch(self, rows):
        batch = self.inner.open_batch(rows)
        encode = batch.encode
        batch.encode = lambda pcm: encode(pcm + 0.1 * pcm[:1])
        return batch


def test_a_batch_that_mixes_its_rows_is_seen(mini, speech):
    alone, row = run(mini, Topology(), speech), run(Mixing(mini), find("batched-3").topology, speech)
    assert (alone.codes != row.codes).mean() > 0.1


class Short:
    def encode(self, pcm):
        return np.zeros((len(pcm) - 1, 4, 1), np.int64)


def test_a_batch_that_loses_a_row_is_refused(mini):
    row = Row(Short(), mini.info, Companions(np.zeros(10 * mini.info.frame_size, np.float32), 3, mini.info))
    with pytest.raises(CodecFailed, match=r"returned codes of shape \(2, 4, 1\), wanted \(3, 54, 1\)"):
        row.encode(np.zeros(mini.info.frame_size, np.float32))


def test_companions_carry_the_same_speech_begun_elsewhere(mini):
    size = mini.info.frame_size
    speech = np.arange(8 * size, dtype=np.float32)
    companions = Companions(speech, 4, mini.info)
    assert companions.pcm.shape == (3, 8 * size)
    assert sorted(companions.pcm[0]) == sorted(speech)
    assert len({float(row[0]) for row in companions.pcm} | {float(speech[0])}) == 4
