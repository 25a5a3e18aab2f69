"""From a suite to what it notices: bad input, no time, reading back, and what is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CodecUnavailable, UsageInvalid
from harness.record import Verdict
from harness.runs import suite as suites
from harness.runs.suite import Suite
from harness.sensitivity.markdown import family_row, markdown
from harness.sensitivity.page import page
from harness.sensitivity.record import SensitivityRecord
from harness.sensitivity.request import Request, sensitivity
from harness.sensitivity.text import lines, size


def suite(folder: Path, **tables: Any) -> Suite:
    content = {
        "codecs": {"pcm": {"adapter": "pcm"}},
        "speech": {"utterances": ["heart-04"]},
        "setups": [{"codec": "pcm"}],
        "scores": {"pesq": False, "stoi": False, "asr": False},
    }
    return suites.parse(content | tables, "suite.toml", folder, "small <b>")


def asked(suite: Suite, *faults: str, minutes: float = 5.0, **others: Any) -> SensitivityRecord:
    return sensitivity(Request(suite, faults=faults, minutes=minutes, jobs=1, laws=False, only_scored=True, **others))


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> SensitivityRecord:
    return asked(suite(tmp_path_factory.mktemp("suite")), "quieter", "same-buffer", "cross-talk", "wav-24")


def test_each_layer_has_its_threshold_and_the_rung_is_right(answer: SensitivityRecord):
    (subject,) = answer.subjects
    found = {fault.name: fault for fault in subject.faults}
    quieter = found["quieter"]
    assert quieter.thresholds["signal"] is not None
    assert 0.5 <= quieter.thresholds["signal"] <= 2.0
    assert quieter.thresholds["gate"] is not None
    assert quieter.thresholds["gate"] <= 2.0
    assert "PESQ" not in quieter.thresholds
    assert all(point.right == point.judged == point.probes for point in quieter.points)
    assert {verdict for point in quieter.points for verdict in point.verdicts} <= {Verdict.ALTERED, Verdict.DEGRADED}
    assert subject.power is not None
    assert subject.power.value == 1.0
    assert subject.complete


def test_the_cause_is_named(answer: SensitivityRecord):
    cause = {fault.name: fault.explained for fault in answer.subjects[0].faults}["quieter"]
    assert cause is not None
    assert cause.side == "decoder"
    assert cause.right


def test_a_codec_that_breaks_its_word_is_noticed_by_no_measurement(answer: SensitivityRecord):
    (subject,) = answer.subjects
    found = {fault.name: fault for fault in subject.faults}["same-buffer"]
    (point,) = found.points
    assert (point.suite.value, point.failed) == (1.0, point.probes)
    assert set(point.verdicts) == {Verdict.UNDEFINED}
    assert set(point.noticed) == set(found.thresholds) == {"gate", "suite alone"}
    assert size(found, "gate").endswith("!")
    assert subject.failed == {"same-buffer": point.probes}
    said = f"in {point.probes} probe{'s' * (point.probes > 1)} more the codec failed, which any run notices, "
    assert any(line.startswith(said) for line in lines(subject))
    assert subject.power is not None
    quieter = next(fault for fault in subject.faults if fault.name == "quieter")
    assert subject.power.asked == sum(one.probes for one in quieter.points if one.heard in "d!c")
    assert family_row("concurrency", [found])[2:4] == ["0/0", "0"]


def test_a_codec_that_fails_with_nothing_planted_is_no_fault_that_was_noticed(tmp_path: Path):
    broken = suite(tmp_path, codecs={"pcm": {"adapter": "planted.fickle:FailsLater", "inner": "pcm"}})
    with pytest.raises(CodecUnavailable, match="failed with nothing planted in it, on heart-04, as it did not before"):
        asked(broken, "quieter")


def test_what_cannot_be_planted_says_why(answer: SensitivityRecord):
    found = {fault.name: fault.not_applicable for fault in answer.subjects[0].faults}
    assert found["cross-talk"] == "the codec has no state"
    assert found["quieter"] is None


def test_a_benign_change_makes_no_alarm(answer: SensitivityRecord):
    (subject,) = answer.subjects
    assert subject.alarms == 0
    assert subject.false_alarms["gate"].asked == 1
    assert answer.sharp


def test_the_same_call_again_is_read_back(tmp_path: Path):
    first, again = (asked(suite(tmp_path), "inverted") for _ in range(2))
    assert again == first


def test_no_time_at_all_gives_an_answer_without_probes(tmp_path: Path):
    (subject,) = asked(suite(tmp_path), "hum", minutes=0.0).subjects
    assert not subject.complete
    assert subject.power is None
    assert subject.probes == 0


def test_the_page_and_the_table_escape_names(answer: SensitivityRecord):
    assert "small <b>" not in page(answer)
    assert r"small \<b\>" in markdown(answer)
    assert "quieter" in page(answer)
    assert json.loads(answer.model_dump_json())["subjects"][0]["setup"] == "pcm/shared"


def test_a_setup_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(UsageInvalid, match="no setup 'nothing'"):
        asked(suite(tmp_path), setups=("nothing",))
    with pytest.raises(UsageInvalid, match="no fault 'no-such'"):
        asked(suite(tmp_path), "no-such")


def test_a_codec_that_is_broken_before_anything_is_planted_is_told(tmp_path: Path):
    broken = suite(tmp_path, codecs={"pcm": {"adapter": "planted.unsteady:Remembers"}})
    with pytest.raises(CodecUnavailable, match="broken with nothing planted in it"):
        asked(broken, "quieter")
