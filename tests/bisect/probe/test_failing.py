"""What is a failure of the codec, and what does not vary from one such failure to the next."""

from concurrent.futures import Future

import pytest

from harness.bisect.probe.failing import ProcessEnded, failure_of, how_loading_fails, not_loaded, result_of
from harness.errors import (
    CodecBroken,
    CodecFailed,
    CodecUnavailable,
    CodecUnknown,
    NotOffered,
    SuiteInvalid,
    WeightsInvalid,
)
from harness.runtime.calls import CallPlace
from harness.runtime.pool import TookTooLong, WorkerDied

IN_A_CALL = CallPlace("mimi", "decode")


def asked(error):
    future = Future()
    future.set_exception(error)
    return future


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("index 5 is out of range in /builds/1.2/a.py", "index 66 is out of range in /opt/x/y/a.py"),
        ("off by 0.001", "off by 1e-05"),
        ("off by 2.5e+3", "off by -7"),
        ("returned -1.5 to 3", "returned 1 to -3.25"),
        ("at 0x7f3A", "at 0xdeadbeef"),
        ("cannot open '/a/b.bin'", "cannot open 'c\\d\\b.bin'"),
        ("(/tmp/x1/lib.so)", "(/tmp/y22/lib.so)"),
        ("frames 0-3", "frames 10-12"),
    ],
)
def test_numbers_and_folders_do_not_make_another_failure(one, other):
    assert failure_of(CodecFailed(one)) == failure_of(CodecFailed(other)) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("decode raised IndexError", "decode raised KeyError"),
        ("cannot open /a/b.bin", "cannot open /a/c.bin"),
        ("returned NaN", "returned 1"),
        ("", "decode"),
    ],
)
def test_other_words_are_another_failure(one, other):
    assert failure_of(CodecFailed(one)) != failure_of(CodecFailed(other))


def test_what_a_wiring_lacks_is_no_failure():
    assert failure_of(NotOffered("it has no clone()")) == ""


@pytest.mark.parametrize("death", [WorkerDied, TookTooLong])
def test_a_process_that_ended_in_a_call_is_a_failure_and_outside_of_one_is_not(death):
    found = result_of(asked(death("ended in decode of frame 3", "trace of x", IN_A_CALL)))
    assert isinstance(found, ProcessEnded)
    assert str(found) == "it ended in decode of frame 3"  # not which task it was in
    with pytest.raises(death):
        result_of(asked(death("ended", "trace of x")))


@pytest.mark.parametrize(
    "error", [CodecBroken("info"), CodecFailed("raised"), WeightsInvalid("cut"), WorkerDied("died", "", IN_A_CALL)]
)
def test_what_is_there_and_cannot_be_loaded_fails(error):
    assert isinstance(result_of(asked(error)), CodecFailed)
    assert how_loading_fails(error) == failure_of(not_loaded(error)) != ""


@pytest.mark.parametrize(
    "error", [CodecUnavailable("gone"), CodecUnknown("who"), SuiteInvalid("option"), WorkerDied("lost")]
)
def test_what_is_not_there_does_not_fail(error):
    assert how_loading_fails(error) == ""
    with pytest.raises(type(error)):
        result_of(asked(error))


def test_a_fault_of_ours_is_no_failure_of_the_codec():
    with pytest.raises(ZeroDivisionError):
        result_of(asked(ZeroDivisionError()))
