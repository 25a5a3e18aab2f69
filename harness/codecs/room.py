"""
How many streams a codec has at once, and how an instance gives its place back.

A codec may have room for a few only, as a server has. What it hands out is closed when the harness is done with it: at
the end of a stream, or when nobody holds it any more.
"""

import contextlib
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from harness.errors import CodecBroken, NotOffered
from harness.runtime.calls import noted

T = TypeVar("T")

MOST = 1_000_000


class Room:
    """The streams of one codec: *capacity* at most, None where nothing is said, and then nothing is counted."""

    def __init__(self, capacity: int | None) -> None:
        self.capacity = capacity
        self._taken: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()

    @classmethod
    def of(cls, codec: Any, who: str) -> "Room":
        """Return the room that *codec* says that it has; raise `CodecBroken`, for *who*, if that cannot be."""
        capacity = getattr(codec, "capacity", None)
        if capacity is None:
            return cls(None)
        if isinstance(capacity, bool) or not isinstance(capacity, int) or not 1 <= capacity <= MOST:
            raise CodecBroken(f"{who}: capacity is {capacity!r:.80}, wanted a number of streams from 1 on")
        return cls(int(capacity))

    def taken(self, streams: int, make: Callable[[], T]) -> T:
        """Return what *make* makes, which takes *streams* places; raise `NotOffered` if there are not so many."""
        if self.capacity is None:
            return make()
        wanted = streams + sum(one for held, one in self._taken.items() if not _ended(held))
        if wanted > self.capacity:
            raise NotOffered(f"it needs {wanted} streams at once, and the codec has room for {self.capacity}")
        made = make()
        self._taken[made] = streams
        return made


class Ending:
    """`close()` or `abort()` of what was handed out: once, by whoever is done with it, or when nobody holds *owner*."""

    def __init__(self, owner: object, inner: Any) -> None:
        self._inner = inner
        self._forgotten = weakref.finalize(owner, _quietly, inner)
        self._forgotten.atexit = False  # then the process ends, and with it what it holds

    def __call__(self) -> None:
        """Close it; later calls do nothing."""
        if self._forgotten.detach() is not None:
            noted("close", self._inner.close)

    def abort(self) -> None:
        """End it as a client that vanishes does, in the place of a close; later calls do nothing."""
        if self._forgotten.detach() is not None:
            noted("abort", self._inner.abort)

    @property
    def done(self) -> bool:
        """Whether it was closed."""
        return not self._forgotten.alive


def _ended(held: object) -> bool:
    close = getattr(held, "close", None)
    return isinstance(close, Ending) and close.done


def _quietly(inner: Any) -> None:
    with contextlib.suppress(Exception):  # nobody is there to be told; that a close works is a law
        noted("close", inner.close)
