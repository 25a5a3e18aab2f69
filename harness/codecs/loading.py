"""How adapters are found, made with the options of a suite, and looked at before anything is asked of them."""

import importlib
import inspect
import signal
import traceback
import typing
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from typing import Any, TypeVar

from harness import errors
from harness.codecs.protocol import Codec
from harness.codecs.sealed import SealedCodec, sealed
from harness.errors import CodecBroken, CodecUnavailable, CodecUnknown, HarnessError, MissingExtra, SuiteInvalid, meant
from harness.runtime.calls import noted
from harness.runtime.importing import STANDARD, for_good
from harness.runtime.text import said_by, told

T = TypeVar("T")

ENTRY_POINTS = "codec_harness.codecs"

BUILT_IN = {
    "pcm": "harness.codecs.pcm:PcmCodec",
    "mini": "harness.codecs.mimi.codec:MiniMimiCodec",
    "mimi": "harness.codecs.mimi.codec:MimiCodec",
    "opus": "harness.codecs.opus.codec:OpusCodec",
    "pyav-opus": "harness.codecs.pyav_opus:PyAvOpusCodec",
    "lc3": "harness.codecs.lc3:Lc3Codec",
    "codec2": "harness.codecs.codec2:Codec2Codec",
    "transformers-mimi": "harness.codecs.transformers_mimi.codec:TransformersMimiCodec",
    "rustymimi": "harness.codecs.rustymimi:RustyMimiCodec",
    "dac": "harness.codecs.dac:DacCodec",
    "encodec": "harness.codecs.encodec:EncodecCodec",
    "snac": "harness.codecs.snac:SnacCodec",
    "command": "harness.codecs.command.codec:CommandCodec",
    "server": "harness.codecs.server.codec:ServerCodec",
}

HARMLESS = BUILT_IN.keys() - {"command"}  # that run nothing of others, whoever names them

EXTRAS = {"mini": "mimi"}  # of this package, for the built-in adapters that are not called as theirs is


def adapters() -> dict[str, str]:
    """Return every known adapter, short name to `package.module:Class`: built-in ones and those of other packages."""
    found = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    return found | BUILT_IN


def load(adapter: str, options: dict[str, Any] | None = None) -> Codec:
    """
    Make the codec named *adapter* (a short name or `package.module:Class`) with *options*, none if left out.

    Raises `CodecUnavailable` if it cannot be found, imported or made, or declares what cannot be, `MissingExtra` if one
    of ours lacks a package, and `SuiteInvalid` if it takes no such options.
    """
    codec: Codec = load_sealed(adapter, options or {}).inner
    return codec


def load_sealed(adapter: str, options: dict[str, Any]) -> SealedCodec:
    """Make a codec, as `load` does, sealed off for use by the harness."""
    known = adapters()
    target = known.get(adapter, adapter)
    module_name, _, class_name = target.partition(":")
    if not class_name:
        raise CodecUnknown(
            f"codec adapter {adapter!r} is unknown; {meant(adapter, known)}wanted one of {', '.join(sorted(known))}, "
            "or package.module:Class"
        )
    if module_name.partition(".")[0] in STANDARD:  # what it does when it is imported or called is not for a suite
        raise CodecUnavailable(
            f"codec adapter {adapter!r}: {module_name} is a module of Python's own, which has no codec; "
            f"wanted one of {', '.join(sorted(known))}, or package.module:Class"
        )
    module = _foreign(adapter, "importing it", lambda: _imported(adapter, module_name))
    factory = _foreign(adapter, "importing it", lambda: getattr(module, class_name, None))
    if not callable(factory):
        raise CodecUnknown(f"codec adapter {adapter!r}: module {module_name} has no class {class_name}")
    _foreign(adapter, "looking at it", lambda: _check_makes_codecs(adapter, factory))
    _foreign(adapter, "making it", lambda: _check_options(adapter, factory, options), ours=True)
    codec = _foreign(adapter, "making it", lambda: factory(**options), ours=module_name.startswith("harness."))
    return _foreign(adapter, "asking what it is", lambda: sealed(codec, f"codec adapter {adapter!r}"))


def _imported(adapter: str, module: str) -> Any:
    try:
        with for_good():
            return importlib.import_module(module)
    except ImportError as error:
        how = f"install what it needs: pip install 'codec-harness[{EXTRAS.get(adapter, adapter)}]'"
        if adapter not in BUILT_IN:
            how = "go to the folder that has the module, add that to PYTHONPATH, or install what it needs"
        kind = MissingExtra if adapter in BUILT_IN else CodecUnavailable
        raise kind(f"codec adapter {adapter!r} cannot be imported ({said_by(error)}); {how}") from None


def _foreign(adapter: str, when: str, call: Callable[[], T], *, ours: bool = False) -> T:
    """
    Run what the author of an adapter wrote; an error that the harness knows stays what it is.

    ours : the author is this package, which is believed if it says that the suite is wrong
    """
    try:
        return noted(f"{when} (codec adapter {adapter!r})", call)
    except HarnessError as error:
        if type(error) not in vars(errors).values():
            raise _unusable(adapter, when, error) from None
        if ours or not isinstance(error, SuiteInvalid | CodecUnknown):
            raise type(error)(said_by(error)) from None
        raise CodecUnavailable(f"codec adapter {adapter!r}: {said_by(error)}") from None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            raise
        raise _unusable(adapter, when, error) from None


def _check_makes_codecs(adapter: str, factory: Any) -> None:
    """
    Raise `CodecBroken` unless *factory* says that it makes codecs; it is not called to find out.

    A class says so by a method open() that needs no argument, and by an `info` that it has or that a method of it sets;
    a function by being declared to return such a class, or `Codec`.
    """
    if isinstance(factory, type):
        if not _opens(factory):
            raise CodecBroken(f"codec adapter {adapter!r}: there is no method open()")
        if not _tells_info(factory):
            raise CodecBroken(f"codec adapter {adapter!r}: `info` is missing, wanted a harness.CodecInfo")
        return
    try:
        returned = typing.get_type_hints(factory).get("return")
    except (TypeError, NameError, AttributeError):  # no function, or annotated with what is not there
        returned = None
    if not isinstance(returned, type) or not _opens(returned):
        raise CodecBroken(
            f"codec adapter {adapter!r}: is neither a class with a method open() nor a function that is declared to "
            "return one, as in `def make(...) -> harness.Codec:`"
        )


def _opens(kind: type) -> bool:
    method = getattr(kind, "open", None)
    if not callable(method):
        return False
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):
        return False
    bound = isinstance(inspect.getattr_static(kind, "open"), classmethod | staticmethod)
    own = parameters if bound else parameters[1:]
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in own)


def _tells_info(kind: type) -> bool:
    if hasattr(kind, "info") or hasattr(kind, "__getattr__"):
        return True
    parts = [part for base in kind.__mro__ for part in vars(base).values()]
    told = {name for base in kind.__mro__ for name in getattr(base, "__annotations__", ())}
    told |= {name for part in parts for name in getattr(getattr(part, "__code__", None), "co_names", ())}
    return "info" in told


def _unusable(adapter: str, when: str, error: BaseException) -> CodecBroken:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    said = noted(when, partial(told, error))
    return CodecBroken(f"codec adapter {adapter!r}: {when} raised {said}{place}")


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
