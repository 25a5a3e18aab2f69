"""
What an adapter may offer beyond `harness.codecs.protocol`. Nothing here is asked of it; what is there is checked.

A codec that does not promise a law of `harness.check` says so itself, with the reason:

    class MyCodec:
        promises_not = {"clone-continues": "the library cannot copy a stream"}

The law is then reported as *not promised*, together with what was observed, and never as passed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from harness.codecs.protocol import Side


@runtime_checkable
class DeclaresExemptions(Protocol):
    """A codec that says what it does not promise."""

    @property
    def promises_not(self) -> Mapping[str, str]:
        """Return law name to reason; a plain attribute will do."""


@runtime_checkable
class Snapshots(Protocol):
    """An instance whose whole state can be taken out and put back, also into another instance of the same codec."""

    def snapshot(self) -> Any:
        """Return the state as it is now; later calls must not change what was returned."""

    def restore(self, snapshot: Any) -> None:
        """Put a snapshot back. It may be restored more than once, and into several instances."""


@runtime_checkable
class Closes(Protocol):
    """An instance that holds something that has to be given back, such as a place in a server."""

    def close(self) -> None:
        """
        End the instance; later calls on it are refused. It is called once, as soon as the harness is done with it.
        """


@runtime_checkable
class Aborts(Closes, Protocol):
    """An instance that can also end as one does whose client has vanished, such as by a connection that is lost."""

    def abort(self) -> None:
        """Drop the connection in mid-stream without a word; what is called in the place of `close()`."""


@runtime_checkable
class Limited(Protocol):
    """A codec that has room for so many streams at once, and says so: what needs more does not apply to it."""

    @property
    def capacity(self) -> int:
        """Return how many streams there may be, instances and rows, 1 or more; a plain attribute will do."""


@runtime_checkable
class ThreadSafe(Protocol):
    """A codec whose instances may be used at the same time, each in a thread of its own."""

    @property
    def thread_safe(self) -> bool:
        """Return True; a plain attribute will do. `harness.check` tries it also where nothing is said."""


@runtime_checkable
class Connects(Protocol):
    """A codec that is reached through a connection, of which there may be several at once."""

    def connection(self) -> Any:
        """Return the same codec, options and all, through a connection of its own."""


class BatchInstance(Protocol):
    """Several streams in step through one instance."""

    def encode(self, pcm: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Encode (B, n * frame_size) samples to codes (B, K, n)."""

    def decode(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Decode codes (B, K, n) to (B, n * frame_size) samples."""


@runtime_checkable
class BatchCodec(Protocol):
    """A codec that can run several streams in one call."""

    def open_batch(self, rows: int) -> BatchInstance:
        """Return a fresh instance for *rows* streams."""


class SlotInstance(Protocol):
    """
    A batch whose rows are slots: streams join, pause, leave, and another takes the row. B rows, as many as were asked.

    In a call only the rows where *active* is true take part. The others are given zeros; what is returned for them is
    not looked at, and their state must not change.
    """

    def join(self) -> int:
        """Return a free row, which is taken from now on; raise if there is none. It need not be reset: see `reset`."""

    def leave(self, row: int) -> None:
        """Free a row. Whoever joins next may get it, with all that its stream left in it."""

    def reset(self, row: int, side: Side) -> None:
        """Put one side of a row, or both, into the state of a fresh one; no other row may notice."""

    def fork(self, row: int) -> int:
        """Return a free row, taken from now on, with a copy of the state of *row*."""

    def encode(self, pcm: npt.NDArray[np.float32], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Encode (B, n * frame_size) samples to codes (B, K, n) in the rows that are *active* (B,)."""

    def decode(self, codes: npt.NDArray[np.int64], active: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Decode codes (B, K, n) to (B, n * frame_size) samples in the rows that are *active* (B,)."""


@runtime_checkable
class SlotCodec(Protocol):
    """A codec that is served as a batch of slots."""

    def open_slots(self, rows: int) -> SlotInstance:
        """Return a fresh instance with *rows* free rows."""


@runtime_checkable
class ShallowClone(Protocol):
    """An instance that can also be copied carelessly, so that the harm of it can be heard (`decoder.aliased`)."""

    def alias(self) -> Any:
        """Return a copy as careless code makes it: some memory is shared with the original from now on."""


@runtime_checkable
class PartialReset(Protocol):
    """An instance that can forget to reset a module, as careless code does (`spares`)."""

    def reset_sparing(self, side: Side, spares: str) -> None:
        """
        Reset *side*, but leave alone the modules whose name matches the shell-style pattern *spares*.

        Raises a `HarnessError` that names the modules if none matches, of either side.
        """


@runtime_checkable
class Threaded(Protocol):
    """A codec that can compute in any number of threads."""

    def with_threads(self, threads: int) -> Any:
        """Return the same codec, options and all, that computes in *threads* threads."""


@runtime_checkable
class HasDtypes(Protocol):
    """A codec that can compute in narrower types of numbers than it does; each declares a tolerance of its own."""

    @property
    def narrower(self) -> Sequence[str]:
        """Return the types' names, such as "float16"; a plain attribute will do."""

    def with_dtype(self, dtype: str) -> Any:
        """Return the same codec, options and all, that computes in *dtype*."""


@runtime_checkable
class HasNetwork(Protocol):
    """An instance made of PyTorch modules, so that the first module that differs can be named."""

    @property
    def network(self) -> Any:
        """The root `torch.nn.Module` that encodes and decodes; hooks are put on its children."""


@runtime_checkable
class Advances(Protocol):
    """An instance that can act as if it were late in a stream, so that hours need not be played."""

    def advance(self, frames: int) -> int:
        """
        Move both sides' positions on by *frames* or a little more; what is remembered of the past stays as it is.

        Returns by how many frames they were moved. It is called when as many frames as the context were processed.
        """


@runtime_checkable
class HasLiveState(Protocol):
    """An instance that can tell the state that still matters from values that are dead or stale."""

    def live_state(self) -> dict[str, npt.NDArray[Any]]:
        """Return `state()` without what cannot be heard any more, such as slots of a cache that was reset."""
