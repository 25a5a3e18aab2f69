"""The codec that a spec is of, made once in each process."""

import functools
import json
import sys
from pathlib import Path

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
    suite was read, or this process, on another machine, has found its module in another place: results would be kept
    under the wrong name.
    """
    if spec._folder is not None:
        find_beside(spec._folder)
    codec = _open_codec(spec.adapter, json.dumps(spec.options, sort_keys=True))
    _check_place(spec)
    opened = _code_when_opened(tuple(spec._code))
    for file in sorted(spec._code.keys() & opened.keys()):
        if spec._code[file] != opened[file]:
            raise CodecUnavailable(
                f"codec adapter {spec.adapter!r}: {file} is another than when the suite was read; run it once more, "
                "or have the codec not write code that it imports"
            )
    return codec


def _check_place(spec: CodecSpec) -> None:
    if spec._module is None:
        return
    module, file = spec._module
    found = getattr(sys.modules.get(module), "__file__", None)
    if isinstance(found, str) and Path(found).resolve() != Path(file).resolve():
        raise CodecUnavailable(
            f"codec adapter {spec.adapter!r}: {module} is {found} in a process that runs it, and was {file} when the "
            "suite was read; remove the other one, or have the workers look in the same places"
        )


_code_when_opened = functools.lru_cache(maxsize=16)(code_of)


@functools.lru_cache(maxsize=16)
def _open_codec(adapter: str, options: str) -> SealedCodec:
    return load_sealed(adapter, json.loads(options))
