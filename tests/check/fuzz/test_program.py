"""Programs have a text form that is read back as it was written."""

import pytest

from harness.check.fuzz.program import Piece, ProgramLine, parse, text
from harness.codecs.protocol import Side
from harness.errors import UsageInvalid


def test_programs_are_read_as_they_are_written():
    program = (
        ProgramLine("open", "a"),
        ProgramLine("encode", "a", piece=Piece("other", 1, 3)),
        ProgramLine("clone", "b", source="a"),
        ProgramLine("snapshot", "a", name="s1"),
        ProgramLine("reset", "b", side=Side.DECODER),
        ProgramLine("restore", "b", name="s1"),
        ProgramLine("misuse", "a"),
        ProgramLine("poison", "a"),
        ProgramLine("offline", piece=Piece("main", 0, 1)),
        ProgramLine("windowed", piece=Piece("main", 2, 3), past=2),
        ProgramLine("batch", piece=Piece("main", 0, 2)),
    )
    assert parse(f"# a comment\n\n{text(program)}") == program
    with pytest.raises(UsageInvalid, match="my program, line 2: 'b = copy a' is not a step"):
        parse("a = open\nb = copy a", "my program")


def test_what_is_about_slots_is_read_too():
    program = (
        ProgramLine("slots", rows=3),
        ProgramLine("join", "r1"),
        ProgramLine("fork", "r2", source="r1"),
        ProgramLine("encode", "r1", piece=Piece("main", 0, 1), beside=(("r2", Piece("other", 2, 3)),)),
        ProgramLine(
            "decode",
            "r1",
            piece=Piece("main", 0, 1),
            beside=(("r2", Piece("main", 0, 1)), ("r3", Piece("other", 4, 9))),
        ),
        ProgramLine("leave", "r2"),
        ProgramLine("flush", "r1"),
        ProgramLine("reset", "r1", side=Side.BOTH),
    )
    assert parse(text(program)) == program
    assert text(program).splitlines()[4] == "decode r1 main 0:1, r2 main 0:1, r3 other 4:9"


def test_a_number_that_is_left_out_is_two_rows_and_no_past():
    assert parse("batch main 0:1") == parse("batch 2 main 0:1")
    assert parse("windowed main 3:4") == parse("windowed main 3:4 past 0")


@pytest.mark.parametrize(
    "line",
    ["a = copy b", "encode a main 0", "encode a loud 0:1", "reset a left", "slots 1", "slots 9", "batch 1 main 0:1",
     "1a = open", "A = open", "encode a main 0:1,b main 0:1", "encode a main 0:1 x", "decode a main -1:1", "leave"],
)  # fmt: skip
def test_what_is_no_step_is_refused_with_its_line(line):
    with pytest.raises(UsageInvalid) as refused:
        parse(f"a = open\n\n# a comment\n  {line}  ", "my program")
    assert str(refused.value).startswith(f"my program, line 4: {line!r} is not a step; wanted such as ")


def test_no_lines_are_no_program():
    assert parse("") == parse("\n# nothing\n") == ()
    assert text(()) == ""
