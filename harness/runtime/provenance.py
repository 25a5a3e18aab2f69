"""Where a run's numbers come from: versions, machine, commit. Reads package metadata; imports nothing heavy."""

import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.errors import UsageInvalid
from harness.files.places import portable
from harness.record import Provenance, Scalar
from harness.runtime import git
from harness.runtime.version import __version__

PACKAGES = (
    "torch", "moshi", "opuslib-next-bundled", "openai-whisper", "pesq", "pystoi", "jiwer", "soxr",
    "soundfile", "numpy", "scipy", "ctranslate2",
)  # fmt: skip


def package_version(name: str) -> str | None:
    """Return the installed version of a package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def package_versions() -> dict[str, str]:
    """Return the installed versions of what numbers come from, by name; what is not installed is left out."""
    found = {name: package_version(name) for name in PACKAGES}
    return {name: installed for name, installed in found.items() if installed}


def collect(
    scorers: dict[str, str], recogniser: dict[str, Scalar], seeds: dict[str, int], measures: tuple[int, int]
) -> Provenance:
    """Describe this process, machine and checkout."""
    commit, dirty = _commit(Path.cwd())
    return Provenance(
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),  # runs of one second are told apart by it
        harness=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        processor=_processor(),
        cpus=os.cpu_count() or 1,
        packages=package_versions(),
        scorers=scorers,
        measures=measures,
        recogniser=recogniser,
        commit=commit,
        dirty=dirty,
        seeds=seeds,
        command=_command(),
    )


def joined(made: Sequence[Provenance]) -> Provenance:
    """
    Return what is true of *made*, parts of one run of which each has a place of its own, and of this process.

    What differs is told side by side ("x86_64 + aarch64"): then no class of machine is that of all cells.
    """
    first = made[0]
    names = dict.fromkeys(name for one in made for name in one.packages)
    return first.model_copy(
        update={
            "created": max(one.created for one in made),
            "python": _together(one.python for one in made),
            "platform": _together(one.platform for one in made),
            "machine": _together(one.machine for one in made),
            "processor": _together(one.processor for one in made),
            "cpus": max(one.cpus for one in made),
            "packages": {name: _together(one.packages.get(name, "none") for one in made) for name in names},
            "commit": first.commit if len({one.commit for one in made}) == 1 else None,
            "dirty": None if any(one.dirty is None for one in made) else any(one.dirty for one in made),
            "command": _command(),
        }
    )


def _together(said: Iterable[str]) -> str:
    return " + ".join(dict.fromkeys(said))


def _command() -> str:
    return portable(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))


def _processor() -> str:
    """
    Return what decides the last bits of floating-point sums: maker and model, widest vectors, and the cache.

    Libraries cut sums by what fits into the cache: two processors of one maker, with the same instructions, gave other
    bits for a convolution over a whole signal.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in reversed(lines))}
    flags = facts.get("flags", "").split() + facts.get("Features", "").split()
    widest = next((name for name in ("avx512f", "avx2", "avx", "sve", "asimd") if name in flags), "scalar")
    maker = facts.get("vendor_id") or facts.get("CPU implementer") or platform.machine()
    model = " ".join([maker, *(facts[key] for key in ("cpu family", "model", "CPU part") if key in facts)])
    return ", ".join(filter(None, [model, widest, facts.get("cache size")]))


def _commit(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the checkout around *folder* and whether it has uncommitted changes; None without git."""
    try:
        head = git.asked(folder, "rev-parse", "HEAD", kind=UsageInvalid)
        changes = git.asked(folder, "status", "--porcelain", "--untracked-files=no", kind=UsageInvalid)
    except UsageInvalid:
        return None, None
    return head, bool(changes)
