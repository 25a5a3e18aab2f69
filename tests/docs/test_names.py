"""The pages that list the laws, the topologies and their keys leave none out."""

import re
from pathlib import Path

from harness.check.laws.table import LAWS
from harness.topology.catalogue import FAMILIES, TOPOLOGIES
from harness.topology.model import Topology

DOCS = Path(__file__).parents[2] / "docs"


def listed(page: str) -> list[str]:
    """Return the names in the first cells of the tables of *page*."""
    cells = re.findall(r"^\| (.*?) \|", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)]


def test_every_law_is_listed() -> None:
    assert set(listed("conformance.md")) >= set(LAWS)


def test_every_standard_topology_is_listed() -> None:
    assert set(listed("topologies.md")) >= {*TOPOLOGIES, *FAMILIES}


def test_every_key_of_a_topology_is_in_the_example_of_a_suite() -> None:
    page = (DOCS / "topologies.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[topologies\.late-dirty-clone\]\n.*?)```", page, flags=re.DOTALL)
    keys = {name.rpartition(".")[2] for name in Topology().factors()}
    assert {key for key in keys if not re.search(rf"\b{key} = ", example)} == set()
