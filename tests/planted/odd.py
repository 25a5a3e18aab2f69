"""
Odd adapters, as a table: `pcm` with one thing wrong, named `planted.odd:Odd` with the option `how`.

Each row says what is wrong and what the failed cell must say (a pattern). `ODD` fail in every setup that reaches the
fault; `HANGING` and `DEADLY` take the process along; `HARMLESS` are odd and must not be accused.
"""

import ctypes
import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.codecs.pcm import PcmCodec, PcmInstance
from harness.codecs.protocol import CodecInfo
from harness.errors import CodecFailed, SuiteInvalid


@dataclass(frozen=True)
class Row:
    """
    *make* returns the codec; *wanted* is what a failed cell of it says; *only* is the topology that reaches it.

    two : it is seen only where one process describes the codec and another runs it; which do is chance
    """

    make: Callable[[], Any]
    wanted: str
    only: str = "shared"
    two: bool = False


class Base(PcmCodec):
    """`pcm`, with instances of the class *instance*."""

    instance: Any = PcmInstance

    def open(self) -> Any:
        return self.instance(self.info)


def returning(method: str, change: Callable[[Any], Any]) -> Callable[[], Any]:
    """Return a maker of a codec whose *method* returns what *change* makes of the right thing."""

    def made(self: Any, *given: Any) -> Any:
        return change(getattr(PcmInstance, method)(self, *given))

    def clone(self: Any) -> Any:
        return type(self)(self._info)

    instance = type("Instance", (PcmInstance,), {"clone": clone, method: made})
    return type("Codec", (Base,), {"instance": instance})


def doing(method: str, deed: Callable[[], Any]) -> Callable[[], Any]:
    """Return a maker of a codec whose *method* does *deed* and returns what that does."""
    return returning(method, lambda _: deed())


def raising(method: str, error: Callable[[], BaseException]) -> Callable[[], Any]:
    """Return a maker of a codec whose *method* raises."""

    def fail() -> None:
        raise error()

    return doing(method, fail)


def declaring(**changes: Any) -> Callable[[], Any]:
    """Return a maker of a codec that declares something else."""

    def make() -> Any:
        codec = Base()
        codec.info = dataclasses.replace(codec.info, **changes)
        return codec

    return make


def made_by(deed: Callable[[], Any]) -> Callable[[], Any]:
    """Return a maker that is a deed: what the constructor does."""
    return deed


def failing(error: Callable[[], BaseException]) -> Callable[[], Any]:
    """Return a maker that raises."""

    def make() -> Any:
        raise error()

    return make


def changed(codec: Any = None, **attributes: Any) -> Callable[[], Any]:
    """Return a maker of a codec with other *attributes* on its class."""
    return type("Codec", (codec or Base,), attributes)


class Odd:
    """The adapter: `how` is a row of one of the tables. It looks like a codec, as it must before it is made."""

    info: Any = PcmCodec().info

    def open(self) -> Any:
        """Return nothing: what is made is of another class."""

    def __new__(cls, how: str) -> Any:
        return (ODD | HANGING | DEADLY | HARMLESS)[how].make()


# What codecs return that is no plain array.


class NeedsGrad:
    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


class ArrayOfNothing:
    def __array__(self, *_: Any, **__: Any) -> Any:
        return None


class ArrayThatLeaves:
    def __array__(self, *_: Any, **__: Any) -> Any:
        sys.exit(0)


class Endless:
    def __len__(self) -> int:
        return 2**40

    def __getitem__(self, at: int) -> Any:
        raise ValueError("there is no such sample")


class Sub(np.ndarray):
    """An array whose own methods are broken."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("shape", "dtype", "copy", "astype", "tobytes", "min", "max", "size"):
            raise TypeError(f"no {name} today")
        return super().__getattribute__(name)


class NoClass:
    @property
    def __class__(self) -> Any:
        raise RuntimeError("no class")

    @__class__.setter
    def __class__(self, value: Any) -> None: ...


# What they raise.


class StrRaises(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even that")

    __repr__ = __str__


class StrLeaves(Exception):
    def __str__(self) -> str:
        sys.exit(0)


class StrIsNoText(Exception):
    def __str__(self) -> Any:
        return 7


class EvilText(str):
    """A text whose methods are broken."""

    __slots__ = ()

    def _broken(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no such method")

    encode = split = strip = replace = __getitem__ = __len__ = __iter__ = __format__ = __str__ = _broken


class StrIsEvil(Exception):
    def __str__(self) -> str:
        return EvilText("evil")


class TwoArguments(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__()
        self.one, self.two = one, two


class Unpicklable(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()

    def __reduce__(self) -> Any:
        raise TypeError("cannot be pickled")


class NamelessKind(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("this class has no name")


class Nameless(Exception, metaclass=NamelessKind): ...


class Shapeless(CodecFailed):
    """An error of the harness's own, made badly."""

    def __init__(self, one: int, two: int) -> None:
        Exception.__init__(self)
        self.one, self.two = one, two

    def __str__(self) -> str:
        raise RuntimeError("not even that")


