"""The cards in docs/cards are what `codec-harness check` prints now, as far as that is quickly told."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from harness.check.laws.table import LAWS
from harness.codecs.loading import BUILT_IN

CARDS = Path(__file__).parents[2] / "docs" / "cards"
CHEAP = ("pcm", "opus")


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_cards", CARDS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", CHEAP)
def test_the_card_is_up_to_date(name: str, made: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.cwd())  # making a card changes the folder
    now = made.text(name, made.make(name))
    assert (CARDS / f"{name}.md").read_text(encoding="utf-8") == now, "make it again: nox -s cards"


def test_there_is_a_card_for_every_adapter(made: ModuleType) -> None:
    assert {path.stem for path in CARDS.glob("*.md")} - {"README"} == set(made.ENTRIES)
    assert set(BUILT_IN) <= {entry.adapter for entry in made.ENTRIES.values()}


@pytest.mark.parametrize("path", sorted(set(CARDS.glob("*.md")) - {CARDS / "README.md"}), ids=lambda path: path.stem)
def test_every_card_has_every_law(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \|", page, flags=re.MULTILINE)
    laws = [(name, law.promise) for name, law in LAWS.items()]
    assert rows == laws, "make it again: nox -s cards"
