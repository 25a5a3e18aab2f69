"""Statistics of listening tests, against numbers that were worked out another way."""

import json
import math
import re

import pytest
from click.testing import CliRunner
from report.listening.answers import abx, clip, preference, rating

from harness.cli.main import cli
from harness.errors import UsageInvalid
from harness.report.listening import statistics
from harness.report.listening.results import read


def results(tmp_path, *contents):
    found = []
    for n, content in enumerate(contents):
        (tmp_path / f"{n}.json").write_text(json.dumps(content))
        found.append(read(tmp_path / f"{n}.json"))
    return found


def test_abx_of_several_listeners_is_one_exact_test(tmp_path):
    (told,) = statistics.abx(results(tmp_path, abx(8, 10), abx(5, 6)))
    assert (told.right, told.trials) == (13, 16)
    assert told.p == pytest.approx(sum(math.comb(16, k) for k in range(13, 17)) / 2**16)
    assert 0.5 < told.low < 13 / 16 < told.high < 1


def test_preference_is_a_sign_test_of_those_who_prefer_one(tmp_path):
    (told,) = statistics.preference(results(tmp_path, preference(1, 7, 4)))
    assert (told.for_a, told.for_b, told.neither) == (1, 7, 4)
    assert told.p == pytest.approx(2 * (1 + 8) / 2**8)
    (none,) = statistics.preference(results(tmp_path, preference(0, 0, 4)))
    assert none.p == 1


def test_means_over_listeners_have_intervals_of_students_t(tmp_path):
    found = statistics.ratings(results(tmp_path, *(rating(f"l{n}", [clip(80 + n, 30)]) for n in range(4))))
    means = {one.name: one for one in found.means}
    assert found.over == "listeners"
    assert [one.name for one in found.means][:2] == ["hidden reference", "mini/shared"]
    shared = means["mini/shared"]
    assert shared.mean == pytest.approx(81.5)
    reach = 3.182446305284263 * math.sqrt(5 / 3) / 2  # t of 3 degrees of freedom; deviation of 0, 1, 2, 3 by root 4
    assert shared.low == pytest.approx(81.5 - reach)
    assert shared.high == pytest.approx(81.5 + reach)
    assert means["mini/cloned-decoder"].mean == shared.mean  # the same output was rated once


def test_a_listener_who_does_not_find_the_reference_is_left_out(tmp_path):
    deaf = rating("deaf", [clip(10, 90, hidden=50)])
    once = rating("once", [clip(80, 30, hidden=80)] + [clip(80, 30)] * 7)  # 1 of 8 is within 15 %
    found = statistics.ratings(results(tmp_path, deaf, once))
    assert found.left_out == {"deaf": "rated the hidden reference below 90 in 1 of 1 clips"}
    assert {one.name: one.mean for one in found.means}["mini/shared"] == 80
    assert found.over == "clips"


def test_pairs_are_tested_together(tmp_path):
    many = [rating(f"l{n}", [clip(70 + n, 30 + 2 * n)]) for n in range(8)]
    found = statistics.ratings(results(tmp_path, *many))
    pairs = {(one.better, one.worse): one for one in found.pairs}
    assert pairs["mini/shared", "mini/cross-talk"].difference == pytest.approx(36.5)
    assert pairs["mini/shared", "mini/cross-talk"].p == pytest.approx(3 * 2 / 2**8)  # signed ranks, all of one sign
    assert found.pairs[-1].p == 1  # a setup and what has the same output
    same = statistics.ratings(results(tmp_path, *(rating(f"l{n}", [clip(50, 50)]) for n in range(8))))
    assert all(one.p == 1 for one in same.pairs)


def test_the_command_tells_all_kinds(tmp_path):
    results(tmp_path, abx(8, 10), preference(1, 7, 4), rating("anna", [clip(80, 30), clip(70, 20)]))
    files = [str(path) for path in sorted(tmp_path.glob("*.json"))]
    said = CliRunner().invoke(cli, ["listening", *files], catch_exceptions=False).stdout
    assert "8 of 10" in said
    assert "One listener" in said
    told = json.loads(CliRunner().invoke(cli, ["listening", "--json", *files], catch_exceptions=False).stdout)
    assert told["abx"][0]["right"] == 8
    assert told["ratings"]["over"] == "clips"


def test_a_result_that_is_given_twice_is_refused_and_not_counted_twice(tmp_path):
    for name, content in (("anna", abx(10, 12)), ("anna-again", abx(10, 12)), ("ben", abx(5, 12))):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    twice = CliRunner().invoke(cli, ["listening", *(str(tmp_path / f"{name}.json") for name in ("anna", "anna-again"))])
    assert isinstance(twice.exception, UsageInvalid)
    assert re.search(r"anna-again\.json: the same result as .*anna\.json; give each once$", str(twice.exception))
    both = CliRunner().invoke(cli, ["listening", *(str(tmp_path / f"{name}.json") for name in ("anna", "ben"))])
    assert "15 of 24" in both.output
