"""
Our stream as one of several sessions of a codec, whose calls meet: at once, each session in a thread of its own.

To the interpreter it is an instance like any other (as `harness.topology.batch_row`). Each of our calls is a *round*,
in which the other sessions make none, one or two of theirs, as is drawn by a seed. A round has steps; the calls of a
step begin together, at a barrier, and while they are on Python changes threads every few microseconds. That is as
repeatable as the operating system lets it be. In turn, the same calls are made one after the other.
"""

import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo, Codes, Instance, Side, State, with_rest
from harness.codecs.returned import checked_codes, checked_pcm, guarded
from harness.errors import CodecFailed
from harness.runtime.calls import noted
from harness.topology.batch_row import Beside
from harness.topology.ending import close
from harness.topology.model import Sessions

SWITCH = 2e-6  # s between two changes of threads; Python's own is 5 ms, in which a call is over
PATIENCE = 60.0  # s to come to the barrier, where nobody has anything else to do
MEANWHILE = (0, 1, 1, 2)  # calls of another session in a round; one on average, so that all end together

T = TypeVar("T")
Call = Callable[[], object]


@dataclass(eq=False)
class _Stream:
    """Another session: its instance, its samples (F * frame_size,), and what came of them, chunk by chunk."""

    place: int
    instance: Instance
    info: CodecInfo
    pcm: Samples
    chunk: int
    codes: list[Codes] = field(default_factory=list)
    decoded: list[Samples] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether all is decoded."""
        return len(self.decoded) * self.chunk * self.info.frame_size >= len(self.pcm)

    def step(self) -> None:
        """Encode the next chunk, or decode the one that was encoded; what it fails with says that it was this one."""
        try:
            self._step()
        except CodecFailed as error:
            error.placed = True
            raise

    def _step(self) -> None:
        begun, size = len(self.decoded) * self.chunk, self.info.frame_size
        pcm = self.pcm[begun * size : (begun + self.chunk) * size].copy()
        frames = len(pcm) // size
        what = f"session {self.place}: {{}} of frames {begun} to {begun + frames - 1}"
        if len(self.codes) == len(self.decoded):
            where = what.format("encode")
            codes = guarded(where, lambda: self.instance.encode(pcm))
            self.codes.append(checked_codes(codes, self.info, frames, where))
        else:
            where, sent = what.format("decode"), self.codes[-1].copy()
            decoded = guarded(where, lambda: self.instance.decode(sent))
            self.decoded.append(checked_pcm(decoded, self.info, begun, frames, where))

    def given(self) -> Beside:
        """Return all that it carried and gave."""
        whole = guarded(f"session {self.place}: flush", lambda: with_rest(self.decoded, self.instance, self.info))
        return Beside(self.place, self.place, self.pcm, np.concatenate(self.codes, axis=1), whole)


class Session:
    """Our stream in the session *ours* of *instances*; the others carry *speech*, begun at other points."""

    def __init__(
        self, instances: list[Instance], info: CodecInfo, wired: Sessions, ours: int, speech: Samples, chunk: int
    ) -> None:
        self.row = ours
        self._instance, self._wired = instances[ours], wired
        shift, chunk = len(speech) // len(instances), min(chunk, len(speech) // info.frame_size)
        self._others = [
            _Stream(place, instance, info, np.roll(speech, place * shift), chunk)
            for place, instance in enumerate(instances)
            if place != ours
        ]
        self._draw = random.Random(wired.seed)  # noqa: S311 - no secret
        self._threads = Threads(len(instances)) if wired.how == "at-once" else None

    def encode(self, pcm: Samples) -> Codes:
        """Encode our samples while other sessions make calls of theirs."""
        return self._round(lambda: self._instance.encode(pcm))

    def decode(self, codes: Codes) -> Samples:
        """Decode our codes while other sessions make calls of theirs."""
        return self._round(lambda: self._instance.decode(codes))

    def flush(self) -> Samples:
        """Return what is held back of ours."""
        flush = getattr(self._instance, "flush", None)
        rest: Samples = np.zeros(0, dtype=np.float32) if flush is None else flush()
        return rest

    def close(self) -> None:
        """Let the threads go, and close all instances."""
        if self._threads is not None:
            self._threads.close()
        for instance in (self._instance, *(other.instance for other in self._others)):
            close(instance)

    def reset(self, side: Side) -> None:
        """Refuse: the sessions of this wiring are used once."""
        raise CodecFailed(f"reset({side}): a session among others is not reset")

    def clone(self) -> "Session":
        """Refuse, as `reset`."""
        raise CodecFailed("clone: a session among others is not cloned")

    def state(self) -> State:
        """Return nothing: what a call changes of the state of others is not asked here."""
        return {}

    def beside(self) -> tuple[Beside, ...]:
        """Let the other sessions come to their ends; return what they carried and gave."""
        while unfinished := [other for other in self._others if not other.over]:
            self._make({other.place: other.step for other in unfinished})
        return tuple(other.given() for other in self._others)

    def _round(self, call: Callable[[], T]) -> T:
        meanwhile = {other.place: self._draw.choice(MEANWHILE) for other in self._others}
        steps, result = max(1, *meanwhile.values()), []
        ours = self._draw.randrange(steps)
        for step in range(steps):
            calls: dict[int, Call] = {
                other.place: other.step for other in self._others if step < meanwhile[other.place] and not other.over
            }
            if step == ours:
                calls[self.row] = lambda: result.append(call())
            self._make(calls)
        return result[0]

    def _make(self, calls: dict[int, Call]) -> None:
        """Make *calls*, by session, in an order that is drawn."""
        order = self._draw.sample(sorted(calls), len(calls))
        if self._threads is not None:
            self._threads.make({place: calls[place] for place in order})
            return
        for place in order:
            calls[place]()


class Threads:
    """So many threads, in which calls are made at the same time; each call in the thread of its number."""

    def __init__(self, count: int) -> None:
        self._threads = [ThreadPoolExecutor(1, f"session-{number}") for number in range(count)]

    def make(self, calls: Mapping[int, Call]) -> None:
        """Begin all *calls* together, by number of thread; raise what the first of them raised when all are over."""
        noted("calls in several threads", lambda: self._make(calls))

    def close(self) -> None:
        """Let the threads go."""
        for thread in self._threads:
            thread.shutdown()

    def _make(self, calls: Mapping[int, Call]) -> None:
        barrier = threading.Barrier(max(1, len(calls)))

        def begun_together(call: Call) -> None:
            barrier.wait(PATIENCE)
            call()

        with _often_switched():
            futures = [self._threads[number].submit(begun_together, call) for number, call in calls.items()]
            failures = [error for future in futures if (error := future.exception()) is not None]
        if failures:
            raise failures[0]


@contextmanager
def _often_switched() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
