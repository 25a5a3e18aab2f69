"""
What can be done with a checkout. `python3 -m pip install nox`, then `python3 -m nox -s demo` (or `tests`, `lint`, ...).

What is installed is what was tested: every version stands in `locks/`, which `nox -s lock` resolves from pyproject.toml
and `locks/overrides.txt`.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint"]
nox.options.reuse_existing_virtualenvs = True

LOCKS = {  # what for: the extras and dependency groups that it needs
    "demo": ("--extra", "all"),
    "tests": ("--all-extras", "--group", "test"),
    "lint": ("--all-extras", "--group", "test", "--group", "lint", "--group", "docs"),
    "docs": ("--extra", "fuzz", "--group", "docs"),
    "measure": ("--all-extras", "--group", "test", "--group", "measure"),
}


def _lock(purpose: str) -> Path:
    return Path("locks") / f"{purpose}.txt"


def _torch(purpose: str) -> str:
    return next(line for line in _lock(purpose).read_text().splitlines() if line.startswith("torch=="))


def _install(session: nox.Session, purpose: str, package: bool = True, pip: tuple[str, ...] = ()) -> None:
    """
    Install what a lock lists, and nothing else; only PyTorch brings what its own build needs.

    PESQ comes as source: where there is no C compiler it is left out, and what is run then says so.
    """
    run = (lambda *what, **how: session.run(*pip, *what, external=True, **how)) if pip else session.install
    run("-c", str(_lock(purpose)), _torch(purpose))
    lines = _lock(purpose).read_text(encoding="utf-8").splitlines()
    compiled = [line for line in lines if line.startswith("pesq==")]
    with tempfile.TemporaryDirectory() as outside:  # nox's own would be every test's place for temporary files
        others = Path(outside) / f"{purpose}.txt"
        others.write_text("\n".join(line for line in lines if line not in compiled), encoding="utf-8")
        run("--no-deps", "-r", str(others))
    if compiled:
        run("--no-deps", *compiled, success_codes=[0, 1])
    if package:
        run("--no-deps", "-e", ".")


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve the locks again; pass `--upgrade` after `--` for the newest versions instead of those that stand."""
    session.install("uv>=0.9")
    for purpose, wanted in LOCKS.items():
        path = _lock(purpose)
        options = ["--override", "locks/overrides.txt", "--universal", "--python-version", "3.11", "--no-header"]
        session.run("uv", "pip", "compile", "pyproject.toml", *wanted, *options, "--no-annotate", "--quiet",
                    "-o", str(path), *session.posargs)  # fmt: skip
        used = [line for line in path.read_text().splitlines() if not line.endswith("sys_platform == 'never'")]
        path.write_text("\n".join(["# Written by `nox -s lock`.", *(line for line in used if line[0] != "#"), ""]))


