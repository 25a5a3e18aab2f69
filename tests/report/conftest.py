"""A real browser for the report, and sample runs made once."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from report.sample import build

from harness.report import render

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def unavailable(reason: str) -> None:
    """Skip, or fail where the browser is required (CODEC_HARNESS_BROWSER=required, as in `nox -s tests`)."""
    said = f"{reason}; install it (Debian: apt-get install chromium; Python: pip install playwright)"
    if os.environ.get("CODEC_HARNESS_BROWSER") == "required":
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        unavailable(f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page, with what it complained of and what it asked the network for."""

    page: Any
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: Path, place: str = "") -> Any:
        self.page.goto("about:blank")
        self.page.goto(path.resolve().as_uri() + place)
        return self.page


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """A fresh page; at the end nothing may have gone wrong in it, and no request may have left the disk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(120_000)  # ms; not what is tested
    visit = Visit(context.new_page())

    def heard(message: Any) -> None:
        if message.type in ("error", "warning"):
            visit.problems.append(message.text)

    visit.page.on("console", heard)
    visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
    visit.page.on("request", lambda request: visit.requests.append(request.url))
    yield visit
    problems, requests = list(visit.problems), list(visit.requests)
    context.close()
    assert problems == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every verdict, rendered against an earlier one in which cross-talk was still fine."""
    root = tmp_path_factory.mktemp("report")
    build(root / "run", codecs=("mini", "opus"))
    build(
        root / "earlier",
        name="earlier",
        kinds=("shared", "cloned-decoder", "dirty-clone"),
        relabel={"dirty-clone": "cross-talk"},
    )
    render(root / "run", against=root / "earlier")
    return root / "run"


@pytest.fixture(scope="session")
def index(folder: Path) -> Path:
    return folder / "index.html"


@pytest.fixture(scope="session")
def single(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run as one file, moved away from its folder."""
    made = render(folder, single_file=True)
    return Path(shutil.move(made, tmp_path_factory.mktemp("single") / "report.html"))
