"""Every planted fault breaks the laws that it should, real codecs break none but their known ones, and cards say so."""

import functools
import json

import pytest
from click.testing import CliRunner

from harness.check.bench import Here
from harness.check.card import Card, check, elsewhere, line, make_card, markdown
from harness.check.finding import Status
from harness.check.laws.table import LAWS, judge
from harness.check.subject import Subject, subject
from harness.cli.check import check as command
from harness.cli.options import parse_options
from harness.codecs.loading import load
from harness.errors import UsageInvalid

ENDS = {"start-up", "flush", "close", "abort"}  # no embedded codec holds anything back, or has to be closed
OPTIONAL = {  # they ask for a capability
    "offline",
    "past-context-offline",
    "snapshot-restores",
    "batch-rows",
    "threads",
    "narrower-numbers",
}

BEYOND_CONTEXT = {"past-context-offline", "past-context-chunks", "call-past-context"}  # see test_known_positives.py

BREAKS = {  # planted fault: the laws that it must break; a fault may break more
    "Sound": set(),
    "OneFrameLate": {"delay"},
    "HalfGain": {"offline", "level"},
    "AliasingClone": {"clone-continues", "clone-independent"},
    "FreshClone": {"clone-continues"},
    "ResetsBothSides": {"reset-one-side"},
    "SharedInstance": {"deterministic"},
    "EncodingDisturbsDecoding": {"encode-leaves-decode"},
    "Unrepeatable": {"deterministic"},
    "LiveState": {"state-is-copied"},
    "PadsSilently": {"honest-errors"},
}

DEAF = ("DropsLastFrame", "OneSampleLong", "ReturnsNan", "RaisesHalfWay", "WrongShape", "WrongType")


@functools.cache
def on(adapter: str) -> Subject:
    return subject(load(adapter, {}), frames=8, longest=4)


def card_of(adapter: str) -> Card:
    return make_card(Here(subject(load(adapter, {}), frames=20, longest=3)), adapter, {})


def broken(adapter: str) -> set[str]:
    return {finding.law for finding in card_of(adapter).broken}


@pytest.mark.parametrize("name", BREAKS)
def test_a_planted_fault_breaks_its_law(name):
    found = broken(f"planted.faults:{name}")
    assert found >= BREAKS[name]
    assert bool(found) == bool(BREAKS[name])


@pytest.mark.parametrize("name", DEAF)
def test_a_codec_whose_plain_stream_fails_is_not_judged_further(name):
    card = card_of(f"planted.faults:{name}")
    assert {finding.status for finding in card.findings} == {Status.COULD_NOT_RUN}
    assert all("a plain stream already fails" in finding.observed for finding in card.findings)


def test_a_codec_that_is_not_deterministic_is_not_asked_for_equality():
    card = card_of("planted.faults:Unrepeatable")
    assert [finding.law for finding in card.broken] == ["deterministic"]
    skipped = {finding.law: finding.same_as for finding in card.findings if finding.status is Status.COULD_NOT_RUN}
    assert skipped == {name: "deterministic" for name, law in LAWS.items() if law.compares}
    assert len(list(elsewhere(card.findings))) == 1


@pytest.mark.parametrize("adapter", ["pcm", "opus"])
def test_a_sound_codec_breaks_nothing(adapter):
    card = card_of(adapter)
    assert not card.broken, [line(finding) for finding in card.broken]
    unasked = {finding.law for finding in card.findings if finding.status is not Status.HELD}
    assert unasked <= OPTIONAL | ENDS | (BEYOND_CONTEXT | {"noise-floor", "window"} if adapter == "pcm" else set())


@pytest.mark.parametrize("law", sorted(LAWS.keys() - BEYOND_CONTEXT - ENDS - {"reset-after-nan", "noise-floor"}))
def test_the_small_mimi_keeps_the_law(law):
    finding = judge(law, on("mini"))
    assert finding.status is Status.HELD, line(finding)


def test_a_reset_that_forgets_the_downsampler_is_found():
    finding = judge("reset-encoder", on("planted.faults:ForgetfulReset"))
    assert finding.status is Status.BROKEN
    assert finding.first_frame == 0
    assert judge("reset-decoder", on("planted.faults:ForgetfulReset")).status is Status.HELD


class Humble:
    """Opus, with a clone that it does not promise."""

    def __init__(self) -> None:
        self.promises_not = {"clone-continues": "copies are not supported", "delay": "nobody measured it"}
        self.inner = load("planted.faults:FreshClone", {})
        self.info = self.inner.info
        self.open = self.inner.open


def test_what_is_not_promised_is_reported_with_what_was_observed():
    clone = judge("clone-continues", subject(Humble()))
    assert clone.status is Status.NOT_PROMISED
    assert clone.observed.startswith("copies are not supported (observed: codes of a clone")
    delay = judge("delay", subject(Humble()))
    assert delay.status is Status.NOT_PROMISED
    assert delay.observed == "nobody measured it (nevertheless observed to hold)"


def test_an_unknown_law_is_refused():
    with pytest.raises(UsageInvalid, match="no law 'clone-continue'; there are: deterministic"):
        check(load("pcm", {}), "pcm", {}, laws=["clone-continue"])


def test_the_card_survives_json_and_escapes_markdown():
    card = check(load("planted.faults:PadsSilently", {}), "x", {"inner": "opus"}, laws=["honest-errors", "delay"])
    assert Card.model_validate_json(card.model_dump_json()) == card
    text = markdown(card)
    assert "`codec-harness check x --option inner=opus`: 1 held, 1 broken." in text
    assert "| `honest-errors` | empty, partial and out-of-range input is refused, with a reason | broken |" in text


def test_the_command_prints_the_card_and_tells_by_its_exit_code():
    good = CliRunner().invoke(command, ["pcm", "--option", "frame_ms=10", "--law", "counts"])
    assert good.exit_code == 0
    assert good.output.splitlines()[0] == "+ counts                 held"
    bad = CliRunner().invoke(command, ["planted.faults:OneFrameLate", "--law", "delay", "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.output)["findings"][0]["off_by"]["value"] == pytest.approx(320, abs=16)


def test_options_are_toml_or_text():
    assert parse_options(("a=1", "b=true", "c=hf://x/y", 'd="1"')) == {"a": 1, "b": True, "c": "hf://x/y", "d": "1"}
    with pytest.raises(UsageInvalid, match="wanted KEY=VALUE"):
        parse_options(("bitrate",))
