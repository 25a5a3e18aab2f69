"""Where numbers come from, of one process or of parts of a run that were made in several places."""

import shlex
import time
from datetime import datetime

import pytest
from report.sample import provenance

from harness.runtime.provenance import collect, joined, package_version, package_versions


def test_what_differs_between_parts_stands_side_by_side_and_a_commit_only_if_it_is_one() -> None:
    one = provenance()
    two = one.model_copy(update={"machine": "aarch64", "cpus": 64, "created": "2027", "packages": {"scipy": "1"}})
    found = joined([one, two, two])
    assert (found.machine, found.cpus, found.created) == ("x86_64 + aarch64", 64, "2027")
    assert found.packages == {"numpy": "2.2.6 + none", "scipy": "none + 1"}
    assert (found.commit, found.python) == (one.commit, one.python)
    assert joined([one, one.model_copy(update={"commit": "other"})]).commit is None
    assert joined([one]).model_copy(update={"command": one.command}) == one


@pytest.mark.parametrize(
    ("parts", "together"), [((True, False), True), ((False, False), False), ((None, True), None), ((None, False), None)]
)
def test_a_checkout_is_dirty_if_one_is_and_unknown_if_one_is_unknown(
    parts: tuple[bool | None, ...], together: bool | None
) -> None:
    assert joined([provenance().model_copy(update={"dirty": dirty}) for dirty in parts]).dirty is together


def test_the_command_is_kept_as_a_shell_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["/usr/bin/codec-harness", "run", "my suite.toml", "--setup", "it's"]
    monkeypatch.setattr("sys.argv", words)
    made = collect({}, {}, {}, (1, 1))
    assert shlex.split(made.command) == ["codec-harness", *words[1:]]
    assert made.cpus >= 1
    assert made.processor


def test_two_runs_of_one_second_are_told_apart_and_ordered():
    made = []
    for _ in range(3):
        made.append(collect({}, {}, {}, (1, 1)).created)
        time.sleep(0.002)
    assert made == sorted(set(made))
    assert datetime.fromisoformat(made[0]).utcoffset() is not None


def test_packages_that_are_not_installed_are_left_out() -> None:
    assert package_version("no-such-package-at-all") is None
    assert package_versions()["numpy"] == package_version("numpy")
    assert all(package_versions().values())
