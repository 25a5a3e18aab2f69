"""The report in a real browser, opened from the disk as a person would."""

import json
import math
import time

import pytest
from report.sample import build

from harness.record import save
from harness.report import render
from harness.runs.outcome import gated

CELL = "#cell=mini/cross-talk/slt-01"
PLACES = ("", CELL, "#compare", "#about", "#listen=mini/cross-talk/slt-01", "#rate=slt-01")


def until(page, expression, seconds=60):
    """Wait for *expression*; Playwright's own way evaluates text in the page, which the page's policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(20)


def wait_for_cell(page):
    page.wait_for_selector("#cell-body:not([hidden]) #scrub")
    until(page, "report.cellView.sounds.audios.every((audio) => audio.readyState >= 2)")


def settled(page):
    """Wait until the view shown has loaded what it loads."""
    until(
        page,
        "(() => { const view = document.querySelector('main > .view:not([hidden])');"
        " return view.id === 'cell' ? report.cellView.sounds !== null"
        " : view.id === 'listen' ? document.querySelector('#listen-a option') !== null"
        " : view.id.startsWith('setup-') ? view.querySelector('.strip svg') !== null : true; })()",
    )


def sounds(page, expression):
    return page.evaluate(f"(() => {{ const sounds = report.cellView.sounds; return {expression}; }})()")


def test_first_screen_names_what_is_broken_and_where_it_begins(visit, index):
    page = visit.open(index)
    assert "4 of 14 setups" in page.inner_text("h1#headline")
    assert "mini, opus; 3 utterances, 9 s" in page.inner_text(".facts >> nth=0")
    first = page.locator(".broken > li").first
    assert "mini/broken" in first.inner_text()  # what the headline names
    assert "ValueError" in first.inner_text()
    first.locator(".preview button").wait_for()
    other = page.locator(".broken > li", has_text="mini/cross-talk")
    assert "begins at 0.4800 s (sample 7680, frame 12)" in other.inner_text()
    other.locator("a.go").click()
    wait_for_cell(page)
    assert page.inner_text("#cell-title") == "mini/cross-talk · slt-01"


def test_matrix_is_lettered_and_marks_masked_and_undefined_cells(visit, index):
    page = visit.open(index)
    letters = page.eval_on_selector_all("#matrix a.tile", "tiles => tiles.map((tile) => tile.textContent)")
    assert letters[:21] == [*"IIIIIIEEEAAADDDCCC???"]
    masked = page.eval_on_selector_all(
        "#matrix .masked", "tiles => tiles.map((tile) => tile.getAttribute('aria-label'))"
    )
    assert masked[0] == "corrupt, masked: mini/cross-talk, slt-01"
    assert len(masked) == 4


def test_players_play_and_switching_keeps_the_position(visit, index):
    page = visit.open(index, CELL)
    wait_for_cell(page)
    page.click("#play")
    until(page, "report.cellView.sounds.audios.every((audio) => audio.currentTime > 0.3)")
    before = sounds(page, "sounds.time")
    heard = sounds(page, "sounds.audios.findIndex((audio) => !audio.muted)")
    page.keyboard.press("x")
    after = sounds(page, "sounds.time")
    assert sounds(page, "sounds.audios.findIndex((audio) => !audio.muted)") != heard
    assert before <= after < before + 0.3
    assert sounds(page, "sounds.playing")
    page.keyboard.press("1")
    assert sounds(page, "sounds.audios.map((audio) => audio.muted)") == [False, True, True, True]
    page.click("#play")
    stopped = sounds(page, "sounds.time")
    page.keyboard.press("2")
    assert sounds(page, "sounds.time") == stopped


def test_louder_sounds_are_turned_down_to_the_quietest(visit, index):
    page = visit.open(index, CELL)
    wait_for_cell(page)
    levels = sounds(page, "sounds.audios.map((audio, n) => audio.volume * sounds.sources[n].rms)")
    assert max(levels) / min(levels) == pytest.approx(1, rel=0.01)
    page.uncheck("#level")
    assert sounds(page, "sounds.audios.map((audio) => audio.volume)") == [1, 1, 1, 1]


def test_a_selection_loops(visit, index):
    page = visit.open(index, CELL)
    wait_for_cell(page)
    page.locator("#errors").scroll_into_view_if_needed()
    lane = page.locator("#errors").bounding_box()
    y = lane["y"] + lane["height"] / 2
    page.mouse.move(lane["x"] + lane["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(lane["x"] + lane["width"] * 0.6, y, steps=4)
    page.mouse.up()
    start, end = sounds(page, "sounds.selection")
    assert (start, end) == (pytest.approx(1.5, abs=0.05), pytest.approx(1.8, abs=0.05))
    assert page.is_checked("#loop")
    page.keyboard.press("Space")
    page.evaluate("window.seen = []; setInterval(() => seen.push(report.cellView.sounds.time), 10)")
    back = "seen.filter((time, n) => n && time < seen[n - 1] - 0.1).length"
    until(page, f"{back} > 2")  # it went back, again and again
    inside = [start - 0.1 <= time <= end + 0.15 for time in page.evaluate("seen")[5:]]
    assert sum(inside) > 0.8 * len(inside)  # a busy machine is late to look
    page.keyboard.press("Escape")
    assert sounds(page, "sounds.selection") is None


def test_first_diverging_frame_is_marked_and_plays_when_clicked(visit, index):
    page = visit.open(index, CELL)
    wait_for_cell(page)
    assert page.inner_text("#first") == "begins at 0.4800 s (sample 7680, frame 12)"
    page.click("#first")
    start, end = sounds(page, "sounds.selection")
    assert start < 0.48 < end
    until(page, "report.cellView.sounds.playing")


def test_words_measurements_gates_and_the_amplitude_line_are_told(visit, index):
    page = visit.open(index, CELL)
    wait_for_cell(page)
    words = page.text_content("#words")
    assert "changed: the → gareht" in words
    assert "lost: boat" in words
    assert "added: +uh" in words
    numbers = page.inner_text("#measurements")
    assert "at least 2.45" in numbers
    page.click("#all-measurements summary")
    numbers = page.inner_text("#all-measurements")
    assert "the clip is too short to tell a drift" in numbers
    assert "would not have noticed" in page.inner_text("#amplitude")
    assert page.inner_text("#reproduce") == "codec-harness run suite.toml --setup mini/cross-talk --utterance slt-01"
    assert "codebook 1: 72 % equal" in page.get_attribute("#codes svg", "aria-label")


def test_a_failed_cell_says_why_and_shows_its_error_as_text(visit, index):
    page = visit.open(index, "#cell=mini/broken/slt-01")
    page.wait_for_selector("#cell-body:not([hidden])")
    assert "ValueError: <b>bad</b> frame" in page.inner_text("#cell-verdict")
    assert "undefined" in page.inner_text("#measurements")
    assert "no audio was kept" in page.inner_text("#lanes")


def test_keyboard_moves_through_the_matrix_and_between_cells(visit, index):
    page = visit.open(index)
    page.focus("#matrix a.tile[tabindex='0']")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "equivalent: mini/offline, awb-01"
    page.keyboard.press("Enter")
    wait_for_cell(page)
    page.keyboard.press("j")
    until(page, "document.querySelector('#cell-title').textContent === 'mini/offline · low-01'")
    page.keyboard.press("n")
    until(page, "document.querySelector('#cell-title').textContent === 'mini/cross-talk · slt-01'")
    page.keyboard.press("Escape")
    page.wait_for_selector("#overview:not([hidden])")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        "corrupt, masked: mini/cross-talk"
    )
    page.keyboard.press("?")
    assert page.is_visible("#keys")


def test_filters_leave_what_matches(visit, index):
    page = visit.open(index)
    bright = "document.querySelectorAll('#matrix tr:not([hidden]) td:not([hidden]) a.tile:not(.dim)').length"
    assert page.evaluate(bright) == 42
    page.fill("#search", "cross-talk blue folder")
    assert page.evaluate(bright) == 2  # awb-01, whose words these are, through both codecs
    assert page.inner_text("#shown") == "2 of 42 cells"
    page.click("button[type=reset]")
    until(page, f"{bright} === 42")
    page.locator("label.toggle", has_text="altered").click()
    assert page.evaluate(bright) == 6
    page.locator("label.toggle", has_text="altered").click()
    page.check("#only-masked")
    assert page.evaluate(bright) == 4
    page.uncheck("#only-masked")
    page.check("#only-unmet")
    assert page.evaluate(bright) == 12
    page.fill("#search", "topology.decoder.crosstalk=true")
    assert page.evaluate(bright) == 6


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("#cell=mini%2Fcross-talk/slt-01", "mini/cross-talk · slt-01"),
        ("#cell=mini/cross-talk/slt-01", "mini/cross-talk · slt-01"),
        ("#setup=mini%2Fdirty-clone", "mini/dirty-clone"),
        ("#compare", "sample run ffffffff 2026-01-02 03:04 against earlier run ffffffff 2026-01-02 03:04"),
        ("#about", "About this run"),
        ("#listen=opus/cross-talk/awb-01", "Blind test"),
        ("#rate=slt-01", "Rating with hidden reference and anchor"),
        ("#cell=no/such/cell", "4 of 14 setups are not what they must be: mini/broken is undefined."),
    ],
)
def test_deep_links(visit, index, place, shown):
    page = visit.open(index, place)
    page.wait_for_selector("main > .view:not([hidden])")
    assert page.inner_text("main > .view:not([hidden]) h1") == shown


def test_a_setup_is_drawn_and_its_utterances_are_plotted(visit, index):
    page = visit.open(index, "#setup=mini/dirty-clone")
    page.wait_for_selector(".strip svg")
    strip = page.locator("section:not([hidden]) .strip svg").nth(1)
    assert strip.locator("circle").count() == 3
    labels = [
        float(text.replace("\N{MINUS SIGN}", "-").rstrip("%"))
        for text in strip.locator("text:not(.gate)").all_text_contents()
    ]
    assert len(labels) >= 3
    assert labels == sorted(set(labels))
    drawing = page.text_content("section:not([hidden]) svg.wiring")
    assert "cloned before use" in drawing
    assert "has heard other speech" in drawing
    assert "PESQ, wide band" in page.inner_text("section:not([hidden]) .strips")
    assert "\N{MINUS SIGN}0.31 to \N{MINUS SIGN}0.09" in page.inner_text("section:not([hidden])")
    page.click("section:not([hidden]) table.utterances a")
    wait_for_cell(page)


def test_compare_puts_new_failures_first_and_sorts(visit, index):
    page = visit.open(index)
    first = " ".join(page.inner_text(".changes li").split())
    assert first.startswith("new failure mini/cross-talk altered → corrupt: STOI")
    assert first.endswith("awb-01, low-01, slt-01")
    page = visit.open(index, "#compare")
    kinds = page.eval_on_selector_all(
        "#changes tbody tr td:first-child", "cells => cells.map((cell) => cell.textContent)"
    )
    assert kinds[:3] == ["new failure"] * 3
    assert kinds.count("disappeared") == 0
    page.click("#changes th:nth-child(3) button")
    assert page.get_attribute("#changes th:nth-child(3)", "aria-sort") == "descending"
    assert page.inner_text("#changes tbody tr:first-child td:nth-child(3)") == "slt-01"
    assert page.inner_text("#compare .command").startswith("codec-harness baseline accept .../")


def binomial_tail(correct, trials):
    return sum(math.comb(trials, k) for k in range(correct, trials + 1)) / 2**trials


def test_abx_counts_a_scripted_sequence_and_exports_it(visit, index):
    page = visit.open(index, "#listen=mini/cross-talk/slt-01")
    page.wait_for_selector("#listen-a option", state="attached")
    page.click("#listen-form button")
    wrong = {2, 7}
    for trial in range(10):
        truth = page.evaluate("report.listenView.session.order")[trial]
        assert page.inner_text("#listen-progress") == f"Trial {trial + 1} of 10"
        assert page.is_disabled("[data-test=abx] [data-answer=a]")  # nothing was heard yet
        page.keyboard.press("1")
        assert page.inner_text("#listen-progress") == f"Trial {trial + 1} of 10"
        page.keyboard.press("a")
        until(page, "report.listenView.session.heard.has('a')")
        page.keyboard.press("x")
        until(page, "report.listenView.session.heard.has('x')")
        audible = page.evaluate("report.listenView.sounds.audios.map((audio) => !audio.muted)")
        assert audible == [truth == "a", truth == "b"]
        given = truth if trial not in wrong else {"a": "b", "b": "a"}[truth]
        page.keyboard.press("1" if given == "a" else "2")
    assert "8 of 10 right" in page.inner_text("#listen-said")
    assert "0.0547" in page.inner_text("#listen-said")
    with page.expect_download() as download:
        page.click("#listen-export")
    result = json.loads(download.value.path().read_text())
    assert result["correct"] == 8
    assert result["p_value"] == pytest.approx(binomial_tail(8, 10), abs=1e-12)
    assert [answer["right"] for answer in result["answers"]] == [n not in wrong for n in range(10)]
    assert (result["setup"], result["a"], result["b"]) == ("mini/cross-talk", "reference", "decoded")


def test_chance_is_the_exact_binomial_tail(visit, index):
    page = visit.open(index)
    for trials in (1, 5, 10, 16, 25):
        for correct in range(trials + 1):
            assert page.evaluate(f"report.chance({correct}, {trials})") == pytest.approx(
                binomial_tail(correct, trials), abs=1e-12
            )


def test_abx_refuses_one_sound_against_itself(visit, index):
    page = visit.open(index, "#listen=mini/cross-talk/slt-01")
    page.wait_for_selector("#listen-a option", state="attached")
    page.select_option("#listen-a", "decoded")
    page.click("#listen-form button")
    assert page.inner_text("#listen-problem") == "Choose two different sounds."


def test_abx_refuses_sounds_that_are_the_same(visit, index):
    page = visit.open(index, "#listen=mini/cloned-decoder/slt-01")
    page.wait_for_selector("#listen-a option", state="attached")
    page.click("#listen-form button")
    assert "bit for bit the same" in page.inner_text("#listen-problem")


def test_single_file_works_far_from_its_folder(visit, single):
    page = visit.open(single, CELL)
    wait_for_cell(page)
    page.click("#play")
    until(page, "report.cellView.sounds.time > 0.2")
    until(page, "[...document.querySelectorAll('#lanes img')].every((image) => image.naturalWidth > 100)")
    page = visit.open(single, "#setup=mini/dirty-clone")
    page.wait_for_selector(".strip svg")
    assert all(not url.startswith("file:") or url.split("#")[0].endswith("report.html") for url in visit.requests)


def test_theme_button_overrides_the_system(visit, index):
    page = visit.open(index)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.click("#theme")
    assert page.evaluate(paper) == light
    page.click("#theme")
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(visit, index, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visit.page.emulate_media(color_scheme=scheme)
    for place in (*PLACES, "#setup=mini/cross-talk"):
        page = visit.open(index, place)
        settled(page)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, f"{place}: {found.generate_report()}"


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_nothing_is_wider_than_the_screen(visit, index, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    for place in (*PLACES, "#setup=mini/dirty-clone"):
        page = visit.open(index, place)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_numbers_of_setups_sort_and_stand_in_the_address(visit, index):
    page = visit.open(index)
    heads = page.eval_on_selector_all("#matrix thead th[data-key]", "heads => heads.map((head) => head.innerText)")
    scores = ["WER", "excess WER", "logp", "PESQ-WB", "STOI"]
    assert heads == ["setup", "verdict", *scores, "Delay (ms)", "RTF enc", "RTF dec"]
    shown = "[...document.querySelectorAll('#matrix tbody th a')].map((link) => link.textContent)"
    page.click("#matrix th[data-key=pesq_wb] button")
    assert page.evaluate(shown)[:2] == ["mini/cross-talk", "opus/cross-talk"]
    assert page.evaluate(shown)[-2:] == ["mini/broken", "opus/broken"]  # no number: last, either way
    page.click("#matrix th[data-key=pesq_wb] button")
    assert page.get_attribute("#matrix th[data-key=pesq_wb]", "aria-sort") == "descending"
    assert page.evaluate(shown)[-2:] == ["mini/broken", "opus/broken"]
    page.locator("label.toggle", has_text="corrupt").click()
    page.fill("#search", "opus")
    address = page.evaluate("location.hash")
    assert address == "#q=opus&verdict=corrupt&sort=-pesq_wb"
    page = visit.open(index, address)
    bright = "document.querySelectorAll('#matrix tr:not([hidden]) td:not([hidden]) a.tile:not(.dim)').length"
    assert page.evaluate(bright) == 3
    assert page.input_value("#search") == "opus"
    page.click("#matrix tr:not([hidden]) a.tile:not(.dim) >> nth=0")
    wait_for_cell(page)
    page.click("#cell .trail a >> nth=0")
    page.wait_for_selector("#overview:not([hidden])")
    assert page.evaluate("location.hash") == address


def test_a_tile_under_the_pointer_or_in_focus_has_pictures_and_a_player(visit, index):
    page = visit.open(index)
    tile = page.locator("#matrix a.tile[aria-label='corrupt, masked: mini/cross-talk, slt-01']")
    tile.hover()
    page.wait_for_selector("#card:not([hidden]) img")
    assert "4 of 11 words are wrong" in page.inner_text("#card")
    page.locator("#card button", has_text="Decoded").click()
    until(page, "report.preview.sounds?.time > 0.1")
    page.keyboard.press("Escape")
    assert page.is_hidden("#card")
    assert page.evaluate("report.preview.sounds") is None
    page.focus("#matrix a.tile[tabindex='0']")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#card:not([hidden])")
    page.keyboard.press("Space")
    until(page, "report.preview.sounds?.playing")
    assert page.is_visible("#overview")


def test_every_row_has_a_player_of_its_worst_utterance(visit, index):
    page = visit.open(index)
    assert page.locator("#matrix tbody th button.hear").count() == 14
    page.locator("#matrix tr", has_text="mini/cross-talk").locator("button.hear").click()
    until(page, "report.preview.sounds?.time > 0.1")
    assert "mini/cross-talk · slt-01" in page.inner_text("#card")


def test_a_setup_says_what_it_is_why_and_where_it_begins(visit, index):
    page = visit.open(index, "#setup=mini/cross-talk")
    page.wait_for_selector("section:not([hidden]) .preview button")
    shown = page.inner_text("section:not([hidden])")
    assert "It is cross-talk. Must be identical. At every frame its state" in shown
    assert "begins to differ at 0.4800 s (sample 7680, frame 12)" in shown
    page.click("section:not([hidden]) .preview button >> nth=1")
    until(page, "report.preview.sounds?.time > 0.1")


def test_arrows_have_heads_in_every_drawing(visit, index):
    page = visit.open(index, "#setup=opus/dirty-clone")
    page.wait_for_selector("section:not([hidden]) svg.wiring")
    assert page.locator("marker#tip").count() == 1
    hidden = "[...document.querySelectorAll('marker#tip')].some((one) => one.closest('[hidden]'))"
    assert not page.evaluate(hidden)


def test_measurements_that_decide_come_first_and_a_reason_is_told_once(visit, index):
    page = visit.open(index, "#cell=mini/broken/slt-01")
    page.wait_for_selector("#cell-body:not([hidden])")
    assert page.inner_text("#cell-verdict").count("ValueError: <b>bad</b> frame") == 1
    page.click("#all-measurements summary")
    assert page.inner_text("#all-measurements").count("the output is silent") == 2  # once in each group


def test_the_comparison_is_saved_for_programs(visit, index, folder):
    page = visit.open(index, "#compare")
    told = json.loads((folder / page.get_attribute("a[download='compare.json']", "href")).read_text())
    assert [run["name"] for run in told["runs"]] == [
        "sample run ffffffff 2026-01-02 03:04",
        "earlier run ffffffff 2026-01-02 03:04",
    ]
    assert told["changes"][0]["change"] == "new failure"
    assert (folder / "page" / "compare.csv").read_text().startswith("setup,utterance,measurement,unit,tolerance,")
    assert page.locator(".beside tbody").count() == 14


def test_a_preference_is_counted_for_the_sound_and_not_for_its_letter(visit, index):
    page = visit.open(index, "#listen=mini/cross-talk/slt-01")
    page.wait_for_selector("#listen-a option", state="attached")
    page.check("input[value=preference]")
    page.select_option("#listen-count", "5")
    page.click("#listen-form button")
    for trial in range(5):
        first = page.evaluate("report.listenView.session.order")[trial]
        assert page.is_disabled("[data-test=preference] [data-answer=none]")
        for letter in "ab":
            page.keyboard.press(letter)
            until(page, f"report.listenView.session.heard.has('{letter}')")
        page.keyboard.press("1" if first == "b" else "2")  # whichever letter the second sound has
    assert "Decoded: 5" in page.inner_text("#listen-said")
    result = page.evaluate("report.abxResult")
    assert (result["kind"], result["preferred_b"], result["p_value"]) == ("codec-harness preference", 5, 2 / 32)


def test_a_rating_hides_reference_and_anchor_and_asks_for_all(visit, index):
    page = visit.open(index, "#rate=slt-01")
    for setup in ("mini/reset-every-frame", "mini/cross-talk"):
        page.check(f"#rate-setups label:has-text('{setup}') input")
    chosen = page.locator("#rate-setups input:checked").count()
    page.click("#rate-form button")
    page.wait_for_selector("#rate-trial:not([hidden])")
    sounds = page.evaluate("report.rateView.session.stimuli.map(({ name, role }) => [name, role])")
    assert sorted(role for _, role in sounds if role != "setup") == ["anchor", "reference"]
    assert len(sounds) <= chosen + 2
    assert not any(name in page.inner_text("#rate-sounds") for name, _ in sounds)
    for n in range(len(sounds) + 1):
        page.keyboard.press("r" if n == 0 else "abcdefghij"[n - 1])
        until(page, f"report.rateView.session.heard.has({n})")
    assert page.is_disabled("#rate-done")
    scores = {"reference": 100, "anchor": 20, "setup": 60}
    for n, (_, role) in enumerate(sounds):
        page.locator("#rate-sounds input").nth(n).fill(str(scores[role]))
    page.click("#rate-done")
    with page.expect_download() as download:
        page.click("#rate-export")
    (trial,) = json.loads(download.value.path().read_text())["trials"]
    assert {(one["role"], one["score"]) for one in trial["ratings"]} == set(scores.items())


def test_what_fails_its_gate_is_broken_with_its_reason(visit, tmp_path):
    record = build(tmp_path, kinds=("shared", "cloned-decoder"))
    late = {(setup.name, "awb-01"): ["delay changed by +20 ms"] for setup in record.setups}
    save(tmp_path / "run.json", gated(record, "mine.json", [], {}, late))
    page = visit.open(render(tmp_path))
    assert "2 of 2 setups fail their gates" in page.inner_text("#headline")
    first = page.locator(".broken > li").first
    assert "worst awb-01: delay changed by +20 ms" in first.inner_text()
    first.locator(".preview button").first.wait_for()
    assert page.locator(".broken > li").count() == 1
    assert "The same output, bit for bit: mini/cloned-decoder" in first.inner_text()
    marked = page.eval_on_selector_all("a.tile.gate", "tiles => tiles.map((tile) => tile.getAttribute('aria-label'))")
    assert marked[0] == "identical, fails its gate: mini/shared, awb-01"
    assert len(marked) == 2
    page = visit.open(tmp_path / "index.html", "#cell=mini/shared/awb-01")
    wait_for_cell(page)
    assert page.inner_text("#cell-verdict li >> nth=0") == "gate: delay changed by +20 ms"
