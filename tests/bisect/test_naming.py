"""What a name on the command line means: a setup, a wiring, another suite's setup, or a version of a history."""

import pytest

from harness.bisect.naming import find, is_history
from harness.errors import SuiteInvalid, UsageInvalid
from harness.runs import suite as suites
from harness.topology import catalogue, path_catalogue, wire_catalogue

SUITE = """
[scores]
asr = false
[speech]
utterances = ["slt-04"]
[codecs.a]
adapter = "opus"
[codecs.b]
adapter = "pcm"
[[setups]]
codec = "a"
topology = ["shared", "offline"]
[[setups]]
name = "mine/separate"
codec = "a"
topology = "separate"
wire = "lose-frame"
"""
HISTORY = """
bad_if = "not-identical"
[speech]
utterances = ["heart-04"]
[scores]
asr = false
[codecs.c]
adapter = "opus"
[start]
codec = "c"
[[versions]]
name = "v1"
[[versions]]
name = "v2"
set = { "codec.bitrate" = 9000 }
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("s.toml", SUITE), ("h.toml", HISTORY)):
        (tmp_path / name).write_text(text)
    return suites.load(tmp_path / "s.toml")


def test_a_setup_of_the_suite_comes_before_what_its_name_could_mean(suite):
    found = find("mine/separate", suite)
    assert found.configured.wire == wire_catalogue.WIRES["lose-frame"]
    assert found.make() == found.configured
    assert (found.conditions, found.version) == (suite, {})


@pytest.mark.parametrize(
    ("name", "wire", "path"),
    [
        ("b/handover", None, None),
        ("b/chunked-7", None, None),
        ("b/separate/lose-frame", "lose-frame", None),
        ("b/separate/odd-bytes", None, "odd-bytes"),
        ("b/separate/lose-frame/odd-bytes", "lose-frame", "odd-bytes"),
        ("b/separate/odd-bytes/lose-frame", "lose-frame", "odd-bytes"),
    ],
)
def test_any_codec_of_the_suite_has_any_standard_wiring(suite, name, wire, path):
    found = find(name, suite).configured
    assert found.codec == suite.codecs["b"]
    assert found.topology == catalogue.find(name.split("/")[1]).topology
    if wire:
        assert found.wire == wire_catalogue.WIRES[wire]
    if path:
        assert found.path == path_catalogue.PATHS[path]
    assert found.untouched == (wire is None and path is None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a", r"no setup 'a'; there are: a/shared, a/offline, mine/separate; or CODEC/TOPOLOGY, .*the codecs a, b"),
        ("c/shared", r"no setup 'c/shared'"),
        ("", "no setup ''"),
        ("a/no-such", "topology 'no-such' is unknown"),
        ("a/shared/no-such", "no-such"),
        ("a/shared/lose-frame/", "wire ''"),
    ],
)
def test_what_means_nothing_is_refused(suite, name, said):
    with pytest.raises((UsageInvalid, SuiteInvalid), match=said):
        find(name, suite)


def test_a_setup_of_another_file_has_the_speech_and_scores_of_that(suite, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(SUITE.replace("slt-04", "heart-04"))
    found = find("other.toml::a/offline", suite)
    assert found.conditions.speech.utterances == ("heart-04",)
    assert found.configured == find("a/offline", suite).configured


def test_a_file_alone_means_its_only_setup_beside_references(suite, tmp_path):
    with pytest.raises(UsageInvalid, match=r"suite 's' has 2 setups beside its references; say which one: FILE"):
        find("s.toml", suite)
    one = tmp_path / "one.toml"
    one.write_text(SUITE.partition("[[setups]]\nname")[0])
    assert find("one.toml", suite).configured == find("a/offline", suite).configured


def test_a_version_of_a_history_is_named_and_made_as_its_start_is_configured(suite):
    found = find("h.toml::v2", suite)
    assert found.make().codec.options == {"bitrate": 9000}
    assert found.configured == found.make()  # it costs nothing, so it is made at once
    assert found.conditions.speech.utterances == ("heart-04",)
    assert find("h.toml::v1", suite).configured.codec.options == {}


@pytest.mark.parametrize(("name", "said"), [("h.toml", "a version has to be named"), ("h.toml::v3", "no version 'v3'")])
def test_a_version_that_there_is_not_is_refused_with_those_that_there_are(suite, name, said):
    with pytest.raises(UsageInvalid, match=rf"h\.toml: {said}: h\.toml::VERSION, one of v1, v2"):
        find(name, suite)


def test_a_history_is_told_by_its_start_and_what_cannot_be_read_is_none(suite, tmp_path):
    assert is_history(tmp_path / "h.toml")
    assert not is_history(tmp_path / "s.toml")
    assert not is_history(tmp_path / "missing.toml")
    (tmp_path / "bad.toml").write_text("start = [")
    assert not is_history(tmp_path / "bad.toml")
    with pytest.raises(SuiteInvalid, match=r"bad\.toml"):
        find("bad.toml::x", suite)
