"""Every difference that is planted in a port is named by its law with its shortest calls; equal ones agree."""

import dataclasses

import pytest
from check.parity.carded import Here, card, of

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.findings import ParityCard, ParityFinding, parity_card
from harness.check.parity.laws import PARITY, STAYS_TOGETHER
from harness.check.parity.pair import paired
from harness.check.parity.playing import Player
from harness.record import Measurement


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


def here(faults, *laws, report=None, **options):
    """As `card`, in this process, where only laws can be asked that no port dies of."""
    return parity_card(paired(Here(), Here(faults, **options), None, None), laws, report)


def test_each_finding_is_reported_at_once_and_in_the_order_asked():
    heard: list[ParityFinding] = []
    found = here("scale", "decode-soft", "encode-speech", report=heard.append)
    assert [finding.law for finding in heard] == ["decode-soft", "encode-speech"]
    assert found.findings == tuple(heard)
    assert found.programs == 2
    assert (found.codec.options, found.reference.options) == ({"faults": "scale"}, {"faults": ""})


def test_what_differs_is_measured_and_where_nothing_does_there_is_no_ratio():
    found = here("scale", "decode-soft", "encode-speech")
    soft, encoded = (of(found, law) for law in ("decode-soft", "encode-speech"))
    assert soft.snr.value == pytest.approx(90.3, abs=0.2)
    grid = "within half a step of 16 bits, in which one of them gives whole numbers"
    assert soft.observed == f"PCM differs by up to {soft.largest.value:.1e}, SNR 90 dB, {grid}"
    assert (encoded.observed, encoded.snr, encoded.largest) == ("equal", None, None)  # no PCM at all
    same = of(here("", "decode-soft"), "decode-soft")
    assert (same.snr, same.largest.value) == (Measurement.missing("nothing differs"), 0.0)


def test_a_later_law_that_the_same_calls_break_is_told_as_the_same_cause():
    found = here("loss", "one-lost", "burst-lost")
    lost, burst = found.findings
    assert (lost.same_as, [row.split()[1] for row in lost.program.splitlines()]) == (None, ["speech", "lost", "speech"])
    assert (burst.agreement, burst.same_as, burst.program) == (Agreement.PARTED, "one-lost", "")
    assert found.headline.endswith("; 2 of 2 laws, 1 kinds of calls")
    resets = here("reset", "reset-decoder", "reset-both")  # other calls
    assert [finding.same_as for finding in resets.findings] == [None, None]


def test_the_headline_says_where_they_part_and_how_many_kinds_of_calls_show_it():
    found = here("loss", "decode-soft", "one-lost")
    lost = of(found, "one-lost")
    assert found.agreement is Agreement.PARTED
    assert found.parted == (lost,)
    assert found.headline == f"not the same from frame {lost.first_frame} on (one-lost); 1 of 2 laws, 1 kinds of calls"


def test_what_decides_is_told_where_the_two_declare_it_otherwise():
    assert here("", "decode-soft").declared_apart == ()
    other = Here()
    other.info = dataclasses.replace(other.info, delay=80)
    found = parity_card(paired(Here(), other, None, None), ("decode-soft",))
    assert found.declared_apart == ("delay (samples): 80, the reference 0",)


def rounded(more: float) -> ParityCard:
    port = Implementation.of("planted.ports:In16Bits", {"more": more})
    with Player(Implementation.of("opus", {}), 60) as one, Player(port, 60) as two:
        return parity_card(
            paired(one, two, None, None), ("decode-speech", "decode-square", "decode-constant", "one-lost")
        )


def test_what_gives_16_bits_is_told_as_that_wherever_it_begins():
    found = rounded(1.0)
    assert found.agreement is Agreement.ARITHMETIC
    square = of(found, "decode-square").observed
    assert square.startswith("PCM differs by up to 1.5e-05")
    assert square.endswith(", within half a step of 16 bits, in which one of them gives whole numbers")
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
