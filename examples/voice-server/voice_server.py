#!/usr/bin/env python3
"""
A small voice service to try codec-harness on: one process, one codec, and slots of a batch that sessions take in turn.

    voice_server.py [--codec opus] [--slots 4] [--listen ws://127.0.0.1:8801] [--only 1.0]

It serves three releases side by side, each with slots of its own, at the paths /1.0, /1.1 and /1.2:

    1.0  right
    1.1  steps only the slots that have work, packed; while several sessions are open it writes a slot's state back to
         where it was packed, and so into another session's slot
    1.2  writes back rightly again, but does not reset a slot when the next session takes it

With --only, that release is served at all three paths, as before an upgrade. The URL that it listens on is printed when
it is ready. README.md says how run, pytest and bisect tell them apart.
"""

import argparse
import asyncio
import hashlib
import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness import Codec, HarnessError, Instance, Side, load_codec
from harness.codecs.command.messages import (
    SIDE_OF,
    SOCKET,
    Hello,
    Offer,
    RequestCode,
    pack_codes,
    pack_pcm,
    request_codes,
    request_pcm,
)
from harness.codecs.server.address import address
from harness.codecs.server.listening import listen


@dataclass(frozen=True)
class Release:
    """A release of the service, and which fault it has."""

    name: str
    crosses: bool = False
    forgets_reset: bool = False


RELEASES = {
    release.name: release
    for release in (Release("1.0"), Release("1.1", crosses=True), Release("1.2", forgets_reset=True))
}


class Slots:
    """The rows of a batch. A session takes the first free one, and leaves it to the next."""

    def __init__(self, codec: Codec, size: int, release: Release) -> None:
        self._release = release
        self._rows: list[Instance] = [_warmed_up(codec) for _ in range(size)]
        self._free = list(range(size))
        self._taken: set[int] = set()

    def join(self) -> int:
        """Take a slot; its state is that of a new stream."""
        if not self._free:
            raise RuntimeError(f"all {len(self._rows)} slots are taken")
        slot = heapq.heappop(self._free)
        if not self._release.forgets_reset:
            self._rows[slot].reset(Side.BOTH)
        self._taken.add(slot)
        return slot

    def leave(self, slot: int) -> None:
        """Give a slot back."""
        self._taken.remove(slot)
        heapq.heappush(self._free, slot)

    def reset(self, slot: int, side: Side) -> None:
        """Reset one side of a slot, or both."""
        self._rows[slot].reset(side)

    def step(self, side: Side, work: Mapping[int, Any]) -> dict[int, Any]:
        """Encode or decode for the slots that have work; return what came out, or was raised, by slot."""
        packed = sorted(work)
        states = [self._rows[slot].clone() for slot in packed]
        results: dict[int, Any] = {}
        for slot, state in zip(packed, states, strict=True):
            try:
                results[slot] = state.encode(work[slot]) if side is Side.ENCODER else state.decode(work[slot])
            except Exception as error:  # noqa: BLE001 - of this slot alone; the others go on
                results[slot] = error
        crosses = self._release.crosses and len(self._taken) > 1
        for place, (slot, state) in enumerate(zip(packed, states, strict=True)):
            self._rows[place if crosses else slot] = state
        return results


def _warmed_up(codec: Codec) -> Instance:
    """Open a row and code a few frames of noise, so that the first session does not wait for what is loaded late."""
    row = codec.open()
    noise = np.random.default_rng(1).normal(0, 0.1, 10 * codec.info.frame_size)
    row.decode(row.encode(noise.astype(np.float32)))
    return row


class Batcher:
    """Gathers the requests that are waiting into one step."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._waiting: dict[Side, dict[int, tuple[Any, asyncio.Future[Any]]]] = {Side.ENCODER: {}, Side.DECODER: {}}

    async def step(self, side: Side, slot: int, given: Any) -> Any:
        """Have one slot encode or decode in the next step of its side."""
        loop = asyncio.get_running_loop()
        if not self._waiting[side]:
            loop.call_soon(self._work, side)
        future = loop.create_future()
        self._waiting[side][slot] = given, future
        result = await future
        if isinstance(result, Exception):
            raise result
        return result

    def _work(self, side: Side) -> None:
        waiting, self._waiting[side] = self._waiting[side], {}
        results = self._slots.step(side, {slot: given for slot, (given, _) in waiting.items()})
        for slot, (_, future) in waiting.items():
            if not future.done():  # its session may be gone
                future.set_result(results[slot])


class Voice:
    """One release as a service: sessions in slots."""

    def __init__(self, codec: Codec, size: int, release: Release) -> None:
        code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
        self._info = codec.info
        told = f"voice server {release.name}:{code}:{codec.info.fingerprint}"
        self._hello = Hello.of(codec.info, Offer.RESET, told).pack(SOCKET)
        self._slots = Slots(codec, size, release)
        self._batch = Batcher(self._slots)
        self._sessions: dict[int, int] = {}

    async def answer(self, request: int, session: int, payload: bytes) -> bytes | None:
        """Return the payload of the answer to one request; None if that request is not offered."""
        if request == RequestCode.HELLO:
            return self._hello
        if request == RequestCode.OPEN and session not in self._sessions:
            self._sessions[session] = self._slots.join()
            return b""
        if session not in self._sessions:
            raise RuntimeError("the session is not open")
        slot = self._sessions[session]
        match request:
            case RequestCode.CLOSE:
                self.left(session)
            case RequestCode.ENCODE:
                return pack_codes(await self._batch.step(Side.ENCODER, slot, request_pcm(payload)))
            case RequestCode.DECODE:
                codes = request_codes(payload, self._info.codebooks)
                return pack_pcm(await self._batch.step(Side.DECODER, slot, codes))
            case RequestCode.RESET:
                self._slots.reset(slot, SIDE_OF[payload[0]])
            case _:
                return None
        return b""

    def left(self, session: int) -> None:
        """Give the session's slot back."""
        if session in self._sessions:
            self._slots.leave(self._sessions.pop(session))


def main() -> None:
    """Serve all releases until a signal comes."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--codec", default="opus", help="the adapter to serve: opus, mini, or another that can clone")
    words.add_argument("--slots", type=int, default=4)
    words.add_argument("--listen", default="ws://127.0.0.1:8801")
    words.add_argument("--only", choices=list(RELEASES), help="serve this release at every path")
    given = words.parse_args()
    try:
        codec = load_codec(given.codec, {})
        releases = {path: RELEASES[given.only or path] for path in RELEASES}
        services = {f"/{path}": Voice(codec, given.slots, release) for path, release in releases.items()}
        asyncio.run(listen(services.get, address(given.listen), lambda url: print(url, flush=True)))
    except HarnessError as error:
        words.error(str(error))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
