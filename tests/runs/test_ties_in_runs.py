"""A run forgives the codes that `check` forgives, by the same rule, and asks that the PCM is what they decode to."""

import numpy as np
import pytest
from check.test_ties import CLEAR, FRAME, STEP, TIED, Quantiser, under_test

from harness.codecs.ties import only_ties
from harness.record import Measurement, Verdict
from harness.verdict import Tolerances, judge

FRAMES = 48


def regrouped(wrong, at, tolerance=1e-6):
    """Return a codec, speech, and what single frames and one call make of it."""
    codec = Quantiser(wrong, at, tolerance)
    speech = under_test(codec).speech(0, FRAMES)
    single, whole = codec.open(), codec.open()
    expected = np.concatenate([single.encode(part) for part in speech.reshape(-1, FRAME)], axis=1)
    got = whole.encode(speech)
    return codec, speech, (expected, got), codec.open().decode(got)


def across_the_edge():
    edge = np.float64(np.float32(20 * STEP)) - 20 * STEP
    return -2 * abs(edge) if edge > 0 else 2 * abs(edge)


def test_codes_that_inaudible_noise_turns_are_ties():
    assert only_ties(*regrouped(across_the_edge(), TIED)) is True


def test_a_code_of_a_decided_frame_is_none():
    assert only_ties(*regrouped(STEP, CLEAR)) is False


def test_pcm_that_the_codes_do_not_explain_is_not_forgiven():
    codec, speech, codes, pcm = regrouped(across_the_edge(), TIED)
    assert only_ties(codec, speech, codes, pcm + np.float32(0.01)) is False


def test_nothing_is_asked_without_rounding_or_where_many_differ():
    assert only_ties(*regrouped(across_the_edge(), TIED, tolerance=0.0)) is None
    codec, speech, (expected, _), pcm = regrouped(STEP, CLEAR)
    assert only_ties(codec, speech, (expected, expected), pcm) is None
    assert only_ties(codec, speech, (expected, expected + 1), pcm) is None


@pytest.mark.parametrize(
    ("tie", "verdict"), [(1.0, Verdict.EQUIVALENT), (0.0, Verdict.ALTERED), (None, Verdict.ALTERED)]
)
def test_a_run_calls_ties_equivalent_and_nothing_else(tie, verdict):
    told = {} if tie is None else {"codes_tie": Measurement.of(tie, "bool")}
    differs = {name: Measurement.of(0.0, "bool") for name in ("codes_equal", "pcm_equal", "pcm_equivalent")}
    judged = judge(differs | told, {}, Tolerances())
    assert judged.verdict is verdict
    assert ("ties" in judged.reasons[0]) == (verdict is Verdict.EQUIVALENT)
