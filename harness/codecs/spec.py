"""A codec by name and options, and the codec made of it."""

import functools
import json
from typing import Any

from harness.codecs.loading import load
from harness.codecs.protocol import Codec
from harness.record import Frozen


class CodecSpec(Frozen):
    """A codec to be made: an adapter and its options."""

    name: str
    adapter: str
    options: dict[str, Any]


def open_codec(spec: CodecSpec) -> Codec:
    """Return the codec of *spec*, loaded once in each process."""
    return _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> Codec:
    return load(adapter, json.loads(options))
