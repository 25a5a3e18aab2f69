"""Searches for what makes a codec fail."""

import json

import pytest
from click.testing import CliRunner

from harness.bisect.answer.page import page
from harness.bisect.answer.record import SearchRecord
from harness.cli.main import cli

SUITE = """
[speech]
utterances = ["rms-01"]
[scores]
asr = false
"""
BREAKS = 'adapter = "planted.breaking:Breaks"\n'


def invoke(*arguments):
    return CliRunner().invoke(cli, ["bisect", *map(str, arguments), "--jobs", "1"])


def searched(*arguments):
    done = invoke(*arguments, "--bad-if", "fails", "--json", "--no-report")
    assert done.exit_code in (0, 1), done.output
    return done.exit_code, SearchRecord.model_validate(json.loads(done.stdout))


def suite(tmp_path, *, good='how = ""\ncloned = ""\nbuild = "1"\n', **bad):
    path = tmp_path / "suite.toml"
    options = "".join(
        f"{name} = {value!r}\n" for name, value in ({"how": "", "cloned": "", "build": "2"} | bad).items()
    )
    setups = '[[setups]]\ncodec = ["a", "b"]\ntopology = ["shared", "cloned-decoder"]\n'
    path.write_text(f"{SUITE}[codecs.a]\n{BREAKS}{good}[codecs.b]\n{BREAKS}{options}{setups}", encoding="utf-8")
    return "--suite", path, "--good", "a/shared", "--bad", "b/cloned-decoder"


def history(tmp_path, *settings, end=""):
    path = tmp_path / "app.toml"
    tables = [f'[[versions]]\nname = "v{number}"\nset = {{ {text} }}\n' for number, text in enumerate(settings, 1)]
    start = f'[codecs.a]\n{BREAKS}[start]\ncodec = "a"\n'
    path.write_text("".join([SUITE, start, end, *tables]), encoding="utf-8")
    return "--versions", path


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("nan", "returned NaN"),
        ("shape", "returned PCM of shape (319,)"),
        ("dies", "it ended its worker process (SIGSEGV(-11)) in decode"),
    ],
)
def test_what_makes_it_fail_is_found_and_how_it_fails_is_told(tmp_path, how, said):
    code, record = searched(*suite(tmp_path, how=how))
    assert code == 0
    assert [cause.factors for cause in record.factors.causes] == [("codec.how",)]
    assert f"codec.how = {how} alone breaks it. b/cloned-decoder fails: rms-01: " in record.words
    assert said in record.words
    assert "otherwise" not in record.words
    assert record.repeats.stands
    assert record.repeats.identical
    assert bool(record.repeats.alone) == (how == "dies")  # what ends its process would take the others along
    assert ("in processes of their own" in record.words) == (how == "dies")
    assert 'Smallest fix: codec.how = "".' in record.words
    assert "<td>codec.how</td><td>&#34;&#34;</td>" in page(record, None)
    assert said.replace("&", "&amp;") in page(record, None)


def test_what_hangs_fails(tmp_path):
    code, record = searched(*suite(tmp_path, how="hangs"), "--limit", 2)
    assert (code, [cause.factors for cause in record.factors.causes]) == (0, [("codec.how",)])
    assert record.repeats.stands


def test_a_cause_that_fails_otherwise_is_not_called_the_same_regression(tmp_path):
    code, record = searched(*suite(tmp_path, how="nan", cloned="raises"))
    assert code == 0
    assert {cause.factors for cause in record.factors.causes} == {
        ("codec.how",),
        ("codec.cloned", "topology.decoder.instance"),
    }
    said = "With nothing but codec.cloned = raises and topology.decoder.instance = clone it fails otherwise: rms-01: "
    assert record.words.count("Another failure is not the same regression") == 1
    assert said in record.words


def test_a_history_says_where_it_begins_to_fail_as_its_end_does(tmp_path):
    versions = ["", '"codec.build" = "2"', '"codec.how" = "nan"', '"codec.build" = "4"', '"codec.how" = "raises"']
    code, record = searched(*history(tmp_path, *versions, '"codec.build" = "66"'), "--verify", 6)
    assert code == 0
    assert "It breaks in v3: v2 is still good. v3 fails: rms-01: " in record.words
    assert "v6 fails otherwise: rms-01: " in record.words
    assert "The first version that was seen to fail as v6 does is v5." in record.words
    failures = {version.name: version.probe.failures for version in record.versions.versions}
    assert (
        failures["v5"] == failures["v6"] != failures["v4"]
    )  # the folder and the numbers are others, the words are not


def test_one_failure_in_all_versions_is_one_regression(tmp_path):
    _, record = searched(*history(tmp_path, "", '"codec.how" = "raises"', '"codec.build" = "3"'))
    assert "It breaks in v2: v1 is still good. v2 fails: rms-01: decode" in record.words
    assert "otherwise" not in record.words


def test_version_and_configuration_at_once(tmp_path):
    end = '[end]\nset = { "topology.decoder.instance" = "clone", "topology.chunk" = 2 }\n'
    code, record = searched(*history(tmp_path, "", '"codec.build" = "2"', '"codec.cloned" = "dies"', end=end))
    assert code == 0
    assert (
        "With topology.decoder.instance = clone: it breaks in v3: v2 is still good. v3 fails: rms-01: " in record.words
    )
    assert "otherwise" not in record.words


