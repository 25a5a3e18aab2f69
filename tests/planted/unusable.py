"""Adapters with the mistakes of a first attempt."""

from dataclasses import replace
from typing import ClassVar

from harness.codecs.loading import load

constant = 3


class Boom:
    def __init__(self) -> None:
        raise ValueError("boom")


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


class NoGain:
    info = replace(load("pcm", {}).info, gain_db=float("nan"))

    def open(self) -> None: ...
