"""
The first files of a project whose codec is to be gated: a suite, a GitHub workflow, and what version control ignores.

The templates lie beside this module; `docs/pytest.md` shows the same workflow. What exists already is never changed,
but for a line at the end of `.gitignore`.
"""

import json
import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any

from harness.errors import NotWritable, UsageInvalid
from harness.files import SUITE_SUFFIX

WORKFLOW = ".github/workflows/codec.yml"
IGNORED = "reports/"

HARMLESS = {  # topologies that a suite begins with, and the laws of `harness.check` that they rest on
    "shared": (),
    "separate": ("encode-leaves-decode", "decode-leaves-encode"),
    "cloned-decoder": ("clone-continues",),
    "handover": ("clone-continues",),
    "handover-late": ("clone-continues",),
    "cloned-encoder": ("clone-continues",),
    "handover-encoder": ("clone-continues",),
    "handover-encoder-late": ("clone-continues",),
    "neighbour": ("instances-separate",),
    "neighbour-of-clone": ("clone-continues", "clone-independent"),
    "neighbour-of-encoder-clone": ("clone-continues", "clone-independent"),
    "reuse-after-reset": ("reset-encoder", "reset-decoder"),
    "chunked-3": ("chunks",),
}

CONTROLS = ("reset-every-frame-decoder", "cross-talk")  # what a codec with state is broken by, as far as it is heard
SESSIONS = ("concurrent-4",)  # and what one behind a socket is asked beside, at once

NONE: Mapping[str, str] = MappingProxyType({})

_TEMPLATES = Path(__file__).parent


def suite_name(adapter: str, options: Mapping[str, Any]) -> str:
    """Return what a suite for *adapter* is called: after the program of a command, else the last part of the name."""
    last = re.split(r"[:.]", adapter)[-1]
    programs = [options[form] for form in ("serve", "roundtrip", "encode") if form in options]
    if adapter == "command" and programs and isinstance(programs[0], list) and programs[0]:
        words = [str(word) for word in programs[0]]
        last = Path(next((word for word in reversed(words) if Path(word).is_file()), words[0])).stem
    return plain_name(last)


