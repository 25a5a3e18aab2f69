"""Adapters with the mistakes of a first attempt."""

from dataclasses import replace
from typing import ClassVar

from harness.codecs.loading import load
from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import Codec

constant = 3


class Boom:
    info: ClassVar = load("pcm", {}).info

    def __init__(self) -> None:
        raise ValueError("boom")

    def open(self) -> None: ...


class NoInfo:
    def open(self) -> None: ...


class Described:
    info: ClassVar = {"sample_rate": 16000}

    def open(self) -> None: ...


class NeverOpens:
    info = load("pcm", {}).info


class NoRate:
    info = replace(load("pcm", {}).info, sample_rate=0)

    def open(self) -> None: ...


class Recorder:
    """Takes note of being made, which must not happen to what is no codec."""

    made: ClassVar[list[str]] = []

    def __init__(self, how: str = "as a class") -> None:
        Recorder.made.append(how)

    def open(self, name: str) -> None: ...


class RecorderWithoutInfo(Recorder):
    def open(self) -> None: ...  # type: ignore[override]


def undeclared():
    Recorder.made.append("by a function")
    return load("pcm", {})


def text() -> str:
    Recorder.made.append("by a function that returns text")
    return ""


def declared(frame_ms: float = 20.0) -> Codec:
    return load("pcm", {"frame_ms": frame_ms})


def declared_by_class() -> PcmCodec:
    return PcmCodec()


class NoGain:
    info = replace(load("pcm", {}).info, gain_db=float("nan"))

    def open(self) -> None: ...
