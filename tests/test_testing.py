"""Assertions from Python: at each rung and one below, what a failed one says, and what cannot be said."""

from pathlib import Path

import pytest
from verdict.measured import measured

from harness.errors import SuiteInvalid
from harness.record import Verdict
from harness.testing import Harness, PairResult, SetupResult
from harness.verdict import PairScores, Tolerances, itself, judge_pair

ALIKE = {"word_errors": 0.0, "pesq_wb": 4.644, "pesq_nb": 4.549, "stoi": 1.0, "level_swing_db": 0.0, "drift_ppm": 0.0}
QUIET = {"asr": False, "pesq": False, "stoi": False}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the record and the folder of a run of setups that are each on a rung of their own."""
    folder = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        return Harness(out=folder / "reports", jobs=1).run(
            {
                "name": "rungs",
                "speech": {"utterances": ["heart-04"]},
                "codecs": {"pcm": {"adapter": "pcm"}, "half": {"adapter": "planted.faults:HalfGain", "inner": "pcm"}},
                "scores": QUIET,
                "setups": [
                    {"codec": "pcm", "topology": ["shared", "offline"]},
                    {"codec": "half", "reference": "pcm/shared"},
                ],
            }
        )


def result(ran, name):
    record, folder = ran
    return SetupResult(record, folder, next(one for one in record.setups if one.name == name))


def test_a_setup_passes_what_it_is_and_all_below(ran):
    found = result(ran, "pcm/offline")
    assert found.verdict is Verdict.IDENTICAL
    found.assert_identical()
    found.assert_equivalent()
    found.assert_same_speech()
    found.assert_words_kept()
    found.assert_at_least("corrupt")
    with pytest.raises(AssertionError, match=r"pcm/offline is an expected failure .*, but is identical"):
        found.assert_broken()
    with pytest.raises(ValueError, match="no-rung"):
        found.assert_at_least("no-rung")


def test_a_broken_setup_fails_from_its_rung_on_and_says_where_and_by_how_much(ran):
    found = result(ran, "half/shared")
    assert found.verdict is Verdict.DEGRADED
    found.assert_at_least("degraded")
    found.assert_broken()
    with pytest.raises(AssertionError):
        found.assert_broken("corrupt")
    with pytest.raises(AssertionError) as failed:
        found.assert_same_speech()
    lines = str(failed.value).splitlines()
    assert lines[0].startswith("half/shared must be altered or better, but is degraded")
    assert any(line.startswith("  - ") and "-6.0 dB" in line for line in lines)
    assert "  worst utterance: heart-04" in lines
    assert any(line.startswith("  gain_db") and "reference" in line for line in lines)
    assert lines[-1] == f"  report: {found.folder}"  # no page was written


def test_words_that_nobody_scored_are_not_said_to_be_kept(ran):
    with pytest.raises(AssertionError, match=r"^half/shared is degraded, and nobody scored the words of heart-04"):
        result(ran, "half/shared").assert_words_kept()


def test_a_result_has_the_cells_of_its_own_setup(ran):
    assert [(cell.setup, cell.utterance) for cell in result(ran, "half/shared").cells] == [("half/shared", "heart-04")]


def pair(**changes):
    found = measured(**(ALIKE | {"codes_equal": None, "pcm_equal": None, "pcm_equivalent": None} | changes))
    judged = judge_pair(found, Tolerances())
    scores = PairScores(
        verdict=judged.verdict, reasons=judged.reasons, measurements=found, against=itself(found),
        tolerances=Tolerances(),
    )  # fmt: skip
    return PairResult(Path("heard.wav"), scores, Tolerances())


def test_a_pair_whose_words_were_not_scored_keeps_none():
    for check in (pair(reference_words=None).assert_words_kept, pair(wer_floor="it is silent").assert_same_speech):
        with pytest.raises(AssertionError, match=r"^heard\.wav: words were not scored: give the words"):
            check()


def test_a_reference_that_cannot_be_read_says_nothing_of_words():
    limit = Tolerances().unreadable
    pair(wer_floor=limit, word_errors=round(12 * limit)).assert_words_kept()
    with pytest.raises(AssertionError, match="the recogniser cannot read the reference itself"):
        pair(wer_floor=limit + 0.01, word_errors=round(12 * limit)).assert_words_kept()


def test_a_lossy_file_can_be_held_against_another_one():
    lossy, plain = pair(pesq_wb=2.4, pesq_nb=3.0, stoi=0.95), pair(pesq_wb=2.4, pesq_nb=3.0, stoi=0.95)
    lossy.assert_words_kept()
    with pytest.raises(AssertionError) as failed:
        lossy.assert_same_speech()
    lines = str(failed.value).splitlines()
    assert lines[0].startswith("heard.wav: must be altered or better, but is degraded")
    assert any("PESQ-WB 2.40 instead of 4.64" in line for line in lines)
    lossy.assert_same_speech(against=plain)
    with pytest.raises(AssertionError) as failed:
        pair(pesq_wb=1.5, pesq_nb=2.0).assert_same_speech(against=plain)
    assert any(line.startswith("  pesq_wb") and "reference 2.4" in line for line in str(failed.value).splitlines())


def test_what_is_no_suite_says_where_it_was_given(tmp_path):
    with pytest.raises(SuiteInvalid, match="the suite given to codec_harness: "):
        Harness(out=tmp_path).run({"no_such_key": 1})
    with pytest.raises(SuiteInvalid, match="no-such"):
        Harness(out=tmp_path).setup("pcm", "no-such")
    assert list(tmp_path.iterdir()) == []
