"""Codecs whose streams begin late and end with a flush, that have few places, or that are used in threads wrongly."""

import time
from dataclasses import replace

import numpy as np

from harness.codecs.loading import load
from harness.codecs.protocol import Side
from harness.errors import CodecFailed

FAULTS = {  # name: what it is
    "none": "holds frames back, as it declares, and gives them when it is flushed",
    "undeclared": "holds frames back and does not declare it",
    "overdeclared": "declares a frame more than it holds back",
    "no-flush": "declares what it holds back, and has no flush()",
    "short-flush": "flush() gives a sample less than was held back",
    "silent-flush": "flush() gives silence",
    "odd-flush": "flush() gives silence in place of its last frame where the number of frames was odd",
    "part-flush": "flush() gives silence in place of its last frame",
    "late-flush": "flush() gives silence after 100 frames",
    "swapped-flush": "flush() gives its frames the other way round",
    "repeats": "flush() gives the same again when it is called twice",
    "not-reset": "a reset forgets what is held back",
    "not-cloned": "a clone has lost codes in place of what is held back",
    "shared": "what is held back is in one list for all instances",
}


class Late:
    """The codec *inner*, whose decoder holds *hold* frames back, and has the *fault*."""

    def __init__(self, inner="opus", hold=1, fault="none", **options):
        if fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}")
        self.inner, self.hold, self.fault = load(inner, options), hold, fault
        declared = {"undeclared": 0, "overdeclared": hold + 1}.get(fault, hold) * self.inner.info.frame_size
        print_of = f"{self.inner.info.fingerprint}:late:{hold}:{fault}"
        self.info = replace(self.inner.info, fingerprint=print_of, start_up=declared)
        self.held = []  # that of all instances, where the fault is "shared"

    def open(self):
        kind = Holding if self.fault == "no-flush" else Flushing
        return kind(self, self.inner.open(), self.held if self.fault == "shared" else [])


class Holding:
    def __init__(self, codec, inner, held):
        self.codec, self.inner, self.held = codec, inner, held

    def encode(self, pcm):
        return self.inner.encode(pcm)

    def decode(self, codes):
        if codes.ndim != 2 or not codes.shape[1] or codes.min() < -1 or codes.max() >= self.codec.info.bins:
            raise CodecFailed("no codes")
        if len(codes) != self.codec.info.codebooks:
            raise CodecFailed("another number of codebooks")
        self.held += list(codes.T.copy())
        ready, self.held[:] = self.held[: -self.codec.hold], self.held[-self.codec.hold :]
        return self.decoded(ready)

    def decoded(self, columns):
        return self.inner.decode(np.stack(columns, axis=1)) if columns else np.zeros(0, np.float32)

    def reset(self, side):
        self.inner.reset(side)
        if side is not Side.ENCODER and self.codec.fault != "not-reset":
            self.held.clear()

    def clone(self):
        forgets = self.codec.fault == "not-cloned"
        return type(self)(self.codec, self.inner.clone(), [one * 0 - 1 if forgets else one for one in self.held])

    def state(self):
        held = np.stack(self.held) if self.held else np.zeros((0, self.codec.info.codebooks), np.int64)
        return self.inner.state() | {"decoder/held-back": held}


class Flushing(Holding):
    given = 0  # frames

    def decode(self, codes):
        pcm = super().decode(codes)
        self.given += codes.shape[1]
        return pcm

    def reset(self, side):
        super().reset(side)
        if side is not Side.ENCODER:
            self.given = 0

    def flush(self):
        rest, size = self.decoded(self.held), self.codec.info.frame_size
        if self.codec.fault == "part-flush" or (self.codec.fault, self.given % 2) == ("odd-flush", 1):
            rest[-size:] = 0
        if self.codec.fault == "late-flush" and self.given > 100:
            rest[:] = 0
        if self.codec.fault == "swapped-flush":
            rest = rest.reshape(-1, size)[::-1].ravel()
        if self.codec.fault != "repeats":
            self.held.clear()
        if self.codec.fault == "silent-flush":
            return np.zeros_like(rest)
        return rest[1:] if self.codec.fault == "short-flush" else rest


