"""Files that come with the harness, and folders that a user may move."""

from pathlib import Path

import pytest

from harness.errors import HarnessError, UsageInvalid
from harness.runtime import resources
from harness.runtime.resources import builds_folder, cache_folder, fixture

FOLDERS = {"CODEC_HARNESS_CACHE": cache_folder, "CODEC_HARNESS_BUILDS": builds_folder}


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_variable_moves_a_folder_and_an_empty_one_does_not(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = FOLDERS[variable]
    for other in FOLDERS:
        monkeypatch.delenv(other, raising=False)
    usual = folder()
    monkeypatch.setenv(variable, "")
    assert folder() == usual
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "~/mine")
    assert folder() == tmp_path / "mine"
    monkeypatch.setenv(variable, "~no-such-user-here/mine")
    with pytest.raises(UsageInvalid, match=f"^{variable} is '~no-such-user-here/mine', and there is no such user"):
        folder()


def test_what_is_run_lies_in_no_cache_that_others_may_fill(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CODEC_HARNESS_BUILDS", raising=False)
    monkeypatch.setenv("CODEC_HARNESS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert not builds_folder().is_relative_to(cache_folder())


def test_what_an_installation_carries_comes_before_a_checkout_and_what_lacks_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (fixture("speech") / "manifest.toml").is_file()
    package = tmp_path / "harness"
    for place in (package, tmp_path):
        (place / "fixtures" / "speech").mkdir(parents=True)
    monkeypatch.setattr(resources, "PACKAGE", package)
    assert fixture("speech") == package / "fixtures" / "speech"
    (package / "fixtures" / "speech").rmdir()
    assert fixture("speech") == tmp_path / "fixtures" / "speech"
    with pytest.raises(HarnessError, match=r"'suites' is not part of this installation; .*; reinstall codec-harness"):
        fixture("suites")


def test_versions_are_those_of_the_list_that_are_for_this_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert resources.tested_versions()["numpy"]
    (tmp_path / "harness").mkdir()
    (tmp_path / "locks").mkdir()
    lines = ("# a comment", "one==1.2", "two==2.0 ; python_version >= '3'", "old==0.1 ; python_version < '3'")
    (tmp_path / "locks" / "tests.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "harness")
    assert resources.tested_versions() == {"one": "1.2", "two": "2.0"}
