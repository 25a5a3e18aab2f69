import pytest

from harness.record import Expectation, Verdict
from harness.verdict import meets
from harness.verdict.expectation import expected as told


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


@pytest.mark.parametrize(
    ("at_least", "at_most", "said"),
    [
        ("degraded", "altered", "must be degraded or better, and altered or worse"),
        ("identical", None, "must be identical"),
        ("altered", None, "must be altered or better"),
        (None, "degraded", "expected failure: degraded or worse"),
        (None, None, "may be anything that can be measured"),
    ],
)
def test_an_expectation_in_words(at_least, at_most, said):
    assert told(Expectation(at_least=at_least, at_most=at_most)) == said
