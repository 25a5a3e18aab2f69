"""A codec by name and options, and the codec made of it."""

import functools
import json
from pathlib import Path
from typing import Any, Self

from pydantic import PrivateAttr

from harness.codecs.loading import find_beside, load_sealed
from harness.codecs.sealed import SealedCodec
from harness.record import Frozen


class CodecSpec(Frozen):
    """
    A codec to be made: an adapter and its options.

    Where else the adapter may lie is no part of that: no record holds it, and none can set it.
    """

    name: str
    adapter: str
    options: dict[str, Any]
    _folder: Path | None = PrivateAttr(default=None)

    def beside(self, folder: Path) -> Self:
        """Return this codec, whose adapter may be a module in *folder*."""
        found = self.model_copy()
        found._folder = folder.resolve()
        return found


def open_codec(spec: CodecSpec) -> SealedCodec:
    """
    Return the codec of *spec*, sealed off and loaded once in each process.

    A module beside its suite can be imported from then on.
    """
    if spec._folder is not None:
        find_beside(spec._folder)
    return _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> SealedCodec:
    return load_sealed(adapter, json.loads(options))
