"""
The embedded Mimi with moshi's own calls for copying state, as a user of moshi would write it.

`harness.codecs.mimi.codec` copies values, because moshi hands out the live objects. This adapter does not: it is how
the harness shows what `get_streaming_state` and `set_streaming_state` (moshi 0.2.13) do. Check it by its full name:

    codec-harness check harness.codecs.mimi.shipped:ShippedMiniCodec
"""

from typing import Any

from harness.codecs.mimi.codec import MiniMimiCodec
from harness.codecs.mimi.instance import MimiInstance


class ShippedInstance(MimiInstance):
    """An instance whose snapshots are what `get_streaming_state()` returns."""

    def snapshot(self) -> Any:
        """Return moshi's streaming state."""
        return self.network.get_streaming_state()

    def restore(self, snapshot: Any) -> None:
        """Hand a streaming state back to moshi."""
        self.network.set_streaming_state(snapshot)

    def clone(self) -> "ShippedInstance":
        """Return an instance that was given this one's streaming state."""
        other = ShippedInstance(self._info, self._pristine, self._threads)
        other.restore(self.snapshot())
        return other


class ShippedMiniCodec(MiniMimiCodec):
    """The codec `mini`, opened as `ShippedInstance`."""

    def open(self) -> ShippedInstance:
        """Return a fresh streaming instance."""
        return ShippedInstance(self.info, self._model, self._threads)
