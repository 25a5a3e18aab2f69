import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.topology.exact import compare

FRAME = 4
CODES = np.arange(6, dtype=np.int64).reshape(2, 3)
PCM = np.linspace(-0.5, 0.5, 3 * FRAME, dtype=np.float32)


def changed(array, index, value):
    copy = array.copy()
    copy[index] = value
    return copy


def against(codes=CODES, pcm=PCM, tolerance=0.0):
    return compare(codes, pcm, CODES, PCM, FRAME, tolerance)


def test_identity() -> None:
    found = against()
    assert found.codes_equal
    assert found.pcm_equal
    assert found.within_tolerance
    assert found.max_abs_difference == 0
    assert found.snr_db is None
    assert found.first_diverging_frame is None
    assert found.frame_error_db == (None, None, None)
    assert found.codebook_agreement == (1.0, 1.0)
    assert found.codes_differ == ((), ())


def test_one_sample() -> None:
    found = against(pcm=changed(PCM, 9, PCM[9] + 0.1), tolerance=0.05)
    assert found.codes_equal
    assert not found.pcm_equal
    assert not found.within_tolerance
    assert found.max_abs_difference == pytest.approx(0.1, abs=1e-6)
    assert found.first_diverging_frame == 2
    energy = float(np.square(PCM.astype(float)).sum())
    assert found.snr_db == pytest.approx(10 * math.log10(energy / 0.01), abs=1e-4)
    assert found.frame_error_db == (None, None, round(10 * math.log10(0.01 / (energy / 3)), 1))


def test_rounding_is_within_tolerance_but_still_a_difference() -> None:
    found = against(pcm=changed(PCM, 5, np.nextafter(PCM[5], np.float32(1))), tolerance=1e-6)
    assert found.within_tolerance
    assert not found.pcm_equal
    assert found.first_diverging_frame == 1


def test_the_sign_of_zero_is_a_difference_of_bits_only() -> None:
    zeros = np.zeros(FRAME, dtype=np.float32)
    found = compare(CODES, -zeros, CODES, zeros, FRAME, 0.0)
    assert not found.pcm_equal
    assert found.within_tolerance
    assert found.first_diverging_frame == 0
    assert found.frame_error_db[0] is not None


def test_one_code() -> None:
    found = against(codes=changed(CODES, (1, 1), 99))
    assert not found.codes_equal
    assert found.pcm_equal
    assert found.first_diverging_frame == 1
    assert found.codebook_agreement == (1.0, pytest.approx(2 / 3))
    assert found.codes_differ == ((), (1,))


def test_the_earlier_of_codes_and_pcm_diverges_first() -> None:
    late_code, early_sample = changed(CODES, (0, 2), 99), changed(PCM, 0, 0.9)
    assert against(late_code, early_sample).first_diverging_frame == 0


def test_a_missing_tail_is_a_difference_even_where_it_was_silent() -> None:
    silent_end = np.append(PCM, np.zeros(FRAME, dtype=np.float32))
    found = compare(CODES, PCM, CODES, silent_end, FRAME, 1.0)
    assert not found.pcm_equal
    assert not found.within_tolerance
    assert found.first_diverging_frame == 3
    assert found.frame_error_db[3] is not None


def test_extra_and_missing_frames_and_codebooks_of_codes() -> None:
    found = against(codes=CODES[:1, :2])
    assert not found.codes_equal
    assert found.codebook_agreement == (pytest.approx(2 / 3), 0.0)
    assert found.codes_differ == ((2,), (0, 1, 2))
    assert found.first_diverging_frame == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_a_full_scale_error(value) -> None:
    found = against(pcm=changed(PCM, 4, value), tolerance=10.0)
    assert not found.pcm_equal
    assert not found.within_tolerance
    assert found.max_abs_difference == 1.0
    assert found.first_diverging_frame == 1


def test_nan_on_both_sides_is_bitwise_equal_but_not_within_tolerance() -> None:
    broken = changed(PCM, 4, np.nan)
    found = compare(CODES, broken, CODES, broken, FRAME, 1.0)
    assert found.pcm_equal
    assert not found.within_tolerance
    assert found.first_diverging_frame is None


def test_nothing_at_all() -> None:
    empty = np.empty(0, dtype=np.float32)
    found = compare(CODES[:, :0], empty, CODES, PCM, FRAME, 0.0)
    assert found.first_diverging_frame == 0
    assert found.codebook_agreement == (0.0, 0.0)
    assert compare(CODES[:, :0], empty, CODES[:, :0], empty, FRAME, 0.0).pcm_equal


def test_a_frame_of_no_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 sample"):
        compare(CODES, PCM, CODES, PCM, 0, 0.0)


signals = arrays.arrays(np.float32, st.integers(0, 20), elements=st.floats(width=32))
codes = arrays.arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(0, 5)), elements=st.integers(0, 2))


@given(codes, signals, codes, signals)
def test_any_two_outputs_compare(ours, pcm, reference_codes, reference_pcm) -> None:
    found = compare(ours, pcm, reference_codes, reference_pcm, FRAME, 0.0)
    equal = found.codes_equal and found.pcm_equal
    assert (found.first_diverging_frame is None) == equal
    assert equal == (
        np.array_equal(ours, reference_codes)
        and len(pcm) == len(reference_pcm)
        and pcm.tobytes() == reference_pcm.tobytes()
    )
    assert all(0 <= share <= 1 for share in found.codebook_agreement)
    json.dumps(asdict(found), allow_nan=False)
