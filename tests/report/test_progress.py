"""How far a command is, as plain lines where standard error is no terminal."""

import contextlib
import re
import time

import pytest

from harness.report import progress
from harness.report.progress import PlainLines, progress_bar


def test_plain_lines_say_what_is_done_of_how_many_and_the_time_left():
    now = [0.0]
    lines = PlainLines("mine: cells", lambda: now[0])
    now[0] = 10.0
    assert lines.line() == "mine: cells: getting ready, 10 s so far"
    lines.report(4, 20)  # read back, at once
    now[0] = 18.0
    assert lines.line() == "mine: cells: 4 of 20, 18 s so far"
    lines.report(8, 20)
    assert lines.line() == "mine: cells: 8 of 20, 18 s so far, about 24 s left"
    lines.report(20, 20)
    now[0] = 250.0
    assert lines.line() == "mine: cells: 20 of 20, 4 min 10 s so far, finishing"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 s"), (99.4, "99 s"), (99.6, "1 min 40 s"), (119.6, "2 min 00 s"), (7265.0, "121 min 05 s")],
)
def test_times_are_whole_seconds_and_minutes(seconds: float, said: str) -> None:
    now = [0.0]
    lines = PlainLines("mine", lambda: now[0])
    now[0] = seconds
    assert lines.line() == f"mine: getting ready, {said} so far"


def test_nothing_is_foretold_of_what_has_not_moved_and_none_at_all_is_no_division() -> None:
    now = [0.0]
    lines = PlainLines("mine", lambda: now[0])
    lines.report(0, 0)
    assert lines.line() == "mine: 0 of 0, 0 s so far"
    lines.report(0, 9)
    now[0] = 50.0
    assert lines.line() == "mine: 0 of 9, 50 s so far"
    lines.report(9, 9)
    assert lines.line() == "mine: 9 of 9, 50 s so far, finishing"


def test_lines_come_also_while_nothing_gets_done_and_end_with_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.02)
    with contextlib.suppress(KeyError), progress_bar("mine\x1b[2J") as report:
        report(1, 3)
        said, end = "", time.monotonic() + 60
        while said.count(": 1 of 3") < 2 and time.monotonic() < end:
            time.sleep(0.02)
            now = capsys.readouterr()
            said += now.err
            assert now.out == ""
        raise KeyError
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr() == ("", "")
    assert re.search(r"^(mine\\x1b\[2J: 1 of 3, \d+ s so far\n){2}", said, re.MULTILINE)
