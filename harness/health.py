"""What an installation has and lacks, found without loading anything heavy."""

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass

from harness import speech
from harness.errors import HarnessError
from harness.provenance import package_version
from harness.recognition.whisper_weights import bundled_weights
from harness.resources import cache_folder, fixture


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for. *needed* tells whether the embedded suite cannot run without it."""

    what: str
    ok: bool
    found: str
    remedy: str
    needed: bool


LIBRARIES = (  # what, module, distribution, extra, needed
    ("codec mimi (Kyutai's moshi)", "moshi", "moshi", "mimi", True),
    ("PyTorch", "torch", "torch", "mimi", True),
    ("codec opus (libopus)", "opuslib_next", "opuslib-next-bundled", "opus", True),
    ("PESQ", "pesq", "pesq", "pesq", True),
    ("STOI", "pystoi", "pystoi", "stoi", True),
    ("recogniser (Whisper)", "whisper", "openai-whisper", "asr", True),
    ("resampler", "librosa", "librosa", "resample", False),
    ("HTML report", "jinja2", "Jinja2", "report", False),
)


def examine() -> list[Finding]:
    """Look for every library, for weights and speech, and for a place to write."""
    found = [_library(*library) for library in LIBRARIES]
    found.append(_tried("Whisper tiny.en weights", lambda: str(bundled_weights()), "asr"))
    found.append(_tried("embedded codec weights", lambda: str(fixture("mini-mimi")), "all"))
    found.append(_tried("embedded speech", lambda: f"{len(speech.load(fixture('speech')))} utterances", "all"))
    folder = cache_folder()
    writable = os.access(next(place for place in (folder, *folder.parents) if place.exists()), os.W_OK)
    remedy = "set CODEC_HARNESS_CACHE to a folder that can be written"
    found.append(Finding("store of earlier results", writable, str(folder), remedy, needed=False))
    return found


def _library(what: str, module: str, distribution: str, extra: str, needed: bool) -> Finding:
    present = importlib.util.find_spec(module) is not None
    version = package_version(distribution) or "of unknown version"
    found = f"{distribution} {version}" if present else f"{distribution} is not installed"
    return Finding(what, present, found, f"pip install 'codec-harness[{extra}]'", needed)


def _tried(what: str, look: Callable[[], str], extra: str) -> Finding:
    try:
        return Finding(what, True, look(), "", needed=True)
    except HarnessError as error:
        return Finding(what, False, str(error), f"pip install 'codec-harness[{extra}]'", needed=True)
