"""How much a window must hold is found to the frame, where it is known; wrong windows inside a codec break the law."""

import pytest
from planted.ends import Late
from planted.innocent import Overlapping
from planted.windows import Counting, Echo, Inside

from harness.check.finding import Status
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load


def found(codec):
    return judge("window", subject(codec, longest=4))


@pytest.mark.parametrize("past", [0, 1, 3, 13])
def test_what_a_decoder_looks_back_is_found_to_the_frame(past):
    finding = found(Echo(past))
    assert (finding.status, finding.measured.value) == (Status.HELD, past), finding.observed
    assert f"to decode, {past} frames of the past ({past * 0.02:.2f} s) are enough" in finding.observed
    assert "to encode, 0 frames of the past" in finding.observed
    assert ("dB, by frames of the past: 0: " in finding.observed) == (past > 0)  # what less costs


def test_a_context_that_is_declared_too_short_is_broken():
    finding = found(Echo(past=7, context=5))
    assert (finding.status, finding.off_by.value) == (Status.BROKEN, 2)
    assert "windows of the declared context of 5 frames" in finding.observed
    assert "7 frames of the past (0.14 s) are enough and 6 are not" in finding.observed


def test_what_a_codec_of_whole_signals_looks_ahead_is_found_too():
    finding = found(Echo(past=2, ahead=3))
    assert (finding.status, finding.measured.value) == (Status.HELD, 2)
    assert "2 frames of the past (0.04 s) are enough and 1 are not, with 3 of what follows" in finding.observed


def test_a_decoder_that_counts_its_frames_has_no_window_and_so_no_number():
    finding = found(Counting())
    assert finding.status is Status.HELD
    assert finding.measured.value is None
    assert "to decode, not even 180 frames of the past are enough" in finding.observed


@pytest.mark.parametrize("fault", ["short", "first-only", "late"])
def test_a_decoder_that_cuts_its_own_windows_wrongly_breaks_the_law(fault):
    assert found(Inside(fault="none")).status is Status.HELD
    finding = found(Inside(fault=fault))
    assert finding.status is Status.BROKEN
    assert "PCM of windows with all of the past differs from frame" in finding.observed


def test_the_embedded_codecs_keep_it():
    assert found(load("opus", {})).status is Status.HELD
    assert found(load("pcm", {})).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("hold", [1, 3])
def test_what_a_codec_holds_back_at_first_is_no_difference(hold):
    finding = found(Late(hold=hold))
    assert finding.status is Status.HELD, finding.observed


def test_a_window_of_a_codec_that_holds_back_sees_what_a_stream_has_seen():
    finding = found(Overlapping())
    assert finding.status is Status.HELD, finding.observed
    assert "to decode, 0 frames of the past (0.00 s) are enough, with 1 of what follows" in finding.observed
