"""
What codecs of the harness's own declare, without loading them: as long as all that decides it is the same.

Loading PyTorch takes seconds, only to be told what a run was told before. Of the adapters in `FILES` it is known which
files they read; of others, and of options that name files or devices, it is not, and they are loaded every time.
"""

import importlib.util
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from harness.codecs.identity import code_sha256
from harness.codecs.loaded import sha256_of
from harness.codecs.loading import BUILT_IN
from harness.codecs.spec import CodecSpec
from harness.runtime.resources import fixture
from harness.runtime.store import content_key

VERSION = 2  # raise it when something else decides what one of them declares


def _of_pcm() -> list[Path] | None:
    return []


def _of_mini() -> list[Path] | None:
    return sorted(path for path in fixture("mini-mimi").iterdir() if path.is_file())


def _of_opus() -> list[Path] | None:
    package = importlib.util.find_spec("opuslib_next")  # not imported by that
    if package is None or package.origin is None or os.environ.get("OPUSLIB_NEXT_USE_SYSTEM_LIB"):
        return None
    return sorted(Path(package.origin).parent.glob("_native/*opus.*")) or None


# By adapter: the files that it reads, None if that is not known, and its options that name no file and no device.
FILES: dict[str, tuple[Callable[[], list[Path] | None], frozenset[str]]] = {
    "pcm": (_of_pcm, frozenset({"sample_rate", "frame_ms", "hold"})),
    "mini": (_of_mini, frozenset({"codebooks", "dtype", "threads"})),
    "opus": (_of_opus, frozenset({"bitrate", "frame_ms", "sample_rate", "complexity", "application", "vbr", "dtx"})),
}


class Decided(NamedTuple):
    """*key*: hash of all that decides what `harness.codecs.identity.describe` says; *code*: of the code alone."""

    key: str
    code: str


def decided(spec: CodecSpec) -> Decided | None:
    """Return what decides what is said of *spec*; None if it is not known."""
    if spec.adapter not in FILES or spec.codes_from is not None:
        return None
    find, told = FILES[spec.adapter]
    files = find()
    if files is None or not spec.options.keys() <= told:
        return None
    target = BUILT_IN[spec.adapter]
    code = code_sha256(target)
    made: dict[str, Any] = {
        "target": target,
        "options": spec.options,
        "code": code,
        "files": [(str(path), sha256_of(path)) for path in files],
        "python": (sys.version, platform.machine()),
    }
    return Decided("described:" + content_key(version=VERSION, **made), code)
