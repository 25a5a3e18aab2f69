"""
Released versions of a package, each in a virtual environment of its own, kept in the folder for builds.

An environment has that one package (without its dependencies, which seldom matter and can be gigabytes) and falls back
on the harness's own environment for everything else. A codec runs there as an external program, see
`harness.codecs.command.serve`.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.codecs.spec import CodecSpec
from harness.errors import CodecUnavailable
from harness.files import file_name
from harness.runtime import git, orphans
from harness.runtime.resources import builds_folder

LIMIT = 600.0  # seconds that an installation may take
_PACKAGES = Path(__file__).resolve().parents[3]


def environment(requirements: Sequence[str], *, limit: float = LIMIT) -> Path:
    """
    Return the interpreter of an environment with exactly *requirements* (such as `moshi==0.2.8`), made if need be.

    Raises `CodecUnavailable` with the last line of what the installer said if it cannot be made.
    """
    for requirement in requirements:
        if requirement.startswith("-"):
            raise CodecUnavailable(f"package requirement {requirement!r}: wanted NAME==VERSION")
    ours = sysconfig.get_paths()["purelib"]
    key = hashlib.sha256(json.dumps([sys.version, ours, str(_PACKAGES), *requirements]).encode()).hexdigest()[:12]
    folder = builds_folder() / "environments" / f"{file_name(requirements[0].replace('==', '-'))}-{key}"
    python = folder / "bin" / "python"
    finished = folder / "finished"
    if finished.is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted installation left
    run_step([sys.executable, "-m", "venv", "--without-pip", str(folder)], limit=limit)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    # Behind the environment's own packages on the path, so that the version under test wins.
    (site / "fallback.pth").write_text(f"{ours}\n{sysconfig.get_paths()['platlib']}\n{_PACKAGES}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install", "--no-deps"]
    # --ignore-installed: pip sees the fallback's copy of the same package and must leave it alone.
    run_step([*pip, "--ignore-installed", "--quiet", *requirements], limit=limit)
    finished.write_text("\n".join(requirements), encoding="utf-8")
    return python


def in_environment(spec: CodecSpec, python: Path, adapters: Path | None = None) -> CodecSpec:
    """Return the codec *spec* as an external program under *python*; *adapters* is a folder with modules of yours."""
    program = [
        str(python),
        "-m",
        "harness.codecs.command.serve",
        spec.adapter,
        json.dumps(spec.options, sort_keys=True),
    ]
    options: dict[str, Any] = {"serve": program}
    if adapters is not None:
        options["environment"] = {"PYTHONPATH": str(adapters)}
    return CodecSpec(name=spec.name, adapter="command", options=options)


def run_step(arguments: Sequence[str], *, limit: float, folder: Path | None = None) -> None:
    """Run one program to prepare a version; raise `CodecUnavailable` if it fails or takes longer than *limit* s."""
    name = Path(arguments[0]).name
    try:
        process = orphans.start(
            arguments,
            cwd=folder,
            env=git.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        raise CodecUnavailable(f"{name} cannot be started ({error})") from error
    with process:
        try:
            printed, complained = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise CodecUnavailable(f"{name} was stopped after {limit:g} s") from error
        finally:
            orphans.end(process)
    if process.returncode:
        said = (complained or printed).decode(errors="replace").strip().splitlines()
        raise CodecUnavailable(f"{name} ended with exit code {process.returncode}: {_complaint(said)}")


def _complaint(said: Sequence[str]) -> str:
    """Return the line of *said* that tells best what is wrong: the last error, or what pip marks so, and no note."""
    lines = [line.strip() for line in said if not line.strip().lower().startswith(("note:", "hint:"))]
    errors = [line for line in lines if "error" in line.lower() or line.startswith("\N{MULTIPLICATION SIGN}")]
    return (errors or lines or ["it said nothing"])[-1][:300]
