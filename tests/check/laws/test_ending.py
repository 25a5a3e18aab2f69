"""Each fault of a beginning or an end breaks the law about it; who holds frames back rightly keeps all laws."""

import numpy as np
import pytest
from planted.ends import Counted, Flushing, Full, Late, Places
from planted.innocent import Overlapping

from harness.audio.speech import load as load_speech
from harness.check.finding import Status
from harness.check.laws.basics import plain_stream
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.codecs.loading import load
from harness.runtime.resources import fixture

LAWS = ("start-up", "flush", "close")


def spoken():
    embedded = {utterance.id: utterance for utterance in load_speech(fixture("speech"))}
    return [embedded["heart-02"], embedded["slt-04"]]


def found(codec, laws=LAWS):
    under_test = subject(codec, frames=24, longest=2.0)
    assert plain_stream(under_test) is None
    return {law: judge(law, under_test) for law in laws}


@pytest.mark.parametrize("hold", [1, 3])
def test_who_holds_back_what_is_declared_keeps_the_laws(hold):
    more = ("delay", "chunks", "clone-continues", "reset-decoder", "instances-separate")
    findings = found(Late(hold=hold), ("start-up", "flush", *more))
    assert {finding.status for finding in findings.values()} == {Status.HELD}, findings
    assert findings["start-up"].measured.value == hold * 320


@pytest.mark.parametrize(
    ("fault", "law", "words"),
    [
        ("overdeclared", "start-up", "a start-up of 640 samples is declared, and 320 are held back at most"),
        ("no-flush", "flush", "flush is missing"),
        ("short-flush", "flush", "flush returned PCM of shape (319,), wanted (320,)"),
        ("silent-flush", "flush", "flush() gives silence"),
        ("repeats", "flush", "flush() called a second time gives 320 samples more"),
        ("shared", "flush", "wanted (0,)"),
    ],
)
def test_each_fault_breaks_its_law(fault, law, words):
    under_test = subject(Late(fault=fault), frames=24, longest=2.0)
    _ = under_test.codes  # not the PCM, which may be wrong already
    trouble = judge(law, under_test)
    assert trouble.status in (Status.BROKEN, Status.COULD_NOT_RUN)
    assert words in trouble.observed


def test_a_start_up_that_is_not_declared_is_told_once_for_all():
    said = plain_stream(subject(Late(fault="undeclared"), frames=24, longest=2.0))
    assert said is not None
    assert "returned PCM of shape (0,), wanted (320,)" in said
    assert "CodecInfo: start_up" in said


def test_a_codec_that_holds_nothing_back_and_cannot_be_closed_is_not_asked():
    assert {finding.status for finding in found(load("opus", {})).values()} == {Status.NOT_APPLICABLE}


def test_a_place_is_free_again_after_close():
    assert found(Places(places=3), ("close",))["close"].status is Status.HELD


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("goes-on", "still takes a call on its encoder side"),
        ("keeps-place", "that had encoded were opened and closed, one after another, the next is refused: open raised"),
        ("keeps-idle", "instances that nothing had been asked of were opened and closed, one after another, the next"),
    ],
)
def test_a_wrong_close_is_told(fault, words):
    finding = found(Places(places=12, fault=fault), ("close",))["close"]
    assert finding.status is Status.BROKEN
    assert words in finding.observed


def test_a_stream_that_is_given_the_row_of_another_after_a_close_is_told():
    finding = found(Counted(), ("close",))["close"]
    assert finding.status is Status.BROKEN
    assert "once a place beside it is taken again differs" in finding.observed


def test_a_law_that_needs_more_streams_than_there_is_room_for_does_not_apply():
    findings = found(Places(places=2, declares=True), ("clone-continues", "close", "chunks"))
    assert findings["clone-continues"].status is Status.NOT_APPLICABLE
    assert findings["clone-continues"].observed == "it needs 3 streams at once, and the codec has room for 2"
    assert findings["close"].status is Status.HELD
    assert findings["chunks"].status is Status.HELD


def test_a_codec_that_has_no_close_is_told_that_it_would_be_called():
    under_test = subject(Places(places=4, fault="no-close"), frames=24, longest=2.0)
    assert plain_stream(under_test) is None
    finding = judge("deterministic", under_test)
    assert finding.status is Status.COULD_NOT_RUN
    assert "its instances have no close() by which they could give a place back" in finding.observed


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (True, "sent again, the frame is taken, and the refused call had changed encoder/"),
        (False, "sent again, the frame is taken, and state() shows no change by it"),
    ],
)
def test_a_legal_frame_that_is_refused_once_is_sent_again(moved, said):
    told = plain_stream(subject(Full(moved)))
    assert told is not None
    assert "the packet does not fit; enlarge the buffer and try again" in told
    assert said in told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("odd-flush", "flush() gives silence, where a stream that goes on has sound"),
        ("part-flush", "flush() gives silence in samples 640 to 959 of 960"),
        ("late-flush", "flush() gives silence, where a stream that goes on has sound"),
        ("swapped-flush", "flush() gives another sound than a stream that goes on"),
    ],
)
def test_a_flush_that_is_wrong_after_some_lengths_or_in_a_part_is_told(fault, words):
    finding = judge("flush", subject(Late(hold=3, fault=fault), longest=4.0))
    assert finding.status is Status.BROKEN
    assert words in finding.observed


def test_a_tail_that_fades_to_silence_is_not_accused():
    class Fading(Flushing):
        def flush(self):
            rest = super().flush()
            return rest * np.linspace(1, 0, len(rest), dtype=np.float32)

    class Codec(Late):
        def open(self):
            return Fading(self, self.inner.open(), [])

    assert judge("flush", subject(Codec(hold=3), longest=4.0)).status is Status.HELD


def test_a_flush_that_is_another_sound_after_one_frame_alone_is_told():
    class Once(Flushing):
        def flush(self):
            once, rest = self.given == 1, super().flush()
            return rest[::-1].copy() if once else rest

    class Codec(Late):
        def open(self):
            return Once(self, self.inner.open(), [])

    finding = judge("flush", subject(Codec(hold=1), spoken(), longest=4.0))
    assert finding.status is Status.BROKEN
    assert "another sound than a stream that goes on" in finding.observed
    assert finding.first_frame == 1


def test_half_of_a_transform_at_the_end_is_not_accused():
    """Its half is the speech and its mirror image: at one of the ends that are asked their correlation is 0.15 here."""
    assert judge("flush", subject(Overlapping(), spoken())).status is Status.HELD


def test_a_tail_that_was_given_before_is_another_sound():
    class Repeats(Overlapping):
        def decoded(self, state, codes):
            given = super().decoded(state, codes)
            state["given"] = given.copy()
            return given

        def flushed(self, state):
            rest = super().flushed(state)
            return state["given"] if len(rest) and len(state["given"]) else rest

    finding = judge("flush", subject(Repeats(), spoken()))
    assert finding.status is Status.BROKEN
    assert "another sound than a stream that goes on (correlation -0.0" in finding.observed
