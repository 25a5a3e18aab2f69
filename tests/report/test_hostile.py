"""Names, transcripts and errors are text, whatever they hold; paths cannot lead out of a run."""

import re
import shutil
from xml.etree import ElementTree

import pytest
from report.sample import build

from harness.record import Cell, RunRecord, save
from harness.report import junit, render, summary
from harness.runtime.text import printable

NASTY = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "\"'><b>&amp;{{7*7}}${1}`",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f926\U0001f3fc\u200d\u2642\ufe0f emoji %2F ?#/\\",
    "line\u2028separator\u2029and <!-- comment",
]


def hostile(record: RunRecord, text: str) -> RunRecord:
    """Return *record* with *text* wherever a person or a codec may put text."""
    data = record.model_dump(mode="json", exclude={"cells"})
    cells = [cell.model_dump(mode="json") for cell in record.cells]
    setup, utterance = text + "/setup", text + "-utterance"
    for one in cells:
        one |= {"reasons": [text], "failure": text}
        if one["setup"] == "mini/cross-talk":
            one["setup"] = setup
        if one["utterance"] == "slt-01":
            one["utterance"] = utterance
        if one["transcript"]:
            one["transcript"] |= {"text": text, "findings": [text]}
            one["transcript"]["changes"] = [
                {"kind": "substituted", "reference": text, "heard": text, "start": 0.1, "end": 0.5}
            ]
        one["measurements"]["drift_ppm"] = {"undefined": text}
        one["measurements"][text] = {"value": 1.0, "unit": text}
    for one in data["setups"]:
        if one["name"] == "mini/cross-talk":
            one["name"] = setup
        one |= {"reasons": [text], "diagram": text, "worst_utterance": utterance, "topology": text}
        one["factors"] |= {text: text, "wire.drop": text}
        one["corpus"] |= {text: {"undefined": text}}
    for one in data["utterances"]:
        if one["id"] == "slt-01":
            one["id"] = utterance
        one |= {"transcript": text, "speaker": text, "licence": text}
    data |= {"name": text, "headline": text, "notes": [text]}
    data["provenance"] |= {"command": text, "machine": text, "packages": {text: text}}
    for one in data["codecs"]:
        one |= {"adapter": text, "fingerprint": text}
    return RunRecord.model_validate(data | {"cells": [Cell.model_validate(one) for one in cells]})


@pytest.mark.parametrize("text", NASTY)
def test_hostile_text_is_shown_as_text(visit, tmp_path, text):
    record = hostile(build(tmp_path / "run", kinds=("shared", "cross-talk")), text)
    save(tmp_path / "run" / "run.json", record)
    earlier = tmp_path / "earlier"
    save(earlier / "run.json", record.model_copy(update={"cells": record.cells[:2]}))
    index = render(tmp_path / "run", against=earlier)
    page = visit.open(index)
    shown = " ".join(printable(text).split())
    said = page.evaluate("document.querySelector('#headline').textContent.replace(/\\s+/g, ' ')")
    assert said == shown
    page.click(".broken a.go")
    page.wait_for_selector("#cell-body:not([hidden])")
    assert page.text_content("#cell-title") == f"{text}/setup · {text}-utterance"
    assert page.text_content("#words .substituted").count(text) == 2
    assert page.locator("#lanes img").count() == 4  # speech, reference, decoded, difference
    page.click("#cell-setup")
    page.wait_for_selector(".strip svg")
    for place in (
        "#compare",
        "#about",
        "#listen=" + page.evaluate("report.address('', ...report.overview.cells[3])")[2:],
    ):
        visit.open(index, place)
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("text", NASTY)
def test_siblings_survive_hostile_text(tmp_path, text):
    record = hostile(build(tmp_path / "run", kinds=("shared", "cross-talk")), text + "\x00\x1b")
    root = ElementTree.fromstring(junit(record))  # noqa: S314 - our own
    case = root.find(".//testcase[2]")
    assert case is not None
    assert case.attrib["name"].startswith(printable(text))
    said = "\n".join(line for line in summary(record).split("\n")[:-2] if not line.startswith("|"))
    assert not re.search(r"(?<!\\)[<|`\x00\x1b]", said)


def test_audio_outside_the_run_is_not_read(tmp_path):
    secret = tmp_path / "secret.flac"
    record = build(tmp_path / "run", kinds=("shared",))
    shutil.copy(tmp_path / "run" / record.cells[0].audio, secret)
    cells = tuple(cell.model_copy(update={"audio": "../secret.flac"}) for cell in record.cells)
    save(tmp_path / "run" / "run.json", record.model_copy(update={"cells": cells}))
    html = render(tmp_path / "run", single_file=True).read_text()
    assert "lies outside the run folder" in html
