"""
Instances whose first calls give fewer samples than frames came in, and whose `flush()` gives the rest, made steady.

A codec declares how many samples it holds back (`CodecInfo.start_up`). As many zeros are put before its stream, which
is what a player has to play while nothing has come: from there on every call gives the samples of its frames, so that
all that is asked of a codec can be asked of this one, and only the length of the whole is left to be checked.
"""

import numpy as np

from harness.audio.waveform import Samples
from harness.codecs.protocol import CodecInfo
from harness.codecs.returned import Array, BrokeItsWord


class StartUp:
    """
    The samples of one instance between those that it gave and those that were passed on.

    They are as many as are declared, less those that the codec still holds back.
    """

    def __init__(self, info: CodecInfo) -> None:
        self._info = info
        self.begin()

    def begin(self) -> None:
        """Begin a stream, as after a reset."""
        self._ahead: Samples = np.zeros(self._info.start_up, dtype=np.float32)
        self._frames = 0
        self._ended = False

    @property
    def held_back(self) -> int:
        """Samples that the codec holds back now."""
        return 0 if self._ended else self._info.start_up - len(self._ahead)

    def copy(self) -> "StartUp":
        """Return another one that is as far."""
        other = StartUp(self._info)
        other.become(self)
        return other

    def become(self, other: "StartUp") -> None:
        """Go on where *other* is."""
        self._ahead, self._frames, self._ended = other._ahead, other._frames, other._ended

    def take(self, given: Array, frames: int) -> Samples:
        """Return the samples of *frames* frames, of which the codec has just *given* what it did not hold back."""
        if self._ended:
            self.begin()
        info, wanted = self._info, frames * self._info.frame_size
        self._add(given)
        self._frames += frames
        missing = wanted - len(self._ahead)
        if missing > 0:
            raise BrokeItsWord(
                f"returned PCM of shape {given.shape}: with it {missing} samples more are missing than the "
                f"{info.start_up} of the declared start-up"
            )
        ready, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        return ready

    def end(self, given: Array) -> Samples:
        """Return the rest of the stream, of which *given* is what flush() gave; its whole length must then be right."""
        if self._ended:
            return np.asarray(given, dtype=np.float32)
        wanted = self._info.start_up - len(self._ahead)
        if given.shape != (wanted,):
            raise BrokeItsWord(
                f"returned PCM of shape {given.shape}, wanted {(wanted,)}: {self._frames} frames are "
                f"{self._frames * self._info.frame_size} samples in all, and so many had not come yet"
            )
        self._add(given)
        rest, self._ahead, self._ended = self._ahead, self._ahead[:0], True
        return rest

    def _add(self, given: Array) -> None:
        if given.ndim != 1:
            raise BrokeItsWord(f"returned PCM of shape {given.shape}, wanted samples of shape (T,)")
        self._ahead = np.concatenate([self._ahead, given.astype(np.float32)])
