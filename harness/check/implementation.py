"""A codec as any process finds it: an adapter and its options."""

import json
from dataclasses import dataclass
from typing import Any

from harness.codecs.loading import load_sealed
from harness.codecs.sealed import SealedCodec


@dataclass(frozen=True)
class Implementation:
    """*options* is JSON, so that what is loaded can be kept by it."""

    adapter: str
    options: str

    @classmethod
    def of(cls, adapter: str, options: dict[str, Any]) -> "Implementation":
        """Return the implementation that an adapter is with these options."""
        return cls(adapter, json.dumps(options, sort_keys=True))

    def given(self) -> dict[str, Any]:
        """Return the options."""
        options: dict[str, Any] = json.loads(self.options)
        return options

    def load(self) -> SealedCodec:
        """Make the codec; raise the `HarnessError` that says why it cannot be made."""
        return load_sealed(self.adapter, self.given())