def local() -> BaseException:
    class Local(Exception): ...

    return Local("a class of its own")


def chained() -> BaseException:
    error = ValueError("the last of them")
    error.__cause__ = StrRaises()
    error.__context__ = error
    return error


def deep() -> Any:
    return deep()


def grouped() -> BaseException:
    return BaseExceptionGroup("several", [KeyboardInterrupt(), StrRaises()])


# How they describe themselves.


class InfoRaises(Base):
    def __init__(self) -> None: ...

    @property
    def info(self) -> Any:  # type: ignore[override]
        raise RuntimeError("no idea")


class InfoChanges(Base):
    def __init__(self) -> None:
        self.calls = 0

    @property
    def info(self) -> Any:  # type: ignore[override]
        self.calls += 1
        return dataclasses.replace(PcmCodec().info, delay=self.calls)


class InfoChangesLater(Base):
    """Declares something else as soon as an instance was opened."""

    def open(self) -> Any:
        self.info = dataclasses.replace(self.info, delay=320)
        return super().open()


class InfoOfTheProcess(Base):
    """Declares something else in every process."""

    def __init__(self) -> None:
        super().__init__()
        self.info = dataclasses.replace(self.info, fingerprint=f"made by process {os.getpid()}")


class InfoWithProperties(CodecInfo):
    @property
    def frame_size(self) -> int:
        raise RuntimeError("it depends")

    @frame_size.setter
    def frame_size(self, value: int) -> None: ...


def sub_info() -> Any:
    codec = Base()
    codec.info = InfoWithProperties(**vars(codec.info))
    return codec


