"""What an installation has and lacks, found without loading anything heavy."""

import importlib.util
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.audio import speech
from harness.codecs.loading import EXTRAS, adapters
from harness.errors import HarnessError
from harness.metrics.whisper.names import BUNDLED
from harness.metrics.whisper.weights import bundled_weights
from harness.runtime.pool import cores
from harness.runtime.provenance import package_version
from harness.runtime.resources import (
    BUILDS_VARIABLE,
    CACHE_VARIABLE,
    builds_folder,
    cache_folder,
    fixture,
    tested_versions,
)
from harness.runtime.seal import SECRET_VARIABLE, secret_file


@dataclass(frozen=True)
class Lookup:
    """One thing that was looked for. *needed* tells whether the embedded suite cannot run without it."""

    what: str
    ok: bool
    found: str
    remedy: str
    needed: bool


LIBRARIES = (  # what, module, distribution, extra, needed
    ("PESQ", "pesq", "pesq", "pesq", False),
    ("STOI", "pystoi", "pystoi", "stoi", True),
    ("recogniser (Whisper)", "whisper", "openai-whisper", "asr", True),
    ("recogniser (CTranslate2)", "ctranslate2", "ctranslate2", "ct2", False),
    ("resampler", "soxr", "soxr", "resample", False),
    ("HTML report", "jinja2", "Jinja2", "report", False),
    ("fuzz (Hypothesis)", "hypothesis", "hypothesis", "fuzz", False),
)

BEFORE = {  # what to do before pip is asked
    "pesq": "it is compiled when it is installed, so install a C compiler and Python's headers first (Debian, Ubuntu: "
    "apt install gcc python3-dev; Fedora: dnf install gcc python3-devel; macOS: xcode-select --install), then "
}

MOSHI = (("moshi", "moshi"), ("torch", "torch"))


@dataclass(frozen=True)
class Adapter:
    """
    What an adapter needs.

    libraries : (module, distribution)
    note : what to know where it is installed; by_hand : where to read how, if pip alone does not do
    needed : by the embedded suite
    """

    libraries: tuple[tuple[str, str], ...] = ()
    note: str = ""
    by_hand: str = ""
    needed: bool = False


OWN_WEIGHTS = "give weights as an option"
BY_HAND = "how to install it without torchaudio is in docs/codecs.md"

ADAPTERS = {
    "pcm": Adapter(needed=True),
    "mini": Adapter(MOSHI, "its weights come with the harness", needed=True),
    "mimi": Adapter(MOSHI, OWN_WEIGHTS),
    "opus": Adapter((("opuslib_next", "opuslib-next-bundled"),), needed=True),
    "pyav-opus": Adapter((("av", "av"),)),
    "lc3": Adapter((("lc3", "lc3py"),)),
    "codec2": Adapter((("pycodec2", "pycodec2"),)),
    "rustymimi": Adapter((("rustymimi", "rustymimi"),), OWN_WEIGHTS),
    "transformers-mimi": Adapter((*MOSHI, ("transformers", "transformers"))),
    "encodec": Adapter((("encodec", "encodec"), ("torch", "torch")), by_hand=BY_HAND),
    "dac": Adapter((("dac", "descript-audio-codec"), ("torch", "torch")), by_hand=BY_HAND),
    "snac": Adapter((("snac", "snac"), ("torch", "torch")), OWN_WEIGHTS),
    "command": Adapter(note="any program; docs/command-adapter.md"),
    "server": Adapter((("websockets", "websockets"),), "any server; tcp:// needs no package; docs/server-adapter.md"),
}


