"""A complaint about a suite names the line of the key, as editors count lines."""

import pytest

from harness.pytest_plugin.items import located

SUITE = """# one\N{LINE SEPARATOR}line\x85still
[scores]
asr = false
[codecs.a]
adapter = "pcm"
[codecs.b]
adapter = "opus"
[[setups]]
codec = "a"
[[setups]]
codec = "b"
topology = "shared"
"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("scores.asr: got x", 3),
        ("codecs.a.adapter: got x", 5),
        ("codecs.b.adapter: got x", 7),
        ("setups.1.topology: got x", 12),
        ("setups.1.codec: got x", 11),
        ("setups.0.topology: got x", 8),  # it is not there: its table
        ("nothing.here: got x", None),
        ("it is all wrong", None),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_line_of_the_key_stands_behind_the_file(tmp_path, said, line, newline):
    path = tmp_path / "a [b].codec.toml"
    path.write_text(SUITE, encoding="utf-8", newline=newline)
    message = f"{path}: {said}"
    assert located(message, path) == (message if line is None else f"{path}:{line}: {said}")


def test_where_there_is_no_such_file_the_message_stays(tmp_path):
    path = tmp_path / "none.toml"
    for place in (path, tmp_path):
        assert located(f"{place}: scores.asr: got x", place) == f"{place}: scores.asr: got x"
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    assert located(f"{path.with_stem('binary')}: a.b: c", path.with_stem("binary")).endswith("binary.toml: a.b: c")
