"""
Which code a codec consists of, so that a cell is read back only if the code that would make it again is the same.

A codec's fingerprint answers for its weights and options; nobody can be asked to answer for an edited line. So the
adapter's file is hashed, and every file that is not installed that it imports, directly or not, native modules
included, and every module or file whose name or path it holds in strings: tables and modules that are loaded by name
(`harness.codecs.local_code`). Installed packages count by version. An installed package that was edited by hand is not
noticed, nor is a file elsewhere, or one whose name is put together when it runs: run with `fresh`. What is installed is
told by `harness.runtime.installed`.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from harness.codecs.loading import adapters
from harness.codecs.local_code import closure
from harness.codecs.opening import open_codec
from harness.codecs.protocol import CodecInfo, OfflineCodec
from harness.codecs.sealed import SealedCodec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.runtime.importing import find_beside
from harness.runtime.installed import versions


class Described(NamedTuple):
    """
    What a codec declares: *info*, the hash of its *code*, and for how many streams it has room, if it says so.

    offline : whether it has offline calls
    """

    info: CodecInfo
    code: str
    capacity: int | None
    offline: bool = False


def describe(spec: CodecSpec, code: str | None = None) -> Described:
    """
    Load a codec; return what it declares. Raises the `HarnessError` that says why not.

    code : `code_sha256` of its adapter, where that is known
    Where it is not, a file that changes while the codec is loaded is refused: which code was loaded cannot be told.
    The class and its options are part of the hash: a subclass that inherits its fingerprint is another codec.
    """
    target = adapters().get(spec.adapter, spec.adapter)
    codec, code = (open_codec(spec), code) if code else _loaded(spec, target.partition(":")[0])
    parts = [target, spec.options, code]
    if spec.codes_from is not None:
        encoder = describe(spec.codes_from)
        parts += [encoder.info.fingerprint, encoder.code]
    made = json.dumps(parts, sort_keys=True, default=str)
    digest = hashlib.sha256(made.encode()).hexdigest()
    return Described(codec.info, digest, codec.room.capacity, isinstance(codec, OfflineCodec))


def _loaded(spec: CodecSpec, module: str) -> tuple[SealedCodec, str]:
    """Load the codec of *spec*, which *module* has, and return the hash of its code as well."""
    if spec._folder is not None:
        find_beside(spec._folder)
    before = closure(module)
    codec = open_codec(spec)
    after = closure(module)
    for name in sorted(before.keys() & after.keys()):
        (file, code), (file_now, code_now) = before[name], after[name]
        # What is beside it, the codec may have written itself; and where modules are looked for, it may have changed.
        if "/" not in name and file == file_now and code != code_now:
            raise CodecUnavailable(
                f"codec adapter {spec.adapter!r}: {name} changed while it was loaded; run it once more"
            )
    return codec, _hash_of(after)


def code_sha256(target: str) -> str:
    """Return the hash of the code behind *target* (`package.module:Class`), which can be imported here."""
    return _hash_of(closure(target.partition(":")[0]))


def _hash_of(files: dict[str, tuple[Path, str]]) -> str:
    digest = hashlib.sha256()
    for name, (_, code) in sorted(files.items()):
        digest.update(f"{name} {code}\n".encode())
    for name in sorted(versions()):
        digest.update(name.encode())
    return digest.hexdigest()
