import pytest

from harness.record import Expectation, Verdict
from harness.verdict import meets


@pytest.mark.parametrize(
    ("verdict_", "at_least", "at_most", "expected"),
    [
        ("identical", "identical", None, True),
        ("equivalent", "identical", None, False),
        ("equivalent", "altered", None, True),
        ("undefined", "corrupt", None, False),
        ("degraded", None, "degraded", True),
        ("corrupt", None, "degraded", True),
        ("altered", None, "degraded", False),
        ("undefined", None, "altered", False),
        ("corrupt", None, None, True),
        ("undefined", None, None, False),
        ("undefined", "undefined", None, False),
        ("undefined", None, "undefined", False),
    ],
)
def test_expectations(verdict_, at_least, at_most, expected):
    expectation = Expectation(at_least=at_least, at_most=at_most)
    assert meets(Verdict(verdict_), expectation) is expected