def examine() -> list[Lookup]:
    """Look for every adapter and library, for weights and speech, and for a place to write."""
    found = [_adapter(name, target) for name, target in adapters().items()]
    found += [_library(*library) for library in LIBRARIES]
    found.append(_tried("Whisper tiny.en weights", lambda: str(bundled_weights()), "asr"))
    found.append(_tried("embedded codec weights", lambda: str(fixture("mini-mimi")), "all"))
    found.append(_tried("embedded speech", lambda: f"{len(speech.load(fixture('speech')))} utterances", "all"))
    found.append(_system())
    found.append(_tested())
    found.append(_folder("store of earlier results", cache_folder(), f"set {CACHE_VARIABLE}"))
    found.append(_folder("key of the store", secret_file(), f"set {SECRET_VARIABLE}"))
    found.append(_folder("builds of versions", builds_folder(), f"set {BUILDS_VARIABLE}"))
    return found


def _folder(what: str, path: Path, remedy: str) -> Lookup:
    writable = os.access(next(place for place in (path, *path.parents) if place.exists()), os.W_OK)
    return Lookup(what, writable, str(path), f"{remedy}, or make it writable", needed=False)


def _adapter(name: str, target: str) -> Lookup:
    """Tell whether a codec adapter can be used, from what is installed; nothing is imported."""
    what = f"codec {name}"
    if name not in ADAPTERS:
        package = target.partition(":")[0].partition(".")[0]
        found = f"{target}, of another package" if _installed(package) else f"{target}: {package} is not installed"
        return Lookup(what, _installed(package), found, f"install the package that has {package}", needed=False)
    adapter = ADAPTERS[name]
    missing = [distribution for module, distribution in adapter.libraries if not _installed(module)]
    remedy = f"pip install 'codec-harness[{EXTRAS.get(name, name)}]'"
    if missing:
        remedy += f"; {adapter.by_hand}" if adapter.by_hand else ""
        return Lookup(what, False, f"{' and '.join(missing)} not installed", remedy, adapter.needed)
    versions = [f"{distribution} {package_version(distribution)}" for _, distribution in adapter.libraries]
    found = "; ".join(filter(None, [", ".join(versions) or "built in", adapter.note]))
    return Lookup(what, True, found, remedy, adapter.needed)


def _system() -> Lookup:
    """Tell whether the system is one that the tests run on, and what is otherwise on another."""
    system = platform.system()
    found = f"{platform.platform()}, {cores()} cores to use"
    if system == "Linux":
        return Lookup("system", True, found, "", needed=False)
    remedy = "docs/installing.md says what is not the same there; run it on Linux for what is needed of that"
    return Lookup("system", False, f"{found}; what is released was tested on Linux", remedy, needed=system == "Windows")


def _tested() -> Lookup:
    """Compare what is installed with what the tests run with; packages that are not installed are no difference."""
    tested = tested_versions()
    installed = {name: version.partition("+")[0] for name in tested if (version := package_version(name))}
    other = [f"{name} {now} (tested {tested[name]})" for name, now in installed.items() if now != tested[name]]
    found = f"{len(installed) - len(other)} of {len(installed)} packages are those that the tests run with"
    remedy = "if something is wrong, try the tested versions: locks/tests.txt of the source"
    return Lookup("tested versions", not other, "; ".join([found, *other]), remedy, needed=False)


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _library(what: str, module: str, distribution: str, extra: str, needed: bool) -> Lookup:
    present = _installed(module)
    version = package_version(distribution) or "of unknown version"
    found = f"{distribution} {version}" if present else f"{distribution} is not installed"
    remedy = f"{BEFORE.get(module, '')}pip install 'codec-harness[{extra}]'"
    if module == "whisper" and not present and _installed("ctranslate2"):
        remedy += f'; or, without PyTorch, asr = "ct2:{BUNDLED}" under [scores] of a suite: CTranslate2 is installed'
    return Lookup(what, present, found, remedy, needed)


def _tried(what: str, look: Callable[[], str], extra: str) -> Lookup:
    try:
        return Lookup(what, True, look(), "", needed=True)
    except HarnessError as error:
        return Lookup(what, False, str(error), f"pip install 'codec-harness[{extra}]'", needed=True)
