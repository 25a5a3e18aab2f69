"""What is missing, doubled or late is as long as it says, at the place that it says."""

import numpy as np
import pytest
from sensitivity.catalogue.planting import AT, RATES, hiss, planted, sent

from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.protocol import LOST
from harness.codecs.spec import CodecSpec
from harness.sensitivity import catalogue
from harness.sensitivity.catalogue.length import LENGTHS
from harness.sensitivity.plants import EXAMPLE
from harness.topology.running import inputs
from harness.topology.setup import Configuration

FRAMES = np.arange(100).reshape(1, 100)  # of 20 ms
HIT = 25  # the frame that the place is in


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("milliseconds", [2.0, 320.0])
def test_a_word_is_cut_from_its_beginning_on_or_up_to_its_end(rate: int, milliseconds: float) -> None:
    pcm, count, at = hiss(rate), round(milliseconds / 1000 * rate), round(AT * rate)
    for name, cut in (("first-word-cut", range(at, at + count)), ("last-word-cut", range(at - count + 1, at + 1))):
        heard = planted(name, milliseconds, pcm, rate)
        assert np.flatnonzero(heard != pcm).tolist() == list(cut), name
        assert not heard[cut.start : cut.stop].any()


def codes(name: str, milliseconds: float) -> list[int]:
    return [int(code) for code in sent(name, milliseconds, FRAMES)[0]]


@pytest.mark.parametrize("milliseconds", LENGTHS)
def test_frames_are_as_many_as_the_milliseconds_and_one_at_least(milliseconds: float) -> None:
    count, all_of_them = max(1, round(milliseconds / 20)), list(range(100))
    before, hit, after = all_of_them[:HIT], all_of_them[HIT : HIT + count], all_of_them[HIT + count :]
    assert codes("frames-dropped", milliseconds) == [*before, *after]
    assert sorted(codes("frames-doubled", milliseconds)) == sorted([*all_of_them, *hit])
    assert codes("frames-doubled", milliseconds)[:HIT] == before
    assert codes("buffer-stalls", milliseconds) == [*before, *[LOST] * count, *hit, *after]
    assert codes("stream-late", milliseconds) == [*[0] * count, *all_of_them[:-count]]


def test_without_its_tail_a_stream_ends_with_its_last_whole_frame() -> None:
    plain = Configuration(codec=CodecSpec(name="pcm", adapter="pcm", options={}))
    made = catalogue.find("tail-dropped").plant.into(plain, "tail-dropped", 1.0, EXAMPLE)
    speech, info = Waveform(hiss(16_000)[: 10 * 320 + 200], 16_000), load("pcm", {}).info
    lengths = [len(inputs(one, info, speech, speech).main) for one in (plain, made)]
    assert lengths == [11 * info.frame_size, 10 * info.frame_size]
