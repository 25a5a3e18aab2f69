"""Text of others: refused in names, escaped where it is printed."""

import json

import pytest

from harness.errors import SuiteInvalid
from harness.runtime.text import in_markdown, json_printable, loggable, one_line, printable, require_plain

CONTROLS = [*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"]
CONTROLS += ["\ud800", "\udfff", "\uffff", "\U000e0041"]
OF_A_SCRIPT = "שלום \u200f مرحبا \u200e नमस्ते \u200d 🤦🏼\u200d♂\ufe0f é ß 你好"


@pytest.mark.parametrize("letter", CONTROLS, ids=lambda letter: f"{ord(letter):x}")
def test_every_control_character_is_escaped_and_refused(letter):
    shown = printable(f"a{letter}b")
    assert shown.isprintable() or letter in "\t\n"
    assert one_line(f"a{letter}b").isprintable()
    with pytest.raises(SuiteInvalid, match=r"^s.toml: name holds a control character, \\[xuU]\w+ at place 2 of 'a.*b'"):
        require_plain(f"a{letter}b", "s.toml: name", SuiteInvalid)
    text = json.dumps({"a": letter}, ensure_ascii=False)
    assert json.loads(json_printable(text)) == {"a": letter}
    assert json_printable(text).isprintable()


def test_what_scripts_need_is_left_alone():
    assert printable(OF_A_SCRIPT) == loggable(OF_A_SCRIPT) == OF_A_SCRIPT
    require_plain(OF_A_SCRIPT, "it", SuiteInvalid)
    require_plain("two lines\r\nand\ta tab", "a transcript", SuiteInvalid, layout=True)


@pytest.mark.parametrize("text", ["::error::x", "  \t::add-mask::x", "a\n::error::x", "##[error]x", "a ##[group]x"])
def test_no_line_is_a_command_to_a_log(text):
    for line in loggable(text).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize("text", ["a::b", "std::vector", "# [a]", "## heading", "10:30:: x"])
def test_what_is_no_command_stays(text):
    assert loggable(text) == text


def test_markdown_shows_text_as_it_is():
    assert in_markdown("<b>|x|\n# `y` [a](b)") == r"\<b\>\|x\| \# \`y\` \[a\]\(b\)"
