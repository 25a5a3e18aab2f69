"""The page of what a suite notices: blind spots first with their curves, and nothing of a name becomes markup."""

import re

import pytest
from sensitivity.small_record import record

from harness.report.svg import Drawing
from harness.sensitivity.fault import LISTENER
from harness.sensitivity.page import HEARD, HEIGHT, LEFT, LOW, TOP, WIDTH, curve, page
from harness.sensitivity.record import FaultRecord, PointRecord
from harness.sensitivity.shares import share


def point(size: float, heard: str, hits: int, asked: int = 4, **changes: object) -> PointRecord:
    noticed = share([one < hits for one in range(asked)])
    assert noticed is not None
    whole = {"size": size, "heard": heard, "probes": asked, "verdicts": {"degraded": hits, "altered": asked - hits},
             "judged": asked, "right": hits, "noticed": {}, "suite": noticed}  # fmt: skip
    return PointRecord.model_validate(whole | changes)


def fault(*points: PointRecord, name: str = "hum", unit: str = "dB", **changes: object) -> FaultRecord:
    whole = {"name": name, "family": "noise", "unit": unit, "cause": "hum of the mains", "source": "s",
             "where": "everywhere", "points": points, "blind": False}  # fmt: skip
    return FaultRecord.model_validate(whole | changes)


POINTS = (point(-60, "a", 0), point(-40, "?", 1), point(-20, "d", 3, failed=1), point(0, "!", 4))


def of_kind(drawing: Drawing, kind: str) -> list[dict[str, str]]:
    return [
        {name: str(value) for name, value in shape.attributes.items()}
        for shape in drawing.shapes
        if shape.attributes.get("class") == kind
    ]


def test_each_size_has_a_dot_as_high_as_its_share_and_an_interval_around_it() -> None:
    drawing = curve(fault(*POINTS))
    dots, intervals = of_kind(drawing, "dot"), of_kind(drawing, "interval")
    assert len(dots) == len(intervals) == 4
    floor, top = HEIGHT - LOW, TOP
    for dot, interval, one in zip(dots, intervals, POINTS, strict=True):
        assert float(dot["cy"]) == pytest.approx(floor - one.suite.value * (floor - top), abs=0.06)
        assert float(interval["y2"]) <= float(dot["cy"]) + 0.06
        assert float(dot["cy"]) <= float(interval["y1"]) + 0.06
        assert dot["cx"] == interval["x1"] == interval["x2"]
    across = [float(dot["cx"]) for dot in dots]
    assert across == sorted(across)
    assert across[0] > LEFT
    assert across[-1] < WIDTH
    assert len(of_kind(drawing, "line")) == 3


def test_what_every_listener_hears_is_shaded_and_no_more() -> None:
    shaded = of_kind(curve(fault(*POINTS)), "audible")
    assert len(shaded) == 2
    assert of_kind(curve(fault(*POINTS[:2])), "audible") == []


def test_a_curve_says_in_words_what_it_shows() -> None:
    drawing = curve(fault(*POINTS))
    assert drawing.said.startswith("hum, noticed: -60 dB: ")
    titles = [shape.title for shape in drawing.shapes if shape.title]
    assert "the codec failed in 1 of them" in titles[2]
    assert "failed" not in titles[0]
    assert titles[3].endswith("all hear it, maybe as other words")
    assert "4 degraded" in titles[3]


def test_each_letter_of_a_listener_has_words() -> None:
    assert HEARD.keys() == LISTENER.keys()


def test_one_size_alone_has_a_curve_without_a_line() -> None:
    drawing = curve(fault(POINTS[2], unit=""))
    assert of_kind(drawing, "line") == []
    assert len(of_kind(drawing, "dot")) == 1


def test_blind_spots_come_first_with_their_curve_and_the_others_are_folded() -> None:
    made = record(10, blind=True)
    (subject,) = made.subjects
    hostile = "<img src=x onerror=alert(1)>"
    seen = fault(*POINTS, name="seen", cause=hostile)
    bare = fault(name="bare", not_applicable="it has <b>no</b> state")
    page_ = page(made.model_copy(update={"subjects": (subject.model_copy(
        update={"setup": hostile, "faults": (seen, *subject.faults, bare)}),)}))  # fmt: skip
    assert hostile not in page_
    assert "<b>no</b>" not in page_
    assert "&lt;b&gt;no&lt;/b&gt; state" in page_
    assert "blind for 1 fault<" in page_
    blind, folded = page_.index('<h3 class="alarm">quieter'), page_.index("<summary>seen")
    assert blind < folded
    assert "<summary>quieter" not in page_
    assert "<summary>bare" not in page_  # nothing was probed


def test_without_blind_spots_it_says_that_none_was_found() -> None:
    made = page(record(40))
    assert "no blind spot found" in made
    assert "nothing: every fault could be planted" in made
    assert not re.search(r"https?://(?!www\.w3\.org)", made)  # whole in one file
