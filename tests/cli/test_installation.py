"""What the installation has: every adapter is told of, and how to get what it lacks."""

from importlib.metadata import EntryPoint

import pytest

from harness.cli import installation as health
from harness.codecs import loading
from harness.codecs.loading import BUILT_IN


def test_every_built_in_adapter_is_known_with_what_it_needs() -> None:
    assert set(health.ADAPTERS) == set(BUILT_IN)
    told = {finding.what for finding in health.examine()}
    assert {f"codec {name}" for name in BUILT_IN} <= told


def test_what_is_not_installed_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_installed", lambda module: module not in ("snac", "dac", "moshi"))
    told = {finding.what: finding for finding in health.examine()}
    assert (told["codec snac"].ok, told["codec snac"].needed) == (False, False)
    assert told["codec snac"].found == "snac not installed"
    assert told["codec snac"].remedy == "pip install 'codec-harness[snac]'"
    assert told["codec dac"].remedy.endswith("[dac]'; how to install it without torchaudio is in docs/codecs.md")
    assert (told["codec mini"].ok, told["codec mini"].needed) == (False, True)
    assert told["codec pcm"].ok
    assert told["codec command"].ok


def test_adapters_of_other_packages_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("here", "json:Codec", "x"), EntryPoint("gone", "no_such_package.codec:Codec", "x")]
    monkeypatch.setattr(loading, "entry_points", lambda group: points)  # noqa: ARG005
    told = {finding.what: finding for finding in health.examine()}
    assert told["codec here"].ok
    assert not told["codec gone"].ok
    assert "no_such_package is not installed" in told["codec gone"].found


def test_versions_that_were_not_tested_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "tested_versions", lambda: {"click": "0.1", "no-such-package": "1.0"})
    (told,) = [finding for finding in health.examine() if finding.what == "tested versions"]
    assert (told.ok, told.needed) == (False, False)
    assert told.found.startswith("0 of 1 packages are those that the tests run with; click ")
    assert told.found.endswith("(tested 0.1)")
