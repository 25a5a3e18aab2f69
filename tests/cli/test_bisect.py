"""`codec-harness bisect` as a user types it: what is asked for must be one thing, and one that can be told."""

import json

import pytest
from typed import suite, typed

ENDS = ("--good", "app/shared", "--bad", "app/cross-talk", "--jobs", "1", "--no-report")


@pytest.fixture
def opus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return suite(tmp_path, "shared", "cross-talk", adapter="opus")


def test_without_words_what_is_degraded_is_searched_for_and_found(opus):
    """It was what is corrupt, which only silence is called then: "cannot be reproduced" was the answer."""
    found = typed("bisect", "--suite", opus, *ENDS, "--json")
    assert found.code == 0
    record = json.loads(found.out)
    assert record["bad_if"] == "degraded"
    assert "topology.decoder.crosstalk = True alone breaks it" in record["words"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (ENDS[:2], "bisect needs --good and --bad, or --versions"),
        ([*ENDS, "--bad-if", "corrupt"], "nothing but silence is told to be that, since words are not scored"),
        ([*ENDS, "--exit-code", "--json"], "--json does not go with --exit-code"),
        ([*ENDS, "--bad-if", "stoi <"], "--bad-if: got 'stoi <'"),
        ([*ENDS, "--utterance", "nope"], "no utterance matches 'nope'"),
        (["--versions", "x.toml", "--good", "app/shared"], "--good does not go with --versions"),
        (["--versions", "x.toml", "--bad", "app/shared"], "--bad does not go with --versions"),
        (["--versions", "x.toml"], "--suite does not go with --versions"),
        (["--good", "app/shared", "--bad", "app/shared"], "differ in nothing: there is nothing to search"),
        ([*ENDS, "--reproduces", "0"], "0.0 is not in the range"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, opus):
    found = typed("bisect", "--suite", opus, *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_search_that_finds_both_ends_good_ends_with_1(opus):
    same = ("--good", "app/shared", "--bad", "app/separate", "--jobs", "1", "--no-report")
    found = typed("bisect", "--suite", opus, *same)
    assert found.code == 1
    assert "app/separate is not bad (degraded), and neither is app/shared" in found.out.replace("\n", " ")
