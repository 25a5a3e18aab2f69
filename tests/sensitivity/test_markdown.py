"""The answer as Markdown: names show as they are, and counts of a family leave out what any run notices."""

import pytest
from sensitivity.small_record import record

from harness.sensitivity.markdown import family_row, markdown
from harness.sensitivity.record import CauseRecord, FaultRecord


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("<img src=x>", r"\<img src=x\>"),
        ("![x](http://a)", r"\!\[x\]\(http://a\)"),
        ("*b* `c`", r"\*b\* \`c\`"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_name_is_no_markup_and_ends_no_line(name: str, shown: str) -> None:
    text = markdown(record(40, setup=name).model_copy(update={"suite": name}))
    assert text.startswith(f"# What the suite {shown} notices\n\n## {shown}\n\n- {shown}: 80 probes\n")


def test_tables_are_whole_and_blind_spots_are_bold() -> None:
    text = markdown(record(40, blind=True))
    tables = [block.split("\n") for block in text.strip().split("\n\n") if block.startswith("|")]
    assert len(tables) == 2
    for table in tables:
        assert len({line.count("|") for line in table}) == 1
    assert tables[1][2].startswith("| **quieter** | dB |")


def faults() -> list[FaultRecord]:
    (made,) = record(30).subjects[0].faults
    (heard,) = made.points
    failing = heard.model_copy(update={"failed": 10})
    unheard = heard.model_copy(update={"heard": "a", "judged": 0, "right": 0})
    cause = CauseRecord(size=2.0, side="decoder", wanted=("decoder",), right=True, text="")
    return [
        made.model_copy(update={"points": (failing, unheard), "explained": cause}),
        made.model_copy(update={"points": (), "explained": cause.model_copy(update={"right": False})}),
        made.model_copy(update={"points": (), "not_applicable": "it has no decoder"}),
    ]


def test_a_family_counts_what_all_hear_without_the_probes_in_which_the_codec_failed() -> None:
    assert family_row("level", faults()) == ["level", "3", "20/30", "10", "40/40", "1/2", "1"]
    assert family_row("none", []) == ["none", "0", "0/0", "0", "0/0", "0/0", "0"]
