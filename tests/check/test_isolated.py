"""A codec that ends its process, or hangs, costs one law and not the card."""

import pytest
from click.testing import CliRunner

from harness.check.finding import Status
from harness.check.isolated import check_isolated
from harness.cli.check import check as command
from harness.errors import CodecUnavailable, SuiteInvalid

LAWS = ["counts", "clone-continues", "reset-encoder", "reset-decoder", "delay"]


def found(adapter, **more):
    card = check_isolated(adapter, {}, laws=LAWS, **more)
    return card, {finding.law: (finding.status, finding.observed) for finding in card.findings}


def test_a_law_that_kills_its_process_is_broken_and_the_others_are_asked():
    card, laws = found("planted.fatal:ClonesFatally")
    status, observed = laws.pop("clone-continues")
    assert status is Status.BROKEN
    assert "ended its worker process (SIGSEGV" in observed
    assert {status for status, _ in laws.values()} == {Status.HELD}
    assert not card.good


def test_a_law_without_an_answer_could_not_be_told_and_is_not_waited_for_again_and_again():
    card, laws = found("planted.fatal:ResetsForever", limit=3)
    assert laws["counts"][0] is Status.HELD
    assert laws["reset-encoder"] == (
        Status.COULD_NOT_RUN,
        "was stopped after 3 s without an answer in reset(encoder): the codec hangs, or --limit is too short",
    )
    assert laws["delay"] == (Status.COULD_NOT_RUN, "not asked, after 2 laws without an answer")
    assert card.seconds < 30
    assert not card.good


@pytest.mark.parametrize(
    ("adapter", "words"),
    [("EncodesFatally", "a plain stream already fails: ended its worker process (SIGSEGV")],
)
def test_a_plain_stream_that_kills_its_process_leaves_nothing_to_ask(adapter, words):
    _, laws = found(f"planted.fatal:{adapter}")
    assert {status for status, _ in laws.values()} == {Status.COULD_NOT_RUN}
    assert all(words in observed for _, observed in laws.values())


def test_an_exit_is_a_finding():
    _, laws = found("planted.fatal:ClonesByLeaving")
    assert laws["clone-continues"] == (Status.BROKEN, "clone raised SystemExit: 3")
    assert laws["delay"][0] is Status.HELD


def test_a_codec_that_cannot_be_loaded_is_said_in_one_line():
    with pytest.raises(CodecUnavailable, match="LoadsFatally': loading it fails: ended its worker"):
        check_isolated("planted.fatal:LoadsFatally", {})
    with pytest.raises(CodecUnavailable, match="'no_such_codec' is unknown"):
        check_isolated("no_such_codec", {})
    with pytest.raises(SuiteInvalid, match="no option 'frames'"):
        check_isolated("pcm", {"frames": 3})


def test_the_command_fails_where_nothing_could_be_told():
    answer = CliRunner().invoke(command, ["planted.faults:RaisesHalfWay", "--law", "counts"])
    assert answer.exit_code == 1
    assert "could not run: a plain stream already fails" in answer.output
