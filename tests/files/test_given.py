"""Files that somebody gives us: whatever they are, one line says what is wrong, soon and without much memory."""

import json
import os
import socket
from pathlib import Path

import pytest

from harness.errors import LONGEST, HarnessError, SuiteInvalid
from harness.files import given


def refused(path: Path, read=given.toml) -> str:
    with pytest.raises(SuiteInvalid) as caught:
        read(path, SuiteInvalid, wanted="a thing")
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_only_a_plain_file_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "socket"))
    for name, said in (("", "it is a folder"), ("pipe", "it is a pipe"), ("socket", "it is a socket")):
        assert said in refused(tmp_path / name)
    listening.close()
    assert "it is a device" in refused(Path("/dev/zero"))
    assert "Too many levels of symbolic links" in refused(tmp_path / "loop")
    assert "no such file" in refused(tmp_path / "none")
    assert "null byte" in refused(tmp_path / "a\0b")
    (tmp_path / "locked").write_text("")
    (tmp_path / "beyond").symlink_to("locked/x")
    assert "Not a directory" in refused(tmp_path / "beyond")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert "1099511627776 bytes" in refused(tmp_path / "huge")


@pytest.mark.parametrize(
    "written",
    [b"a = 1\n", b"\xef\xbb\xbfa = 1\n", b"a = 1\r\n", b"a = 1\r", b"a = 1", b"\xef\xbb\xbf\xef\xbb\xbfa = 1"],
)
def test_marks_and_ends_of_lines_are_no_content(tmp_path, written):
    (tmp_path / "f").write_bytes(written)
    assert given.toml(tmp_path / "f", SuiteInvalid) == {"a": 1}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a = 1".encode("utf-16"), "UTF-16, not UTF-8"),
        (b"a = 1\nb = '\xff'", "f:2: cannot be read (not UTF-8 at byte 11)"),
        (b"a = 1\n\0", "f:2: cannot be read (a NUL character)"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nests deeper than 64 levels"),
        (b"a = " + b"[" * 70 + b"]" * 70, "nests deeper than 64 levels"),
        (b"a = " + b"{a = " * 5000 + b"1" + b"}" * 5000, "nests deeper than 64 levels"),
        (b".".join([b"a"] * 200_000) + b" = 1", "a key has 32 dots or more"),
        (b"[" + b".".join([b'"a"'] * 200_000) + b"]", "a key has 32 dots or more"),
        (b"a = " + b"9" * 4301, "Exceeds the limit"),
        (b"a = 0x" + b"f" * 5000, "an integer of more than 64 bits"),
        (b"a = 9223372036854775808", "an integer of more than 64 bits"),
        (b"a = [nan]", "a number that is not finite (nan)"),
        (b"a = -inf", "a number that is not finite (-inf)"),
        (b"a = 1979-05-27", "a date (datetime.date(1979, 5, 27)); write it as text, in quotes"),
        (b'a = "\\u0000"', "a text with a NUL character"),
        (b"a = 1\na = 2", "Cannot overwrite a value"),
        (b'"' + b"k" * 100_000 + b'" = 1 2', "Expected newline"),
    ],
)
def test_toml_that_nobody_could_use(tmp_path, written, said):
    (tmp_path / "f").write_bytes(written)
    assert said in refused(tmp_path / "f")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "f:1: a file that is not JSON"),
        ("[" * 100_000, "nests deeper than 64 levels"),
        ("[" * 70 + "]" * 70, "nests deeper than 64 levels"),
        ('{"a": NaN}', "NaN, which is not JSON"),
        ('{"a": -Infinity}', "-Infinity, which is not JSON"),
        ('{"a": 1e999}', "a number that is not finite"),
        ('{"a": ' + "9" * 4301 + "}", "Exceeds the limit"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
    ],
)
def test_json_that_nobody_could_use(tmp_path, written, said):
    (tmp_path / "f").write_text(written)
    assert said in refused(tmp_path / "f", given.json_file)


def test_what_is_read_is_what_was_written(tmp_path):
    content = {"a": [1, 2.5, True, None, "ü\U0001f600"], "b": {"c": []}, "n": -(2**63)}
    (tmp_path / "f").write_text("\ufeff" + json.dumps(content))
    assert given.json_file(tmp_path / "f", SuiteInvalid, wanted="a thing") == content


def test_a_message_of_any_length_is_cut_and_keeps_its_end():
    said = str(HarnessError(f"{'x' * 10_000_000}; do this"))
    assert len(said) < LONGEST + 50
    assert said.endswith("; do this")
    assert str(HarnessError("short")) == "short"