@nox.session
def demo(session: nox.Session) -> None:
    """Run both embedded codecs through the story, print what is true, and leave an HTML report in reports/."""
    _install(session, "demo")
    session.run("codec-harness", "doctor")
    session.run("codec-harness", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests."""
    _install(session, "tests")
    environment = _testing(session)
    session.run("pytest", *(session.posargs or ["-n", "2"]), env=environment)
    if session.posargs:
        return
    if "None" in str(
        session.run("python", "-c", "import importlib.util as u; print(u.find_spec('pesq'))", silent=True)
    ):
        session.warn(
            "PESQ is not installed: its tests were skipped, and the baseline that needs it is not compared with"
        )
        return
    guard = "fixtures/suites/guard.codec.toml"  # named, so that the tests above are not collected again
    session.run("pytest", "-m", "codec", guard, env=environment)  # the embedded codecs against their accepted baseline


@nox.session
def slow(session: nox.Session) -> None:
    """Run the tests that are marked slow: those in tests/slow_tests.txt, and what others show in less time."""
    _install(session, "tests")
    session.run("pytest", "-m", "slow", *(session.posargs or ["-n", "2"]), env=_testing(session))


@nox.session
def coverage(session: nox.Session) -> None:
    """Say which lines and branches no test runs, into reports/coverage/; tests after `--` for those of some rooms."""
    _install(session, "measure")
    session.run("coverage", "erase")
    tested = _testing(session)
    failing = range(2)  # what failing tests ran is worth seeing too
    session.run(
        "coverage",
        "run",
        "-m",
        "pytest",
        *(session.posargs or ["-n", "2", "-m", "not codec"]),
        env=tested,
        success_codes=failing,
    )
    session.run("coverage", "combine", "-q")
    session.run("coverage", "html", "-q")
    session.run("coverage", "report")


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the code that judges and see whether a test fails (tests/mutation); `--count`, `--seed` after `--`."""
    _install(session, "measure")
    session.run("python", "tests/mutation/run.py", *session.posargs, env=_testing(session))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types (strict, of the tests too), the direction of imports, and every link of the documentation."""
    _install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("mypy", "--config-file", "tests/mypy.ini")
    session.run("lint-imports", "--cache-dir", session.create_tmp())
    _site(session, Path(session.create_tmp()) / "site")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/site, to be read from the disk; a link that leads nowhere is an error."""
    session.install("--no-deps", "-r", str(_lock("docs")))
    _site(session, Path("build/site"))


def _site(session: nox.Session, where: Path) -> None:
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    session.run("mkdocs", "build", "--strict", "--quiet", "--site-dir", str(where), env=quiet)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel into dist/, use it outside the checkout, and go through the README's first use with it."""
    session.install("build")
    dist = Path("dist").resolve()
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(dist))
    (built,) = dist.glob("*.whl")
    _install(session, "tests", package=False)
    session.install("--no-deps", "--force-reinstall", str(built))
    elsewhere = Path(session.create_tmp()).resolve() / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    with session.chdir(elsewhere):
        session.run("codec-harness", "doctor")
        session.run(
            "codec-harness", "run", "--setup", "*/cloned-decoder", "--utterance", "heart-01", "--out", "reports"
        )
    pinned = elsewhere.parent / "constraints.txt"
    pinned.write_text(f"{_torch('tests')}\n", encoding="utf-8")
    environment = {"CODEC_HARNESS_WHEELS": str(dist), "PIP_CONSTRAINT": str(pinned), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as outside:  # nox's own temporary folder is inside
        place = ["--basetemp", str(Path(outside) / "tests")]
        options = ["-p", "no:cacheprovider", "-m", "not codec"]  # those marked slow too
        session.run("pytest", *options, *place, "tests/docs/test_first_use.py", env=environment)


@nox.session
def dev(session: nox.Session) -> None:
    """Make .venv with everything, for people and editors."""
    session.run("python", "-m", "venv", ".venv")
    pip = (str(Path(".venv") / "bin" / "python"), "-m", "pip", "install")
    _install(session, "lint", pip=pip)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed; every figure is a ratio of two things timed in the same run."""
    _install(session, "tests")
    session.run("python", "tests/bench/bench.py", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def campaign(session: nox.Session) -> None:
    """Attack the product at full length (docs/reliability.md); pass names after `--` to run only these."""
    _install(session, "tests")
    environment = {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(Path().resolve()), str(Path("tests").resolve())]),
    }
    session.run("python", "-m", "campaign", *session.posargs, env=environment)


@nox.session
def speech(session: nox.Session) -> None:
    """Make the reference speech in fixtures/speech again."""
    _install(session, "demo")
    session.install("-c", "locks/demo.txt", "hibari-tts==0.2.1")
    session.run("python", "fixtures/speech/generate.py", *session.posargs)


@nox.session
def train(session: nox.Session) -> None:
    """Train the embedded codec; cut it off at any time and start it again. Pass --minutes after `--`."""
    _install(session, "tests")
    session.install("-c", "locks/tests.txt", "hibari-tts==0.2.1")
    where = ["--work", "build/mini-mimi", "--out", "fixtures/mini-mimi"]
    session.run("python", "fixtures/mini-mimi/recipe/train.py", *where, *session.posargs)


@nox.session
def cards(session: nox.Session) -> None:
    """Check every adapter and write docs/cards again; pass names of cards after `--` to make only these."""
    _install(session, "tests")
    session.run("python", "docs/cards/make.py", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def rebaseline(session: nox.Session) -> None:
    """Accept what the embedded codecs give now, from repeated runs, as what `pytest -m codec` holds them to."""
    _install(session, "demo")
    suite = "fixtures/suites/guard.codec.toml"
    session.run("codec-harness", "calibrate", suite, "--baselines", "fixtures/baselines", *session.posargs)


def _testing(session: nox.Session) -> dict[str, str]:
    """
    Prepare for tests, and return their environment.

    The package is compiled beforehand, which saves every process that a test starts a sixth of a second. Nothing is
    compiled while they run: what a test writes twice within a second would be taken for what it was.
    """
    compiling = {"PYTHONDONTWRITEBYTECODE": ""}
    session.run("python", "-m", "compileall", "-q", "harness", "tests", env=compiling)
    browser = "required" if _browser(session) else "optional"
    return {"OMP_NUM_THREADS": "1", "CODEC_HARNESS_BROWSER": browser, "PYTHONDONTWRITEBYTECODE": "1"}


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
