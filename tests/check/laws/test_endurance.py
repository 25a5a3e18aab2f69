"""What goes wrong late is found, and told as what it is; what stays as it was is flat."""

import itertools
import time

import pytest
from click.testing import CliRunner

from harness.check.endurance import run as endurance
from harness.check.endurance.run import endured
from harness.check.endurance.verdict import slower
from harness.check.finding import Status
from harness.check.laws.endurance import long_stream, told
from harness.check.laws.table import judge
from harness.check.subject import subject
from harness.cli.check import check as command
from harness.codecs.loading import load

ENDLESS = "planted.endless:Endless"


def judged(adapter, minutes=0.5, **options):
    under_test = subject(load(adapter, options))
    under_test.minutes = minutes
    return judge("endures", under_test)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("breaks", "breaks between frame 256 and 384"),
        ("drifts", "dB per doubling of the length"),
        ("leaks", "leaks"),
        ("slows", "slows down"),
        ("fails", "decode of frame 300: no more; until then flat"),
    ],
)
def test_what_goes_wrong_late_is_told_as_what_it_is(fault, said):
    found = judged(ENDLESS, fault=fault)
    assert found.status is Status.BROKEN
    assert said in found.observed


def test_a_machine_that_other_work_keeps_busy_is_no_fault_of_the_stream():
    under_test = subject(load(ENDLESS, {"fault": "busy"}))
    under_test.minutes = 0.5
    stream = long_stream(under_test)
    run = endured(under_test.codec, stream, lambda _: None)
    assert slower(run.loads)
    assert run.beside is not None
    assert run.beside.late < 1.5 * run.beside.fresh
    assert told(under_test, run, stream) is None


def test_a_drift_of_one_decibel_per_doubling_is_measured_within_a_minute():
    begun = time.process_time()
    found = judged(ENDLESS, 1.0, fault="drifts")
    assert time.process_time() - begun < 60  # s
    slope = float(found.observed.partition("drifts by ")[2].partition(" ")[0])
    assert slope == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("adapter", ["pcm", "opus", ENDLESS])
def test_what_stays_as_it_was_is_flat(adapter):
    found = judged(adapter)
    assert found.status is Status.HELD
    assert "over 30 s flat" in found.observed


def test_a_fresh_instance_is_not_asked_again_for_what_it_has_said(monkeypatch):
    monkeypatch.setattr(endurance, "BLOCK", 0)
    monkeypatch.setattr(endurance, "FARTHEST", 0.0)  # so no frame is asked by itself
    under_test = subject(load("pcm", {"hold": 126}))  # so many frames that are held back make a context
    under_test.minutes = 2.0
    stream = long_stream(under_test)
    opened = itertools.count()
    usual = under_test.codec.open
    monkeypatch.setattr(under_test.codec, "open", lambda: (next(opened), usual())[1])
    run = endured(under_test.codec, stream, lambda _: None)
    assert len(run.marks) >= 6
    assert stream.lead > 0
    assert next(opened) == 1 + 1


@pytest.mark.parametrize(("fault", "at"), [("mutes", 254), ("mutes", 500), ("mutes", 1200), ("flips", 257)])
def test_one_frame_that_is_spoilt_between_two_marks_is_named(fault, at):
    found = judged(ENDLESS, fault=fault, at=at)
    assert found.status is Status.BROKEN
    frame = at - (fault == "flips")  # the frame with which so many were sent
    assert f"frame {frame} ({frame / 50:.1f} s) is not what fresh instances give behind" in found.observed


@pytest.mark.parametrize("at", [450, 500, 1200])
def test_such_a_frame_is_named_behind_a_context_of_more_than_a_block_too(at):
    found = judged(ENDLESS, fault="mutes", at=at, context=200)
    assert f"frame {at} ({at / 50:.1f} s) is not what fresh instances give behind" in found.observed
    assert judged(ENDLESS, context=200).status is Status.HELD


def test_behind_a_context_of_more_than_half_a_minute_it_is_not_asked(monkeypatch):
    monkeypatch.setattr(endurance, "FARTHEST", 3.9)
    assert judged(ENDLESS, fault="mutes", at=500, context=200).status is Status.HELD


def test_a_frame_that_is_spoilt_again_and_again_is_named_where_it_first_is():
    """The fresh instances spoil one as well, which is another frame of the stream."""
    assert "frame 63 (1.3 s) is not what fresh instances give" in judged(ENDLESS, fault="mutes-each", at=64).observed


@pytest.mark.parametrize("period", [4, 7, 28, 5000])
def test_what_depends_on_its_place_in_any_stream_is_not_told_of_a_frame(period):
    assert judged(ENDLESS, fault="dithers", at=period).status is Status.HELD


def test_what_breaks_behind_the_last_power_of_two_is_found_at_the_end():
    assert "breaks between frame 1024 and 1492" in judged(ENDLESS, fault="breaks", at=1300).observed


def test_what_was_measured_before_a_death_is_kept():
    result = CliRunner().invoke(
        command, [ENDLESS, "--option", "fault=dies", "--law", "endures", "--law", "counts", "--minutes", "0.3"]
    )
    assert result.exit_code == 1
    assert "ended its worker process" in result.output
    assert "until then frame 32: equal; frame 256: equal" in result.output


def test_a_stream_is_long_enough_for_two_marks_behind_the_context():
    under_test = subject(load("pcm", {"hold": 900}))
    assert len(long_stream(under_test).marks) == 2 + 1  # its end


@pytest.mark.parametrize("hold", [0, 100])
def test_however_many_minutes_are_asked_for_there_is_a_stream_that_is_looked_at_to_its_end(hold):
    under_test = subject(load("pcm", {"hold": hold}))
    for tenths in range(21, 100):
        under_test.minutes = tenths / 10
        stream = long_stream(under_test)
        assert stream.to_end
        assert stream.frames >= tenths * 300


def test_a_context_of_minutes_asks_for_more_minutes():
    under_test = subject(load("planted.endless:Remembers", {}))
    found = judge("endures", under_test)
    assert found.status is Status.NOT_APPLICABLE
    assert "give so many --minutes" in found.observed
