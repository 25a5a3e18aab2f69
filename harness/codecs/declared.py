"""
What a codec declares, made plain: each field of `CodecInfo` checked against what it can be, and copied.

Everything after this rests on these numbers: they are divided by, allocated by, compared with and hashed.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from harness.codecs.protocol import CodecInfo
from harness.errors import CodecBroken
from harness.runtime.text import kind_of, one_line, printable

SECONDS = 60  # the longest frame, delay and start-up
RATES = (1_000, 768_000)  # Hz
CODES = 8  # to a sample, at most, beyond the codebooks of a codec with short frames
BOOKS = 64
FILES = 1_000  # that a codec is made of
ROUNDING = 0.1  # full scale is 1: what differs by more was not rounded

Rule = tuple[Callable[[Any], Any], str]


def declared(codec: object, who: str) -> CodecInfo:
    """Return a plain copy of what *codec* declares; raise `CodecBroken`, for *who*, naming what is wrong."""
    info = getattr(codec, "info", None)
    if not isinstance(info, CodecInfo):
        got = "missing" if info is None else f"of type {kind_of(info)}"
        raise CodecBroken(f"{who}: `info` is {got}, wanted a harness.CodecInfo")
    found = {field.name: _checked(field.name, getattr(info, field.name), RULES[field.name], who) for field in FIELDS}
    plain = CodecInfo(**found)
    longest = SECONDS * plain.sample_rate
    for name, most, why in (
        ("frame_size", longest, f"samples of no more than {SECONDS} s"),
        ("delay", longest, f"samples of no more than {SECONDS} s"),
        ("start_up", longest, f"samples of no more than {SECONDS} s"),
        ("codebooks", BOOKS + CODES * plain.frame_size, f"no more than {CODES} codes a sample, and {BOOKS}"),
    ):
        if found[name] > most:
            raise CodecBroken(f"{who}: info.{name} is {found[name]}, wanted {why}")
    if plain.continuous != (plain.bins == 0):
        wanted = "0, since latent_tolerance says that codes are latents" if plain.continuous else "1 or more"
        raise CodecBroken(f"{who}: info.bins is {plain.bins}, wanted {wanted}")
    return plain


def _checked(name: str, value: object, rule: Rule, who: str) -> Any:
    make, wanted = rule
    try:
        return make(value)
    except (TypeError, ValueError, OverflowError):
        raise CodecBroken(f"{who}: info.{name} is {_shown(value)}, wanted {wanted}") from None


def _shown(value: object) -> str:
    try:
        return one_line(repr(value), 80)
    except Exception as error:  # noqa: BLE001 - repr() is foreign code
        return f"a value whose repr() raises {kind_of(error)}"


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def make(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError
        plain = int(value)
        if not least <= plain <= most:
            raise ValueError
        return plain

    return make


def _number(least: float, most: float) -> Callable[[Any], float]:
    def make(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise TypeError
        plain = float(value)
        if not least <= plain <= most:  # NaN is not
            raise ValueError
        return plain

    return make


def _text(least: int, most: int) -> Callable[[Any], str]:
    def make(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        plain = printable(str.encode(value, "utf-8").decode("utf-8"))  # refuses half of a pair, past its own methods
        if not least <= len(plain) <= most:
            raise ValueError
        return plain

    return make


def _hashes(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > FILES:
        raise TypeError
    name, digest = _text(1, 1_000), _text(64, 64)
    return {name(file): digest(sha256) for file, sha256 in dict(value).items()}


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError
    return bool(value)


def _or_none(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else make(value)


FIELDS = fields(CodecInfo)
LARGEST = 2**63 - 1
RULES: dict[str, Rule] = {
    "name": (_text(1, 200), "a name of 1 to 200 characters"),
    "sample_rate": (_whole(*RATES), f"a whole number of Hz from {RATES[0]} to {RATES[1]}"),
    "frame_size": (_whole(1, LARGEST), "a whole number of samples from 1 on"),
    "codebooks": (_whole(1, LARGEST), "a whole number from 1 on"),
    "bins": (_whole(0, LARGEST), "a whole number from 1 to 2**63 - 1, or 0 for latents"),
    "delay": (_whole(0, LARGEST), "a whole number of samples from 0 on"),
    "stateful": (_yes_or_no, "True or False"),
    "tolerance": (_number(0.0, ROUNDING), f"a difference of samples that rounding explains, 0 to {ROUNDING}"),
    "context": (_or_none(_whole(0, LARGEST)), "a whole number of frames from 0 on, or None"),
    "fingerprint": (_text(1, 10_000), "a text of 1 to 10000 characters"),
    "description": (_text(0, 2_000), "a text of no more than 2000 characters"),
    "loaded": (_hashes, f"the names of no more than {FILES} files, each with its SHA-256 in 64 digits"),
    "encodes": (_yes_or_no, "True, or False for a decoder alone"),
    "latent_tolerance": (_or_none(_number(0.0, 1e6)), "a difference of latents that rounding explains, or None"),
    "gain_db": (_or_none(_number(-200.0, 200.0)), "a level in dB, or None"),
    "start_up": (_whole(0, LARGEST), "a whole number of samples from 0 on"),
}
