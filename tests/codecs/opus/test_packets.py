"""How long packets of Opus are, when the bitrate changes, and which lengths a packet can have."""

from typing import Any

import pytest

from harness.codecs.loading import load
from harness.codecs.opus.packets import FEWEST_BYTES, LONGEST, Losses, rates
from harness.errors import SuiteInvalid


@pytest.mark.parametrize(
    ("bitrate", "frame_ms", "vbr", "longest"),
    [
        (16_000, 20.0, False, 40),
        (16_000, 20.0, True, 80),
        (24_000, 2.5, False, 8),  # 7.5 bytes
        (1_200, 20.0, False, FEWEST_BYTES),
        (510_000, 20.0, True, LONGEST),
    ],
)
def test_a_packet_is_as_long_as_its_bitrate_says_and_twice_that_if_it_varies(
    bitrate: int, frame_ms: float, vbr: bool, longest: int
) -> None:
    found = rates(bitrate, None, None, frame_ms, vbr)
    assert found.longest == (longest,)
    assert not found.switch
    assert [found.at(frame) for frame in (0, 1, 10_000)] == [(bitrate, longest)] * 3
    assert str(found) == ""


def test_two_bitrates_take_turns_from_the_beginning_of_the_stream() -> None:
    found = rates(16_000, 8_000, 3, 20.0, vbr=False)
    assert found.switch
    high, low = (16_000, 40), (8_000, 20)
    assert [found.at(frame) for frame in range(9)] == [high] * 3 + [low] * 3 + [high] * 3
    assert str(found) != str(rates(16_000, 8_000, 4, 20.0, vbr=False)) != str(rates(16_000, 9_000, 4, 20.0, vbr=False))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bitrate": "24k"}, "bitrate is '24k', wanted a whole number"),
        ({"bitrate": None}, "bitrate is None, wanted a whole number"),
        ({"bitrate": True}, "bitrate is True, wanted a whole number"),
        ({"bitrate": 16_000.5}, "bitrate is 16000.5, wanted a whole number"),
        ({"bitrate": -16_000}, "-40 bytes a packet, wanted 3 or more"),
        ({"switch_bitrate": [8_000], "switch_every": 5}, r"switch_bitrate is \[8000\], wanted a whole number"),
        ({"switch_bitrate": 8_000, "switch_every": "5"}, "switch_every is '5', wanted a whole number"),
        ({"switch_bitrate": 8_000, "switch_every": -5}, "got switch_bitrate 8000 and switch_every -5 at 16000 b/s"),
        ({"switch_bitrate": 1_000, "switch_every": 5}, "opus: 1000 b/s in frames of 20 ms is 2 bytes a packet"),
        ({"expected_loss": "5"}, "expected_loss is '5', wanted per cent, 0 to 100"),
        ({"expected_loss": 101}, "expected_loss is 101, wanted per cent, 0 to 100"),
    ],
)
def test_numbers_of_no_use_are_refused_by_the_name_of_their_option(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SuiteInvalid, match=said):
        load("opus", options)


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, {20, 40}),
        ({"dtx": True}, {0, 1, 2, 20, 40}),
        ({"vbr": True}, {0, 1, 2, 3, 20, 21, 40}),
    ],
)
def test_a_packet_can_have_the_length_of_any_of_its_bitrates_or_say_that_there_is_nothing(
    changes: dict[str, bool], whole: set[int]
) -> None:
    off = {"fec": False, "dtx": False, "vbr": False}
    losses = Losses(**(off | changes), concealment="libopus", lengths=frozenset({20, 40}))
    assert {length for length in (0, 1, 2, 3, 20, 21, 40) if losses.whole(length)} == whole
