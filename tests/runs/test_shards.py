"""How speech is dealt to shards."""

import random

import pytest

from harness.errors import UsageInvalid
from harness.runs.shards import Shard, deal


def test_a_shard_is_named_by_its_number_and_how_many_there_are():
    assert Shard.parse("2/5") == Shard(2, 5)
    assert str(Shard(2, 5)) == "2/5"


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "-1/5", "2/0", "a/b", "2/5/7", "1/99999", " 2/5"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(UsageInvalid, match="wanted NUMBER/OF such as 2/5"):
        Shard.parse(text)


def test_every_utterance_falls_to_one_shard_and_all_get_some():
    seconds = {"long": 9.0, "a": 3.0, "b": 3.0, "c": 3.0, "d": 1.0}
    assert deal(seconds, 2) == {"long": 1, "a": 2, "b": 2, "c": 2, "d": 1}
    assert deal(seconds, 5) == {"long": 1, "a": 2, "b": 3, "c": 4, "d": 5}
    assert list(deal(seconds, 2)) == list(seconds)


def test_the_fullest_shard_is_no_fuller_than_the_bound():
    rng = random.Random(1)  # noqa: S311 (of lengths)
    for of in (2, 3, 7):
        seconds = {str(name): rng.uniform(0.5, 20) for name in range(60)}
        dealt = deal(seconds, of)
        full = [sum(seconds[name] for name in dealt if dealt[name] == number) for number in range(1, of + 1)]
        assert max(full) <= 4 / 3 * max(sum(full) / of, *seconds.values())
        assert max(full) - min(full) <= max(seconds.values())


def test_more_shards_than_utterances_are_refused():
    with pytest.raises(UsageInvalid, match="got 3 shards, wanted at most 2"):
        deal({"a": 1.0, "b": 1.0}, 3)