def plain_name(text: str) -> str:
    """Return *text* as the name of a suite, a file and a table: small letters, digits, `-` and `_`."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-") or "codec"


def suite_text(
    name: str,
    adapter: str,
    options: Mapping[str, Any],
    *,
    stateful: bool,
    promises_not: Collection[str] = (),
    unheard: Mapping[str, str] = NONE,
) -> str:
    """
    Return a suite *name* for *adapter* with *options*.

    Known-bad controls are only for a codec that has state to lose, and what rests on a law that the codec declares not
    to promise is left out. A program that works on whole files is its own reference, in the topology `offline`.

    unheard : the verdicts of controls that were tried, and are no failures of this codec on this speech
    """
    whole = _whole_files(adapter, options)
    controls = [wiring for wiring in CONTROLS if stateful and not whole and wiring not in unheard]
    parts = ["files.toml"] if whole else ["streams.toml", *(["controls.toml"] if controls else [])]
    setups = "".join((_TEMPLATES / part).read_text(encoding="utf-8") for part in parts)
    setups = setups.replace("$controls", ", ".join(json.dumps(wiring) for wiring in controls))
    setups += "".join(
        f"\n# {wiring} is no expected failure here: tried when this suite was written, it was {verdict}\n"
        for wiring, verdict in unheard.items()
    )
    text = (_TEMPLATES / "suite.toml").read_text(encoding="utf-8").replace("$setups", setups)
    lines = "".join(f"{_key(key)} = {_toml(key, value)}\n" for key, value in options.items())
    harmless = [wiring for wiring, laws in HARMLESS.items() if not set(laws) & set(promises_not)]
    wirings = [*harmless, *(SESSIONS if adapter == "server" else ())]
    topologies = "".join(f"  {json.dumps(wiring)},\n" for wiring in wirings)
    return Template(text).substitute(name=name, adapter=json.dumps(adapter), options=lines, topologies=topologies)


def check_command(adapter: str, options: Mapping[str, Any]) -> str:
    """Return the command line that checks *adapter* with *options*."""
    given = [word for key, value in options.items() for word in ("--option", f"{key}={_toml(key, value)}")]
    return shlex.join(["codec-harness", "check", adapter, *given])


def workflow_text(adapter: str, options: Mapping[str, Any], below: str = "") -> str:
    """Return the workflow; *below* is the folder of the suite inside the repository, empty if it is the whole."""
    text = (_TEMPLATES / "codec.yml").read_text(encoding="utf-8")
    text = text.replace("$steps", _check_step(adapter, options))
    where = f"    defaults:\n      run:\n        working-directory: {json.dumps(below)}\n"
    return text.replace("    steps:\n", where + "    steps:\n") if below else text


def _check_step(adapter: str, options: Mapping[str, Any]) -> str:
    """Return the lines of the workflow that check the laws; none for whole files, which have no streams to check."""
    if _whole_files(adapter, options):
        return ""
    command = check_command(adapter, options)
    plain = ": " not in command and " #" not in command  # what YAML would read as something else is quoted
    service = "      # add a step that starts the service in the background, and waits until it listens\n"
    return (
        f"{service if adapter == 'server' else ''}      - run: {command if plain else json.dumps(command)}"
        "  # add --except LAW for what is broken and known\n"
    )


def step_to_add(folder: Path, adapter: str, options: Mapping[str, Any]) -> str:
    """Return the step that the workflow around *folder* lacks, since it was written for another codec; else nothing."""
    step = _check_step(adapter, options).strip()
    try:
        there = (repository(folder) / WORKFLOW).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return ""
    return "" if step in there else step


def _whole_files(adapter: str, options: Mapping[str, Any]) -> bool:
    return adapter == "command" and "serve" not in options


def repository(folder: Path) -> Path:
    """Return the top of the git repository around *folder*, or *folder* itself if there is none."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def begin(folder: Path, name: str, suite: str, adapter: str, options: Mapping[str, Any]) -> dict[Path, bool]:
    """
    Write into *folder* what is missing; return each file and whether it was written (False: it was there).

    suite : the text of the suite, as `suite_text` makes it
    """
    top = repository(folder)
    below = folder.relative_to(top).as_posix() if folder != top else ""
    wanted = {folder / (name + SUITE_SUFFIX): suite, top / WORKFLOW: workflow_text(adapter, options, below)}
    return {path: _write(path, text) for path, text in wanted.items()} | {
        folder / ".gitignore": _ignore(folder / ".gitignore")
    }


def _write(path: Path, text: str) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        if not path.is_file():
            raise NotWritable(f"{path}: is there and is no file; move it, or go to a folder of your own") from None
        return False
    except OSError as error:
        raise NotWritable(f"{path}: cannot be written ({error.strerror}); go to a folder of your own") from error
    return True


def _ignore(path: Path) -> bool:
    """Add a line; what is there stays as it is, in whatever encoding."""
    line = IGNORED.encode()
    try:
        kept = path.read_bytes() if path.is_file() else b""
        if line in kept.split():
            return False
        with path.open("ab") as file:
            file.write((b"" if not kept or kept.endswith(b"\n") else b"\n") + line + b"\n")
    except OSError as error:
        raise NotWritable(f"{path}: cannot be written ({error.strerror}); go to a folder of your own") from error
    return True


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _toml(key: str, value: Any) -> str:
    """Return *value* as TOML; JSON's way of writing texts, numbers, booleans and lists is TOML's too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(key, one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(key, one) for one in value) + "]"
    if not isinstance(value, str | int | float | bool):
        raise UsageInvalid(f"--option {key}: got {value!r}, wanted a text, a number, true or false, or a list of these")
    return json.dumps(value)
