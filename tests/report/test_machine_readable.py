"""junit.xml and summary.md."""

from xml.etree import ElementTree

import pytest
from report.sample import build

from harness.report import junit, summary, write_machine_readable
from harness.runs.outcome import gated


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"))


def within(element: ElementTree.Element, path: str) -> ElementTree.Element:
    found = element.find(path)
    assert found is not None, path
    return found


def test_junit_has_a_case_for_each_setup_failures_and_errors(run):
    root = ElementTree.fromstring(junit(run))  # noqa: S314 - our own
    suite = within(root, "testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
    }
    outcome = {case.get("name"): [child.tag for child in case] for case in suite}
    assert outcome["mini/shared"] == []
    assert outcome["mini/reset-every-frame"] == []  # it must break, and does
    assert outcome["mini/cross-talk"] == ["failure"]
    assert outcome["mini/broken"] == ["error"]
    failure = within(suite, "testcase[@name='mini/cross-talk']/failure")
    why = "slt-01: 4 of 11 words are wrong that the reference setup keeps"
    assert failure.get("message") == f"must be identical, but is corrupt: {why}"
    assert failure.text is not None
    assert "slt-01: corrupt, masked, first differs at frame 12: 4 of 11 words" in failure.text


def test_summary_begins_with_the_verdict_and_what_is_broken(run):
    lines = summary(run).splitlines()
    assert lines[0] == "# 2 of 7 setups are not what they must be: mini/broken is undefined."
    assert lines[2] == "mini; 3 utterances, 9 s"
    assert "**mini** The clone is innocent: 3 of 3 decodes by a cloned decoder are identical" in summary(run)
    assert "- **mini/cross-talk** must be identical, but is corrupt" in lines
    assert "| **NOT MET** | mini/cross-talk | corrupt | must be identical | 3 | 2 |" in lines


def test_a_cut_off_run_says_so(run):
    assert "cut off" in summary(run.model_copy(update={"complete": False}))


def test_both_are_written_beside_the_run(run, tmp_path):
    write_machine_readable(tmp_path, run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "summary.md"]


def test_what_a_baseline_has_against_the_run_is_told_as_its_outcome(run):
    plain = {place: reasons for place in (("mini/offline", "slt-01"),) for reasons in [("delay changed by +40 ms",)]}
    held = gated(run, "mine.json", ["accepted before and missing from the suite: mini/old"], {}, plain)
    suite = within(ElementTree.fromstring(junit(held)), "testsuite")  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures")) == ("8", "3")
    failure = within(suite, "testcase[@name='mini/offline']/failure")
    assert failure.attrib["message"].startswith("is not what was accepted: 1 of 3 utterances fail, worst slt-01: delay")
    assert failure.text is not None
    assert failure.text.splitlines()[0] == "1 of 3 utterances fail, worst slt-01: delay changed by +40 ms"
    assert "mini/old" in within(suite, "testcase[@name='baseline']/failure").attrib["message"]
    lines = summary(held).splitlines()
    assert lines[0].startswith("# accepted before and missing from the suite: mini/old; 1 of 7 setups fail their gates")
    assert "- **mini/offline** is not what was accepted" in lines
    assert "| **NOT MET** | mini/offline |" in summary(held)
