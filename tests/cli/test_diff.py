"""`codec-harness diff` as a user types it: which factors differ, as text, and the exit code says whether any do."""

import pytest
from typed import suite, typed


@pytest.fixture
def two(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return suite(tmp_path, "shared", "separate"), suite(tmp_path, "shared", "separate", name="o", adapter="opus")


def test_two_setups_differ_in_what_they_are_wired_by_and_one_in_nothing_from_itself(two):
    found = typed("diff", "app/shared", "app/separate", "--suite", two[0])
    assert found.code == 1
    heads, row = found.out.splitlines()
    assert heads.split() == ["factor", "app/shared", "app/separate"]
    assert row.split() == ["topology.decoder.instance", "shared", "separate"]
    same = typed("diff", "app/shared", "app/shared", "--suite", two[0])
    assert (same.code, same.out) == (0, "app/shared and app/shared differ in nothing.\n")


def test_two_suites_differ_in_their_codec_in_all_setups(two):
    found = typed("diff", *two)
    assert found.code == 1
    assert found.out.splitlines()[0].split()[0] == "setup"
    assert "opus" in found.out


def test_an_option_with_markup_is_text(two):
    path = two[0]
    other = path.with_name("[bold]x.codec.toml")
    other.write_text(path.read_text().replace('adapter = "pcm"', 'adapter = "pcm"\nframe_ms = 10'))
    found = typed("diff", f"{path}::app/shared", f"{other.name}::app/shared")
    assert found.code == 1
    assert "[bold]x" in found.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["", ""], "no setup ''"),
        (["app/shared", "app/nope"], "topology 'nope' is unknown"),
        (["app/shared", "none.toml"], "none.toml: cannot be read (no such file)"),
        (["app/shared"], "Missing argument 'BAD'"),
    ],
)
def test_bad_input_ends_with_2_which_is_no_difference(arguments, said, two):
    found = typed("diff", *arguments, "--suite", two[0])
    assert (found.code, found.out) == (2, "")
    assert said in found.err
