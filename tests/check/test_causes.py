"""How a codec is not the same twice is told apart, and a cause is told once."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from loopback import started
from planted import faults

from harness.check.card import elsewhere
from harness.check.finding import Status
from harness.check.isolated import check_isolated
from harness.check.laws.table import judge
from harness.check.subject import subject


def test_the_other_laws_are_asked_of_a_server_whose_slots_are_not_reset():
    server = Path(__file__).parents[2] / "examples" / "voice-server" / "voice_server.py"
    with started(str(server), "--listen", "ws://127.0.0.1:0") as url:
        card = check_isolated("server", {"url": f"{url}/1.2"}, laws=[*LAWS, "abort", "window", "offline"])
    first, *others = card.findings
    assert "state is left over, and outlives the process, as in a slot of a server" in first.observed
    assert "the other laws were asked of instances that are reset first" in first.observed
    told = {finding.law: finding.status for finding in others}
    asked = {law: told.pop(law) for law in ("counts", "chunks", "reset-decoder", "abort")}
    assert set(asked.values()) == {Status.HELD}
    alone = dict.fromkeys(("window", "offline"), Status.NOT_APPLICABLE)  # what they find cannot be reset
    assert told == {"clone-continues": Status.NOT_PROMISED} | alone


LAWS = ["deterministic", "counts", "chunks", "clone-continues", "reset-decoder"]


def test_after_a_warm_up_the_other_laws_are_asked():
    card = check_isolated("planted.faults:WarmsUp", {}, laws=LAWS)
    first, *others = card.findings
    assert first.status is Status.BROKEN
    assert "the first instance of a process gives something else than all later ones" in first.observed
    assert {finding.status for finding in others} == {Status.HELD}


def test_a_second_instance_that_is_unlike_the_others_is_told():
    first = check_isolated("planted.faults:SecondOff", {}, laws=["deterministic"]).findings[0]
    assert first.status is Status.BROKEN
    assert "instance 2 gives something else than the one before" in first.observed


def test_one_slot_for_all_is_no_warm_up():
    card = check_isolated("planted.unsteady:OneSlot", {}, laws=LAWS)
    first, *others = card.findings
    assert "state is left over: each instance finds what the one before has left" in first.observed
    assert "the other laws were asked of instances that are reset first" in first.observed
    assert {finding.status for finding in others} == {Status.HELD}


def test_of_a_pool_that_a_reset_cleans_the_other_laws_are_asked():
    first, *others = check_isolated("planted.faults:Pooled", {}, laws=LAWS).findings
    assert "state is left over: what instance 6 of a process gives" in first.observed
    assert {finding.status for finding in others} == {Status.HELD}


def test_what_no_reset_takes_back_is_told_once():
    card = check_isolated("planted.unsteady:Remembers", {}, laws=LAWS)
    assert "was given to the instances before it" in card.findings[0].observed
    assert [finding.same_as for finding in card.findings] == [None, None, *["deterministic"] * 3]
    (line,) = elsewhere(card.findings)
    assert line == (
        "? the same as deterministic in 3 more, which could not run: chunks, clone-continues, reset-decoder"
    )


def test_laws_that_use_both_sides_are_not_accused_alone_where_one_side_spoils_the_other():
    laws = ["encode-leaves-decode", "clone-continues", "reset-decoder", "counts"]
    card = check_isolated("planted.origins:EncodingSpoilsDecoding", {}, laws=laws)
    (line,) = elsewhere(card.findings)
    assert line == (
        "? as encode-leaves-decode is broken, what encodes and decodes on one instance may be broken by that alone: "
        "clone-continues"
    )


def test_a_codec_that_says_it_is_random_is_not_accused_of_what_earlier_calls_left():
    card = check_isolated("planted.unsteady:Dithers", {}, laws=LAWS)
    first, counts, *others = card.findings
    assert first.status is Status.NOT_PROMISED
    assert first.observed.startswith("random dither (observed: ")
    assert "it draws chance, or the time" in first.observed
    assert counts.status is Status.HELD
    assert {(finding.status, finding.same_as) for finding in others} == {(Status.COULD_NOT_RUN, "deterministic")}


def test_a_law_is_not_blamed_for_what_earlier_calls_left():
    finding = judge("reset-decoder", subject(faults.Pooled(slots=4)))
    assert finding.status is Status.COULD_NOT_RUN
    assert finding.observed.startswith(
        "what earlier calls left, or used up, decides: a plain stream on fresh instances"
    )


def test_one_error_in_many_laws_is_told_once():
    card = check_isolated("planted.faults:Slots", {}, laws=LAWS)
    said = [finding.observed for finding in card.findings if finding.status is not Status.HELD and not finding.same_as]
    assert len(said) == 1
    assert "capacity exhausted: 16 slots" in said[0]


def test_a_plain_stream_that_fails_is_told_once():
    card = check_isolated("planted.faults:RaisesHalfWay", {}, laws=LAWS)
    assert [finding.same_as for finding in card.findings] == [None, *["deterministic"] * 4]
    assert card.headline == "5 could not run (1 cause)"


class Bucket(faults.Sound):
    """Batches run in sizes of powers of two; what fills them up goes through row *victim*."""

    def __init__(self, victim):
        super().__init__()
        self.victim = victim
        self.info = dataclasses.replace(self.info, tolerance=1e-6)

    def open_batch(self, rows):
        return Rows(self, [self.inner.open() for _ in range(rows)])


class Rows:
    def __init__(self, codec, rows):
        self.codec, self.rows = codec, rows
        self.filling = (1 << (len(rows) - 1).bit_length()) - len(rows)

    def through(self, name, given):
        out = np.stack([getattr(row, name)(one) for row, one in zip(self.rows, given, strict=True)])
        for _ in range(self.filling):
            getattr(self.rows[self.codec.victim], name)(given[0].copy())
        return out

    def encode(self, pcm):
        return self.through("encode", pcm)

    def decode(self, codes):
        return self.through("decode", codes)


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_a_batch_of_three_names_the_row_that_is_spoilt(victim):
    finding = judge("batch-rows", subject(Bucket(victim)))
    assert finding.status is Status.BROKEN
    assert f"codes of row {victim} of a batch of 3 differ" in finding.observed
    assert finding.observed.count("row ") == 1


@pytest.mark.parametrize(("adapter", "what"), [("Remembered", "other PCM"), ("RemembersCodes", "other codes")])
def test_what_is_given_again_for_equal_input_is_told_and_the_other_laws_are_asked(adapter, what):
    first, *others = check_isolated(f"planted.unsteady:{adapter}", {}, laws=LAWS).findings
    assert first.status is Status.BROKEN
    assert first.observed.startswith(f"fresh instances give {what} for a stream whose second half others were given")
    assert {finding.status for finding in others} == {Status.HELD}


@pytest.mark.parametrize("adapter", ["planted.innocent:Overlapping", "planted.innocent:OneBit", "pcm"])
def test_what_depends_on_its_own_past_or_on_nothing_keeps_nothing_beyond_an_instance(adapter):
    (first,) = check_isolated(adapter, {}, laws=["deterministic"]).findings
    assert first.status is Status.HELD