def test_an_end_that_fails_is_named_with_the_option_that_searches_for_it(tmp_path):
    done = invoke(*suite(tmp_path, how="dies"), "--no-report")
    assert done.exit_code == 1
    assert "An end cannot be judged, b/cloned-decoder: the codec failed: it ended its worker process" in done.output
    assert "use --bad-if fails." in done.output
    versions = invoke(*history(tmp_path, "", '"codec.how" = "nan"'), "--no-report")
    assert "An end cannot be judged, v2: " in versions.output
    assert "use --bad-if fails." in versions.output


def test_where_the_good_end_fails_the_option_would_not_help_and_is_not_named(tmp_path):
    arguments = suite(tmp_path, good='how = "nan"\ncloned = ""\nbuild = "1"\n')
    done = invoke(*arguments, "--no-report")
    assert "An end cannot be judged, a/shared: the codec failed: " in done.output
    assert "--bad-if" not in done.output
    code, record = searched(*arguments)
    assert (code, record.words.partition(".")[0]) == (
        1,
        "The ends are swapped: a/shared is bad and b/cloned-decoder is good",
    )


def test_under_git_bisect_run_a_failure_is_bad_if_that_is_asked_for(tmp_path):
    arguments = suite(tmp_path, how="raises")
    assert invoke(*arguments, "--bad-if", "fails", "--exit-code").exit_code == 1
    unasked = invoke(*arguments, "--exit-code")
    assert unasked.exit_code == 125
    assert "use --bad-if fails" in unasked.output
    assert invoke(*suite(tmp_path), "--bad-if", "fails", "--exit-code").exit_code == 0


def test_a_failure_is_not_taken_from_an_earlier_search(tmp_path):
    """It may have been mended meanwhile; what gave output is known."""
    first, second = (searched(*suite(tmp_path, how="raises"))[1].factors for _ in range(2))
    assert second.made == sum(probe.judgement == "bad" for probe in first.probes) > 0
    assert second.causes == first.causes


@pytest.mark.parametrize(
    ("loading", "said"),
    [
        ("raises", "making it raised KeyError: 'no tables in "),
        ("dies", "it ended its worker process (SIGSEGV(-11)) in making it"),
        ("declares", "info.frame_size is -1"),
    ],
)
def test_a_codec_that_cannot_be_loaded_fails(tmp_path, loading, said):
    """Also at the end of a history, which would else be cut off there, and be said to hold no change."""
    versions = ["", '"codec.build" = "2"', f'"codec.loading" = "{loading}"', '"codec.build" = "4"']
    code, record = searched(*history(tmp_path, *versions))
    assert code == 0
    assert "It breaks in v3: v2 is still good. v3 fails: rms-01: " in record.words
    assert said in record.words
    assert "otherwise" not in record.words
    assert record.repeats.stands
    assert record.repeats.identical
    assert not record.versions.unusable
    assert said.replace("'", "&#39;") in page(record, None)


def test_a_codec_that_cannot_be_loaded_is_a_cause_among_setups_and_under_git_bisect_run(tmp_path):
    arguments = suite(tmp_path, good='how = ""\ncloned = ""\nbuild = "1"\nloading = ""\n', loading="raises")
    code, record = searched(*arguments)
    assert code == 0
    assert [cause.factors for cause in record.factors.causes] == [("codec.loading",)]
    assert invoke(*arguments, "--bad-if", "fails", "--exit-code").exit_code == 1


def test_a_version_and_a_configuration_that_cannot_be_loaded_together(tmp_path):
    end = '[end]\nset = { "topology.chunk" = 2 }\n'
    code, record = searched(*history(tmp_path, "", '"codec.build" = "2"', '"codec.loading" = "dies"', end=end))
    assert code == 0
    assert "It breaks in v3: v2 is still good. v3 fails: rms-01: " in record.words


def test_what_is_not_there_does_not_fail(tmp_path):
    """Nothing is known of a program that is yet to be built, nor of a module that is not installed."""
    path = tmp_path / "suite.toml"
    program = (
        '[codecs.a]\nadapter = "command"\nserve = ["sh", "x"]\n[codecs.b]\nadapter = "command"\nserve = ["./none"]\n'
    )
    module = '[codecs.c]\nadapter = "planted.none:None"\n'
    setups = '[[setups]]\ncodec = ["a", "b", "c"]\ntopology = "shared"\n'
    path.write_text(f"{SUITE}{program}{module}{setups}", encoding="utf-8")
    for name, said in (("b", "none does not exist; build the program"), ("c", "cannot be imported")):
        ends = ("--suite", path, "--good", "a/shared", "--bad", f"{name}/shared", "--bad-if", "fails", "--exit-code")
        done = invoke(*ends)
        assert (done.exit_code, said in done.output) == (125, True), done.output


def test_who_does_not_search_for_failures_is_told_how_where_the_last_versions_cannot_be_loaded(tmp_path):
    arguments = history(tmp_path, "", '"codec.build" = "2"', '"codec.loading" = "raises"')
    done = invoke(*arguments, "--no-report", "--bad-if", "not-identical")
    assert done.exit_code == 1
    assert "Skipped: v3; to search for what makes it fail, use --bad-if fails." in done.output
    arguments = suite(tmp_path, good='how = ""\ncloned = ""\nbuild = "1"\nloading = ""\n', loading="raises")
    said = invoke(*arguments, "--no-report").output
    assert "An end cannot be judged, b/cloned-decoder: codec adapter " in said
    assert "use --bad-if fails." in said
