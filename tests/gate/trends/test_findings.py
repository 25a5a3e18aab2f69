"""What changes over releases: which of it alarms, in what order it is told, and in what words."""

import numpy as np
import pytest
from gate.trends.sliding import NOISE, releases, slide

from harness.gate.trends.findings import history, words


def test_only_what_is_for_the_worse_and_matters_alarms():
    found = history(releases(down=slide(-0.2), up=slide(0.05), little=slide(-0.003), still=0.9 + 0 * NOISE))
    told = {trend.series.setup: (trend.worse, trend.matters, trend.alarms) for trend in found.trends}
    assert told == {"down": (True, True, True), "up": (False, True, False), "little": (True, False, False)}
    assert [trend.series.setup for trend in found.alarms] == ["down"]


def test_alarms_are_told_first_and_the_largest_of_them_before_others():
    found = history(releases(some=slide(-0.1), better=slide(0.09), most=slide(-0.2)))
    assert [trend.series.setup for trend in found.trends] == ["most", "some", "better"]


def test_a_line_says_what_by_how_much_since_when_and_whether_it_is_for_the_worse():
    step = np.where(np.arange(12) < 6, 0.9, 0.7) + NOISE
    several = history(releases(slid=slide(-0.2), up=slide(0.05), little=slide(-0.003))), history(releases(stepped=step))
    said = {trend.series.setup: words(trend, found.releases) for found in several for trend in found.trends}
    assert said["slid"].startswith("slid: STOI slides by -0.2")
    assert "over 12 releases (0.900" in said["slid"]
    assert " steps by -0.2" in said["stepped"]
    assert " at v6 (" in said["stepped"]
    assert " (better), chance " in said["up"]
    assert " (too little to matter), chance " in said["little"]
    assert "(better)" not in said["slid"] + said["stepped"]


@pytest.mark.parametrize(("count", "said"), [(0, "0 comparable releases are"), (1, "1 comparable release is")])
def test_of_few_releases_nothing_is_told_but_that_they_are_few(count, said):
    found = history(releases(down=slide(-0.2, 12)[:count]) if count else [])
    assert (found.trends, found.alarms) == ([], [])
    assert found.notes == [f"{said} too few to tell a slide; wanted 6 or more"]
