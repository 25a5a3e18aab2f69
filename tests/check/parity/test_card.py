"""Every difference that is planted in a port is named by its law with its shortest calls; equal ones agree."""

import functools
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.card import closing, line, markdown
from harness.check.parity.findings import ParityCard, parity_card
from harness.check.parity.laws import PARITY, STAYS_TOGETHER, chosen
from harness.check.parity.pair import check_comparable, paired
from harness.check.parity.playing import Player
from harness.cli.check import check as command
from harness.cli.fuzz import fuzz
from harness.errors import CodecFailed, UsageInvalid
from harness.report.parity import page

DELTA = "planted.ports:Delta"


@functools.cache
def card(faults: str, *laws: str, limit: float = 60.0) -> ParityCard:
    port = Implementation.of(DELTA, {"faults": faults})
    with Player(Implementation.of(DELTA, {}), limit) as first, Player(port, limit) as second:
        return parity_card(paired(first, second, None, None), chosen(laws))


def of(found: ParityCard, law: str):
    return next(finding for finding in found.findings if finding.law == law)


def test_equal_implementations_are_the_same_to_the_bit():
    found = card("")
    assert found.agreement is Agreement.BITS
    assert [finding.law for finding in found.findings] == [*PARITY, STAYS_TOGETHER]
    assert found.headline == "the same to the bit"


def test_another_scale_of_the_output_is_other_arithmetic_everywhere():
    found = card("scale")
    assert found.agreement is Agreement.ARITHMETIC
    assert of(found, "encode-speech").agreement is Agreement.BITS
    assert of(found, "decode-speech").snr.value == pytest.approx(90.3, abs=0.2)


@pytest.mark.parametrize(
    ("fault", "law", "shape"),
    [
        ("loss", "one-lost", ["decode", "decode lost", "decode"]),
        ("reset", "reset-decoder", ["decode", "reset decoder", "decode"]),
        ("lenient", "refused-decoding", ["refuse code-beyond"]),
        ("both", "reset-one-side", ["encode", "reset decoder", "encode"]),
    ],
)
def test_a_planted_difference_is_shown_by_its_shortest_calls(fault, law, shape):
    found = card(fault, law, "decode-speech")
    lines = of(found, law).program.splitlines()
    assert len(lines) == len(shape)
    assert all(wanted in line for wanted, line in zip(shape, lines, strict=True))
    assert of(found, "decode-speech").agreement is Agreement.BITS


def test_three_differences_at_once_are_each_named():
    found = card("scale sign loss")
    assert of(found, "decode-speech").agreement is Agreement.PARTED
    assert of(found, "decode-soft").agreement is Agreement.ARITHMETIC
    lost = of(found, "one-lost")
    assert lost.same_as is None
    assert [row.split()[1] for row in lost.program.splitlines()] == ["soft", "lost", "soft"]


def test_a_wrong_length_and_a_death_are_told():
    assert "returned PCM of shape (79,)" in of(card("short", "decode-speech"), "decode-speech").observed
    died = of(card("dies", "one-lost"), "one-lost")
    assert "ended its worker process" in died.observed
    assert died.program.splitlines() == ["decode lost 5:6"]


def test_a_reference_that_is_not_the_same_twice_is_refused():
    with (
        Player(Implementation.of(DELTA, {"faults": "chance"}), 60) as first,
        pytest.raises(CodecFailed, match="does not encode the same twice"),
    ):
        paired(first, first, None, None)


def test_what_cannot_be_compared_is_said_in_one_line():
    with (
        Player(Implementation.of(DELTA, {}), 60) as first,
        Player(Implementation.of(DELTA, {"bins": 17}), 60) as second,
        pytest.raises(UsageInvalid, match=r"values of a code 16 and 17; what still can"),
    ):
        paired(first, second, None, None)


def rounded(more: float) -> ParityCard:
    port = Implementation.of("planted.faults:In16Bits", {"more": more})
    with Player(Implementation.of("opus", {}), 60) as one, Player(port, 60) as two:
        return parity_card(
            paired(one, two, None, None), ("decode-speech", "decode-square", "decode-constant", "one-lost")
        )


def test_what_gives_16_bits_is_told_as_that_wherever_it_begins():
    found = rounded(1.0)
    assert found.agreement is Agreement.ARITHMETIC
    square = of(found, "decode-square").observed
    assert square.startswith("PCM differs by up to 1.5e-05")
    assert square.endswith("for one of them gives whole numbers of 16 bits")
    assert "16 bits" not in of(rounded(0.999), "decode-square").observed


LATE = "planted.ends:Late"


def flushed(port: str, other: dict[str, str], reference: str, options: dict[str, str]) -> ParityCard:
    first, second = Implementation.of(reference, options), Implementation.of(port, other)
    with Player(first, 60) as one, Player(second, 60) as two:
        return parity_card(paired(one, two, None, None), ("decode-speech", "flush"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("silent-flush", "PCM differs from frame 5 on"),
        ("short-flush", "this one refuses it (flush returned PCM of shape (319,)"),
        ("no-flush", "this one refuses it (flush is missing"),
    ],
)
def test_the_end_of_a_stream_is_compared(fault, said):
    found = flushed(LATE, {"fault": fault}, LATE, {})
    assert of(found, "decode-speech").agreement is Agreement.BITS
    assert of(found, "flush").observed.startswith(said)


def test_of_two_that_hold_nothing_back_the_end_is_the_same():
    assert flushed("opus", {}, "opus", {}).agreement is Agreement.BITS
    assert of(flushed("opus", {}, LATE, {}), "flush").program == "flush\n"


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


def test_no_program_is_made_of_latents_nor_of_a_decoder_alone():
    with Player(Implementation.of(DELTA, {}), 60) as first:
        whole = first.info
    for info, said in (
        (replace(whole, latent_tolerance=1e-4, bins=0), "its codes are latents"),
        (replace(whole, encodes=False), "is a decoder alone, and what is decoded are the codes that the reference"),
    ):
        with pytest.raises(UsageInvalid, match=said):
            check_comparable(info, info)


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
