"""`codec-harness doctor` as a user types it: what is missing is told with what mends it, and needed parts decide."""

import pytest
from typed import typed

from harness.cli import doctor
from harness.cli.installation import Lookup, examine


def test_all_is_told_and_the_store_that_is_used_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path / "[bold]store"))
    found = typed("doctor")
    assert found.code == 0
    assert len(found.out.splitlines()) == sum(2 - one.ok for one in examine())  # and what mends it
    assert str(tmp_path / "[bold]store") in found.out


@pytest.mark.parametrize(
    ("ok", "needed", "code", "mark"),
    [(True, True, 0, "ok "), (False, False, 0, "note "), (False, True, 1, "missing ")],
)
def test_only_what_is_needed_and_missing_fails(ok, needed, code, mark, monkeypatch):
    one = Lookup(what="a [part]", found="[red]none", ok=ok, remedy="pip install '[x]'", needed=needed)
    monkeypatch.setattr(doctor, "examine", lambda: [one])
    found = typed("doctor")
    assert found.code == code
    assert found.out.startswith(mark)
    assert "a [part]: [red]none" in found.out
    assert ("to fix it: pip install '[x]'" in found.out) is not ok
