"""What may be asked of a search, and what is refused before anything is run."""

import pytest
from answered import factors

from harness.bisect.answer.record import SearchRecord
from harness.bisect.request import MOST_CAUSES, Setups, setups, versions
from harness.errors import UsageInvalid
from harness.runs.conditions import Conditions

SUITE = """
[speech]
utterances = ["slt-04", "rms-01"]
[codecs.plain]
adapter = "pcm"
[scores]
asr = false
pesq = false
[[setups]]
codec = "plain"
topology = ["shared", "offline", "dirty-clone"]
"""
HISTORY = """
bad_if = "degraded"
[speech]
utterances = ["slt-04"]
[scores]
asr = false
[codecs.plain]
adapter = "pcm"
[start]
codec = "plain"
[[versions]]
name = "1"
[[versions]]
name = "2"
set = { "path.gain" = 0.5 }
"""


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "my.codec.toml"
    path.write_text(SUITE)
    return path


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "my.versions.toml"
    path.write_text(HISTORY)
    return path


def between(suite, good="plain/shared", bad="plain/dirty-clone", bad_if=None, utterances=()):
    return setups(good, bad, suite, bad_if, utterances)


def test_two_setups_are_searched_on_the_speech_of_their_suite(suite):
    asked = between(suite)
    assert list(asked.ends) == ["plain/shared", "plain/dirty-clone"]
    assert asked.criterion.text == "degraded"
    assert asked.conditions.speech.utterances == ("slt-04", "rms-01")
    assert between(suite, utterances=("rms-01",)).conditions.speech.utterances == ("rms-01",)


def test_bad_is_what_loses_words_where_words_are_scored_and_else_what_is_degraded(suite, history):
    """Without words only silence is corrupt, so that a search for it found both ends good, whatever they gave."""
    assert between(suite).criterion.text == "degraded"
    history.write_text(history.read_text().replace('bad_if = "degraded"\n', ""))
    assert versions(history, None, (), 300.0).criterion.text == "degraded"
    for path in (suite, history):
        path.write_text(path.read_text().replace("asr = false", "stoi = false"))
    assert between(suite).criterion.text == "corrupt"
    assert versions(history, None, (), 300.0).criterion.text == "corrupt"


def test_a_history_that_names_nothing_bad_is_refused(history):
    history.write_text(history.read_text().replace('bad_if = "degraded"', 'bad_if = ""'))
    with pytest.raises(UsageInvalid, match="--bad-if: got ''; wanted one of"):
        versions(history, None, (), 300.0)


def test_what_cannot_be_told_without_words_is_not_searched_for(suite, history):
    with pytest.raises(UsageInvalid, match=r"got 'corrupt', but .* words are not scored .*, such as degraded"):
        between(suite, bad_if="corrupt")
    with pytest.raises(UsageInvalid, match="words are not scored"):
        versions(history, "corrupt", (), 300.0)


@pytest.mark.parametrize(("good", "bad"), [("plain/shared", None), (None, "plain/shared"), (None, None)])
def test_both_ends_have_to_be_named(suite, good, bad):
    with pytest.raises(UsageInvalid, match="needs --good and --bad, or --versions"):
        between(suite, good, bad)


def test_ends_that_do_not_differ_leave_nothing_to_search(suite):
    with pytest.raises(UsageInvalid, match="plain/shared and plain/shared differ in nothing"):
        between(suite, bad="plain/shared")


@pytest.mark.parametrize(("bad_if", "switch"), [("wer > 0.2", "asr"), ("pesq_wb < good - 0.3", "pesq")])
def test_what_is_not_measured_cannot_be_bad(suite, bad_if, switch):
    said = rf"got '{bad_if}', but {bad_if.split()[0]} is not measured, since \[scores\] {switch} = false"
    with pytest.raises(UsageInvalid, match=said.replace("+", r"\+")):
        between(suite, bad_if=bad_if)
    assert between(suite, bad_if="stoi < 0.8").criterion.name == "stoi"


def test_a_history_says_itself_what_is_bad_unless_something_else_is_asked(history):
    assert versions(history, None, (), 60).criterion.text == "degraded"
    assert versions(history, "not-identical", (), 60).criterion.text == "not-identical"
    with pytest.raises(UsageInvalid, match="wer is not measured"):
        versions(history, "wer > 0.2", (), 60)
    assert versions(history, None, ("rms-01",), 60).conditions.speech.utterances == ("rms-01",)


def test_version_and_configuration_are_searched_together_where_the_end_is_another(history):
    assert not versions(history, None, (), 60).joint
    history.write_text(HISTORY + '[end]\nset = { "topology.chunk" = 2 }\n')
    assert versions(history, None, (), 60).joint


def test_both_ends_each_cause_and_the_smallest_fix_are_worth_hearing(suite):
    asked = between(suite)
    names = ["topology.decoder.dirty", "topology.decoder.instance"]
    found = factors(names, lambda point: names[0] in point)
    record = SearchRecord(name="", bad_if="", words="", seconds=0, factors=found)
    points = asked.to_hear(record)
    assert list(points) == [*asked.ends, f"only {names[0]}", f"without {names[0]}"]
    assert points[f"without {names[0]}"].topology.decoder.instance == "clone"
    assert not points[f"without {names[0]}"].topology.decoder.dirty
    nothing = SearchRecord(name="", bad_if="", words="", seconds=0)
    assert asked.to_hear(nothing) == asked.ends


def test_of_many_causes_three_are_heard(suite):
    good = between(suite).ends["plain/shared"]
    gains = {"gain": 0.5, "int16": True, "dc": 0.1, "clip": 0.5}
    bad = good.model_copy(update={"path": good.path.model_copy(update=gains)})
    found = factors([f"path.{name}" for name in gains], bool)
    record = SearchRecord(name="", bad_if="", words="", seconds=0, factors=found)
    heard = Setups({"good": good, "bad": bad}, Conditions(), between(suite).criterion).to_hear(record)
    assert len(found.causes) == 4
    assert len([name for name in heard if name.startswith("only ")]) == MOST_CAUSES
