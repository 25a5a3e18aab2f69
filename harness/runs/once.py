"""What is made of equal signals is made once: setups of one utterance often come to the same output, bit for bit."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Once:
    """Keeps what was made, by a key of all that goes into it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def of(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what *make* returned when it was first asked for under *key*."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made
