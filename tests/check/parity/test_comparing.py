"""Answers of two implementations to one program: what parts them first, ties, and how far PCM is apart."""

import numpy as np
import pytest
from check.parity.carded import Here

from harness.check.parity.comparing import Parting, compare
from harness.check.parity.playing import CallAnswer, Step
from harness.codecs.protocol import Side

INFO = Here().info
SIZE = INFO.frame_size
DECODE, ENCODE, RESET = (Step("decode", np.zeros(0)), Step("encode", np.zeros(0)), Step("reset", Side.BOTH))


def pcm(*frames):
    return CallAnswer(np.repeat(np.array(frames, np.float32), SIZE))


def codes(*frames):
    return CallAnswer(np.repeat(np.array([frames], np.int64), SIZE, axis=0))


def compared(script, expected, got, tolerance=0.0, noisy=None):
    return compare(tuple(script), expected, got, INFO, tolerance, noisy or (lambda _run: list(expected)))


def test_equal_answers_are_equal_to_the_bit_and_have_no_ratio():
    answers = [codes(1, 2), pcm(0.5), CallAnswer()]
    found = compared([ENCODE, DECODE, RESET], answers, answers)
    assert (found.bits, found.parting, found.beyond, found.largest, found.ties, found.snr) == (
        True,
        None,
        None,
        0,
        0,
        None,
    )


def test_zeros_of_another_sign_are_equal_but_not_to_the_bit():
    found = compared([DECODE], [pcm(0.0)], [pcm(-0.0)])
    assert (found.bits, found.beyond, found.largest) == (False, None, 0.0)


@pytest.mark.parametrize(("tolerance", "beyond"), [(0.25, None), (0.24, (2, 2)), (0.0, (1, 1))])
def test_pcm_counts_from_the_first_frame_that_is_beyond_the_tolerance(tolerance, beyond):
    expected = [codes(1), pcm(0.5, 0.5), pcm(0.5)]
    got = [codes(1), pcm(0.5, 0.375), pcm(0.25)]
    found = compared([ENCODE, DECODE, DECODE], expected, got, tolerance)
    assert (found.beyond, found.largest, found.parting) == (beyond, 0.25, None)
    assert found.error.tolist() == [0.0, 0.125**2, 0.25**2]
    assert found.snr == pytest.approx(10 * np.log10(0.75 / (0.125**2 + 0.25**2)))


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (CallAnswer(died="ended"), pcm(0.5), "the reference ended"),
        (pcm(0.5), CallAnswer(died="ended"), "this one ended"),
        (pcm(0.5), None, "one of them gave no answer"),
        (pcm(0.5), CallAnswer(refusal="too\nlong"), "this one refuses it (too long), the reference takes it"),
        (CallAnswer(refusal="no"), pcm(0.5), "the reference refuses it (no), this one takes it"),
        (pcm(0.5), pcm(0.5, 0.5), f"this one returns shape ({2 * SIZE},), the reference ({SIZE},)"),
    ],
)
def test_answers_of_another_kind_part_them_and_nothing_later_is_looked_at(expected, got, words):
    script, later = [DECODE, DECODE, DECODE], pcm(0.75)
    found = compared(script, [pcm(0.5), expected, later], [pcm(0.5), *([got] if got else [])] + [pcm(0.1)] * bool(got))
    assert found.parting is not None
    assert found.parting.call == 1
    assert found.parting.words.replace("\\n", " ") == words
    assert (found.bits, found.largest) == (False, 0.0)


def test_what_both_refuse_in_whatever_words_parts_nobody():
    found = compared([DECODE, DECODE], [CallAnswer(refusal="a"), pcm(0.5)], [CallAnswer(refusal="b"), pcm(0.5)])
    assert (found.bits, found.parting) == (True, None)


FRAMES = 60


def coded(other=None, *places):
    return codes(*[other if frame in places else 1 for frame in range(FRAMES)])


def test_codes_part_them_from_their_first_frame_over_all_calls_of_the_side():
    expected = [codes(1, 1), pcm(0.5), codes(1, 1, 1, 1)]
    found = compared([ENCODE, DECODE, ENCODE], expected, [codes(1, 1), pcm(0.5), codes(1, 2, 1, 1)])
    assert found.parting == Parting(2, "codes differ from frame 3 on (33.3% of the codes from there)", 3)


def test_codes_that_noise_turns_in_the_reference_too_are_ties():
    turned = [[coded()], [coded(2, 40)]]
    found = compared([ENCODE], [coded()], [coded(2, 40)], noisy=lambda run: turned[run % 2])
    assert (found.ties, found.parting, found.bits) == (1, None, False)
    steady = compared([ENCODE], [coded()], [coded(2, 40)])
    assert steady.ties == 0
    assert steady.parting is not None
    assert steady.parting.frame == 40


def test_if_a_call_with_noise_is_refused_nothing_is_a_tie():
    found = compared([ENCODE], [coded()], [coded(2, 40)], noisy=lambda _run: [CallAnswer(refusal="no")])
    assert found.ties == 0
    assert found.parting is not None


def test_of_two_partings_the_earlier_counts():
    expected, got = [codes(1), CallAnswer(died="ended")], [codes(2), pcm(0.5)]
    found = compared([ENCODE, DECODE], expected, got)
    assert found.parting is not None
    assert (found.parting.call, found.parting.frame) == (0, 0)
    found = compared([DECODE, ENCODE], expected[::-1], got[::-1])
    assert found.parting == Parting(0, "the reference ended")
