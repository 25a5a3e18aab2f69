"""Words that were asked for and could be judged nowhere: a setup is what it must be only if it is so either way."""

from pathlib import Path

import pytest

from harness.codecs.loading import load
from harness.record import Expectation, Measurement, Verdict
from harness.runs import suite as suites
from harness.runs.summary import _words_open, expectation_of, shortened
from harness.verdict import Judgement
from harness.verdict.over_utterances import NONE_READ

UNREAD = {"wer": Measurement.missing(NONE_READ)}


@pytest.mark.parametrize(
    ("verdict", "at_least", "at_most", "is_reference", "expected"),
    [
        ("identical", "identical", None, True, "undefined"),  # whether the codec keeps the words is its question
        ("identical", "identical", None, False, "identical"),
        ("equivalent", "equivalent", None, False, "equivalent"),
        ("altered", "altered", None, False, "undefined"),
        ("degraded", "degraded", None, False, "undefined"),
        ("altered", None, None, False, "altered"),
        ("degraded", None, "degraded", False, "degraded"),  # a control: worse it cannot be than it must
        ("degraded", "altered", None, False, "degraded"),  # unmet either way
        ("undefined", "altered", None, False, "undefined"),
    ],
)
def test_words_that_could_be_judged_nowhere(verdict, at_least, at_most, is_reference, expected):
    expectation = Expectation(at_least=at_least, at_most=at_most)
    judgement = Judgement.of(Verdict(verdict), "why")
    found = _words_open(judgement, expectation, UNREAD, is_reference=is_reference)
    assert found.verdict is Verdict(expected)
    assert found.reasons[-1] == "why"


@pytest.mark.parametrize("figures", [{}, {"wer": Measurement.of(0.1, "1")}, {"wer": Measurement.missing("died")}])
def test_words_that_were_not_asked_for_or_could_be_judged_change_nothing(figures):
    judgement = Judgement.of(Verdict.ALTERED, "why")
    assert _words_open(judgement, Expectation(at_least=Verdict.ALTERED), figures, is_reference=True) is judgement


@pytest.mark.parametrize(
    ("setup", "wanted"),
    [
        ({"topology": "cross-talk"}, "identical"),
        ({"topology": "tail-dropped"}, "degraded"),
        ({"path": "bytes-swapped"}, None),
        ({"wire": "drop-frame"}, None),
        ({"topology": "cross-talk", "wire": "drop-frame"}, None),
        ({"path": "odd-bytes-carried", "at_least": "identical"}, "identical"),
    ],
)
def test_a_codec_without_state_must_be_identical_as_long_as_nothing_is_done_to_its_codes_and_input(setup, wanted):
    content = {"codecs": {"pcm": {"adapter": "pcm"}}, "setups": [{"codec": "pcm"}, {"codec": "pcm"} | setup]}
    found = suites.parse(content, "test", Path(), "test").setups[-1]
    assert expectation_of(found, load("pcm", {}).info).at_least == wanted


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("heart-04: polarity is inverted", "heart-04: polarity is inverted"),
        ("not the same bits twice: first this, " + "then that " * 10, "not the same bits twice: first this"),
        ("a" * 101, ""),
    ],
)
def test_a_headline_bears_the_clauses_for_which_there_is_room(reason, told):
    assert shortened(reason) == told
