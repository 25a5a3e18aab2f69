"""How two outputs are compared, and how it is said that they differ."""

import numpy as np
import pytest

from harness.check.finding import Violation, codes_trouble, joined, pcm_trouble, unequal
from harness.codecs.loading import load
from harness.record import Measurement

INFO = load("pcm", {}).info


def codes(*differing):
    """Return codes (2, 10) that are equal but for those at *differing*."""
    made = np.zeros((2, 10), np.int64)
    for place in differing:
        made[place] = 1
    return made


def test_codes_that_differ_are_told_with_the_first_frame_of_any_codebook_and_their_share():
    assert codes_trouble(codes(), codes(), "the clone") is None
    found = codes_trouble(codes(), codes((0, 7), (1, 4), (1, 5)), "the clone", first=100)
    assert found == Violation(
        "codes of the clone differ from frame 104 on: 3 of 20 (15.0%)", 104, Measurement.of(0.15, "share of codes")
    )


def latents(*values):
    return np.array([values], np.float32)


def test_latents_differ_beyond_their_tolerance_and_not_at_it():
    expected, got = latents(0.0, 0.0, 0.0), latents(0.0, 0.25, 0.5)
    assert unequal(expected, got).tolist() == [[False, True, True]]
    assert unequal(expected, got, 0.25).tolist() == [[False, False, True]]
    found = codes_trouble(expected, got, "the clone", tolerance=0.25)
    assert found is not None
    assert found.words == "latents of the clone differ from frame 2 on, by up to 5.0e-01 (declared tolerance 2e-01)"
    assert found.off_by == Measurement.of(0.5, "largest absolute difference of latents")
    assert codes_trouble(expected, got, "the clone", tolerance=0.5) is None


def test_pcm_differs_beyond_its_tolerance_and_not_at_it():
    expected = np.full(3 * INFO.frame_size, 0.5, np.float32)
    got = expected.copy()
    got[INFO.frame_size] += 0.125
    assert pcm_trouble(expected, got, INFO, "the clone", tolerance=0.125) is None
    found = pcm_trouble(expected, got, INFO, "the clone", first=10, tolerance=0.1)
    assert found is not None
    assert (found.frame, found.off_by) == (11, Measurement.of(0.125, "largest absolute PCM difference"))
    assert found.words.startswith("PCM of the clone differs from frame 11 on, by up to 1.2e-01, SNR 42 dB (declared")


def test_against_silence_there_is_no_ratio():
    silence = np.zeros(INFO.frame_size, np.float32)
    found = pcm_trouble(silence, silence + 1, INFO, "the clone")
    assert found is not None
    assert found.words == "PCM of the clone differs from frame 0 on, by up to 1.0e+00"


@pytest.mark.parametrize(
    ("troubles", "expected"),
    [
        ((None, None), None),
        ((), None),
        ((Violation("a", 5), None, Violation("b", 3)), Violation("a; b", 3)),
        ((Violation("a"), Violation("b", 0)), Violation("a; b", 0)),
        ((Violation("a"), Violation("b")), Violation("a; b")),
        (
            (Violation("a", 5), Violation("b", 3, Measurement.of(1, "x")), Violation("c", 9, Measurement.of(2, "x"))),
            Violation("a; b; c", 3, Measurement.of(1, "x")),
        ),
    ],
)
def test_troubles_are_told_as_one_with_the_earliest_frame(troubles, expected):
    assert joined(*troubles) == expected
