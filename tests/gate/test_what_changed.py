"""Why a cell is not what was accepted: another codec, late frames, another wiring's output, the first frame."""

import pytest
from gate.accepted_cells import cell, context

from harness.gate.what_changed import (
    another_codec,
    declares_otherwise,
    differing_parts,
    explanation,
    first_difference,
    other_threads,
    shifted,
)

FRAMES = "abcdefghijklmnop"  # as accepted


def test_other_libraries_are_another_machine_and_not_another_codec():
    assert differing_parts("mini:1:torch-2.13.0+cpu:moshi-0.2.13:w", "mini:1:torch-2.12.1:moshi-0.2.12:w") == []
    assert differing_parts("mini:1:torch-2.13.0:w", "mini:1:torch-2.13.0:v") == [("w", "v")]
    assert differing_parts("a:net-1.1", "a:net-1.0") == [("net-1.1", "net-1.0")]
    assert differing_parts("a:1:2", "a:1") == [("a:1:2", "a:1")]


def test_frames_that_come_late_are_recognised_as_that():
    accepted = "abcdefghijklmnopqrstuvwxyz"
    assert shifted("0" + accepted[:-1], accepted) == 1
    assert shifted(accepted[2:] + "00", accepted) == -2
    assert shifted(accepted, accepted[::-1]) == 0
    assert first_difference(accepted, accepted) is None
    assert first_difference("abcX", "abcdef") == 3
    assert first_difference("abc", "abcdef") == 3


@pytest.mark.parametrize(("alike", "late"), [(16, 0), (17, 1)])
def test_frames_are_late_if_more_than_four_in_five_are_those_before(alike, late):
    accepted = FRAMES + "qrstu"
    assert shifted("0" + accepted[:alike] + "0" * (20 - alike), accepted) == late


@pytest.mark.parametrize(("frames", "late"), [(9, 0), (10, 1)])
def test_too_few_frames_are_late_by_chance(frames, late):
    accepted = FRAMES[:frames]
    assert shifted("0" + accepted[:-1], accepted) == late


def test_later_than_eight_frames_is_not_looked_for():
    accepted = FRAMES + "qrstuvwxyz"
    assert shifted("0" * 8 + accepted[:-8], accepted) == 8
    assert shifted("0" * 9 + accepted[:-9], accepted) == 0


def codec(**changes):
    return context().codecs["mine"].model_copy(update=changes)


def test_each_thing_that_is_declared_otherwise_is_told():
    accepted = context().baseline.codecs["mine"]
    assert declares_otherwise(codec(), accepted) == []
    assert declares_otherwise(codec(bins=2, delay=320), accepted) == [
        "mine declares something else than was accepted: bins is 2, accepted 256; delay is 320, accepted 0"
    ]
    assert declares_otherwise(codec(), None) == ["the codec mine was never accepted; accept it with --codec-update"]


def test_a_codec_on_other_threads_is_the_same_and_other_weights_are_told_beside_them():
    accepted = context().baseline.codecs["mine"].model_copy(update={"fingerprint": "f:w1:1"})
    now = codec(options={"threads": 4}, fingerprint="f:w1:4")
    assert other_threads(now, accepted) == ("4", "1")
    assert another_codec(now, accepted) == []
    (told,) = another_codec(now.model_copy(update={"fingerprint": "f:w2:4"}), accepted)
    assert told.endswith("(weights, options or library differ): w2 instead of w1")
    assert other_threads(codec(fingerprint="f:w1:4"), accepted) is None  # it has no threads: the 4 is something else
    assert other_threads(now, None) is None
    assert another_codec(now, None) == []


def explained(one, digits, about=None):
    about = about or context()
    return explanation(about, one, about.accepted("mine/shared", "one"), "mine", digits)


def test_the_first_frame_is_told_in_seconds_with_the_side_that_differs():
    assert explained(cell(), FRAMES[:4] + "X" + FRAMES[5:]) == [
        "decoded audio differs from frame 4 (0.08 s) on; the codes are those accepted, so it is the decoder's side"
    ]
    assert explained(cell(codes="d" * 64), FRAMES) == ["no whole frame of audio differs; the codes differ"]


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("0" + FRAMES[:-1], "the accepted frames come 1 frame (20 ms) late"),
        (FRAMES[2:] + "00", "the accepted frames come 2 frames (40 ms) early"),
    ],
)
def test_frames_that_come_late_or_early_are_told_before_where_they_begin(digits, said):
    late, where = explained(cell(), digits)
    assert late == said
    assert where.startswith("decoded audio differs from frame 0")


def test_another_setup_that_gave_just_this_is_named_and_never_the_setup_itself():
    about = context()
    accepted = about.accepted("mine/shared", "one")
    same = {"one": accepted.model_copy(update={"pcm": "b" * 16})}
    shared = about.baseline.setups["mine/shared"]
    about.baseline.setups["mine/reset"] = shared.model_copy(update={"utterances": same})
    said = "its output is now bit for bit what mine/reset gave when it was accepted"
    assert explained(cell(), FRAMES, about)[0] == said
    assert not [line for line in explained(cell(pcm="d" * 64), FRAMES, about) if "bit for bit" in line]
    assert not [line for line in explained(cell(pcm="c" * 64), FRAMES, about) if "bit for bit" in line]
