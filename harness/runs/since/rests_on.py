"""What the setups of a suite rest on, by file: the suite, its speech, its codecs' code, weights and programs."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.audio import manifest
from harness.codecs.loading import adapters
from harness.codecs.sources import Sources, sources
from harness.codecs.spec import CodecSpec
from harness.codecs.unchanged import FILES
from harness.metrics.own import target_of
from harness.runs.suite import Suite
from harness.runs.suite_speech import named_speech, source_of
from harness.runtime.importing import find_beside
from harness.runtime.resources import PACKAGE

PROGRAMS = ("roundtrip", "encode", "decode", "serve")  # options of `command`


@dataclass(frozen=True)
class Part:
    """A file or folder that *codec* rests on, or every setup (None), and *why* in words."""

    path: Path
    why: str
    codec: str | None = None


@dataclass(frozen=True)
class Code:
    """The code of *codec*, or of a metric (None), as it is *called* in words; *target* is where it is asked for."""

    codec: str | None
    called: str
    target: str
    sources: Sources


def codecs_of(suite: Suite) -> dict[str, CodecSpec]:
    """Return the codecs of *suite*, those that make codes for others too, by name."""
    found = dict(suite.codecs)
    for spec in suite.codecs.values():
        if spec.codes_from is not None:
            found.setdefault(spec.codes_from.name, spec.codes_from)
    return found


def code_of(suite: Suite, folder: Path) -> list[Code]:
    """Return the code of the codecs and metrics of *suite*, whose modules may lie in *folder*; none is loaded."""
    for place in (folder, Path.cwd()):
        find_beside(place)
    known = adapters()
    named = [(n, f"codec `{n}`", known.get(spec.adapter, spec.adapter)) for n, spec in codecs_of(suite).items()]
    own = [(None, f"the metric `{n}`", target_of(metric.function)) for n, metric in suite.scores.own.items()]
    return [Code(codec, called, target, sources(target, PACKAGE)) for codec, called, target in (*named, *own)]


def parts(suite: Suite, suite_file: Path, accepted: Sequence[Path], code: list[Code]) -> Iterator[Part]:
    """
    Yield what *suite*, of *suite_file* and held against what was *accepted*, rests on, beside the harness.

    Raises `SpeechInvalid` if the speech cannot be found.
    """
    yield Part(suite_file, "it is the suite")
    for path in accepted:
        yield Part(path, "it is what was accepted")
    yield from _of_speech(suite)
    model = Path(os.path.expanduser(str(suite.scores.asr or "").removeprefix("ct2:")))  # noqa: PTH111 (any text)
    for path in _with_links(model) if model.name and model.exists() else ():
        yield Part(path, "it is the recogniser")
    for one in code:
        for file in sorted(one.sources.files):
            if not file.resolve().is_relative_to(PACKAGE):
                yield Part(file, f"it is of the code of {one.called}", one.codec)
    for spec in codecs_of(suite).values():
        for path in _programs(spec) if spec.adapter == "command" else _named(spec, suite_file.parent):
            yield Part(path, f"codec `{spec.name}` names it", spec.name)


def _of_speech(suite: Suite) -> Iterator[Part]:
    source, why = source_of(suite.speech), "it is of the speech"
    listed = [source / name for name in manifest.NAMES if (source / name).is_file()]
    for path in listed[:1] or _with_links(source):
        yield Part(path, why)
    for utterance in named_speech(suite.speech):
        yield Part(utterance.path, why)
        if utterance.codes is not None:
            yield Part(utterance.codes.path, why)


def _programs(spec: CodecSpec) -> Iterator[Path]:
    """Yield the programs of the codec `command`, and the files that their arguments name, but what is on the PATH."""
    folder = Path(str(spec.options.get("folder", ".")))
    for option in PROGRAMS:
        arguments = spec.options.get(option)
        for place, argument in enumerate(map(str, arguments) if isinstance(arguments, list) else ()):
            path = folder / argument
            of_python = any(path.absolute().is_relative_to(prefix) for prefix in (sys.prefix, sys.base_prefix))
            if not of_python and (os.sep in argument if place == 0 else _may_be(argument)):
                yield path


def _named(spec: CodecSpec, folder: Path) -> Iterator[Path]:
    """Yield what options of *spec* may name: relative to the current folder, or to that of the suite."""
    no_files = FILES[spec.adapter][1] if spec.adapter in FILES else frozenset[str]()
    for text in _texts({key: value for key, value in spec.options.items() if key not in no_files}):
        if _may_be(text):
            written = dict.fromkeys((text, os.path.expandvars(os.path.expanduser(text))))  # noqa: PTH111 (any text)
            for path in dict.fromkeys(place / each for each in written for place in (Path.cwd(), folder)):
                yield from _with_links(path)


def _with_links(path: Path) -> Iterator[Path]:
    """Yield *path* and, if it is a folder, the links in it and in what these lead to."""
    yield path
    seen, waiting = set[Path](), [path]
    while waiting:
        for folder, folders, files in os.walk(waiting.pop()):
            links = [place for name in (*folders, *files) if (place := Path(folder, name)).is_symlink()]
            yield from links
            new = {place.resolve() for place in links if place.is_dir()} - seen
            seen |= new
            waiting += new


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list | tuple):
        for each in data:
            yield from _texts(each)
    elif isinstance(data, str):
        yield data


def _may_be(text: str) -> bool:
    """Tell whether *text* can be the name of a file at all."""
    return bool(text) and "\0" not in text and "\n" not in text and "://" not in text and len(text) < 4096
