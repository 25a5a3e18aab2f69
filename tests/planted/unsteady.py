"""
Codecs that are not the same twice, each in a way of its own: named `planted.unsteady:Class`, around a real one.

What they remember belongs to the process, as a module-level global does. `planted.faults:Noisy` is the random one.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codes, Instance, Side
from harness.errors import CodecFailed
from planted import faults
from planted.faults import Sound, SoundInstance


class WarmsUp(Sound):
    """The first instance that a process opens decodes at half the level."""

    opened: ClassVar[int] = 0

    def open(self) -> Instance:
        WarmsUp.opened += 1
        return _Quieter(self, self.inner.open(), 0.5 if WarmsUp.opened == 1 else 1.0)


class WarmsUpOnUse(Sound):
    """The first frame that a process decodes is decoded at half the level."""

    used: ClassVar[bool] = False

    def wrap(self, instance: Instance) -> SoundInstance:
        class Cold(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                gain, WarmsUpOnUse.used = np.float32(1.0 if WarmsUpOnUse.used else 0.5), True
                return self.inner.decode(codes) * gain

        return Cold(self, instance)


class _Quieter(SoundInstance):
    def __init__(self, codec: Sound, inner: Instance, gain: float) -> None:
        super().__init__(codec, inner)
        self.gain = np.float32(gain)

    def decode(self, codes: Codes) -> Samples:
        return self.inner.decode(codes) * self.gain

    def clone(self) -> Instance:
        return _Quieter(self.codec, self.inner.clone(), float(self.gain))


class OneSlot(Sound):
    """All instances have one state: whether something was decoded since the last reset. It halves the level."""

    used: ClassVar[bool] = False

    def open(self) -> Instance:
        return _Seated(self, self.inner.open(), 0.5 if OneSlot.used else 1.0)


class _Seated(_Quieter):
    def decode(self, codes: Codes) -> Samples:
        OneSlot.used = True
        return super().decode(codes)

    def reset(self, side: Side) -> None:
        OneSlot.used, self.gain = False, np.float32(1.0)
        super().reset(side)


class Pooled(Sound):
    """Instances that nobody needs any more are handed out again, with all that they have heard."""

    free: ClassVar[list[Instance]] = []

    def open(self) -> Instance:
        return self.wrap(Pooled.free.pop() if Pooled.free else self.inner.open())

    def wrap(self, instance: Instance) -> SoundInstance:
        class Lent(SoundInstance):
            def __del__(self) -> None:
                Pooled.free.append(self.inner)

        return Lent(self, instance)


class Remembers(Sound):
    """The level falls with all that any instance of the process has decoded; no reset forgets it."""

    heard: ClassVar[float] = 0.0

    def wrap(self, instance: Instance) -> SoundInstance:
        class Tiring(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes)
                gain = np.float32(1.0 / (1.0 + Remembers.heard))
                Remembers.heard += float(np.mean(np.abs(pcm)))
                return pcm * gain

        return Tiring(self, instance)


class Served(Sound):
    """
    Streams of a server that outlives the process: the n-th since it began is 1 / n as loud, until it is reset.

    log : file that stands for the server: as long as its streams are many; only : number of the only one that is softer
    """

    def __init__(self, log: str, only: int | None = None) -> None:
        super().__init__("opus")
        self.log, self.only = Path(log), only

    def open(self) -> Instance:
        with self.log.open("a") as file:
            file.write(".")
            number = file.tell()
        return _UntilReset(self, self.inner.open(), 1 / number if self.only in (None, number) else 1.0)


class _UntilReset(_Quieter):
    def reset(self, side: Side) -> None:
        self.gain = np.float32(1.0)
        super().reset(side)


class Drawn(Sound):
    """
    A level that a process draws once, as a hash seed or an address decides it: full or half, by how many drew before.

    log : file that the processes count in; levels : what the first ones draw, "h" for half; those after them: full
    """

    thread_safe = True
    level: ClassVar[dict[str, float]] = {}

    def __init__(self, log: str, levels: str, inner: str = "opus", **options: Any) -> None:
        super().__init__(inner, **options)
        if log not in Drawn.level:
            with Path(log).open("a") as file:
                file.write(".")
                Drawn.level[log] = 0.5 if levels[file.tell() - 1 : file.tell()] == "h" else 1.0
        self.gain = Drawn.level[log]

    def open(self) -> Instance:
        return _Quieter(self, self.inner.open(), self.gain)


class AfterOthers(Sound):
    """From when a process has heard two kinds of speech, told by their first 20 calls, the level is halved."""

    heard: ClassVar[set[bytes]] = set()
    resettable: ClassVar[bool] = False

    def wrap(self, instance: Instance) -> SoundInstance:
        codec = self

        class After(SoundInstance):
            calls = 0
            began = b""

            def decode(self, codes: Codes) -> Samples:
                self.calls += 1
                self.began += codes.tobytes()
                if self.calls == 20:
                    codec.heard.add(self.began)
                return self.inner.decode(codes) * np.float32(0.5 if len(codec.heard) > 1 else 1.0)

            def reset(self, side: Side) -> None:
                if codec.resettable:
                    codec.heard.clear()
                self.inner.reset(side)

        return After(self, instance)


class AfterOthersUntilReset(AfterOthers):
    """The same, and a reset forgets the other speech."""

    heard: ClassVar[set[bytes]] = set()
    resettable = True


class ServedWithoutReset(Served):
    """The same as `Served`, and a reset is not offered."""

    def open(self) -> Instance:
        served = super().open()

        class Unreset(SoundInstance):
            def reset(self, side: Side) -> None:
                raise CodecFailed(f"reset({side}) is not offered")

        return Unreset(self, served)


class LeavesBehind(Sound):
    """A new instance is as loud as all that the instance before it decoded says."""

    last = 0

    def wrap(self, instance: Instance) -> SoundInstance:
        codec, gain = self, 1.0 - self.last / 1000

        class Leaving(_Quieter):
            total = 0

            def decode(self, codes: Codes) -> Samples:
                self.total += int(codes.sum())
                codec.last = self.total % 97
                return super().decode(codes)

        return Leaving(self, instance, gain)


class Rounding(Sound):
    """Each sample is off by chance, by less than the tolerance that is declared."""

    def __init__(self, inner: str = "opus", **options: Any) -> None:
        super().__init__(inner, **options)
        self.info = replace(self.info, tolerance=1e-4)

    def wrap(self, instance: Instance) -> SoundInstance:
        noise = np.random.default_rng()

        class Off(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                pcm = self.inner.decode(codes)
                return pcm + noise.uniform(-4e-5, 4e-5, pcm.shape).astype(np.float32)

        return Off(self, instance)


class Dithers(faults.Noisy):
    """Random, and says so."""

    promises_not: ClassVar[dict[str, str]] = {"deterministic": "random dither"}


class Remembered(Sound):
    """The PCM of a frame is given again for equal codes, whatever came before them, by all instances of a process."""

    kept: ClassVar[dict[bytes, Samples]] = {}

    def wrap(self, instance: Instance) -> SoundInstance:
        kept = Remembered.kept

        class Remembering(SoundInstance):
            def decode(self, codes: Codes) -> Samples:
                parts = []
                for frame in codes.T:
                    pcm = self.inner.decode(frame[:, None].copy())
                    parts.append(kept.setdefault(frame.tobytes(), pcm))
                return np.concatenate(parts)

        return Remembering(self, instance)


class RemembersCodes(Sound):
    """The codes of a frame are given again for equal samples, in the same way."""

    kept: ClassVar[dict[bytes, Codes]] = {}

    def wrap(self, instance: Instance) -> SoundInstance:
        kept, size = RemembersCodes.kept, self.info.frame_size

        class Remembering(SoundInstance):
            def encode(self, pcm: Samples) -> Codes:
                frames = [pcm[at : at + size].copy() for at in range(0, len(pcm), size)]
                parts = [kept.setdefault(frame.tobytes(), self.inner.encode(frame)) for frame in frames]
                return np.concatenate(parts, axis=1)

        return Remembering(self, instance)
