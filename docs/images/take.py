"""
Take the screenshots that the README and docs/report.md show: python docs/images/take.py REPORTS/RUN SETUP UTTERANCE

Needs Chromium, playwright and pillow; the run must have been rendered.
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent


def main(run: Path, setup: str, utterance: str) -> None:
    """Write overview.png and cell.png beside this file."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(found for name in names if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light")
        for name, place in (("overview", ""), ("cell", f"#cell={setup}/{utterance}")):
            page.goto("about:blank")
            page.goto((run / "index.html").resolve().as_uri() + place)
            page.wait_for_timeout(1500)
            picture = Image.open(io.BytesIO(page.screenshot()))
            picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=192).save(HERE / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
