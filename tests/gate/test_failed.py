"""Which cells of a run failed: each cause once, with the first cell and how many more."""

from small_run import cell, run

from harness.gate.failed import failed_cells, in_a_line


def failing(setup, utterance, why):
    return cell(setup, utterance, failure=why)


def test_a_run_in_which_nothing_failed_has_no_line():
    assert failed_cells(run(cell("mini/shared", "a"))) == []
    assert in_a_line([]) == ""


def test_a_cause_is_one_of_a_codec_whatever_its_numbers():
    record = run(
        failing("mini/shared", "a", "frame 3: decode raised"),
        failing("mini/shared", "b", "frame 17: decode raised"),
        failing("mini/shared", "c", "frame -1.5: decode raised"),
        failing("mini/shared", "d", "another"),
        failing("opus/shared", "a", "frame 3: decode raised"),
        cell("opus/shared", "b"),
    )
    assert failed_cells(record) == [
        "mini/shared/a and 2 more: frame 3: decode raised",
        "mini/shared/d: another",
        "opus/shared/a: frame 3: decode raised",
    ]


def test_a_message_of_one_line_tells_three_causes_and_how_many_it_leaves_out():
    assert in_a_line(["a", "b", "c"]) == "a; b; c"
    assert in_a_line(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
