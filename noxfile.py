"""
What can be done with a checkout. `python3 -m pip install nox`, then `python3 -m nox -s demo` (or `tests`, `lint`, ...).

Dependencies are those of pyproject.toml. Some come in by hand: PyTorch at one version; and, without their own lists of
dependencies, moshi (which caps PyTorch below versions it runs on), openai-whisper (which asks for Triton, 280 MB that
only a GPU needs), and encodec and DAC (which ask for torchaudio, and DAC for a protobuf of 2022).
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint"]
nox.options.reuse_existing_virtualenvs = True

PROJECT = nox.project.load_toml("pyproject.toml")
EXTRAS = PROJECT["project"]["optional-dependencies"]
BY_HAND = ("torch", "moshi", "openai-whisper", "encodec", "descript-audio-codec", "codec-harness")
TORCH = "torch==2.13.0"
WITHOUT_DEPENDENCIES = ("moshi==0.2.13", "openai-whisper==20250625")
THEIR_DEPENDENCIES = (
    "einops", "safetensors", "sentencepiece", "huggingface-hub<1", "numpy<2.3", "tqdm",
    "tiktoken", "numba", "more-itertools",
)  # fmt: skip
MORE_CODECS = (
    "encodec==0.1.1", "descript-audio-codec==1.0.0", "descript-audiotools==0.7.2", "julius", "randomname",
)  # fmt: skip
MORE_CODECS_DEPENDENCIES = (
    "absl-py", "argbind", "docstring_parser", "ffmpy", "fire", "flatten-dict", "importlib_resources", "protobuf",
    "tensorboard",
)  # fmt: skip


def _requirements(*groups: str) -> list[str]:
    """Return everything that the package and its extras need, and the dependency groups named."""
    needed = [*PROJECT["project"]["dependencies"], *(item for extra in EXTRAS.values() for item in extra)]
    needed += nox.project.dependency_groups(PROJECT, *groups) if groups else []
    return sorted({item for item in needed if not item.startswith(BY_HAND)})


def _install(session: nox.Session, *groups: str, package: bool = True) -> None:
    session.install(TORCH)
    session.install("--no-deps", *WITHOUT_DEPENDENCIES)
    session.install(*THEIR_DEPENDENCIES, *_requirements(*groups))
    if package:
        session.install("--no-deps", "-e", ".")


@nox.session
def demo(session: nox.Session) -> None:
    """Run both embedded codecs through the story, print what is true, and leave an HTML report in reports/."""
    _install(session)
    session.run("codec-harness", "doctor")
    session.run("codec-harness", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests."""
    _install(session, "test")
    session.install("--no-deps", *MORE_CODECS)
    session.install(*MORE_CODECS_DEPENDENCIES)
    browser = "required" if _browser(session) else "optional"
    environment = {"OMP_NUM_THREADS": "1", "CODEC_HARNESS_BROWSER": browser}
    session.run("pytest", *(session.posargs or ["-n", "2"]), env=environment)
    if not session.posargs:
        guard = "fixtures/suites/guard.codec.toml"  # named, so that the tests above are not collected again
        session.run(
            "pytest", "-m", "codec", guard, env=environment
        )  # the embedded codecs against their accepted baseline


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types (strict) and the direction in which modules import each other."""
    _install(session, "lint", "test")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports", "--cache-dir", session.create_tmp())


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel into dist/, use it outside the checkout, and go through the README's first use with it."""
    session.install("build")
    dist = Path("dist").resolve()
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(dist))
    (built,) = dist.glob("*.whl")
    _install(session, "test", package=False)
    session.install("--no-deps", "--force-reinstall", str(built))
    elsewhere = Path(session.create_tmp()).resolve() / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    with session.chdir(elsewhere):
        session.run("codec-harness", "doctor")
        session.run(
            "codec-harness", "run", "--setup", "*/cloned-decoder", "--utterance", "heart-01", "--out", "reports"
        )
    pinned = elsewhere.parent / "constraints.txt"
    pinned.write_text(f"{TORCH}\n", encoding="utf-8")
    environment = {"CODEC_HARNESS_WHEELS": str(dist), "PIP_CONSTRAINT": str(pinned), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as outside:  # nox's own temporary folder is inside
        place = ["--basetemp", str(Path(outside) / "tests")]
        session.run("pytest", "-p", "no:cacheprovider", *place, "tests/docs/test_first_use.py", env=environment)


@nox.session
def dev(session: nox.Session) -> None:
    """Make .venv with everything, for people and editors."""
    session.run("python", "-m", "venv", ".venv")
    pip = [str(Path(".venv") / "bin" / "python"), "-m", "pip", "install"]
    session.run(*pip, TORCH, external=True)
    session.run(*pip, "--no-deps", *WITHOUT_DEPENDENCIES, external=True)
    session.run(*pip, *THEIR_DEPENDENCIES, *_requirements("test", "lint"), external=True)
    session.run(*pip, "--no-deps", "-e", ".", external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed; every figure is a ratio of two things timed in the same run."""
    _install(session, "test")
    session.run("python", "tests/bench/bench.py", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def speech(session: nox.Session) -> None:
    """Make the reference speech in fixtures/speech again."""
    _install(session)
    session.install("hibari-tts==0.2.1")
    session.run("python", "fixtures/speech/generate.py", *session.posargs)


@nox.session
def train(session: nox.Session) -> None:
    """Train the embedded codec; cut it off at any time and start it again. Pass --minutes after `--`."""
    _install(session)
    session.install("hibari-tts==0.2.1")
    where = ["--work", "build/mini-mimi", "--out", "fixtures/mini-mimi"]
    session.run("python", "fixtures/mini-mimi/recipe/train.py", *where, *session.posargs)


@nox.session
def cards(session: nox.Session) -> None:
    """Check every adapter and write docs/cards again; pass names of cards after `--` to make only these."""
    _install(session, "test")
    session.install("--no-deps", *MORE_CODECS)
    session.install(*MORE_CODECS_DEPENDENCIES)
    session.run("python", "docs/cards/make.py", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def rebaseline(session: nox.Session) -> None:
    """Accept what the embedded codecs give now, from repeated runs, as what `pytest -m codec` holds them to."""
    _install(session)
    suite = "fixtures/suites/guard.codec.toml"
    session.run("codec-harness", "calibrate", suite, "--baselines", "fixtures/baselines", *session.posargs)


def _browser(session: nox.Session) -> bool:
    """Look for Chromium, and install it where nobody need be asked; without it the report's browser tests skip."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)) and os.environ.get("CI") and shutil.which("apt-get") and os.geteuid() == 0:
        session.log("no browser found; installing Debian's chromium")
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
                break
    found = any(map(shutil.which, names))
    if not found:
        session.warn("no browser found: the report's browser tests will be skipped")
    return found
