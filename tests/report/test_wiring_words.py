"""What a setup's wiring is, in sentences, as far as the suite of a run says it."""

from typing import Any

import pytest
from small_run import cell, run

from harness.report.wiring_words import wirings

TOLD = {
    "name": "m/a", "topology": {"about": "one instance"}, "wire": {"about": "a frame is lost"},
    "path": {"about": ""},
}  # fmt: skip


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        ({"setups": [TOLD]}, "One instance. A frame is lost."),
        ({"setups": [{"name": "m/other", "topology": {"about": "x"}}, TOLD]}, "One instance. A frame is lost."),
        ({"setups": [TOLD | {"topology": "shared", "wire": None}]}, ""),
        ({"setups": [TOLD | {"topology": {"about": 3}}]}, "3. A frame is lost."),
        ({"setups": [{"topology": {"about": "x"}}, "m/a", None]}, ""),
        ({"setups": {"m/a": TOLD}}, ""),
        ({}, ""),
    ],
)
def test_a_suite_of_any_shape_says_what_it_can(suite: dict[str, Any], said: str) -> None:
    assert wirings(run(cell("m/a", "one"), suite=suite)) == {"m/a": said}