class Anything:
    """Has every attribute there is."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


class NoAttributes(Base):
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


class ReprRaises:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class MapRaises(Mapping):
    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("no items")

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no keys")

    def __len__(self) -> int:
        return 1


class RaisesOnce(Base):
    """The first instance that decodes fails, and no later one."""


class IntText(int):
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __format__ = __repr__  # type: ignore[assignment]


INFO = PcmCodec().info
PCM = np.zeros(320, np.float32)

ODD: dict[str, Row] = {
    # returned by encode
    "needs-grad": Row(doing("encode", NeedsGrad), "encode of frames 0 to 0 raised RuntimeError: Can't call numpy"),
    "ragged": Row(doing("encode", lambda: [[1], [2, 3]]), "encode of frames 0 to 0 raised ValueError"),
    "array-of-nothing": Row(doing("encode", ArrayOfNothing), "encode of frames 0 to 0 raised"),
    "array-leaves": Row(doing("encode", ArrayThatLeaves), "encode of frames 0 to 0 raised SystemExit: 0"),
    "codes-none": Row(doing("encode", lambda: None), "encode of frames 0 to 0 returned codes of type object"),
    "codes-bool": Row(returning("encode", lambda c: c > 0), "returned codes of type bool, wanted integers"),
    "codes-float": Row(returning("encode", lambda c: c * 1.0), "returned codes of type float64, wanted integers"),
    "codes-object": Row(returning("encode", lambda c: c.astype(object)), "returned codes of type object"),
    "codes-text": Row(returning("encode", lambda c: c.astype(str)), "returned codes of type <U"),
    "codes-masked": Row(returning("encode", np.ma.masked_array), "returned codes as a masked array"),
    "codes-dates": Row(returning("encode", lambda c: c.astype("datetime64[s]")), "returned codes of type datetime64"),
    "codes-turned": Row(returning("encode", lambda c: c.T), r"returned codes of shape \(1, 320\)"),
    "codes-negative": Row(returning("encode", lambda c: c * 0 - 2), "returned codes from -2 to -2"),
    "codes-huge": Row(returning("encode", lambda c: c * 0 + 2**62), "returned codes from 4611686018427387904"),
    "codes-unsigned": Row(
        returning("encode", lambda c: c.astype(np.uint64) * 0 + np.uint64(2**64 - 1)), "returned codes from 1844674"
    ),
    "codes-terabytes": Row(
        doing("encode", lambda: np.broadcast_to(np.int64(1), (320, 2**40))), r"shape \(320, 1099511627776\)"
    ),
    "codes-generator": Row(doing("encode", lambda: (i for i in range(3))), "returned codes of type object"),
    "codes-fields": Row(doing("encode", lambda: np.zeros((320, 1), [("a", "i4")])), r"returned codes of type \[\('a'"),
    "codes-endless": Row(doing("encode", Endless), "encode of frames 0 to 0 raised"),
    "codes-no-class": Row(doing("encode", NoClass), "encode of frames 0 to 0 raised RuntimeError: no class"),
    "codes-themselves": Row(doing("encode", lambda: Anything()), "encode of frames 0 to 0"),
    # returned by decode
    "pcm-complex": Row(returning("decode", lambda p: p * 1j), "decode of frames 0 to 0 returned PCM of type complex64"),
    "pcm-bool": Row(returning("decode", lambda p: p > 0), "returned PCM of type bool, wanted float32"),
    "pcm-text": Row(returning("decode", lambda p: p.astype(str)), "returned PCM of type <U32"),
    "pcm-bytes": Row(returning("decode", lambda p: p.tobytes()), r"returned PCM of type \|S"),
    "pcm-masked": Row(returning("decode", np.ma.masked_array), "returned PCM as a masked array"),
    "pcm-object": Row(returning("decode", lambda p: p.astype(object)), "returned PCM of type object"),
    "pcm-nan": Row(returning("decode", lambda p: p * np.nan), "NaN or infinite samples, the first in frame 0"),
    "pcm-beyond-float32": Row(returning("decode", lambda p: p * 0.0 + 1e300 * np.ones(320)), "NaN or infinite samples"),
    "pcm-stereo": Row(returning("decode", lambda p: np.stack([p, p])), r"returned PCM of shape \(2, 320\)"),
    "pcm-number": Row(doing("decode", lambda: 0.5), r"returned PCM of shape \(\)"),
    "pcm-empty": Row(doing("decode", list), r"returned PCM of shape \(0,\)"),
    "pcm-dict": Row(doing("decode", dict), "returned PCM of type object"),
    # raised
    "str-raises": Row(raising("decode", StrRaises), r"raised StrRaises: \(its message cannot be read\)"),
    "str-leaves": Row(raising("decode", StrLeaves), r"raised StrLeaves: \(its message cannot be read\)"),
    "str-no-text": Row(raising("decode", StrIsNoText), r"raised StrIsNoText: \(its message cannot be read\)"),
    "str-evil": Row(raising("decode", StrIsEvil), "raised StrIsEvil: evil"),
    "surrogates": Row(raising("decode", lambda: ValueError("half \udc80 of it")), r"ValueError: half \\udc80 of it"),
    "megabytes": Row(raising("decode", lambda: ValueError("x" * 10**7)), r"ValueError: x{400,500}\.\.\.$"),
    "lines": Row(raising("decode", lambda: ValueError("one\ntwo\r\n\tthree")), "ValueError: one two three$"),
    "two-arguments": Row(raising("decode", lambda: TwoArguments(1, 2)), "raised TwoArguments"),
    "unpicklable": Row(raising("decode", lambda: Unpicklable("locked")), "raised Unpicklable: locked"),
    "local-class": Row(raising("decode", local), "raised Local: a class of its own"),
    "nameless": Row(raising("decode", Nameless), "raised Nameless"),
    "chained": Row(raising("decode", chained), "raised ValueError: the last of them"),
    "group": Row(raising("decode", grouped), "raised BaseExceptionGroup: several"),
    "interrupt": Row(raising("decode", KeyboardInterrupt), "raised KeyboardInterrupt"),
    "generator-exit": Row(raising("decode", GeneratorExit), "raised GeneratorExit"),
    "memory": Row(raising("decode", MemoryError), "raised MemoryError"),
    "stop-iteration": Row(raising("decode", StopIteration), "raised StopIteration"),
    "stop-async": Row(raising("decode", StopAsyncIteration), "raised StopAsyncIteration"),
    "timeout": Row(raising("decode", TimeoutError), "raised TimeoutError"),
    "leaves": Row(doing("decode", lambda: sys.exit("bye")), "raised SystemExit: bye"),
    "leaves-oddly": Row(raising("decode", lambda: SystemExit(StrRaises())), "raised SystemExit: "),
    "recursion": Row(doing("decode", deep), "raised RecursionError"),
    "own-error-made-badly": Row(
        raising("decode", lambda: Shapeless(1, 2)), r"decode of frames 0 to 0: \(its message cannot be read\)"
    ),
    "assertion": Row(raising("decode", AssertionError), "raised AssertionError"),
    # the constructor, and what it makes
    "made-interrupt": Row(failing(KeyboardInterrupt), "making it raised KeyboardInterrupt"),
    "made-leaves": Row(failing(lambda: SystemExit(0)), "making it raised SystemExit: 0"),
    "made-generator-exit": Row(failing(GeneratorExit), "making it raised GeneratorExit"),
    "made-memory": Row(failing(MemoryError), "making it raised MemoryError"),
    "made-str-raises": Row(failing(StrRaises), r"making it raised StrRaises: \(its message cannot be read\)"),
    "made-unpicklable": Row(failing(lambda: Unpicklable("locked")), "making it raised Unpicklable: locked"),
    "made-badly": Row(failing(lambda: Shapeless(1, 2)), "making it raised Shapeless"),
    "made-suite-invalid": Row(failing(lambda: SuiteInvalid("not mine")), "codec adapter 'planted.odd:Odd': not mine"),
    "makes-none": Row(made_by(lambda: None), "`info` is missing"),
    "makes-number": Row(made_by(lambda: 7), "`info` is missing"),
    "makes-class": Row(made_by(lambda: Base), "`info` is missing"),
    "makes-anything": Row(made_by(Anything), "`info` is of type Anything"),
    "no-attributes": Row(made_by(NoAttributes), "raised RuntimeError: no info"),
    "no-class": Row(made_by(NoClass), "`info` is missing"),
    # what it declares
    "info-raises": Row(made_by(InfoRaises), "raised RuntimeError: no idea"),
    "info-changes": Row(made_by(InfoChanges), "info.delay is 1, and then 2; wanted one value"),
    "info-changes-later": Row(made_by(InfoChangesLater), "info.delay is 0, and then 320; wanted one value"),
    "info-of-the-process": Row(
        made_by(InfoOfTheProcess), "in two processes, info.fingerprint is 'made by process", two=True
    ),
    "info-sub": Row(made_by(sub_info), "raised RuntimeError: it depends"),
    "info-dict": Row(changed(info=property(lambda _: vars(INFO), lambda *_: None)), "`info` is of type dict"),
    "delay-none": Row(declaring(delay=None), "info.delay is None, wanted a whole number"),
    "delay-negative": Row(declaring(delay=-1), "info.delay is -1, wanted a whole number"),
    "delay-huge": Row(declaring(delay=10**12), "info.delay is 1000000000000, wanted samples of no more than 60 s"),
    "delay-float": Row(declaring(delay=1.5), r"info.delay is 1\.5, wanted a whole number"),
    "delay-yes": Row(declaring(delay=True), "info.delay is True, wanted a whole number"),
    "tolerance-inf": Row(declaring(tolerance=float("inf")), "info.tolerance is inf, wanted"),
    "tolerance-nan": Row(declaring(tolerance=float("nan")), "info.tolerance is nan, wanted"),
    "tolerance-huge": Row(declaring(tolerance=1e9), "info.tolerance is 1000000000.0, wanted"),
    "tolerance-negative": Row(declaring(tolerance=-1e-6), "info.tolerance is -1e-06, wanted"),
    "tolerance-text": Row(declaring(tolerance="0.1"), r"info.tolerance is '0\.1', wanted"),
    "tolerance-array": Row(declaring(tolerance=np.zeros(3)), "info.tolerance is array"),
    "tolerance-beyond-float": Row(declaring(tolerance=10**400), "info.tolerance is 1000"),
    "rate-1": Row(declaring(sample_rate=1), "info.sample_rate is 1, wanted"),
    "rate-huge": Row(declaring(sample_rate=10**9), "info.sample_rate is 1000000000, wanted"),
    "rate-float": Row(declaring(sample_rate=16_000.0), r"info.sample_rate is 16000\.0, wanted"),
    "rate-text": Row(declaring(sample_rate="16000"), "info.sample_rate is '16000', wanted"),
    "rate-no-repr": Row(declaring(sample_rate=ReprRaises()), r"is a value whose repr\(\) raises RuntimeError, wanted"),
    "rate-evil": Row(declaring(sample_rate=IntText(3)), r"is a value whose repr\(\) raises RuntimeError, wanted"),
    "frame-0": Row(declaring(frame_size=0), "info.frame_size is 0, wanted"),
    "frame-huge": Row(declaring(frame_size=10**9), "info.frame_size is 1000000000, wanted samples of no more than"),
    "books-huge": Row(declaring(codebooks=10**9), "info.codebooks is 1000000000, wanted no more than 8 codes a sample"),
    "bins-0": Row(declaring(bins=0), "info.bins is 0, wanted"),
    "bins-endless": Row(declaring(bins=2**70), "info.bins is 1180591620717411303424, wanted"),
    "bins-digits": Row(declaring(bins=10**5000), "info.bins is a value whose repr"),
    "stateful-text": Row(declaring(stateful="no"), "info.stateful is 'no', wanted True or False"),
    "context-negative": Row(declaring(context=-1), "info.context is -1, wanted"),
    "context-text": Row(declaring(context="all"), "info.context is 'all', wanted"),
    "fingerprint-none": Row(declaring(fingerprint=None), "info.fingerprint is None, wanted a text"),
    "fingerprint-bytes": Row(declaring(fingerprint=b"x"), "info.fingerprint is b'x', wanted a text"),
    "fingerprint-surrogate": Row(declaring(fingerprint="\udc80"), r"info.fingerprint is '\\udc80', wanted a text"),
    "fingerprint-megabytes": Row(declaring(fingerprint="x" * 10**7), r"info.fingerprint is 'x+\.\.\., wanted a text"),
    "name-none": Row(declaring(name=None), "info.name is None, wanted a name"),
    "name-empty": Row(declaring(name=""), "info.name is '', wanted a name"),
    "gain-text": Row(declaring(gain_db="loud"), "info.gain_db is 'loud', wanted a level in dB"),
    "gain-huge": Row(declaring(gain_db=1e300), "info.gain_db is 1e\\+300, wanted a level in dB"),
    "excuses-list": Row(changed(promises_not=["all"]), "promises_not is no dict"),
    "excuses-numbers": Row(changed(promises_not={1: 2}), "promises_not holds what is no text"),
    "excuses-raise": Row(changed(promises_not=MapRaises()), "raised RuntimeError: no "),
    # instances
    "open-missing": Row(changed(open=None), r"there is no method open\(\)"),
    "open-none": Row(changed(open=lambda _: None), r"open returned a value of type NoneType, .* no method encode\(\)"),
    "open-arguments": Row(changed(open=lambda _, rate: rate), "open raised TypeError"),
    "open-raises": Row(changed(open=lambda _: dict[str, object]()["instance"]), "open raised KeyError: 'instance'"),
    "open-anything": Row(changed(open=lambda _: Anything()), "encode of frames 0 to 0"),
    "network-raises": Row(
        changed(instance=type("I", (PcmInstance,), {"network": property(lambda _: 1 / 0)})), "open raised ZeroDivision"
    ),
    "clone-none": Row(doing("clone", lambda: None), "clone returned a value of type NoneType", "cloned-decoder"),
    "clone-raises": Row(raising("clone", StrRaises), r"clone raised StrRaises: \(its", "cloned-decoder"),
    "clone-class": Row(doing("clone", lambda: PcmInstance), "raised TypeError", "cloned-decoder"),
    "reset-raises": Row(raising("reset", GeneratorExit), r"reset\(encoder\) raised GeneratorExit", "reset-at-start"),
    "reset-leaves": Row(doing("reset", lambda: sys.exit(1)), r"reset\(encoder\) raised SystemExit", "reset-at-start"),
    "no-reset": Row(
        changed(instance=type("I", (PcmInstance,), {"reset": None})), r"reset\(encoder\) raised TypeError",
        "reset-at-start",
    ),
    "no-copy": Row(
        changed(instance=type("I", (PcmInstance,), {"__reduce_ex__": lambda *_: 1 / 0})), "raised ZeroDivisionError",
        "aliased-clone",
    ),
    "offline-raises": Row(
        changed(encode_offline=lambda *_: 1 / 0, decode_offline=lambda *_: 1 / 0), "raised ZeroDivisionError", "offline"
    ),
    "offline-none": Row(
        changed(encode_offline=lambda *_: None, decode_offline=lambda *_: None), "returned codes of type object",
        "offline",
    ),
    "batch-none": Row(changed(open_batch=lambda *_: None), "raised AttributeError", "batched-2"),
    "batch-few": Row(
        changed(open_batch=lambda self, _: self.open()), "encode of frames 0 to 0", "batched-2",
    ),
}  # fmt: skip


def stuck() -> None:
    time.sleep(3600)


def locked() -> None:
    """Hang with the interpreter's lock held, as native code can."""
    ctypes.PyDLL(None).sleep(3600)


