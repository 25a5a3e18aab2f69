"""`codec-harness list` as a user types it: each list is what the tables hold, and what is ignored is told apart."""

import pytest
from speech_files import NOISE, write
from typed import typed

from harness.codecs.loading import adapters
from harness.metrics.catalogue import METRICS
from harness.runs.suite import shipped
from harness.topology.catalogue import FAMILIES, TOPOLOGIES
from harness.topology.path_catalogue import PATHS
from harness.topology.wire_catalogue import WIRES


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("codecs", adapters()),
        ("topologies", [*TOPOLOGIES, *FAMILIES]),
        ("suites", shipped()),
        ("wires", WIRES),
        ("paths", PATHS),
        ("metrics", METRICS),
    ],
)
def test_each_name_begins_a_line_once(what, names):
    found = typed("list", what)
    assert found.code == 0
    begun = [line.split(" ")[0] for line in found.out.splitlines() if line[:1] not in ("", " ")]
    assert [name for name in begun if name in set(names)] == sorted(names) if what == "codecs" else list(names)


def test_a_topology_says_what_it_must_be_as_the_catalogue_has_it():
    said = {line.split("  ")[0]: line for line in typed("list", "topologies").out.splitlines() if line[:1] != " "}
    for name, entry in TOPOLOGIES.items():
        wanted = entry.expectation.at_least or f"expected failure: must be no better than {entry.expectation.at_most}"
        assert str(wanted) in said[name].replace("\n", " ")


def test_speech_of_ones_own_is_listed_with_markup_as_text_and_what_is_ignored_is_no_result(tmp_path):
    write(tmp_path / "[bold]a.wav", NOISE)
    (tmp_path / "[bold]a.txt").write_text("some [red]words")
    (tmp_path / "notes.md").write_text("no speech")
    found = typed("list", "speech", tmp_path)
    assert found.code == 0
    assert found.out.startswith("[bold]a ")
    assert "some [red]words" in found.out
    assert "ignored notes.md: " in found.err
    assert "notes.md" not in found.out


def test_what_holds_no_speech_is_said(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        found = typed("list", "speech", place)
        assert (found.code, found.out) == (2, "")
        assert str(place) in found.err
