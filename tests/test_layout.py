"""The house: few rooms at the top, no import that the linter cannot see, tests that mirror the package."""

import ast
from pathlib import Path

import slow_tests

import harness
from harness.metrics.catalogue import METRICS

PACKAGE = Path(harness.__file__).parent
TESTS = Path(__file__).parent
COMMAND_TABLE = PACKAGE / "cli" / "main.py"
ELSEWHERE = {"bench", "campaign", "docs", "planted", "random_weights"}  # of tests: what belongs to no module


def hidden_imports(source: str) -> list[str]:
    """Return the calls in *source* that import a module of this package by its name as a string."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("import_module", "__import__")
        and any(isinstance(part, ast.Constant) and str(part.value).startswith("harness") for part in ast.walk(node))
    ]


def test_no_import_is_hidden_from_the_linter():
    found = {path.name: hidden_imports(path.read_text()) for path in PACKAGE.rglob("*.py") if path != COMMAND_TABLE}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_hidden_import_would_be_seen():
    assert hidden_imports("x = importlib.import_module('harness.runs')") != []
    assert hidden_imports("__import__(f'harness.{name}')") != []
    assert hidden_imports("import_module('torch')") == []


def named(source: str, names: set[str]) -> set[str]:
    """Return those of *names* that stand in a string of *source*, docstrings left out."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {name for name in names for node in strings if id(node) not in docs and node.value == name}


def test_scores_are_named_in_their_table_and_in_the_rule_on_their_scatter_alone():
    scores = {row.name for row in METRICS.values() if row.scorer is not None} - {"stoi"}  # also the name of an extra
    found = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if named(path.read_text(), scores)}
    assert found == {"metrics/catalogue.py", "verdict/losses.py"}


def test_a_public_class_has_a_name_of_its_own():
    named: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: places for name, places in named.items() if len(places) > 1} == {}


def test_few_rooms_are_at_the_top():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"} - {"__pycache__"}
    assert len(rooms) <= 22, sorted(rooms)


def test_the_folders_of_tests_are_those_of_the_package():
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    strange = {
        folder for folder in folders if folder.parts[:1] not in {(name,) for name in ELSEWHERE} and folder != Path()
    }
    assert {folder for folder in strange if not (PACKAGE / folder).is_dir()} == set()


def test_the_laws_that_codecs_are_held_to_here_share_no_code_with_the_check():
    tree = ast.parse((TESTS / "planted" / "laws.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not [name for name in imported if name is None or name == "harness" or name.startswith("harness.check")]


def test_the_tests_that_are_listed_as_slow_exist():
    listed = {tuple(test.partition("[")[0].split("::")) for test in slow_tests.slow_tests()}
    there = set[tuple[str, ...]]()
    for path in {path for path, *_ in listed}:
        nodes = ast.parse(Path(TESTS.parent, path).read_text()).body
        there |= {(path, node.name) for node in nodes if isinstance(node, ast.FunctionDef)}
    assert listed - there == set()
