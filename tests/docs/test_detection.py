"""docs/detection.md names the faults, setups and options that there are."""

import re
from pathlib import Path

from click.testing import CliRunner

from harness.cli.sensitivity import command
from harness.runs import suite
from harness.sensitivity import catalogue
from harness.sensitivity.fault import Family

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "detection.md").read_text(encoding="utf-8")
TABLES = sorted((DOCS / "detection").glob("*.md"))


def test_the_commands_have_options_that_exist() -> None:
    told = CliRunner().invoke(command, ["--help"]).output
    for line in re.findall(r"^    codec-harness sensitivity (.*?)(?: +#.*)?$", PAGE, flags=re.MULTILINE):
        assert set(re.findall(r"--[\w-]+", line)) <= set(re.findall(r"--[\w-]+", told))


def test_the_numbers_of_faults_are_those_of_the_catalogue() -> None:
    assert f"plants {len(catalogue.FAULTS)} faults in ten" in PAGE
    assert f"{len(catalogue.BENIGN)} benign changes" in PAGE


def test_the_tables_are_of_setups_and_faults_that_exist() -> None:
    setups = {setup.name for setup in suite.load(Path("detection")).setups}
    named = [f"{name}/shared" for name in re.findall(r"^\| \[(\S+)\]\(detection/\1\.md\) \|", PAGE, flags=re.MULTILINE)]
    assert {f"{table.stem}/shared" for table in TABLES} == set(named) <= setups
    for table in TABLES:
        page = table.read_text(encoding="utf-8")
        rows = re.findall(r"^\| \*{0,2}([\w.-]+)\*{0,2} \| [^|]* \| [^|]* \| \S* ?\| ", page, flags=re.MULTILINE)
        assert len(catalogue.FAULTS.keys() & set(rows)) > 60, table.name
        assert set(rows) - catalogue.FAULTS.keys() <= {*Family, "fault", "family", "---"}, table.name


def test_an_option_that_needs_another_is_refused() -> None:
    found = CliRunner().invoke(command, ["--accept"])
    assert "--accept: got no --baselines" in str(found.exception)
