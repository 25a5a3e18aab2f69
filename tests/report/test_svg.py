"""Shapes become well-formed SVG, whatever is written in them."""

from xml.etree import ElementTree

from harness.report.svg import Drawing, Shape, rect, text
from harness.report.templating import fill

EVIL = "<script>alert(1)</script> & \"quoted\" 'twice'"


def written(*shapes, tmp_path, monkeypatch):
    drawing = Drawing(10, 20, EVIL, shapes, "kind")
    (tmp_path / "templates").mkdir()
    real = templates_folder()
    (tmp_path / "templates" / "svg.html").write_text((real / "svg.html").read_text())
    (tmp_path / "templates" / "one.html").write_text('{% from "svg.html" import svg %}{{ svg(drawing) }}')
    monkeypatch.setattr("harness.report.templating._HERE", tmp_path)
    return ElementTree.fromstring(fill("one.html", drawing=drawing))  # noqa: S314 - our own; raises if not well-formed


def templates_folder():
    from harness.report import templating

    return templating._HERE / "templates"


def test_text_and_titles_are_escaped(tmp_path, monkeypatch):
    shapes = (text(1, 2, EVIL, title=EVIL), rect(0, 0, 3, 4, "kind", title=EVIL))
    root = written(*shapes, tmp_path=tmp_path, monkeypatch=monkeypatch)
    assert root.attrib["aria-label"] == EVIL
    assert [element.tag for element in root.iter()] == ["svg", "text", "title", "rect", "title"]
    assert root[0].text == EVIL
    assert {title.text for title in root.iter("title")} == {EVIL}


def test_attributes_are_escaped_and_none_is_left_out(tmp_path, monkeypatch):
    root = written(Shape("path", {"class": EVIL, "d": None}), tmp_path=tmp_path, monkeypatch=monkeypatch)
    assert root[0].attrib == {"class": EVIL}
