"""A codec by name and options, and the codec made of it."""

import functools
import json
from typing import Any

from harness.codecs.loading import load_sealed
from harness.codecs.sealed import SealedCodec
from harness.record import Frozen


class CodecSpec(Frozen):
    """A codec to be made: an adapter and its options."""

    name: str
    adapter: str
    options: dict[str, Any]


def open_codec(spec: CodecSpec) -> SealedCodec:
    """Return the codec of *spec*, sealed off and loaded once in each process."""
    return _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> SealedCodec:
    return load_sealed(adapter, json.loads(options))
