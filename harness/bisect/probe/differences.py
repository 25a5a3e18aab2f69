"""
What differs between two setups, as dotted factors, and setups made of some of those differences.

Two setups differ in factors such as `topology.decoder.reset`, `path.resampler` or `codec.bitrate`. Where the adapters
differ, `codec` is a factor too. If both are given options of the same names, as two versions of one adapter are, each
option is a factor beside it; else options of one mean nothing to the other, and the codecs differ in `codec` alone,
options and all.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from harness.codecs.spec import CodecSpec, same_value
from harness.errors import SuiteInvalid
from harness.files.places import portable_data
from harness.record import Scalar
from harness.topology.setup import Configuration

WHOLE_CODEC = "codec"
CODES_FROM = "codec.codes_from"  # the codec that makes the codes of a decoder alone: one factor, options and all


@dataclass(frozen=True)
class Difference:
    """One factor and its value at the good and at the bad end; of `codec` the adapter, with options that go with it."""

    factor: str
    good: Scalar
    bad: Scalar


def differences(good: Configuration, bad: Configuration) -> tuple[Difference, ...]:
    """Return the factors in which the two differ, the codec's last."""
    found = []
    one, other = good.factors(), bad.factors()
    found += [Difference(name, one[name], other[name]) for name in one if one[name] != other[name]]
    if _apart(good.codec, bad.codec):
        found.append(Difference(WHOLE_CODEC, _described(good.codec), _described(bad.codec)))
        return tuple(found)
    files = good.codec.other_module(bad.codec)
    if files is not None and not good.codec.same_code(bad.codec):
        sides = (f"{one.codec.adapter} of {file}" for one, file in zip((good, bad), files, strict=True))
        found.append(Difference(WHOLE_CODEC, *sides))
    elif good.codec.adapter != bad.codec.adapter:
        found.append(Difference(WHOLE_CODEC, good.codec.adapter, bad.codec.adapter))
    one_maker, other_maker = (_maker(each.codec) for each in (good, bad))
    if one_maker != other_maker:
        found.append(Difference(CODES_FROM, one_maker, other_maker))
    for name in sorted({*good.codec.options, *bad.codec.options}):
        values = good.codec.options.get(name), bad.codec.options.get(name)
        if not same_value(*values):
            told = (portable_data({name: value})[name] for value in values)
            found.append(Difference(f"{WHOLE_CODEC}.{name}", *map(scalar, told)))
    return tuple(found)


def _apart(good: CodecSpec, bad: CodecSpec) -> bool:
    """Return whether options of one mean nothing to the other."""
    return good.adapter != bad.adapter and set(good.options) != set(bad.options)


def _described(codec: CodecSpec) -> str:
    return f"{codec.adapter} {json.dumps(portable_data(codec.options), sort_keys=True)}"


def _maker(codec: CodecSpec) -> str | None:
    """Return the adapter and the options of what makes the codes of *codec*, a decoder alone; None if nothing does."""
    return None if codec.codes_from is None else _described(codec.codes_from)


def mixed(good: Configuration, bad: Configuration, factors: frozenset[str]) -> Configuration:
    """
    Return *good* with *factors* as *bad* has them.

    Raises `SuiteInvalid` with the reason if they cannot be combined.
    """
    flat, changed = good.factors(), bad.factors()
    flat |= {name: changed[name] for name in factors if name in changed}
    codec = bad.codec if WHOLE_CODEC in factors else good.codec
    rest = codec if _apart(good.codec, bad.codec) else good.codec
    options = dict(rest.options)
    for name in factors - {CODES_FROM}:
        option = name.removeprefix(f"{WHOLE_CODEC}.")
        if option == name:
            continue
        options.pop(option, None)
        if option in bad.codec.options:
            options[option] = bad.codec.options[option]
    makes = bad.codec.codes_from if CODES_FROM in factors else rest.codes_from
    return point_of(codec.model_copy(update={"options": options, "codes_from": makes}), flat)


def point_of(codec: CodecSpec, factors: dict[str, Any]) -> Configuration:
    """Return the point with these dotted factors, the others at their default; raise `SuiteInvalid` if impossible."""
    nested: dict[str, Any] = {}
    for dotted, value in factors.items():
        *folders, name = dotted.split(".")
        table = nested
        for folder in folders:
            table = table.setdefault(folder, {})
        table[name] = value
    codebooks = nested.get("wire", {}).get("codebooks")
    if isinstance(codebooks, str):  # as a factor it is text, since a factor's value is a scalar
        nested["wire"]["codebooks"] = tuple(int(part) for part in codebooks.split(",") if part)
    try:
        return Configuration(codec=codec, **nested)
    except (ValidationError, ValueError) as error:
        if not isinstance(error, ValidationError):
            raise SuiteInvalid(f"wire.codebooks: got {codebooks!r}, wanted numbers such as 1,0") from error
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SuiteInvalid(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error


def scalar(value: Any) -> Scalar:
    """Return *value* as a factor shows it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
