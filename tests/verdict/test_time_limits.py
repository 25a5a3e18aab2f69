"""Limits on time, memory and bits: exactly at one, beyond it, and where there is nothing to hold it against."""

import pytest
from pydantic import ValidationError

from harness.metrics.catalogue import METRICS
from harness.record import Measurement
from harness.runs.timing import ELSEWHERE
from harness.verdict import TimeLimits, too_slow
from harness.verdict.time_limits import NUMBERS, RATIOS


def measured(**values):
    return {name: Measurement.of(value, "ms") for name, value in values.items()}


def test_a_ratio_holds_against_the_reference_setup_and_a_number_against_the_machine():
    limits = TimeLimits(rtf_ratio=1.5)
    reference = measured(encode_rtf_median=0.1, decode_rtf_median=0.2)
    assert not too_slow(measured(encode_rtf_median=0.15, decode_rtf_median=0.3), reference, limits, ELSEWHERE)
    (said,) = too_slow(measured(encode_rtf_median=0.1, decode_rtf_median=0.4), reference, limits, ELSEWHERE)
    assert "2.00 times the reference setup's" in said
    assert too_slow(measured(decode_rtf_median=0.4), None, limits, ELSEWHERE) == ()
    (said,) = too_slow(measured(decode_rtf=1.2), None, TimeLimits(rtf=1.0), ELSEWHERE)
    assert "at most 1 is allowed" in said


def test_what_was_asked_for_and_is_undefined_does_not_pass():
    own = {"decode_call_95_ms": Measurement.missing("4 calls")}
    (said,) = too_slow(own, measured(decode_call_95_ms=1.0), TimeLimits(call_95_ratio=2), ELSEWHERE)
    assert "4 calls" in said
    assert "--fresh" in too_slow({}, measured(decode_call_95_ms=1.0), TimeLimits(call_95_ratio=2), ELSEWHERE)[0]
    assert too_slow({}, None, TimeLimits(), ELSEWHERE) == ()
    shared = {"encode_call_95_ms": Measurement.missing(ELSEWHERE)}
    assert too_slow(shared, measured(encode_call_95_ms=1.0), TimeLimits(call_95_ratio=2), ELSEWHERE) == ()


@pytest.mark.parametrize("key", [*RATIOS, *NUMBERS])
def test_each_limit_holds_at_its_value_and_not_beyond_for_each_figure_that_it_is_about(key):
    names = (RATIOS | NUMBERS)[key]
    before = measured(**dict.fromkeys(names, 2.0))
    limits, most = TimeLimits(**{key: 1.5}), 3.0 if key in RATIOS else 1.5
    assert too_slow(measured(**dict.fromkeys(names, most)), before, limits, ELSEWHERE) == ()
    said = too_slow(measured(**dict.fromkeys(names, most * 1.01)), before, limits, ELSEWHERE)
    assert len(said) == len(names)
    for name, words in zip(names, said, strict=True):
        assert words.startswith(METRICS[name].told)
        assert words.endswith("at most 1.5 is allowed")
    assert set(RATIOS) | set(NUMBERS) == set(TimeLimits.model_fields)


@pytest.mark.parametrize(("key", "given"), [("rtf_ratio", 0.99), ("rtf", 0), ("memory_mb", -1), ("bits", 1)])
def test_a_limit_that_nothing_can_keep_is_refused(key, given):
    with pytest.raises(ValidationError, match=key):
        TimeLimits.model_validate({key: given})
    assert TimeLimits(rtf_ratio=1).rtf_ratio == 1


def test_any_time_is_beyond_a_ratio_to_none_at_all():
    (said,) = too_slow(measured(first_sample_ms=1), measured(first_sample_ms=0), TimeLimits(first_sample_ratio=2), "")
    assert "inf times" in said
    assert not too_slow(measured(first_sample_ms=0), measured(first_sample_ms=0), TimeLimits(first_sample_ratio=2), "")


def test_a_reference_that_was_not_measured_does_not_pass_and_says_why():
    own, limits = measured(peak_memory_mb=1.0), TimeLimits(memory_ratio=2)
    (said,) = too_slow(own, {"peak_memory_mb": Measurement.missing("not told")}, limits, ELSEWHERE)
    assert said.endswith("cannot be held against the reference setup's: not told")
    assert "--fresh" in too_slow(own, {}, limits, ELSEWHERE)[0]
    assert too_slow(own, {"peak_memory_mb": Measurement.missing(ELSEWHERE)}, limits, ELSEWHERE) == ()
    made_elsewhere = {"decode_rtf": Measurement.missing(ELSEWHERE)}
    assert too_slow(made_elsewhere, None, TimeLimits(rtf=1), ELSEWHERE) == ()
    (said,) = too_slow({"decode_rtf": Measurement.missing("4 calls")}, None, TimeLimits(rtf=1), ELSEWHERE)
    assert said.endswith(" is undefined: 4 calls")


def test_ratios_are_told_before_numbers():
    own = measured(peak_memory_mb=9.0, first_sample_ms=9.0)
    said = too_slow(own, measured(peak_memory_mb=1.0), TimeLimits(first_sample_ms=1, memory_ratio=2), ELSEWHERE)
    assert ["times the reference setup's" in words for words in said] == [True, False]