class Places:
    """The codec *inner* with *places* for streams: an instance has one until it is closed, if it *closes*."""

    def __init__(self, inner="opus", places=4, fault="none", declares=False, **options):
        self.inner, self.left, self.fault = load(inner, options), places, fault
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:places:{places}:{fault}")
        if declares:
            self.capacity = places

    def open(self):
        return Placed(self, self.inner.open()) if self.fault != "no-close" else Kept(self, self.inner.open())


class Kept:
    def __init__(self, codec, inner):
        if not codec.left:
            raise RuntimeError("capacity exhausted")
        codec.left -= 1
        self.codec, self.inner, self.open, self.idle = codec, inner, True, True

    def encode(self, pcm):
        return self.used(lambda: self.inner.encode(pcm))

    def decode(self, codes):
        return self.used(lambda: self.inner.decode(codes))

    def used(self, call):
        self.idle = False
        if not self.open and self.codec.fault != "goes-on":
            raise RuntimeError("it is closed")
        return call()

    def reset(self, side):
        self.inner.reset(side)

    def clone(self):
        return type(self)(self.codec, self.inner.clone())

    def state(self):
        return self.inner.state()


class Placed(Kept):
    def close(self):
        self.open = False
        if self.codec.fault != "keeps-place" and (self.codec.fault, self.idle) != ("keeps-idle", True):
            self.codec.left += 1


class Rows:
    """
    The codec *inner* as a server has it: a stream takes one of *places* rows, which is reset when it ends.

    fault : "dirty-abort": not where it was aborted; "lost-abort": then the row is never free again; "lost-decoding":
        nor where it was aborted before anything was encoded; "dirty-close": not where it was closed; "slow-abort": no
        fault, the row of an aborted stream is free after *slow* s
    """

    def __init__(self, inner="opus", places=6, fault="none", slow=0.2, declares=False):
        self.inner, self.fault, self.slow = load(inner, {}), fault, slow
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:rows:{places}:{fault}")
        self.free = [(0.0, self.inner.open()) for _ in range(places)]
        if declares:
            self.capacity = places

    def open(self):
        at = next((at for at, (since, _) in enumerate(self.free) if since <= time.monotonic()), None)
        if at is None:
            raise RuntimeError("no row is free")
        return Row(self, self.free.pop(at)[1])


class Row:
    def __init__(self, codec, inner):
        self.codec, self.inner = codec, inner

    encoded = False

    def encode(self, pcm):
        self.encoded = True
        return self.inner.encode(pcm)

    def decode(self, codes):
        return self.inner.decode(codes)

    def reset(self, side):
        self.inner.reset(side)

    def clone(self):
        raise CodecFailed("no clones")

    def state(self):
        return self.inner.state()

    def close(self):
        self.ended("close", time.monotonic())

    def abort(self):
        if self.codec.fault != "lost-abort" and (self.codec.fault, self.encoded) != ("lost-decoding", False):
            self.ended("abort", time.monotonic() + (self.codec.slow if self.codec.fault == "slow-abort" else 0))

    def ended(self, how, free):
        if self.codec.fault != f"dirty-{how}":
            self.inner.reset(Side.BOTH)
        self.codec.free.append((free, self.inner))


class Counted:
    """The codec *inner* whose streams take rows by their number: after a close that is the row of another stream."""

    def __init__(self, inner="opus"):
        self.inner, self.rows, self.taken = load(inner, {}), {}, 0
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:counted")

    def open(self):
        row = self.rows.setdefault(self.taken, self.inner.open())
        row.reset(Side.BOTH)
        self.taken += 1
        return CountedRow(self, row)


