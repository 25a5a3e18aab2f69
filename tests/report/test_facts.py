"""Codecs and speech of a run in a sentence."""

import pytest
from report.sample import codec_record
from small_run import cell, run, utterance

from harness.report.facts import named, what_was_run


def of(source="embedded", **changes):
    return run(cell("mini/shared", "a"), suite={"speech": {"source": source}}, **changes)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("embedded", "1 utterance, 1 s, the embedded synthetic voices"),
        ("speech", "1 utterance, 1 s, from speech"),
        ("corpora/here/dev", "1 utterance, 1 s, from here/dev"),
        (".../dev.toml#0123abcd", "1 utterance, 1 s, from dev.toml"),
        ("a#b", "1 utterance, 1 s, from a#b"),
        ("(not recorded: sha256 0123)", "1 utterance, 1 s"),
        ("", "1 utterance, 1 s"),
        (".", "1 utterance, 1 s"),
        ("/", "1 utterance, 1 s"),
    ],
)
def test_speech_is_told_with_where_it_is_from_if_that_is_known(source, said):
    assert what_was_run(of(source)) == f"mini; {said}"


@pytest.mark.parametrize("suite", [{}, {"speech": "embedded"}, {"speech": None}, {"speech": {}}])
def test_a_suite_that_says_nothing_of_speech_has_no_source(suite):
    record = run(cell("mini/shared", "a"), suite=suite)
    assert what_was_run(record) == "mini; 1 utterance, 1 s"


def test_a_run_of_nothing_is_told_too():
    assert what_was_run(run(codecs=(), suite={})) == "0 utterances"
    silent = utterance("a").model_copy(update={"seconds": 0.0})
    assert what_was_run(of(utterances=(silent, silent))) == "mini; 2 utterances, the embedded synthetic voices"


@pytest.mark.parametrize(
    ("name", "adapter", "options", "said"),
    [
        ("opus", "opus", {}, "opus"),
        ("low", "opus", {"bitrate": 9000}, "low (opus, bitrate 9000)"),
        ("opus", "opus", {"a": 1, "b": "x", "c": 2.5, "d": 4}, "opus (a 1, b x, c 2.5)"),
        (
            "served",
            "command",
            {"serve": ["./app"], "environment": {"TOKEN": "t"}, "limit": 3},
            "served (command, limit 3)",
        ),
        ("none", "opus", {"weights": None}, "none (opus)"),
    ],
)
def test_a_codec_is_told_with_its_first_options_that_are_short(name, adapter, options, said):
    codec = codec_record(name).model_copy(update={"adapter": adapter, "options": options})
    assert what_was_run(of(codecs=(codec,))).partition("; ")[0] == said


def test_a_run_is_called_by_name_id_and_time_as_far_as_it_has_them():
    made = of(name="app", key="0123456789abcdef")
    made = made.model_copy(
        update={"provenance": made.provenance.model_copy(update={"created": "2026-01-02T03:04:05+00:00"})}
    )
    assert named(made) == "app run 01234567 2026-01-02 03:04"
    bare = made.model_copy(update={"key": "", "provenance": made.provenance.model_copy(update={"created": ""})})
    assert named(bare) == "app"
