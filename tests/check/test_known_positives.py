"""The released packages' own defects are found by the laws alone; see docs/findings.md."""

import json
import re
from pathlib import Path

import pytest

from harness.check.card import line
from harness.check.finding import LawFinding, Status
from harness.check.fuzz.program import parse
from harness.check.fuzz.reproduce import topologies_showing
from harness.check.fuzz.world import FreshOutputs, replay
from harness.check.laws.table import judge
from harness.check.subject import Subject, subject
from harness.codecs.loading import load
from harness.runtime.resources import fixture

RING = 32  # frames that the attention of the copy looks back


@pytest.fixture(scope="module")
def short_context(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder with the embedded weights and a context that is short enough to overflow in a test."""
    folder: Path = tmp_path_factory.mktemp("short-context")
    embedded = fixture("mini-mimi")
    config = json.loads((embedded / "config.json").read_text())
    (folder / config["weights"]).symlink_to(embedded / config["weights"])
    (folder / "config.json").write_text(json.dumps(config | {"context": RING * config["pack"]}))
    return str(folder)


@pytest.fixture(scope="module")
def mini(short_context: str) -> Subject:
    return subject(load("mini", {"weights": short_context}))


def found(law: str, under_test: Subject) -> LawFinding:
    finding = judge(law, under_test)
    assert finding.status is Status.BROKEN, line(finding)
    return finding


def off_by(finding: LawFinding) -> float:
    assert finding.off_by is not None
    assert finding.off_by.value is not None
    return finding.off_by.value


def test_a_nan_survives_the_reset_of_moshi(mini):
    finding = found("reset-after-nan", mini)
    assert finding.first_frame == 0
    assert off_by(finding) > 0.4  # share of codes; the context of the rest has forgotten it


@pytest.mark.parametrize("law", ["past-context-chunks", "past-context-offline"])
def test_beyond_its_ring_moshi_depends_on_the_size_of_the_calls(law, mini):
    assert found(law, mini).first_frame == RING


def test_one_call_longer_than_the_ring_is_wrong_from_its_first_frame(mini):
    finding = found("call-past-context", mini)
    assert finding.first_frame == 0
    assert off_by(finding) > 0.1


SHIPPED = "harness.codecs.mimi.shipped:ShippedMiniCodec"


@pytest.mark.parametrize("law", ["snapshot-restores", "clone-continues", "clone-independent"])
def test_the_streaming_state_that_moshi_hands_out_is_alive(law):
    found(law, subject(load(SHIPPED, {})))


def test_the_shortest_program_that_shows_it_takes_a_snapshot_and_puts_it_back():
    program = "a = open\ns1 = snapshot a\nencode a main 0:1\nrestore a s1\nencode a main 0:1"
    told = replay(FreshOutputs(subject(load(SHIPPED, {}))), parse(program))
    assert told is not None
    assert "codes of instance a differ from frame 0 on" in told


@pytest.mark.parametrize("adapter", ["mini", "opus"])
def test_no_standard_wiring_that_must_be_harmless_is_suspected(adapter):
    assert topologies_showing(subject(load(adapter, {}), frames=10)) == []


@pytest.mark.parametrize(("rate", "frame_ms", "status"), [(48_000, 10, Status.BROKEN), (48_000, 20, Status.HELD)])
def test_what_libopus_forgets_to_reset_is_heard_in_silence(rate, frame_ms, status):
    finding = judge("reset-into-silence", subject(load("opus", {"sample_rate": rate, "frame_ms": frame_ms})))
    assert finding.status is status, line(finding)


def test_the_decoder_of_transformers_mimi_forgets_its_convolutions():
    pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")
    under_test = subject(load("transformers-mimi", {}))
    for law in ("offline", "chunks"):
        finding = found(law, under_test)
        assert finding.first_frame == 1
        assert "codes" not in finding.observed.partition("PCM")[0]  # the encoder is right


@pytest.mark.parametrize("law", ["past-context-offline", "call-past-context"])
def test_one_call_of_transformers_mimi_attends_to_more_than_its_window(law, short_context):
    pytest.importorskip("transformers", reason="needs the extra codec-harness[transformers-mimi]")
    finding = found(law, subject(load("transformers-mimi", {"weights": short_context})))
    assert re.match(r"codes of .* differ from frame 3[2-4] on: ", finding.observed)  # just past the ring
