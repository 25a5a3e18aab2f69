"""What a store holds is counted, and room is made of what was not used, the oldest first."""

import time
from collections.abc import Iterator

import pytest

from harness.runtime.store_care import DAY, Stats, prune, stats, unsound
from harness.runtime.store_folder import StoreEntry

NOW = 1_000_000_000.0


class Layer:
    """Entries of 10 bytes that were used so many days ago."""

    def __init__(self, *days: float) -> None:
        self.kept = {
            f"a/{number}.json": StoreEntry(f"a/{number}.json", 10, NOW - age * DAY) for number, age in enumerate(days)
        }

    def entries(self) -> Iterator[StoreEntry]:
        return iter(list(self.kept.values()))

    def read(self, name: str) -> bytes | None:
        if name == "a/1.json":
            raise OSError
        return None if name == "a/2.json" else b"damaged"

    def delete(self, name: str) -> None:
        del self.kept[name]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, "0123"),
        ({"days": 3.0}, "012"),
        ({"days": 2.99}, "01"),
        ({"limit": 40}, "0123"),
        ({"limit": 39}, "012"),
        ({"days": 3.0, "limit": 20}, "01"),
        ({"days": 0.0, "limit": 40}, "0"),
        ({"limit": 0}, ""),
    ],
)
def test_what_is_older_than_asked_goes_and_then_the_oldest(asked: dict[str, float], left: str) -> None:
    layer = Layer(0.0, 1.0, 3.0, 9.0)
    gone = 4 - len(left)
    assert prune(layer, **asked) == (gone, 10 * gone)  # type: ignore[arg-type]
    assert list(layer.kept) == [f"a/{number}.json" for number in left]


def test_ages_are_those_of_the_oldest_and_newest_and_nothing_has_none() -> None:
    found = stats(Layer(2.0, 0.5, 7.0))
    assert (found.count["json"], found.size["json"], found.oldest, found.newest) == (3, 30, 7.0, 0.5)
    assert stats(Layer()) == Stats()


def test_what_cannot_be_read_is_unsound_and_what_is_gone_meanwhile_is_not() -> None:
    assert list(unsound(Layer(0.0, 0.0, 0.0))) == ["a/0.json", "a/1.json"]