def stopped() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


class NeverSays(Exception):
    def __str__(self) -> str:
        time.sleep(3600)
        return ""


class NeverAnArray:
    def __array__(self, *_: Any, **__: Any) -> Any:
        time.sleep(3600)


HANGING: dict[str, Row] = {
    "decode-hangs": Row(doing("decode", stuck), "did not return from decode of frames 0 to 0 within"),
    "encode-hangs-locked": Row(doing("encode", locked), "did not return from encode of frames 0 to 0 within"),
    "making-hangs": Row(made_by(stuck), "did not return from making it"),
    "reset-hangs": Row(doing("reset", stuck), r"did not return from reset\(encoder\) within", "reset-at-start"),
    "message-hangs": Row(raising("decode", NeverSays), "did not return from decode of frames 0 to 0 within"),
    "array-hangs": Row(doing("decode", NeverAnArray), "did not return from decode of frames 0 to 0 within"),
    "stopped": Row(doing("decode", stopped), "did not return from decode of frames 0 to 0 within"),
}


def breaks_numpy(pcm: Any) -> Any:
    """Break what the harness itself uses of NumPy to look at the next codes."""
    vars(np)["maximum"] = None
    return pcm


DEADLY: dict[str, Row] = {
    "breaks-numpy": Row(returning("decode", breaks_numpy), "could not measure what the codec did"),
    "segfault": Row(doing("decode", lambda: ctypes.string_at(0)), r"died: .*SIGSEGV.* in decode of frames 0 to 0"),
    "abort": Row(doing("encode", os.abort), r"died: .*SIGABRT.* in encode of frames 0 to 0"),
    "exit": Row(doing("clone", lambda: os._exit(0)), "died: .* in clone", "cloned-decoder"),
    "killed": Row(doing("decode", lambda: os.kill(os.getpid(), signal.SIGKILL)), r"died: .*SIGKILL.* in decode"),
    "made-segfault": Row(made_by(lambda: ctypes.string_at(0)), r"died: .*SIGSEGV.* in making it"),
}


def sets_errors() -> Any:
    np.seterr(all="raise")
    return Base()


def leaves_a_thread() -> Any:
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return Base()


HARMLESS: dict[str, Row] = {
    "leaves-a-thread": Row(made_by(leaves_a_thread), ""),
    "lists": Row(returning("decode", lambda p: p.tolist()), ""),
    "float64": Row(returning("decode", lambda p: p.astype(np.float64)), ""),
    "codes-as-lists": Row(returning("encode", lambda c: c.tolist()), ""),
    "codes-uint32": Row(returning("encode", lambda c: c.astype(np.uint32)), ""),
    "sub-array": Row(returning("decode", lambda p: p.view(Sub)), ""),
    "read-only": Row(returning("decode", lambda p: np.frombuffer(p.tobytes(), np.float32)), ""),
    "state-nonsense": Row(doing("state", lambda: 7), ""),
    "sets-errors": Row(made_by(sets_errors), ""),
    "numpy-numbers": Row(
        declaring(sample_rate=np.int64(16_000), tolerance=np.float32(0), stateful=np.bool_(False)), ""
    ),
    "says-much": Row(declaring(description="x" * 2_000), ""),
}
