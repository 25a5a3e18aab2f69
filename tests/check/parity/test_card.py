"""The card of two implementations, as text, Markdown and a page, and by the command's exit code."""

import pytest
from check.parity.carded import DELTA, card, of
from click.testing import CliRunner

from harness.check.parity.card import closing, line, markdown
from harness.check.parity.laws import chosen
from harness.cli.check import check as command
from harness.cli.fuzz import fuzz
from harness.errors import UsageInvalid
from harness.report.parity import page

DECODER = "planted.decoders:Decoder"


def test_a_decoder_alone_is_asked_the_laws_of_decoding():
    asked = ["--option", "inner=opus", "--against", "opus"]
    ran = CliRunner().invoke(command, [DECODER, *asked, "--law", "one-lost", "--law", "turns"])
    assert ran.exit_code == 0, ran.output
    assert "a decoder alone: 1 laws that encode are not asked" in ran.stderr
    assert "one-lost" in ran.stdout
    assert "turns" not in ran.stdout
    none = CliRunner().invoke(command, [DECODER, *asked, "--law", "turns"])
    assert isinstance(none.exception, UsageInvalid)
    searched = CliRunner().invoke(fuzz, [DECODER, *asked, "--seconds", "1"])
    assert isinstance(searched.exception, UsageInvalid)


def test_a_strange_law_is_refused():
    with pytest.raises(UsageInvalid, match="no law 'chunks' of two implementations"):
        chosen(("chunks",))


def test_the_card_is_told_as_text_as_markdown_and_as_a_page():
    found = card("scale sign loss")
    assert "is shown by" in markdown(found)
    assert any("the same kind of calls" in said for said in closing(found))
    assert line(of(found, "encode-soft")).startswith("= encode-soft")
    shown = page(found, "codec-harness check <b>")
    assert "decode lost 5:6" in shown
    assert "<b>" not in shown


def test_the_command_says_with_its_exit_code_whether_they_are_the_same(tmp_path):
    few = ["--law", "decode-speech", "--law", "one-lost"]
    same = CliRunner().invoke(command, [DELTA, "--against", DELTA, *few])
    assert same.exit_code == 0, same.output
    other = [DELTA, "--option", "faults=loss", "--against", DELTA, *few]
    parted = CliRunner().invoke(command, [*other, "--html", str(tmp_path / "card.html")])
    assert parted.exit_code == 1
    assert "decode lost" in parted.output
    assert (tmp_path / "card.html").read_text().startswith("<!DOCTYPE html>")
    rounded = CliRunner().invoke(
        command, [DELTA, "--option", "faults=scale", "--against", DELTA, *few, "--tolerance", "1e-4"]
    )
    assert rounded.exit_code == 0
    assert "the same to rounding" in rounded.output
