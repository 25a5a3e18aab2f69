"""
Import packages that want torchaudio and never use it here.

`encodec` and `dac` import torchaudio to read files and to augment training data. torchaudio's published wheels are
built for CUDA and cannot be loaded beside a torch without it. The networks themselves do not need it, so where it
cannot be loaded an empty module stands in while such a package is imported; whoever did use it would be told that it
has no such attribute.
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

NAME = "torchaudio"


@contextlib.contextmanager
def torchaudio_optional() -> Iterator[None]:
    """Within the context, `import torchaudio` works, with the real one if there is one that loads."""
    try:
        importlib.import_module(NAME)
    except (ImportError, OSError):  # OSError: its library does not load
        for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
            del sys.modules[name]  # what a failed import left behind
        sys.modules[NAME] = ModuleType(NAME)
        try:
            yield
        finally:
            del sys.modules[NAME]
    else:
        yield
