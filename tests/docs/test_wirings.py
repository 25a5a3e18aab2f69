"""docs/wirings.md draws every standard topology as it is, and says in two sentences what it is and what it is for."""

import re
from pathlib import Path

import pytest

from harness.topology.catalogue import FAMILIES, TOPOLOGIES, find
from harness.topology.drawing import draw

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", (DOCS / "wirings.md").read_text("utf-8"), flags=re.M | re.S))


def test_every_topology_and_family_has_a_section_and_nothing_else_has() -> None:
    told = "docs/wirings.md: a section for every topology, in the order of topology/catalogue.py, and no other"
    assert list(SECTIONS) == [*TOPOLOGIES, *FAMILIES], told


@pytest.mark.parametrize("name", SECTIONS)
def test_it_is_drawn_as_it_is_and_told_in_two_sentences(name: str) -> None:
    section = SECTIONS[name]
    drawn = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    assert drawn == draw(find(name if name in TOPOLOGIES else FAMILIES[name].example).topology)
    words = section.partition("\n\n    ")[0].partition("\n\n`")[0]
    assert len(re.findall(r"\.(?:\s|$)", words)) == 2, words
    assert name in TOPOLOGIES or f"`{FAMILIES[name].example}`:" in section
