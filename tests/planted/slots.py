"""Slots that are served wrongly, around a codec that serves them right. Each fault is one that servers shipped."""

from dataclasses import replace

import numpy as np

from harness.codecs.loading import load
from harness.codecs.protocol import Side

FAULTS = {  # name: what it is
    "none": "right",
    "not-reset": "reset of a row forgets to",
    "half-reset": "reset of a row forgets the decoder",
    "resets-all": "reset of a row resets its neighbour too",
    "idle-steps": "the encoder of a row that is idle is stepped all the same",
    "pads-into-last": "the rows that fill the batch up to a power of two are run in the state of the last live one",
    "pads-into-first": "likewise, of the first",
    "crossed": "with three rows at work or more, the first two get each other's decoded samples",
    "last-wins": "all rows get the codes of the last",
    "fork-aliases": "a forked row shares its state with its source",
    "abort-steals": "a row that joins where another aborted is also a row that is taken",
    "keeps-position": "reset of a row keeps the position in the stream, which shifts the codes",
    "late-leak": "from the tenth call on, a hundredth of the neighbour's samples leaks in",
}


class Slots:
    """The codec *inner*, whose slots have the *fault*."""

    capacity: int  # only where a test gives it one

    def __init__(self, inner="opus", fault="none", **options):
        self.inner, self.fault = load(inner, options), fault
        if fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}")
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:slots:{fault}", tolerance=5e-6)

    def open(self):
        return self.inner.open()

    def open_slots(self, rows):
        return Served(self.inner, rows, self.fault)


class Served:
    def __init__(self, codec, rows, fault):
        self.codec, self.fault = codec, fault
        self.rows = [codec.open() for _ in range(rows)]
        self.taken = [False] * rows
        self.calls = 0
        self.left_early = None
        self.position, self.kept = [0] * rows, [0] * rows  # frames encoded, and those that a reset forgot to forget

    def join(self):
        if self.fault == "abort-steals" and self.left_early is not None:
            return next(row for row, taken in enumerate(self.taken) if taken)
        row = self.taken.index(False)
        self.taken[row] = True
        return row

    def leave(self, row):
        self.taken[row] = False
        self.left_early = row

    def reset(self, row, side):
        if self.fault == "not-reset":
            return
        self.kept[row] = self.position[row] if self.fault == "keeps-position" else 0
        self.rows[row].reset(Side.ENCODER if self.fault == "half-reset" else side)
        if self.fault == "resets-all" and row > 0:
            self.rows[row - 1].reset(side)

    def fork(self, row):
        new = self.join()
        self.position[new], self.kept[new] = self.position[row], self.kept[row]
        self.rows[new] = self.rows[row] if self.fault == "fork-aliases" else self.rows[row].clone()
        return new

    def encode(self, pcm, active):
        self.calls += 1
        if self.fault == "late-leak" and self.calls > 10:
            pcm = pcm + 0.01 * np.roll(pcm, 1, axis=0)
        return self.step(active, pcm, "encode")

    def decode(self, codes, active):
        return self.step(active, codes, "decode")

    def step(self, active, given, call):
        rows = [int(row) for row in np.flatnonzero(active)]
        made = {row: getattr(self.rows[row], call)(given[row].copy()) for row in rows}
        for row in rows if call == "encode" else ():
            made[row] = (made[row] + self.kept[row]) % self.codec.info.bins
            self.position[row] += made[row].shape[1]
        if self.fault == "idle-steps" and call == "encode":
            for row in set(range(len(self.rows))) - set(rows):
                getattr(self.rows[row], call)(given[row].copy())
        if self.fault.startswith("pads-into"):
            live = rows[-1] if self.fault == "pads-into-last" else rows[0]
            for _ in range((1 << (len(rows) - 1).bit_length()) - len(rows)):
                getattr(self.rows[live], call)(given[live].copy())
        if self.fault == "crossed" and len(rows) > 2 and call == "decode":
            made[rows[0]], made[rows[1]] = made[rows[1]], made[rows[0]]
        if self.fault == "last-wins" and call == "encode":
            made = dict.fromkeys(rows, made[rows[-1]])
        out = np.zeros((len(self.rows), *next(iter(made.values())).shape), next(iter(made.values())).dtype)
        for row, one in made.items():
            out[row] = one
        return out
