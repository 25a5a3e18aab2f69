"""
Pictures as plain shapes, which the template `svg.html` writes: nothing here is markup, so nothing has to be escaped.

Shapes are styled by the page's style sheet, so that a picture follows light, dark and print.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """
    One SVG element.

    attributes : by name, lengths in pixels; None leaves one out
    text : what is inside it; title : what is said of it when it is pointed at
    """

    tag: str
    attributes: Mapping[str, str | None]
    text: str = ""
    title: str = ""


@dataclass(frozen=True)
class Drawing:
    """Shapes on a canvas of *width* by *height* pixels; *said*: the picture in words; *kind*: its class."""

    width: float
    height: float
    said: str
    shapes: tuple[Shape, ...]
    kind: str


def text(x: float, y: float, said: str, anchor: str = "start", kind: str = "", title: str = "") -> Shape:
    """Return *said* at a place, which *anchor* says is its `start`, `middle` or `end`."""
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "class": kind or None}
    return Shape("text", place, said, title)


def rect(x: float, y: float, width: float, height: float, kind: str, *, corner: float = 0, title: str = "") -> Shape:
    """Return a rectangle, its corners rounded by *corner*."""
    size = {"x": x, "y": y, "width": width, "height": height, "rx": corner}
    place = {name: f"{value:.1f}" for name, value in size.items()}
    return Shape("rect", {**place, "class": kind}, title=title)
