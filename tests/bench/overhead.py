"""
What the harness costs beside the work itself: a call of a codec, and an entry of the store. In processor time.

    python tests/bench/overhead.py [SECONDS OF SPEECH]

prints, for Opus and for `pcm`, the time of a bare loop of calls on the adapter, and that of the same speech run as a
setup in a process that is watched, as workers are. Run in turn, the least of each counts: others on the machine only
ever add.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from harness.audio import speech
from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.sealed import sealed
from harness.runs import suite as suites
from harness.runtime import calls
from harness.runtime.resources import fixture
from harness.runtime.store import Store, content_key
from harness.topology.running import inputs, run_configuration

RATE = 16_000
TURNS = 3
ENTRIES = 10_000
ENTRY: dict[str, object] = {
    "measurements": {name: {"value": 4.123456, "unit": "MOS-LQO", "reason": None} for name in ("a", "b", "c", "d")},
    "text": "about as much as a cell of a run",
}


def spent(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def of_calls(adapter: str, seconds: float, turns: int = TURNS) -> tuple[float, float]:
    """Return microseconds a frame of the bare codec, and of the same speech as a setup."""
    heard = [one.waveform().samples for one in speech.load(fixture("speech"))]
    wave = Waveform(np.resize(np.concatenate(heard), round(seconds * RATE)), RATE)
    content = {"codecs": {"it": {"adapter": adapter}}, "setups": [{"codec": "it", "topology": "shared"}]}
    (setup,) = suites.parse(content, "overhead", Path(), "overhead").setups
    made = setup.configuration
    adapted = load(adapter, {})
    codec = sealed(adapted)
    main, size = inputs(made, codec.info, wave, wave).main, codec.info.frame_size

    def bare() -> list[Any]:
        instance = adapted.open()
        return [instance.decode(instance.encode(main[at : at + size])) for at in range(0, len(main), size)]

    times = [(spent(bare), spent(lambda: run_configuration(made, codec, wave, wave, {}))) for _ in range(turns)]
    frames = len(main) // size
    return min(bare for bare, _ in times) / frames * 1e6, min(run for _, run in times) / frames * 1e6


def watched() -> calls.Watch:
    """Leave notes of calls from now on, as a worker does; return who reads them."""
    watch = calls.Watch(calls.LIMIT)
    calls.told_to(watch.path)
    return watch


def of_store() -> tuple[float, float, float, float]:
    """Return microseconds an entry to write and to read: of the store, and of a table of SQLite in the same folder."""
    kind = TypeAdapter(dict[str, object])
    keys = [content_key(number=number) for number in range(ENTRIES)]
    times = []
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder, "store"))
            table = sqlite3.connect(Path(folder, "table"), isolation_level=None)
            table.executescript("pragma journal_mode = wal; pragma synchronous = normal")
            table.execute("create table kept (key text primary key, value)")

            def put(key: str, table: sqlite3.Connection = table) -> None:
                table.execute("insert into kept values (?, ?)", (key, kind.dump_json(ENTRY)))

            def get(key: str, table: sqlite3.Connection = table) -> None:
                kind.validate_json(table.execute("select value from kept where key = ?", (key,)).fetchone()[0])

            def write(key: str, store: Store = store) -> None:
                store.put(key, ENTRY, dict[str, object])

            def read(key: str, store: Store = store) -> None:
                if store.get(key, dict[str, object]) is None:
                    raise SystemExit(f"{key} was not kept")

            times.append([spent(lambda: list(map(each, keys))) / ENTRIES * 1e6 for each in (write, read, put, get)])  # noqa: B023
            table.close()
            store.close()
    first, second, third, fourth = (min(one) for one in zip(*times, strict=True))
    return first, second, third, fourth


def main(seconds: float = 120.0) -> None:
    """Print all of it."""
    watch = watched()
    for adapter in ("opus", "pcm"):
        bare, run = of_calls(adapter, seconds)
        print(f"{adapter}: {bare:.1f} us a frame bare, {run:.1f} as a setup: {run / bare:.3f}, {run - bare:.1f} more")
    del watch
    wrote, read, put, got = of_store()
    print(f"store: {wrote:.1f} us to write, {read:.1f} to read; SQLite {put:.1f} and {got:.1f}")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
