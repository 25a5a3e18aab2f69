"""Ways of damaging a file, and of writing something into it on purpose; all take their chance from a generator."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

HOSTILE_TEXTS = (
    "", " ", "/etc/passwd", "../../escaped", "a/../../b", "/dev/zero", "a" * 100_000, "\x1b]0;title\x07", "\x1b[31mred",
    "::error ::taken", "<script>alert(1)</script>", "]]>", "\u202ereversed", "\u2028", "\0", "\r\nsecond line", "nan",
    "subprocess:Popen", "os:system", "hf://nobody/nothing", "{{7*7}}", "%s%n", "-", "--help", "\u00e9" * 300, "COM1",
    ".", "\x9b31m", "\ufeff", "*", "[", "a\nb",
)  # fmt: skip
HOSTILE_JSON = (
    "NaN", "-Infinity", "1e999", "9" * 4301, "9223372036854775808", "-1", "0", "1e308", "true", "null", "{}", "[]",
    "[" * 2000 + "]" * 2000, '{"a":' * 200 + "1" + "}" * 200, '"\\ud800"', '"\\u0000"', '"\\u001b[31m"', "1.5", "[[]]",
)  # fmt: skip
HOSTILE_TOML = (
    "nan", "inf", "-inf", "9" * 4301, "0x" + "f" * 5000, "9223372036854775808", "-1", "0", "1e308", "true", "{}", "[]",
    "[" * 2000 + "]" * 2000, "1979-05-27", "07:32:00", "{a = {b = {c = 1}}}", '"\\u0000"', '"\\u001b]0;x\\u0007"',
    "[1, 'a']", ".".join(["a"] * 3000) + " = 1", "'''\n::error ::x\n'''", "1.5",
)  # fmt: skip

Mutator = Callable[[random.Random, bytes], bytes]


def flipped(chance: random.Random, data: bytes) -> bytes:
    """Flip one to eight bits."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8) if found else 0):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def cut(chance: random.Random, data: bytes) -> bytes:
    """Keep a part from the beginning, or leave a part out."""
    start = chance.randint(0, len(data))
    return data[:start] if chance.random() < 0.5 else data[:start] + data[chance.randint(start, len(data)) :]


def inserted(chance: random.Random, data: bytes) -> bytes:
    """Put bytes in: random ones, marks of order, NUL, or a mark of another kind of file."""
    at = chance.randint(0, len(data))
    piece = chance.choice(
        [chance.randbytes(chance.randint(1, 64)), b"\0" * 16, b"\xff" * 16, b"\xff\xfe", b"\xef\xbb\xbf", b"fLaC",
         b"RIFF", b"OggS", b"\x80\x04\x95", b"PK\x03\x04", b"<<<<<<< HEAD\n", b"\r", b"\x1b[2J"]
    )  # fmt: skip
    return data[:at] + piece + data[at:]


def repeated(chance: random.Random, data: bytes) -> bytes:
    """Repeat a block a few times."""
    start = chance.randint(0, len(data))
    block = data[start : start + chance.choice([1, 16, 256, 4096])]
    return data[:start] + block * chance.randint(2, 50) + data[start:]


def swapped(chance: random.Random, data: bytes) -> bytes:
    """Exchange two words, numbers or signs, or write one over another."""
    places = [found.span() for found in re.finditer(rb"\w+|[^\w\s]", data[:200_000])]
    if len(places) < 2:
        return flipped(chance, data)
    (one, two), (three, four) = sorted(chance.sample(places, 2))
    first = data[three:four]
    second = data[one:two] if chance.random() < 0.5 else first
    return data[:one] + first + data[two:three] + second + data[four:]


def hostile_text(chance: random.Random, data: bytes) -> bytes:
    """Write hostile text in the place of a word, or of a line."""
    places = [found.span() for found in re.finditer(rb"[^\n]+|\w+" if chance.random() < 0.3 else rb"\w+", data)]
    text = chance.choice(HOSTILE_TEXTS).encode("utf-8")
    if not places:
        return text
    start, stop = chance.choice(places)
    return data[:start] + text + data[stop:]


def hostile_toml(chance: random.Random, data: bytes) -> bytes:
    """Give a key of TOML another value, written twice in some cases."""
    lines = data.decode("utf-8", errors="replace").split("\n")
    keyed = [number for number, line in enumerate(lines) if "=" in line]
    if not keyed:
        return hostile_text(chance, data)
    number = chance.choice(keyed)
    key = lines[number].partition("=")[0]
    value = chance.choice([*HOSTILE_TOML, *(json.dumps(text) for text in HOSTILE_TEXTS)])
    lines[number : number + chance.randint(0, 1)] = [f"{key}= {value}"]
    return "\n".join(lines).encode()


def hostile_json(chance: random.Random, data: bytes) -> bytes:
    """Write something else at a random place of JSON: a value, a name, nothing at all."""
    try:
        content = json.loads(data)
    except ValueError:
        return hostile_text(chance, data)
    places = list(_places(content))
    if not places:
        return chance.choice(HOSTILE_JSON).encode()
    holder, key = chance.choice(places)
    mark = "the place of something hostile"
    if chance.random() < 0.15 and isinstance(holder, dict):
        del holder[key]
    elif chance.random() < 0.15 and isinstance(holder, dict):
        holder[chance.choice(HOSTILE_TEXTS)] = holder.pop(key)
    else:
        holder[key] = mark if chance.random() < 0.5 else chance.choice(HOSTILE_TEXTS)
    return json.dumps(content).replace(json.dumps(mark), chance.choice(HOSTILE_JSON)).encode()


def _places(content: Any) -> Any:
    keys = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield content, key
        yield from _places(content[key])


BYTES: tuple[Mutator, ...] = (flipped, cut, inserted, repeated)
TEXT: tuple[Mutator, ...] = (*BYTES, swapped, hostile_text, hostile_text)
TOML: tuple[Mutator, ...] = (*TEXT, hostile_toml, hostile_toml, hostile_toml, hostile_toml)
JSON: tuple[Mutator, ...] = (*TEXT, hostile_json, hostile_json, hostile_json, hostile_json)
