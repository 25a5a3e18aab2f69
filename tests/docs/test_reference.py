"""The reference pages name every key that there is, and the numbers beside them are those of the code."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from harness.audio.manifest import _CodesTable, _Entry, _Line
from harness.metrics.catalogue import METRICS
from harness.runs.conditions import ScoresTable, SpeechTable
from harness.runs.suite import parse
from harness.runs.suite_file import SetupsTable, SuiteFile
from harness.verdict import Floors

DOCS = Path(__file__).parents[2] / "docs"


def rows(page: str) -> dict[str, str]:
    """Return the rows of all tables of a page by the first code in them."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return {
        name: row
        for row in re.findall(r"^\|.*\|$", text, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row[: row.find("|", 1)])
    }


def test_every_metric_stands_there_with_its_unit_and_its_tolerance() -> None:
    told = rows("metrics.md")
    assert set(told) - {"[floors]"} == set(METRICS), "docs/metrics.md: a row for every metric, and no other"
    for row in METRICS.values():
        cells = [cell.strip() for cell in told[row.name].split("|")[1:-1]]
        tolerance = f"`{row.tolerance.name}` {row.tolerance.default:g}" if row.tolerance else ""
        assert cells[1] == row.unit, row.name
        assert cells[3:5] == [row.better or "", tolerance], row.name
        assert cells[5].startswith(f"**{row.label}**"), row.name


def test_the_floors_that_there_are_are_named() -> None:
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"The keys of `\[floors\]` are\s+(.*?):", page, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", named)) >= Floors.model_fields.keys()


@pytest.mark.parametrize("table", [SpeechTable, ScoresTable, SetupsTable])
def test_every_key_of_a_suite_is_described(table: type[BaseModel]) -> None:
    assert table.model_fields.keys() <= rows("suite.md").keys()


def test_every_table_of_a_suite_is_described() -> None:
    page = (DOCS / "suite.md").read_text(encoding="utf-8")
    for name in SuiteFile.model_fields:
        assert re.search(rf"`\[+{name}[\].]|^{name} = ", page, re.MULTILINE), name


def test_the_suite_on_the_page_is_one(tmp_path: Path) -> None:
    (block, *_) = re.findall(r"```toml\n(.*?)```", (DOCS / "suite.md").read_text(encoding="utf-8"), re.DOTALL)
    names = [setup.name for setup in parse(tomllib.loads(block), "suite.md", tmp_path, "x").setups]
    assert names == ["mine/shared", "mine/cloned-decoder", "mine/shared/drop-frame"]


@pytest.mark.parametrize("model", [_Entry, _CodesTable, _Line])
def test_every_key_of_a_manifest_is_described(model: type[BaseModel]) -> None:
    page = (DOCS / "manifest.md").read_text(encoding="utf-8")
    for name in model.model_fields:
        assert re.search(rf"`{name}`|^{name} = ", page, re.MULTILINE), name
