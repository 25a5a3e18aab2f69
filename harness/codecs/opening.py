"""The codec that a spec is of, made once in each process."""

import functools
import json

from harness.codecs.loading import load_sealed
from harness.codecs.local_code import code_of
from harness.codecs.sealed import SealedCodec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.runtime.importing import find_beside


def open_codec(spec: CodecSpec) -> SealedCodec:
    """
    Return the codec of *spec*, sealed off and loaded once in each process.

    A module beside its suite can be imported from then on. Raises `CodecUnavailable` if its code was another when the
    suite was read: results would be kept under the wrong name.
    """
    if spec._folder is not None:
        find_beside(spec._folder)
    codec = _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))
    opened = _code_when_opened(tuple(spec._code))
    for file in sorted(spec._code.keys() & opened.keys()):
        if spec._code[file] != opened[file]:
            raise CodecUnavailable(
                f"codec adapter {spec.adapter!r}: {file} is another than when the suite was read; run it once more, "
                "or have the codec not write code that it imports"
            )
    return codec


_code_when_opened = functools.lru_cache(maxsize=16)(code_of)


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> SealedCodec:
    return load_sealed(adapter, json.loads(options))
