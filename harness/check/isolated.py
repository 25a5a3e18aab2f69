"""
Laws checked in a process of their own, which the codec may take down, or hang in, without taking the card along.

A law that ends the process is broken, and one that gives no answer in time could not be told; the next law gets a new
process. The codec, and the reference streams that laws share, are made once in each process.
"""

import contextlib
import functools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.audio.speech import load as load_speech
from harness.check.bench import Here
from harness.check.card import Card, make_card
from harness.check.finding import LawFinding, Status
from harness.check.implementation import Implementation
from harness.check.laws.repeating import Remedy, RepeatedSpeech, Wavering, remembered, wavering
from harness.check.laws.table import unasked
from harness.check.subject import MINUTES, encoder_of, subject
from harness.codecs.protocol import CodecInfo
from harness.errors import CodecFailed, CodecUnavailable
from harness.runtime.pool import IsolatedPool, TookTooLong, WorkerDied
from harness.runtime.temporary import temporary_folder

LIMIT = 600.0  # s; on two busy cores the slowest law, of full-size Mimi beyond its context, takes more than half of it
FIRST = 3  # instances of a process that are held against each other
PATIENCE = 2  # laws that may run into the limit before the others are not asked any more


@dataclass(frozen=True)
class _Codec:
    """A codec, with what it is checked on."""

    which: Implementation
    speech: Path | None
    minutes: float = MINUTES
    position: int | None = None
    journal: Path | None = None
    remedy: Remedy | None = None
    codes_from: str | None = None


def check_isolated(
    adapter: str,
    options: dict[str, Any],
    *,
    laws: Iterable[str] = (),
    speech: Path | None = None,
    codes_from: str | None = None,
    limit: float = LIMIT,
    minutes: float = MINUTES,
    position: int | None = None,
    report: Callable[[LawFinding], None] | None = None,
) -> Card:
    """
    Run *laws* (all if none are named) on a codec in a process of its own, and return its card.

    speech : a folder or manifest with two utterances or more; None for the embedded speech
    codes_from : the adapter, with no options, whose encoder makes the codes of a decoder alone
    limit : seconds that one law may take; minutes, position : see `Subject`
    Raises the `HarnessError` that says why the codec cannot be loaded.
    """
    with temporary_folder() as place, IsolatedPool(1, limit, limit) as pool:
        codec = _Codec(
            Implementation.of(adapter, options),
            speech,
            minutes,
            position,
            place / "marks.txt",
            codes_from=codes_from,
        )
        bench = _Isolated(pool, codec)
        return make_card(bench, adapter, options, laws, report)


class _Isolated:
    """See `harness.check.bench.Bench`."""

    def __init__(self, pool: IsolatedPool, codec: _Codec) -> None:
        self._pool = pool
        self._codec = codec
        self._late = 0
        self._first_ones: list[str] = []
        self._out_of_order: RepeatedSpeech | None = None
        try:
            self.info, self.promises_not, self.covered = pool.submit(_introduce, codec).result()
        except WorkerDied as death:
            raise CodecUnavailable(
                f"codec adapter {codec.which.adapter!r}: loading it fails: {death.reason}"
            ) from death

    def obstacle(self) -> str | None:
        try:
            self._first_ones = self._pool.submit(_digests, self._codec, ("main",) * FIRST).result()
            self._out_of_order = self._pool.submit(_heard, self._codec, (), True).result()
        except TookTooLong as late:
            return late.reason
        except (CodecFailed, WorkerDied):
            pass  # a plain stream fails, which is told of the reference
        self._begin_anew()
        try:
            return self._pool.submit(_obstacle, self._codec).result()
        except WorkerDied as death:
            return death.reason

    def unlike_at_first(self) -> str | None:
        for number, (one, other) in enumerate(pairwise(self._first_ones), 1):
            if one != other:
                return f"instances {number} and {number + 1} of a process, given the same, give different output"
        return None

    def remembered(self) -> str | None:
        if self._out_of_order is None:
            return None
        try:
            plain = self._pool.submit(_heard_at_first, self._codec).result()
            return remembered(self.info, plain, self._heard_anew, self._out_of_order)
        except (CodecFailed, WorkerDied):
            return None

    def _heard_anew(self, behind_its_half: bool) -> RepeatedSpeech:
        self._begin_anew()
        heard = self._pool.submit(_heard, self._codec, ("main",) * FIRST, behind_its_half).result()
        self._begin_anew()  # without what this one has kept
        return heard

    def judge(self, law: str) -> LawFinding:
        if self._late >= PATIENCE:
            return unasked(law, Status.COULD_NOT_RUN, f"not asked, after {PATIENCE} laws without an answer")
        try:
            finding = self._pool.submit(_judge, self._codec, law).result()
        except TookTooLong as late:
            self._late += 1
            return unasked(law, Status.COULD_NOT_RUN, f"{late.reason}: the codec hangs, or --limit is too short")
        except WorkerDied as death:
            excuse = self.promises_not.get(law)
            if excuse is not None:
                return unasked(law, Status.NOT_PROMISED, f"{excuse} (observed: {death.reason})")
            return unasked(law, Status.BROKEN, death.reason + self._until_then())
        if finding.status is Status.COULD_NOT_RUN:
            self._begin_anew()
        return finding

    def _until_then(self) -> str:
        """Say what the law that took the process down had measured."""
        journal = self._codec.journal
        if journal is None or not journal.is_file():
            return ""
        marks = journal.read_text(encoding="utf-8").splitlines()
        journal.unlink()
        return f"; until then {marks[0]}; {marks[-1]}"

    def wavering(self) -> Wavering | None:
        try:
            told = wavering(self._digests)
        except WorkerDied:
            return None
        self._codec = replace(self._codec, remedy=told.remedy)
        return told

    def _digests(self, streams: Sequence[str]) -> list[str]:
        self._begin_anew()
        return self._pool.submit(_digests, self._codec, tuple(streams)).result()

    def _begin_anew(self) -> None:
        """End the process, with all that the codec left in it; the next task gets a fresh one."""
        with contextlib.suppress(WorkerDied):
            self._pool.submit(os._exit, 0).result()


@functools.lru_cache(maxsize=1)
def _bench(codec: _Codec) -> Here:
    utterances = load_speech(codec.speech) if codec.speech is not None else None
    encoder = encoder_of(codec.codes_from)
    under_test = subject(codec.which.load(), utterances, codes_from=encoder)
    under_test.minutes, under_test.position, under_test.journal = codec.minutes, codec.position, codec.journal
    under_test.reset_first = codec.remedy is Remedy.RESET
    if codec.remedy is Remedy.WARMED:
        under_test.warm_up()
    return Here(under_test)


def _introduce(codec: _Codec) -> tuple[CodecInfo, dict[str, str], str]:
    bench = _bench(codec)
    return bench.info, dict(bench.promises_not), bench.covered


def _digests(codec: _Codec, streams: tuple[str, ...]) -> list[str]:
    return _bench(codec).digests(streams)


def _heard(codec: _Codec, before: tuple[str, ...], behind_its_half: bool) -> RepeatedSpeech:
    return _bench(codec).heard(before, behind_its_half=behind_its_half)


def _heard_at_first(codec: _Codec) -> RepeatedSpeech:
    return _bench(codec).heard_at_first()


def _obstacle(codec: _Codec) -> str | None:
    return _bench(codec).obstacle()


def _judge(codec: _Codec, law: str) -> LawFinding:
    return _bench(codec).judge(law)
