"""The codec that a spec is of, made once in each process."""

import functools
import json

from harness.codecs.loading import load_sealed
from harness.codecs.sealed import SealedCodec
from harness.codecs.spec import CodecSpec
from harness.runtime.importing import find_beside


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
