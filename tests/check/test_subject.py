"""What the laws are functions of: speech, reference, and how long a stream exhausts a context."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from harness.check.finding import Status
from harness.check.laws.basics import plain_stream
from harness.check.laws.table import judge
from harness.check.subject import LONGEST, STEADY, Subject, subject, usual_frames
from harness.codecs.loading import load
from harness.errors import CodecFailed, SpeechInvalid


def with_context(context):
    codec: Any = load("opus", {})
    codec.info = dataclasses.replace(codec.info, context=context)
    return subject(codec)


def test_the_long_stream_exceeds_the_context_as_far_as_that_is_affordable():
    assert with_context(None).long_frames == LONGEST / 0.02
    assert with_context(0).long_frames == STEADY / 0.02
    assert with_context(1000).long_frames == 1258
    assert with_context(10_000).long_frames == LONGEST / 0.02
    assert subject(load("pcm", {})).long_frames == 80


def test_most_laws_see_more_than_the_declared_context_where_that_fits():
    info = load("opus", {}).info
    assert usual_frames(info) == 80
    assert usual_frames(dataclasses.replace(info, context=90)) == 98
    assert usual_frames(dataclasses.replace(info, context=500)) == 80
    assert usual_frames(dataclasses.replace(info, frame_size=1280)) == 40  # of 80 ms
    assert usual_frames(dataclasses.replace(info, frame_size=2)) == 100


def test_the_second_half_of_the_long_stream_repeats_the_first():
    under_test = with_context(0)
    np.testing.assert_array_equal(under_test.speech(0, 250), under_test.speech(250, 500))


def test_the_long_reference_continues_the_plain_one():
    under_test = with_context(100)
    np.testing.assert_array_equal(under_test.long_codes[:, :80], under_test.codes)
    np.testing.assert_array_equal(under_test.long_pcm[: len(under_test.pcm)], under_test.pcm)


def test_speech_begins_at_once_and_is_repeated_if_short():
    under_test = subject(load("opus", {}))
    assert np.abs(under_test.speech(0, 2)).max() > 0.02
    short = Subject(load("pcm", {}), np.ones(400, np.float32), np.ones(320, np.float32))
    assert short.speech(0, 3).shape == (960,)
    with pytest.raises(SpeechInvalid, match="frames of 320 samples, got speech of 10 and 320"):
        Subject(load("pcm", {}), np.ones(10, np.float32), np.ones(320, np.float32))


def test_a_plain_stream_that_fails_says_where():
    assert plain_stream(subject(load("opus", {}))) is None
    told = plain_stream(subject(load("planted.faults:ReturnsNan", {})))
    assert told is not None
    assert "NaN or infinite samples, the first in frame 9" in told


def test_a_call_of_the_wrong_size_is_the_codecs_failure():
    under_test = subject(load("planted.faults:OneSampleLong", {}))
    with pytest.raises(CodecFailed, match=r"decode of frames 0 to 0 returned PCM of shape \(321,\), wanted \(320,\)"):
        under_test.decode(under_test.open(), 0, 1)


def test_a_codec_with_room_for_one_stream_is_asked_what_one_stream_tells():
    codec: Any = load("opus", {})
    codec.capacity = 1
    one = subject(codec, longest=4)
    assert plain_stream(one) is None
    for law in (
        "deterministic",
        "counts",
        "sound",
        "delay",
        "level",
        "honest-errors",
        "chunks",
        "failure-is-harmless",
        "reset-decoder",
    ):
        assert judge(law, one).status is Status.HELD, law
    finding = judge("endures", one)
    assert (finding.status, finding.observed) == (
        Status.NOT_APPLICABLE,
        "it needs 2 streams at once, and the codec has room for 1",
    )
