"""`codec-harness listening` as a user types it: what several listeners said, counted from their answers alone."""

import json

import pytest
from report.listening.answers import abx, clip, preference, rating
from typed import typed


@pytest.fixture
def saved(tmp_path):
    def save(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return save


def test_answers_are_counted_and_what_a_file_counts_itself_is_not_believed(saved):
    found = typed("listening", saved("one.json", abx(9, 10)), saved("two.json", preference(6, 0, 2)))
    assert found.code == 0
    assert "9 of 10" in found.out
    assert "99" not in found.out.replace("99%", "").replace("100%", "")
    assert "6 reference" in found.out
    assert "0 decoded" in found.out


def test_json_says_the_same_as_the_table(saved):
    paths = saved("one.json", abx(9, 10)), saved("two.json", rating("ann", [clip(80, 30)] * 3))
    told = json.loads(typed("listening", *paths, "--json").out)
    (one,) = told["abx"]
    assert (one["right"], one["trials"], told["preference"]) == (9, 10, [])
    assert told["ratings"]["over"] == "clips"
    shown = typed("listening", *paths).out
    assert f"{one['p']:.3g}" in shown
    assert "One listener: the intervals are over clips and say nothing of other listeners." in shown


def test_a_result_that_is_given_twice_or_copied_is_refused(saved):
    one, copy = saved("one.json", abx(9, 10)), saved("copy.json", abx(9, 10))
    for again in (one, copy):
        found = typed("listening", one, again)
        assert (found.code, found.out) == (2, "")
        assert f"the same result as {one}; give each once" in found.err


def test_text_of_other_people_cannot_write_to_the_terminal(saved):
    odd = abx(1, 1) | {"setup": "[bold]mini\x1b[31m", "a": "[/]x"}
    found = typed("listening", saved("odd.json", odd))
    assert found.code == 0
    assert "\x1b" not in found.out
    assert "[bold]mini" in found.out
    assert "[/]x" in found.out


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "nonsense", '{"kind": "codec-harness abx"}', json.dumps(abx(0, 0)), "\ud800"]
)
def test_what_is_no_result_is_named_with_its_file(content, saved, tmp_path):
    path = tmp_path / "odd.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    found = typed("listening", saved("good.json", abx(1, 1)), path)
    assert (found.code, found.out) == (2, "")
    assert "odd.json" in found.err
    assert len(found.err.splitlines()) == 1
