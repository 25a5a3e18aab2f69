"""Adapters that are odd in many ways beside one that is good: each is named, and the good one is untouched."""

from pathlib import Path

import pytest
from campaign.adapters import run, wrong
from planted.odd import DEADLY, HANGING, HARMLESS, ODD

from harness.errors import CodecUnavailable
from harness.runs import pipeline, preparing
from harness.runs import suite as suites

HUNG = ("decode-hangs", "encode-hangs-locked", "making-hangs")  # each costs the limit; the campaign runs them all


def some(rows, names):
    return {name: rows[name] for name in names}


@pytest.mark.parametrize(
    "rows",
    [some(ODD, list(ODD)[::3]), some(HANGING, HUNG), DEADLY, HARMLESS],
    ids=["odd", "hanging", "deadly", "harmless"],
)
def test_an_odd_adapter_is_named_and_takes_nothing_along(rows, tmp_path):
    assert wrong(rows, run(rows, tmp_path)) == []


def test_the_table_would_tell(tmp_path):
    rows = {"lists": ODD["codes-bool"], "codes-bool": HARMLESS["lists"]}
    told = wrong(rows, run(rows, tmp_path, jobs=1))
    assert [line.partition(":")[0] for line in told] == ["lists/shared", "codes-bool/shared"]


def test_nothing_is_run_if_no_codec_can_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "Keys", lambda *_: pytest.fail("there is nothing to run"))
    content = {
        "codecs": {"odd": {"adapter": "planted.odd:Odd", "how": "made-str-raises"}},
        "setups": [{"codec": "odd"}],
        "scores": {"asr": False},
    }
    with pytest.raises(CodecUnavailable, match="making it raised StrRaises"):
        pipeline.run(suites.parse(content, "test", Path(), "test"), tmp_path, jobs=1)