class CountedRow:
    def __init__(self, codec, inner):
        self.codec, self.inner, self.open = codec, inner, True

    def used(self):
        if not self.open:
            raise CodecFailed("it is closed")
        return self.inner

    def encode(self, pcm):
        return self.used().encode(pcm)

    def decode(self, codes):
        return self.used().decode(codes)

    def reset(self, side):
        self.inner.reset(side)

    def clone(self):
        raise CodecFailed("no clones")

    def state(self):
        return {}

    def close(self):
        self.open = False
        self.codec.taken -= 1


class Scratch:
    """The codec *inner*, all of whose instances write samples to one buffer and read them back: right in any order."""

    def __init__(self, inner="opus", where="both", wait=0.0, **options):
        self.inner, self.where, self.wait = load(inner, options), where, wait
        self.buffer = np.zeros(1 << 16, np.float32)
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:scratch:{where}")
        self.thread_safe = True  # it says so

    def open(self):
        return Scratched(self, self.inner.open())


class Scratched:
    def __init__(self, codec, inner):
        self.codec, self.inner = codec, inner

    def through(self, samples, side):
        if self.codec.where not in ("both", side):
            return samples
        for at in range(0, len(samples), 40):  # as a loop over blocks does
            self.codec.buffer[at : at + 40] = samples[at : at + 40]
        time.sleep(self.codec.wait)
        return self.codec.buffer[: len(samples)].copy()

    def encode(self, pcm):
        return self.inner.encode(self.through(pcm, "encoder"))

    def decode(self, codes):
        return self.through(self.inner.decode(codes), "decoder")

    def reset(self, side):
        self.inner.reset(side)

    def clone(self):
        return Scratched(self.codec, self.inner.clone())

    def state(self):
        return self.inner.state()


class Moving:
    """Opus that moves its state on one *side* by a call that it then *refuses*, or does not."""

    def __init__(self, side="encoder", refuses=True):
        self.inner, self.side, self.refuses = load("opus", {}), side, refuses
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:moving:{side}:{refuses}")

    def open(self):
        return Moved(self, self.inner.open())


class Moved:
    def __init__(self, codec, inner):
        self.codec, self.inner = codec, inner

    def encode(self, pcm):
        if len(pcm) % 320 and self.codec.side == "encoder":
            self.inner.encode(np.zeros(320, np.float32))
            pcm = pcm if self.codec.refuses else pcm[:320]
        return self.inner.encode(pcm)

    def decode(self, codes):
        if codes.max() > 255 and self.codec.side == "decoder":
            self.inner.decode(np.zeros((len(codes), 1), np.int64))
        return self.inner.decode(codes)

    def reset(self, side):
        self.inner.reset(side)

    def clone(self):
        return Moved(self.codec, self.inner.clone())

    def state(self):
        return self.inner.state()


class Full:
    """Opus that refuses the first loud frame once, as if a buffer were too small, and has *moved* its state or not."""

    def __init__(self, moved=True):
        self.inner, self.moved = load("opus", {}), moved
        self.info = replace(self.inner.info, fingerprint=f"{self.inner.info.fingerprint}:full:{moved}")

    def open(self):
        return Filled(self, self.inner.open(), False)


class Filled:
    def __init__(self, codec, inner, warned):
        self.codec, self.inner, self.warned = codec, inner, warned

    def encode(self, pcm):
        refused = not self.warned and np.abs(pcm).max() > 0.25
        if self.codec.moved or not refused:
            codes = self.inner.encode(pcm)
        self.warned = self.warned or refused
        if refused:
            raise ValueError("the packet does not fit; enlarge the buffer and try again")
        return codes

    def decode(self, codes):
        return self.inner.decode(codes)

    def reset(self, side):
        self.inner.reset(side)
        self.warned = False

    def clone(self):
        return Filled(self.codec, self.inner.clone(), self.warned)

    def state(self):
        return self.inner.state()
