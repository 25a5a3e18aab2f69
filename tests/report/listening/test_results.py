"""Results of listening tests come from other people: they are read whole, or refused in a line."""

import json

import pytest
from report.listening.answers import abx, clip, preference, rating

from harness.errors import RecordInvalid
from harness.report.listening.results import Abx, Preference, Rating, read


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"kind": "another"}', json.dumps({**abx(1, 1), "answers": []}), json.dumps(rating("x", [])),
     json.dumps(rating("x", [clip(800, 1)])), json.dumps(rating("x", [clip(-1, 1)])), json.dumps(rating("x", [[]])),
     json.dumps(rating("x", [clip(1, 1)])).replace("20", "NaN"), json.dumps(abx(1, 1)).replace('"slt-01"', '""'),
     json.dumps(abx(1, 1)).replace("slt-01", "s" * 401),
     json.dumps(abx(1, 1)).replace('"given": "a"', '"given": "none"'),
     json.dumps({**preference(1, 1, 1), "kind": "codec-harness abx"}), json.dumps({**abx(1, 1), "more": 1}),
     json.dumps({**abx(1, 1), "kind": None}), "null", ""],
)  # fmt: skip
def test_what_is_no_result_is_one_clear_error(tmp_path, content):
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(RecordInvalid, match=r"odd\.json"):
        read(tmp_path / "odd.json")


@pytest.mark.parametrize(
    ("content", "kind", "answers"),
    [(abx(1, 2), Abx, 2), (preference(1, 2, 1), Preference, 4), (rating("x", [clip(1, 2)] * 3), Rating, 3)],
)
def test_each_kind_is_told_by_what_it_says_it_is(tmp_path, content, kind, answers):
    (tmp_path / "r.json").write_text(json.dumps(content))
    found = read(tmp_path / "r.json")
    assert type(found) is kind
    assert len(found.trials if isinstance(found, Rating) else found.answers) == answers


@pytest.mark.parametrize(("named", "listener"), [("", "anna-2"), ("Anna", "Anna")])
def test_a_listener_without_a_name_is_the_file(tmp_path, named, listener):
    (tmp_path / "anna-2.json").write_text(json.dumps(rating(named, [clip(1, 2)])))
    found = read(tmp_path / "anna-2.json")
    assert isinstance(found, Rating)
    assert found.listener == listener
