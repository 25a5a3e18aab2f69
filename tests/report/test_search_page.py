"""The page of a search in a real browser: pictures, players, light and dark, on a phone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import cli

HISTORY = """
name = "an app"
bad_if = "degraded"
[speech]
utterances = ["slt-04"]
[scores]
asr = false
[codecs.opus]
adapter = "opus"
[start]
codec = "opus"
[[versions]]
name = "1.0"
[[versions]]
name = "1.1"
set = { "topology.decoder.instance" = "clone" }
[[versions]]
name = "1.2"
about = "reset, and in pieces"
set = { "topology.decoder.reset" = "every-call", "topology.order" = "sequential" }
[[versions]]
name = "1.3"
set = { "app.seed" = 1 }
"""


@pytest.fixture(scope="module")
def page_of_a_search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    path = folder / "app.versions.toml"
    path.write_text(HISTORY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEC_HARNESS_CACHE", str(folder / "store"))
        done = CliRunner().invoke(cli, ["bisect", "--versions", str(path), "--out", str(folder / "reports")])
    assert done.exit_code == 0, done.output
    (made,) = (folder / "reports").iterdir()
    return made / "index.html"


def test_good_and_bad_play_side_by_side(visit, page_of_a_search):
    page = visit.open(page_of_a_search)
    rows = page.eval_on_selector_all(".heard tbody tr", "rows => rows.map((row) => row.cells[0].textContent)")
    assert rows == ["uncoded", "1.0", "1.1", "1.2", "1.3"]
    played = page.evaluate(
        "Promise.all([...document.querySelectorAll('audio')].map(async (audio) => {"
        " audio.muted = true; await audio.play();"
        " await new Promise((then) => audio.ontimeupdate = () => audio.currentTime > 0.1 && then());"
        " audio.pause(); return audio.duration; }))"
    )
    assert len(played) == 5
    assert all(3.5 < seconds < 4 for seconds in played)


def test_both_pictures_show_what_the_record_says(visit, page_of_a_search):
    page = visit.open(page_of_a_search)
    record = json.loads((page_of_a_search.parent / "search.json").read_text(encoding="utf-8"))
    history, factors = page.locator("figure svg").all()
    dots = history.locator("circle")
    assert dots.count() == len(record["versions"]["versions"])
    heights = dots.evaluate_all("dots => dots.map((dot) => dot.getBoundingClientRect().y)")
    assert max(heights[:2]) < min(heights[2:])  # what is worse is drawn lower
    assert {"breaks", "BAD", "good"} <= set(history.locator("text").all_text_contents())
    (change,) = record["versions"]["changes"]
    cells = factors.locator("rect").count()
    assert cells == len(change["why"]["factors"]) * len(change["why"]["probes"])
    assert all(history.bounding_box()[side] > 100 for side in ("width", "height"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_in_light_and_dark(visit, page_of_a_search, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visit.page.emulate_media(color_scheme=scheme)
    visit.open(page_of_a_search)
    found = axe.Axe().run(visit.page)
    assert found.response["violations"] == [], found.generate_report()


def test_a_phone_need_not_be_scrolled_sideways(visit, page_of_a_search):
    visit.page.set_viewport_size({"width": 390, "height": 800})
    page = visit.open(page_of_a_search)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_probes_unfold_and_the_report_of_the_run_opens(visit, page_of_a_search):
    page = visit.open(page_of_a_search)
    details = page.locator("details")
    details.locator("summary").click()
    assert details.locator("tbody tr").first.is_visible()
    page.click("text=The whole report of these points")
    page.wait_for_selector("h1#headline")
