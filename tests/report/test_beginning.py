"""Where a cell begins to differ, in the time of the audio that is played."""

import pytest
from small_run import cell

from harness.report.beginning import beginning


@pytest.mark.parametrize(
    ("frame", "seconds", "sample", "rate", "said"),
    [
        (None, 0.04, 5, 16_000, None),  # no bit differs: what differs in the audio was made when it was written
        (3, 0.04, 2_000, 16_000, "0.1250 s (sample 2000, frame 3)"),
        (0, 0.04, 0, 16_000, "0.0000 s (sample 0, frame 0)"),  # the first sample is one
        (3, 0.04, None, 16_000, "0.12 s (frame 3)"),  # below what the audio keeps
        (3, 0.04, 2_000, None, "0.12 s (frame 3)"),
        (3, 0.0, None, None, "0.00 s (frame 3)"),
    ],
)
def test_it_is_told_by_its_sample_or_else_by_its_frame(frame, seconds, sample, rate, said):
    one = cell("mini/other", "one", first_diverging_frame=frame, frame_seconds=seconds)
    found = beginning(one, sample, rate)
    assert (found if found is None else str(found)) == said


def test_a_frame_of_unknown_length_has_no_time():
    assert beginning(cell("mini/other", "one", first_diverging_frame=3), None, 16_000) is None
