"""`codec-harness demo` as a user types it; the story itself is replayed at length elsewhere, here on one utterance."""

import pytest
from typed import suite, typed

from harness.runs import suite as suites


@pytest.mark.parametrize(("wanted", "code"), [("", 0), ('at_least = "identical"\n', 1)])
def test_it_runs_its_suite_shows_every_setup_and_says_whether_all_is_as_it_must_be(wanted, code, tmp_path, monkeypatch):
    path = suite(tmp_path, "shared", "cross-talk", adapter="opus")
    path.write_text(path.read_text() + wanted)
    short = suites.load(path)
    monkeypatch.setattr(suites, "load", lambda _place: short)
    found = typed("demo", "--out", tmp_path / "reports", "--jobs", 1)
    assert found.code == code
    assert found.out.startswith("The story: a voice app garbled its speech.")
    assert "app/cross-talk" in found.out
    assert f"report: {tmp_path / 'reports'}" in found.out
    assert len(list(tmp_path.glob("reports/*/index.html"))) == 1


def test_its_suite_is_there_and_has_both_embedded_codecs():
    shipped = suites.load(suites.shipped()["demo"])
    assert {codec.adapter for codec in shipped.codecs.values()} == {"mini", "opus"}


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["extra"], ["--out", __file__]])
def test_bad_usage_ends_with_2(arguments):
    found = typed("demo", *arguments)
    assert (found.code, found.out) == (2, "")
