"""A setup that can be run on one utterance as often as asked, and stopped before any of its calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harness.audio.waveform import Samples
from harness.codecs.protocol import Codec, CodecInfo, Instance, with_rest
from harness.codecs.returned import checked_codes, checked_pcm, finite_pcm
from harness.topology.interpreter import Observer
from harness.topology.model import Topology
from harness.topology.plan import Decode, Encode, Step, given
from harness.topology.setup import Case
from harness.topology.trace import Trace
from harness.topology.windows import cut
from harness.topology.wire import handed

Array = npt.NDArray[Any]


class RunSteps(Protocol):
    """Runs all steps but *leave_out*; *observe* is called after each."""

    def __call__(self, observe: Observer | None, leave_out: frozenset[int] = frozenset()) -> Trace:
        """Return what the run produced."""


@dataclass(frozen=True)
class Replay:
    """
    A setup on one utterance: *run* takes an observer or None, and the places of steps that are not to be made.

    speech : as the encoder gets it, whole frames
    codec : whose calls these are; None if that is not known
    subject : the same for another process; None if it cannot be run there
    topology : how it is wired, and rewired : runs it wired otherwise; None if that is not known
    """

    name: str
    info: CodecInfo
    speech: Samples
    run: RunSteps
    codec: Codec | None = None
    subject: Case | None = None
    topology: Topology | None = None
    rewired: Callable[[Topology], Trace] | None = None

    def held(self, place: int, steps: Sequence[Step]) -> Instance | None:
        """Run all steps before *place*, and return the instance that the call there is made on, as it then is."""
        call = steps[place]
        if not isinstance(call, Encode | Decode) or call.instance is None:
            return None
        kept: list[Instance] = []
        seen = 0

        def observe(_: Step, instances: dict[str, Instance]) -> None:
            nonlocal seen
            seen += 1
            if seen == place:
                kept.append(instances[str(call.instance)])
                raise _Reached

        try:
            self.run(observe)
        except _Reached:
            return kept[0]
        return None

    def made(self, instance: Instance, call: Encode | Decode, trace: Trace) -> Array:
        """Make *call*, of the main stream, on *instance* with what it was given in *trace*."""
        size, (first, end), where = self.info.frame_size, given(call), "the call, made again,"
        if isinstance(call, Decode):
            parts = handed(trace.arrived[:, first:end])
            given_back = [np.asarray(instance.decode(codes)) for codes in parts]
            pcm = with_rest(given_back, instance, self.info) if flushed(call) else np.concatenate(given_back)
            if call.window is None:
                return checked_pcm(pcm, self.info, first, end - first, where)
            kept = cut(pcm, call.window, call.start, call.stop, size)
            return finite_pcm(pcm, self.info, first, where)[slice(*kept)]
        codes = instance.encode(self.speech[first * size : end * size].copy())
        return checked_codes(codes, self.info, end - first, where)[:, call.start - first : call.stop - first]


def flushed(call: Decode) -> bool:
    """Tell whether *call* is a stream of its own, so that what it holds back belongs to it."""
    return call.instance is None or call.window is not None


def by_frame(pcm: Samples, size: int) -> Array:
    """Return samples as (frames, *size*); a last frame that is not whole is filled with zeros."""
    return np.pad(pcm, (0, -len(pcm) % size)).reshape(-1, size)


class _Reached(Exception):
    """The run has come to the call before which it is to be held."""


def first_difference(expected: Array, got: Array, tolerance: float = 0.0) -> int | None:
    """Return the first column of (rows, frames) that differs by more than *tolerance*, or is in one of them only."""
    frames = min(expected.shape[1], got.shape[1])
    one, two = expected[:, :frames], got[:, :frames]
    wrong = (one != two) if tolerance == 0 else np.abs(one.astype(np.float64) - two.astype(np.float64)) > tolerance
    columns = np.flatnonzero(wrong.any(axis=0))
    if columns.size:
        return int(columns[0])
    return None if expected.shape[1] == got.shape[1] else frames


def parting(one: Trace, two: Trace, info: CodecInfo, tolerance: float) -> int | None:
    """Return the first frame in which codes (as encoded or as they arrive) or PCM of two traces differ, or None."""
    rounding = info.latent_tolerance or 0.0
    pairs = [(one.codes, two.codes, rounding), (one.arrived, two.arrived, rounding)]
    frames = [first_difference(*pair) for pair in pairs]
    size = info.frame_size
    frames.append(first_difference(by_frame(one.pcm, size).T, by_frame(two.pcm, size).T, tolerance))
    return min((frame for frame in frames if frame is not None), default=None)
