"""`codec-harness sensitivity` as a user types it: what is told of what was asked, and when it is no pass."""

import json

import pytest
from typed import suite, typed

QUICK = ("--only-scored", "--jobs", "1")


@pytest.fixture
def opus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return suite(tmp_path, adapter="opus")


def test_a_fault_is_noticed_and_no_other_is_told_of(opus, tmp_path):
    """This suite has no setup in which shared-state shows, but nobody asked for that fault."""
    found = typed("sensitivity", opus, *QUICK, "--fault", "inverted", "--budget", "2", "--html", "page.html")
    assert found.code == 0, found.out
    assert "blind for no fault that was probed" in found.out
    assert "inverted" in found.out
    assert "shared-state" not in found.out
    assert "shared-state" not in (tmp_path / "page.html").read_text()


def test_a_fault_that_no_setup_can_show_is_a_blind_spot_where_it_is_asked_for(opus):
    found = typed("sensitivity", opus, *QUICK, "--fault", "shared-state", "--budget", "0", "--json")
    assert found.code == 1
    (subject,) = json.loads(found.out)["subjects"]
    assert [fault["name"] for fault in subject["faults"] if fault["blind"]] == ["shared-state"]


def test_where_the_time_was_over_before_anything_was_probed_nothing_is_known_which_is_no_pass(opus, tmp_path):
    nothing = (*QUICK, "--fault", "inverted", "--budget", "0", "--html", tmp_path / "page.html")
    found = typed("sensitivity", opus, *nothing)
    assert found.code == 1
    assert "nothing was probed, so nothing is known" in found.out
    assert "blind for no fault" not in found.out
    assert "no blind spot found" not in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept"], "--accept: got no --baselines"),
        (["--accept", "--baselines", "b", "--fault", "level"], "--fault is of a part, which --accept would put"),
        (["--accept", "--baselines", "b", "--setup", "app/shared"], "--setup is of a part"),
        (["--accept", "--baselines", "b", "--utterance", "slt-04"], "--utterance is of a part"),
        (["--json", "--markdown"], "--markdown does not go with --json"),
        (["--fault", "[bold]nope"], "no fault '[bold]nope'; there are: "),
        (["--setup", "nope"], "no setup 'nope'; there are: app/shared"),
        (["--budget", "nan"], "not a finite number"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_nothing(arguments, said, opus, tmp_path):
    found = typed("sensitivity", opus, *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert not (tmp_path / "b").exists()
