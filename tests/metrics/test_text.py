"""One function writes a measurement, wherever it is shown."""

import pytest

from harness.metrics.text import number, text
from harness.record import Measurement


@pytest.mark.parametrize(
    ("name", "found", "shown"),
    [
        ("pesq_wb", Measurement.of(2.345, "MOS-LQO"), "2.35"),
        ("gain_db", Measurement.of(-0.001, "dB"), "0.00"),
        ("si_sdr_db", Measurement.of(-3.04, "dB"), "-3.0"),
        ("wer", Measurement.of(0.1234, "1"), "12.3%"),
        ("wer", Measurement.of(-0.0001, "1"), "0.0%"),
        ("codes_equal", Measurement.of(1, "bool"), "yes"),
        ("codes_equal", Measurement.of(0, "bool"), "no"),
        ("stoi", Measurement.missing("silence"), "undefined"),
        ("stoi", None, "not measured"),
        ("something_new", Measurement.of(1.5, "x"), "1.500"),
    ],
)
def test_a_measurement_has_the_decimals_of_its_metric(name, found, shown):
    assert text(name, found) == shown


def test_a_unit_and_a_reason_are_told_where_they_are_asked_for():
    assert text("gain_db", Measurement.of(-6.0, "dB"), unit=True) == "-6.00 dB"
    assert text("stoi", Measurement.of(0.5, "1"), unit=True) == "0.500"
    assert text("stoi", Measurement.missing("silence"), unit=True, why=True) == "undefined: silence"


def test_beside_a_limit_it_has_significant_digits():
    assert text("pesq_wb", Measurement.of(2.34567, "MOS-LQO"), significant=4) == "2.346"
    assert text("wer", Measurement.of(0.1234, "1"), significant=4) == "0.1234"
    assert text("pcm_equal", Measurement.of(1, "bool"), significant=6) == "1"
    assert (
        text("length_change_samples", Measurement.of(-14400, "samples"), significant=4, unit=True) == "-14400 samples"
    )


def test_a_change_has_its_sign():
    assert text("stoi", Measurement.of(0.0101, "1"), sign="+") == "+0.010"
    assert number("stoi", -0.00001, "+") == "+0.000"
    assert number("wer", 0.021, "+") == "+2.1 pp"
