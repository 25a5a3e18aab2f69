"""The page of a history: a line for each change, within its box, and names as text."""

import numpy as np
from gate.trends.sliding import NOISE, releases, slide

from harness.gate.trends.findings import history
from harness.gate.trends.page import HEIGHT, WIDTH, chart, page


def test_a_chart_stays_in_its_box_and_marks_a_step_between_two_releases():
    step = np.where(np.arange(12) < 6, 0.9, 0.7)
    (trend,) = history(releases(stepped=step)).trends
    drawn = chart(trend)
    assert len(drawn.points) == 12
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn.points)
    assert drawn.points[0][1] < drawn.points[-1][1]  # lower values are drawn lower
    assert drawn.step is not None
    assert drawn.points[5][0] < drawn.step < drawn.points[6][0]
    assert (drawn.lowest, drawn.highest) == ("0.7", "0.9")


def test_a_page_shows_each_change_with_its_line_and_names_as_text():
    found = history(releases(**{"<i>slid</i>": slide(-0.2), "still": 0.9 + 0 * NOISE}), ["a <u>note</u>"])
    made = page(found, 0.01)
    assert made.count("<polyline") == 1
    assert "<i>slid" not in made
    assert "<u>note" not in made
    assert "slides by" in made
