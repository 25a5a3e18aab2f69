import pytest

from harness.bisect.probe.criterion import decide, parse
from harness.bisect.search import Judged
from harness.errors import UsageInvalid
from harness.metrics.metric import Depth
from harness.record import Measurement
from harness.verdict import Tolerances


def measured(**values):
    return {name: Measurement.of(value, "1") for name, value in values.items()}


GOOD = measured(pesq_wb=4.0, pesq_nb=4.0, stoi=0.98, word_errors=0, reference_words=10, wer_floor=0.0, wer=0.0)
EQUAL = measured(codes_equal=1, pcm_equal=1, pcm_equivalent=1)
ROUNDED = measured(codes_equal=1, pcm_equal=0, pcm_equivalent=1, max_abs_difference=1e-7)
DIFFERENT = measured(codes_equal=1, pcm_equal=0, pcm_equivalent=0, snr_db=5)


def judged(bad_if, found, depth=Depth.WORDS, bad=None):
    return decide(parse(bad_if), found, GOOD, bad, depth, Tolerances())


@pytest.mark.parametrize(
    ("bad_if", "found", "judgement"),
    [
        ("corrupt", EQUAL, Judged.GOOD),
        ("not-identical", EQUAL, Judged.GOOD),
        ("not-identical", ROUNDED, Judged.BAD),
        ("altered", ROUNDED, Judged.GOOD),
        ("altered", DIFFERENT, Judged.BAD),
        ("stoi < good - 0.1", EQUAL, Judged.GOOD),
    ],
)
def test_milliseconds_settle_what_they_can(bad_if, found, judgement):
    observation = judged(bad_if, found, Depth.SIGNAL)
    assert (observation.judgement, observation.sure) == (judgement, True)


@pytest.mark.parametrize("bad_if", ["degraded", "corrupt", "stoi < 0.8", "wer > good + 0.1"])
def test_what_they_cannot_goes_deeper(bad_if):
    assert judged(bad_if, DIFFERENT, Depth.SIGNAL) is None


def test_quality_settles_degraded_and_only_suggests_that_words_are_kept():
    worse = DIFFERENT | measured(pesq_wb=2.0, pesq_nb=3.9, stoi=0.9)
    same = DIFFERENT | measured(pesq_wb=4.0, pesq_nb=4.0, stoi=0.98)
    assert judged("degraded", worse, Depth.QUALITY).sure
    assert judged("corrupt", worse, Depth.QUALITY) is None
    hint = judged("corrupt", same, Depth.QUALITY)
    assert (hint.judgement, hint.sure) == (Judged.GOOD, False)
    hint = judged("corrupt", worse, Depth.QUALITY, bad=measured(pesq_wb=2.5, stoi=0.95))
    assert (hint.judgement, hint.sure) == (Judged.BAD, False)


def test_words_of_an_utterance_that_cannot_be_read_settle_nothing():
    unread = DIFFERENT | measured(pesq_wb=2.0, pesq_nb=3.9, stoi=0.9, word_errors=9, reference_words=10, wer_floor=0.9)
    assert judged("corrupt", unread).judgement is Judged.SKIP
    assert judged("degraded", unread).judgement is Judged.BAD


def test_words_settle_corrupt():
    worse = DIFFERENT | measured(pesq_wb=2.0, pesq_nb=3.9, stoi=0.9, reference_words=10, wer_floor=0.0)
    assert judged("corrupt", worse | measured(word_errors=5)).judgement is Judged.BAD
    assert judged("corrupt", worse | measured(word_errors=0)).judgement is Judged.GOOD
    undefined = worse | {"word_errors": Measurement.missing("the recogniser crashed")}
    observation = judged("corrupt", undefined)
    assert observation.judgement is Judged.SKIP
    assert "crashed" in observation.reason


@pytest.mark.parametrize(
    ("bad_if", "value", "judgement"),
    [
        ("stoi < 0.8", 0.79, Judged.BAD),
        ("stoi < 0.8", 0.8, Judged.GOOD),
        ("stoi <= 0.8", 0.8, Judged.BAD),
        ("stoi < good - 0.1", 0.87, Judged.BAD),
        ("stoi<good-0.1", 0.89, Judged.GOOD),
        ("stoi >= good", 0.99, Judged.BAD),
        ("stoi > .5", 0.6, Judged.BAD),
    ],
)
def test_expressions(bad_if, value, judgement):
    observation = judged(bad_if, DIFFERENT | measured(stoi=value), Depth.QUALITY)
    assert (observation.judgement, observation.sure) == (judgement, True)


@pytest.mark.parametrize("bad_if", ["broken", "stoi", "stoi < ", "stoi == 3", "stoi < good -", "__import__('os')", ""])
def test_other_text_is_refused(bad_if):
    with pytest.raises(UsageInvalid, match="--bad-if: got"):
        parse(bad_if)


def test_what_was_not_measured_cannot_be_judged():
    observation = judged("seam_snr_db < 3", DIFFERENT)
    assert (observation.judgement, observation.reason) == (Judged.SKIP, "seam_snr_db is not measured of such setups")


def test_where_nothing_differs_the_speech_over_the_difference_is_without_bound():
    found = measured(pcm_equal=1, codes_equal=1) | {"snr_db": Measurement.missing("the outputs are equal")}
    assert judged("snr_db < 20", found, Depth.SIGNAL).judgement is Judged.GOOD
    assert judged("snr_db > 20", found, Depth.SIGNAL).judgement is Judged.BAD
    differing = found | measured(pcm_equal=0)
    assert judged("snr_db < 20", differing, Depth.SIGNAL).judgement is Judged.SKIP


def test_an_undefined_measurement_cannot_be_judged():
    found = DIFFERENT | {"stoi": Measurement.missing("too short")}
    assert judged("stoi < 0.8", found, Depth.QUALITY).judgement is Judged.SKIP
