"""How adapters are found, made with the options of a suite, and looked at before anything is asked of them."""

import importlib
import inspect
import math
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from harness.codecs.protocol import Codec, CodecInfo
from harness.errors import CodecUnavailable, HarnessError, SuiteInvalid

ENTRY_POINTS = "codec_harness.codecs"

BUILT_IN = {
    "pcm": "harness.codecs.pcm:PcmCodec",
    "mini": "harness.codecs.mimi.codec:MiniMimiCodec",
    "mimi": "harness.codecs.mimi.codec:MimiCodec",
    "opus": "harness.codecs.opus.codec:OpusCodec",
    "transformers-mimi": "harness.codecs.transformers_mimi.codec:TransformersMimiCodec",
    "rustymimi": "harness.codecs.rustymimi:RustyMimiCodec",
    "dac": "harness.codecs.dac:DacCodec",
    "encodec": "harness.codecs.encodec:EncodecCodec",
    "snac": "harness.codecs.snac:SnacCodec",
    "command": "harness.codecs.command.codec:CommandCodec",
}

EXTRAS = {"mini": "mimi"}  # of this package, for the built-in adapters that are not called as theirs is


def adapters() -> dict[str, str]:
    """Return every known adapter, short name to `package.module:Class`: built-in ones and those of other packages."""
    found = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    return found | BUILT_IN


def load(adapter: str, options: dict[str, Any]) -> Codec:
    """
    Make the codec named *adapter* (a short name or `package.module:Class`) with *options*.

    Raises `CodecUnavailable` if it cannot be found or imported, `SuiteInvalid` if it takes no such options.
    """
    known = adapters()
    target = known.get(adapter, adapter)
    module_name, _, class_name = target.partition(":")
    if not class_name:
        raise CodecUnavailable(
            f"codec adapter {adapter!r} is unknown; wanted one of {', '.join(sorted(known))}, or package.module:Class"
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        how = f"install what it needs: pip install 'codec-harness[{EXTRAS.get(adapter, adapter)}]'"
        if adapter not in BUILT_IN:
            how = "go to the folder that has the module, add that to PYTHONPATH, or install what it needs"
        raise CodecUnavailable(f"codec adapter {adapter!r} cannot be imported ({error}); {how}") from error
    except Exception as error:  # whatever a module does when it is imported is its author's
        raise _unusable(adapter, "importing it", error) from error
    factory = getattr(module, class_name, None)
    if not callable(factory):
        raise CodecUnavailable(f"codec adapter {adapter!r}: module {module_name} has no class {class_name}")
    try:
        _check_options(adapter, factory, options)
        codec: Codec = factory(**options)
    except HarnessError:
        raise
    except Exception as error:  # as above, of a constructor
        raise _unusable(adapter, "making it", error) from error
    _check_declared(adapter, codec)
    return codec


def find_beside(folder: Path) -> None:
    """Let adapters in *folder* be imported, here and in processes started later; they hide nothing installed."""
    if str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))


def _unusable(adapter: str, when: str, error: Exception) -> CodecUnavailable:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return CodecUnavailable(
        f"codec adapter {adapter!r}: {when} raised {type(error).__name__}: {error} ({place.filename}:{place.lineno})"
    )


def _check_declared(adapter: str, codec: Codec) -> None:
    info = getattr(codec, "info", None)
    if not isinstance(info, CodecInfo):
        got = "missing" if info is None else f"of type {type(info).__name__}"
        raise CodecUnavailable(f"codec adapter {adapter!r}: `info` is {got}, wanted a harness.CodecInfo")
    if not callable(getattr(codec, "open", None)):
        raise CodecUnavailable(f"codec adapter {adapter!r}: there is no method open()")
    for name in ("sample_rate", "frame_size", "codebooks", "bins"):
        value = getattr(info, name)
        if not isinstance(value, int) or value < 1:
            raise CodecUnavailable(f"codec adapter {adapter!r}: info.{name} is {value!r}, wanted a number from 1 on")
    gain = info.gain_db
    if gain is not None and not (isinstance(gain, int | float) and math.isfinite(gain)):
        raise CodecUnavailable(f"codec adapter {adapter!r}: info.gain_db is {gain!r}, wanted a level in dB, or None")


def _check_options(adapter: str, factory: Any, options: dict[str, Any]) -> None:
    parameters = inspect.signature(factory).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in options:
        if name not in parameters:
            allowed = ", ".join(parameters) or "none"
            raise SuiteInvalid(f"codec adapter {adapter!r} has no option {name!r}; allowed: {allowed}")
    missing = [name for name, p in parameters.items() if p.default is p.empty and name not in options]
    if missing:
        raise SuiteInvalid(f"codec adapter {adapter!r} needs the option {missing[0]!r}")
