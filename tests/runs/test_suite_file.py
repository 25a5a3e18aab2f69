"""The tables of a suite's file and the setups that they make, with what may not be said in them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.errors import SuiteInvalid
from harness.record import Expectation, Verdict
from harness.runs import suite as suites
from harness.runs.suite_file import SetupsTable, SuiteFile, check_names, codec_of, setups_of, with_codes_from
from harness.topology.catalogue import find
from harness.topology.wire_catalogue import WIRES

CODECS = {"plain": {"adapter": "pcm"}, "low": {"adapter": "opus", "bitrate": 6000}}


def file_of(**changes):
    return SuiteFile.model_validate({"codecs": CODECS, "setups": [{"codec": "plain"}]} | changes)


def specs(file):
    return {name: codec_of("my.toml", name, table) for name, table in file.codecs.items()}


def made(table, **changes):
    file = file_of(**changes)
    return setups_of("my.toml", SetupsTable.model_validate(table), file, specs(file))


def test_setups_are_the_product_of_all_that_is_listed_in_order():
    found = made({"codec": ["plain", "low"], "wire": ["drop-frame", "lose-frame"], "path": "gain-half"})
    assert [setup.name for setup in found] == [
        f"{codec}/shared/{wire}/gain-half" for codec in ("plain", "low") for wire in ("drop-frame", "lose-frame")
    ]
    assert [setup.reference for setup in found] == ["plain/shared"] * 2 + ["low/shared"] * 2
    assert found[0].configuration.wire == WIRES["drop-frame"]
    assert found[0].configuration.path.gain == 0.5
    assert made({"codec": "plain", "reference": "low/shared"})[0].reference == "low/shared"


def test_one_name_is_of_one_setup():
    (one,) = made({"codec": "low", "topology": "offline", "name": "mine"})
    assert (one.name, one.topology_name, one.reference) == ("mine", "offline", "low/shared")
    with pytest.raises(SuiteInvalid, match=r"my\.toml: setups\.name 'mine' is one name, but the table makes 2 setups"):
        made({"codec": ["low", "plain"], "name": "mine"})


@pytest.mark.parametrize(
    ("table", "expectation", "given"),
    [
        ({}, find("dirty-clone").expectation, False),
        ({"at_least": "altered"}, Expectation(at_least=Verdict.ALTERED), True),
        ({"at_most": "corrupt"}, Expectation(at_most=Verdict.CORRUPT), True),
        ({"wire": "drop-frame"}, Expectation(), False),  # what is expected of the topology is of an unbroken wire
        ({"path": "gain-half"}, Expectation(), False),
        ({"wire": "drop-frame", "at_least": "degraded"}, Expectation(at_least=Verdict.DEGRADED), True),
    ],
)
def test_what_is_expected_is_that_of_the_standard_topology_unless_more_is_done_or_said(table, expectation, given):
    (setup,) = made({"codec": "low", "topology": "dirty-clone"} | table)
    assert (setup.expectation, setup.expectation_given) == (expectation, given)


def test_a_topology_of_ones_own_goes_before_a_standard_one_and_expects_nothing():
    (setup,) = made({"codec": "low", "topology": "offline"}, topologies={"offline": {"chunk": 3}})
    assert setup.configuration.topology.chunk == 3
    assert setup.expectation == Expectation()
    (wired,) = made({"codec": "low", "wire": "drop-frame"}, wires={"drop-frame": {"fault": "lose", "every": 7}})
    assert wired.configuration.wire.every == 7


def test_undefined_cannot_be_asked_for():
    for key in ("at_least", "at_most"):
        with pytest.raises(ValidationError, match="undefined is never a pass and cannot be asked for"):
            SetupsTable.model_validate({"codec": "low", key: "undefined"})


def test_an_expected_failure_that_nothing_can_miss_is_refused():
    with pytest.raises(ValidationError, match="every verdict is identical or worse, so it asks nothing"):
        SetupsTable.model_validate({"codec": "low", "at_most": "identical"})
    assert SetupsTable.model_validate({"codec": "low", "at_least": "identical"}).at_most is None


def test_what_is_no_option_is_not_given_to_the_adapter():
    table = {"adapter": "opus", "bitrate": 6000, "codes_from": "plain", "resources": {"GPU": 1}}
    spec = codec_of("my.toml", "low", table)
    assert (spec.options, spec.resources) == ({"bitrate": 6000}, {"GPU": 1})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, r"my\.toml: codecs\.low\.adapter: got None, wanted the name of an adapter"),
        ({"adapter": 7}, r"codecs\.low\.adapter: got 7, wanted"),
        ({"adapter": "pcm", "resources": {"GPU": 0}}, r"codecs\.low\.resources: got \{'GPU': 0\}, wanted a table of"),
        ({"adapter": "pcm", "resources": "GPU"}, r"codecs\.low\.resources: got 'GPU'"),
    ],
)
def test_a_codec_without_an_adapter_or_with_no_number_of_resources_is_refused(table, said):
    with pytest.raises(SuiteInvalid, match=said):
        codec_of("my.toml", "low", table)


def test_codes_come_from_another_codec_of_the_suite():
    def taking(source, **codecs):
        file = file_of(codecs={"alone": {"adapter": "pcm", "codes_from": source}} | codecs)
        return with_codes_from("my.toml", file, specs(file))

    found = taking("low", **CODECS)
    assert found["alone"] == codec_of("", "alone", {"adapter": "pcm"}).taking_codes_from(found["low"])
    assert found["plain"].codes_from is None
    with pytest.raises(SuiteInvalid, match="got 'none', wanted another codec of the suite: plain, low"):
        taking("none", **CODECS)
    with pytest.raises(SuiteInvalid, match="got 'alone', wanted another codec, and there is none"):
        taking("alone")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"codecs": {"a\x07": {"adapter": "pcm"}}}, "codecs: the name"),
        ({"topologies": {"a\x07": {"chunk": 2}}}, "topologies: the name"),
        ({"wires": {"a\x07": {"fault": "transpose"}}}, "wires: the name"),
        ({"paths": {"a\x07": {"gain": 0.5}}}, "paths: the name"),
        ({"name": "a\x07"}, "name"),
        *(({"setups": [{"codec": "low", key: "a\x07"}]}, f"setups.{key}") for key in ("name", "wire", "reference")),
        ({"setups": [{"codec": ["low", "a\x07"]}]}, "setups.codec"),
    ],
)
def test_no_name_has_a_control_character(changes, where):
    check_names("my.toml", file_of(), "my")
    with pytest.raises(SuiteInvalid, match=rf"^my\.toml: {where} holds a control character, \\x07 at place 2"):
        check_names("my.toml", file_of(**changes), "my")


@pytest.mark.parametrize("called", ["m\ny", "m\udcff"])
def test_a_file_gives_no_suite_a_name_that_it_may_not_say(called):
    check_names("my.toml", file_of(name="mine"), called)
    with pytest.raises(SuiteInvalid, match=r"^my\.toml: its file gives the suite a name that holds"):
        check_names("my.toml", file_of(), called)


@pytest.mark.parametrize("key", ["codec", "topology", "wire", "path"])
def test_a_table_that_would_make_no_setup_is_refused(key):
    content = {"codecs": {"mine": {"adapter": "pcm"}}, "setups": [{"codec": "mine"} | {key: []}]}
    with pytest.raises(SuiteInvalid, match=rf"setups\.0\.{key}: an empty list makes no setup"):
        suites.parse(content, "my.toml", Path("/suites"), "my")


@pytest.mark.parametrize(
    ("table", "key", "value", "said"),
    [
        (None, "limit", "60", "limit: Input should be a valid number, got '60'"),
        (None, "limit", True, "limit: Input should be a valid number, got True"),
        ("scores", "pesq", "no", "scores.pesq: Input should be a valid boolean, got 'no'"),
        ("scores", "stoi", 1, "scores.stoi: Input should be a valid boolean, got 1"),
        ("tolerances", "stoi_drop", True, "tolerances.stoi_drop: Input should be a valid number, got True"),
        ("floors", "stoi", "0.8", "floors.stoi: Input should be a valid number, got '0.8'"),
        ("timing", "rtf", True, "timing.rtf: Input should be a valid number, got True"),
        ("speech", "variants", "2", "speech.variants: Input should be a valid integer, got '2'"),
        ("speech", "utterances", "heart-*", "speech.utterances: Input should be a valid array, got 'heart-*'"),
        ("topologies", "own", {"batch": "2"}, "topologies.own.batch: Input should be a valid integer, got '2'"),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_converted(table, key, value, said):
    content = {"codecs": {"mine": {"adapter": "pcm"}}, "setups": [{"codec": "mine"}]}
    content |= {key: value} if table is None else {table: {key: value}}
    with pytest.raises(SuiteInvalid, match=re.escape(f"my.toml: {said}")):
        suites.parse(content, "my.toml", Path("/suites"), "my")


@pytest.mark.parametrize(
    ("table", "key", "value", "said"),
    [
        ("floors", "stoi", 80, "less than or equal to 1, got 80"),
        ("floors", "pesq_wb", 5.0, "less than or equal to 4.644, got 5.0"),
        ("floors", "transcript_logp", 0.5, "less than or equal to 0, got 0.5"),
        ("tolerances", "stoi_drop", 2, "less than or equal to 1, got 2"),
        ("tolerances", "pesq_nb_drop", 10, "less than or equal to 4.549, got 10"),
    ],
)
def test_what_no_score_can_reach_or_lose_is_no_limit(table, key, value, said):
    content = {"codecs": {"mine": {"adapter": "pcm"}}, "setups": [{"codec": "mine"}]}
    with pytest.raises(SuiteInvalid, match=re.escape(said)):
        suites.parse(content | {table: {key: value}}, "my.toml", Path("/suites"), "my")


def test_a_whole_number_is_a_number_and_a_path_may_be_text():
    content = {"codecs": {"mine": {"adapter": "pcm"}}, "setups": [{"codec": "mine"}], "limit": 60}
    assert suites.parse(content, "my.toml", Path("/suites"), "my").limit == 60
    assert suites.load("demo").name == "demo"


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        ({"codec": 3}, "setups.0.codec: Input should be a valid string or a valid array, got 3"),
        ({"codec": "mine", "topology": ["shared", 4]}, "setups.0.topology.1: Input should be a valid string, got 4"),
        (
            {"codec": True, "wire": [3]},
            "setups.0.codec: Input should be a valid string or a valid array, got True; "
            "my.toml: setups.0.wire.0: Input should be a valid string, got 3",
        ),
    ],
)
def test_a_key_that_may_be_of_several_types_is_told_once_and_where_it_is_wrong(setup, said):
    content = {"codecs": {"mine": {"adapter": "pcm"}}, "setups": [setup]}
    with pytest.raises(SuiteInvalid) as refused:
        suites.parse(content, "my.toml", Path("/suites"), "my")
    assert str(refused.value) == f"my.toml: {said}"
