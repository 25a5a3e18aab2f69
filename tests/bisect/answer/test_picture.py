"""Pictures say what the record says: a mark for each probe at its height, a cell for each factor of each probe."""

from itertools import pairwise

import pytest
from answered import factors, versions

from harness.bisect.answer import picture
from harness.bisect.probe.store import Probed
from harness.bisect.search import Judged, Observation
from harness.record import Measurement


def probed(**measured):
    found = {name: Measurement.of(value, "") for name, value in measured.items()}
    return [Probed("slt-04", found, Observation(Judged.GOOD, "ok"))]


def place(shape, name):
    found = shape.attributes[name]
    assert found is not None
    return float(found)


def dots(drawing):
    return [shape for shape in drawing.shapes if shape.tag == "circle"]


def said_in(drawing):
    return [shape.text for shape in drawing.shapes]


def test_versions_stand_in_order_and_those_that_were_not_probed_are_hollow_on_the_floor():
    drawing = picture.history(versions(12, lambda index: index >= 8))
    found = dots(drawing)
    assert all(place(one, "cx") < place(next_, "cx") for one, next_ in pairwise(found))
    assert len(found) == 12
    unprobed = [dot for dot in found if "not probed" in dot.title]
    judged = [dot for dot in found if "; " in dot.title]
    assert len(unprobed) + len(judged) == 12
    assert all("hollow" in dot.attributes["class"] for dot in found)  # nothing was measured
    assert [said_in(drawing).count(mark) for mark in ("good", "BAD")] == [
        sum(f": {kind}; " in dot.title for dot in judged) for kind in (Judged.GOOD, Judged.BAD)
    ]


def test_what_is_measured_is_higher_where_it_is_better_and_stays_within_the_plot():
    values = [4.6, 3.0, 1.2, 0.2, 9.0]
    record = versions(5, lambda _: False, figures={index: probed(pesq_wb=one) for index, one in enumerate(values)})
    heights = {dot.title[:2]: place(dot, "cy") for dot in dots(picture.history(record)) if "; " in dot.title}
    shown = [heights[name] for name in ("v0", "v1", "v2", "v3", "v4") if name in heights]
    assert len(shown) == 5
    assert shown[0] < shown[1] < shown[2] <= shown[3]  # the best on top; y goes down
    assert min(shown) == shown[4] == 24
    assert max(shown) <= 24 + 170
    assert not any("hollow" in dot.attributes["class"] for dot in dots(picture.history(record)))


def test_words_that_are_all_right_are_on_top():
    record = versions(2, bool, figures={0: probed(wer=0.0), 1: probed(wer=0.5)})
    low, high = (place(dot, "cy") for dot in dots(picture.history(record)))
    assert low < high


def test_the_axis_is_the_measurement_that_most_probes_have():
    mixed = versions(3, lambda index: index == 2, figures={0: probed(stoi=0.9), 1: probed(stoi=0.8, pesq_wb=4.0)})
    first = dots(picture.history(mixed))
    assert ["hollow" in dot.attributes["class"] for dot in first] == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "said"), [(lambda index: index >= 2, "breaks"), (lambda index: index in (1, 2), "fixed")]
)
def test_each_change_is_a_band_between_its_two_versions(rule, said):
    record = versions(4, rule)
    drawing = picture.history(record)
    places = {dot.title.partition(":")[0]: place(dot, "cx") for dot in dots(drawing)}
    bands = [shape for shape in drawing.shapes if shape.tag == "rect"]
    assert [(place(band, "x"), place(band, "x") + place(band, "width")) for band in bands] == [
        (places[change.before], places[change.after]) for change in record.changes
    ]
    assert said in said_in(drawing)


def test_names_of_any_length_and_text_are_cut_and_kept_whole_where_one_points():
    record = versions(2, bool)
    name = "<b>& " * 20
    renamed = record.versions[1].model_copy(update={"name": name})
    changed = record.changes[0].model_copy(update={"after": name})
    drawing = picture.history(
        record.model_copy(update={"versions": (record.versions[0], renamed), "changes": (changed,)})
    )
    assert name[: picture.LONGEST] in said_in(drawing)
    assert dots(drawing)[1].title.startswith(name)
    assert drawing.height < 400


def test_a_cell_is_filled_where_a_factor_has_its_bad_value_and_coloured_if_it_is_guilty():
    record = factors("abc", lambda point: None if point == {"b", "c"} else "a" in point)
    drawing = picture.factors(record)
    cells = [shape for shape in drawing.shapes if shape.tag == "rect"]
    assert len(cells) == len(record.probes) * 3
    for column, probe in enumerate(record.probes):
        for row, name in enumerate("abc"):
            cell = cells[column * 3 + row]
            at_bad = name in probe.point
            assert cell.title == f"{name} is {'bad' if at_bad else 'good'}"
            kind = (f"cell {probe.judgement}" if name == "a" else "cell none") if at_bad else "cell empty"
            assert cell.attributes["class"] == kind
    letters = [shape.text for shape in drawing.shapes if shape.text in picture.LETTER.values()]
    assert letters == [picture.LETTER[probe.judgement] for probe in record.probes]
