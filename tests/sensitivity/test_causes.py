"""What is named as the cause, and which laws break with a fault: asked once, kept, and left out where none answers."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, cast

import pytest
from sensitivity.scripted import IDENTICAL, changed, ran

from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.explain.divergence import Explanation
from harness.runtime.store import Store
from harness.runtime.workers import Workers
from harness.sensitivity import catalogue, causes
from harness.sensitivity.layers import Observed


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Yield a campaign's maker, whose workers are a thread of this process, and the setups that were explained."""
    explained: list[str] = []

    def explain_on(_speech, _other, suspect, _reference):
        explained.append(suspect.name)
        if "hum" in suspect.name:
            raise CodecFailed("no more")
        return Explanation(text="so", side="decoder")

    monkeypatch.setattr(causes, "explain_on", explain_on)
    with ThreadPoolExecutor(1) as pool, closing(Store(tmp_path / "store")) as store:

        def made(answer, *only):
            found = ran(answer, *only)
            found.probing.workers = Workers(1, cast(Any, pool), store)
            found.probing.key = lambda probe: repr(probe)  # type: ignore[method-assign]
            return found

        yield made, explained


def test_the_largest_size_that_shows_and_does_not_fail_is_explained(asked):
    made, explained = asked

    def answer(probe):
        return Observed(failure="no more") if probe.step > 6 else IDENTICAL if probe.step < 5 else changed(gain_db=-6.0)

    found = causes.explained(made(answer, "quieter"))
    row = catalogue.find("quieter")
    assert found["quieter"].size == max(size for step, size in enumerate(row.sizes) if 5 <= step <= 6)
    assert (found["quieter"].side, found["quieter"].wanted, found["quieter"].right) == ("decoder", ("decoder",), True)
    assert len(explained) == 1


def test_a_fault_that_never_shows_is_not_explained(asked):
    made, explained = asked
    assert causes.explained(made(lambda _: IDENTICAL, "quieter")) == {}
    assert causes.explained(made(lambda _: Observed(failure="no more"), "quieter")) == {}
    assert explained == []


def test_an_answer_is_kept_and_what_cannot_be_told_is_left_out_and_asked_again(asked):
    made, explained = asked
    campaign = made(lambda _: changed(gain_db=-6.0), "quieter", "hum", "gap")
    first = causes.explained(campaign)
    assert "hum" not in first
    assert "quieter" in first
    before = len(explained)
    assert causes.explained(campaign) == first
    assert [name.split()[0] for name in explained[before:]] == ["hum"]


def test_what_is_kept_is_told_without_time_and_nothing_else_is(asked):
    made, explained = asked
    campaign = made(lambda _: changed(gain_db=-6.0), "quieter", "inverted")
    campaign.end = time.monotonic() - 1
    assert causes.explained(campaign) == {}
    assert explained == []
    campaign.end = time.monotonic() + 60
    known = causes.explained(campaign)
    campaign.end = time.monotonic() - 1
    assert causes.explained(campaign) == known != {}


def test_another_side_than_that_of_the_fault_is_wrong(asked):
    made, _ = asked
    (cause,) = causes.explained(made(lambda _: changed(gain_db=-6.0), "codes-flipped")).values()
    assert (cause.wanted, cause.side, cause.right) == (("encoder",), "decoder", False)


def test_laws_that_break_without_the_fault_are_not_laid_on_it(asked, monkeypatch):
    made, _ = asked
    broken = {"pcm": ["delay"], "same-buffer": ["delay", "output-owned"]}
    specs: list[Any] = []

    def laws_broken_by(spec):
        specs.append(spec)
        return broken[spec.options.get("fault", "pcm")]

    monkeypatch.setattr(causes, "laws_broken_by", laws_broken_by)
    campaign = made(lambda _: changed(), "same-buffer", "frames-dropped")  # the second is no fault of an adapter
    assert causes.broken_laws(campaign) == {"same-buffer": ("output-owned",)}
    assert [spec.options.get("fault") for spec in specs] == [None, "same-buffer"]
    campaign.end = time.monotonic() - 1
    assert causes.broken_laws(campaign) == {"same-buffer": ("output-owned",)}  # kept
    assert len(specs) == 2


def test_nothing_is_told_of_laws_where_there_was_no_time_for_the_codec_without_faults(asked):
    made, _ = asked
    campaign = made(lambda _: changed(), "same-buffer")
    campaign.end = time.monotonic() - 1
    assert causes.broken_laws(campaign) == {}


@pytest.mark.parametrize(
    ("adapter", "broken"),
    [("pcm", []), ("planted.faults:HalfGain", ["level"]), ("planted.faults:OneFrameLate", ["delay"])],
)
def test_the_laws_that_a_codec_breaks_are_told(adapter, broken):
    options = {} if adapter == "pcm" else {"inner": "pcm"}
    assert causes.laws_broken_by(CodecSpec(name="c", adapter=adapter, options=options)) == broken
