"""Every fault is traced to its frame, module and state; what is equal is called equal."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from planted import faults
from planted.replays import FRAMES, codec, replay

from harness.cli.explain import explain as command
from harness.codecs.protocol import Codec, Side
from harness.errors import UsageInvalid
from harness.explain.divergence import Explanation, explain
from harness.record import RunRecord
from harness.record import load as load_record
from harness.runs.explained_cells import cell, explain_setups, suite_of, suspects
from harness.runs.pipeline import run as run_suite
from harness.runs.suite import load as load_suite
from harness.topology.model import DecoderWiring, Topology
from harness.topology.wire import Wire


def against_shared(topology: Topology | str, of: Codec | None = None, wire: Wire | None = None) -> Explanation:
    return explain(replay("shared", of), replay(topology, of, wire))


@pytest.mark.parametrize("name", ["separate", "cloned-mid-encode", "handover", "reuse-after-reset"])
def test_what_is_equal_is_called_equal(name):
    found = against_shared(name)
    assert found == Explanation(text=f"{name} and shared are equal, bit for bit.")


def test_rounding_is_called_rounding():
    assert "by rounding only, by no more than" in against_shared("offline").text


class Zeros(faults.Sound):
    sign = 1.0

    def wrap(self, instance):
        sign = np.float32(self.sign)

        class Zero(faults.SoundInstance):
            def decode(self, codes):
                return np.copysign(self.inner.decode(codes) * 0, sign)

        return Zero(self, instance)


def test_signs_of_zero_are_neither_called_equal_nor_rounding():
    negative = Zeros("opus")
    negative.sign = -1.0
    found = explain(replay("shared", Zeros("opus")), replay("separate", negative))
    assert found == Explanation(text="separate differs from shared in signs of zero only.")


def test_a_takeover_is_found_in_its_frame_with_the_first_state_that_was_lost():
    found = against_shared("takeover")
    assert (found.side, found.frame) == ("decoder", FRAMES // 2)
    assert (found.module, found.state) == ("upsample.convtr", "decoder/upsample.convtr.partial")
    assert "takeover: instance decoder-2: opened; shared: instance a: opened, 6 frames of this stream." in found.text
    assert found.cause == "missing past"


def test_an_encoder_reset_is_found_on_the_encoders_side():
    found = against_shared("reset-every-frame-encoder")
    assert (found.side, found.frame) == ("encoder", 1)
    assert found.module == "encoder.model.0.conv.conv"
    assert found.state == "encoder/encoder.model.0.previous"
    assert found.states > 1


def test_codes_that_the_wire_changed_are_not_blamed_on_the_codec():
    found = against_shared("shared", wire=Wire(fault="off-by-one"))
    assert (found.side, found.frame, found.module) == ("wire", 0, None)


def test_other_samples_into_the_encoder_are_not_blamed_on_the_codec():
    found = explain(replay("shared"), replay("shared", gain=0.5))
    assert (found.side, found.frame) == ("input", 0)


def test_the_frame_is_told_from_which_other_samples_are_fed():
    whole, cut = replay("shared"), replay("shared")
    samples = cut.speech.copy()
    samples[3 * cut.info.frame_size :] *= 0.5
    found = explain(whole, replace(cut, speech=samples))
    assert (found.side, found.frame) == ("input", 3)


def test_differently_cut_calls_are_compared_by_their_state_alone():
    found = explain(
        replay("shared"), replay(Topology(chunk=5, decoder=DecoderWiring(takeover=True, instance="separate")))
    )
    assert found.frame == 5  # the switch at frame 6 lies in the call of frames 5 to 9
    assert found.module is None
    assert found.state == "decoder/upsample.convtr.partial"
    assert "The calls are cut differently (frames 5 to 9 against 5)" in found.text


def test_a_stateless_call_has_no_state_to_compare():
    found = against_shared("stateless")
    assert "outside streaming" in found.text
    assert found.states == 0


def test_a_codec_without_modules_is_explained_by_its_state():
    found = against_shared("takeover", codec("opus"))
    assert (found.side, found.frame) == ("decoder", FRAMES // 2)
    assert (found.module, found.state) == (None, "decoder/state")


class OneLeaf:
    """The small Mimi, with one value of the state spoilt before frame 6 of either side."""

    def __init__(self, leaf: str) -> None:
        self.inner = codec("mini")
        self.info = self.inner.info
        self.leaf = leaf

    def open(self):
        instance: Any = self.inner.open()
        leaf = self.leaf
        encode, decode = instance.encode, instance.decode
        calls = {Side.ENCODER: 0, Side.DECODER: 0}

        def spoil(side):
            calls[side] += 1
            if calls[side] == 7:
                state = instance.snapshot()
                state[leaf] = state[leaf] * 0 if state[leaf].is_floating_point() else state[leaf] + 1
                instance.restore(state)

        def encode_spoilt(pcm):
            if leaf.startswith(("encoder", "downsample")):
                spoil(Side.ENCODER)
            return encode(pcm)

        def decode_spoilt(codes):
            if leaf.startswith(("decoder", "upsample")):
                spoil(Side.DECODER)
            return decode(codes)

        instance.encode, instance.decode = encode_spoilt, decode_spoilt
        return instance


@pytest.mark.parametrize(
    ("leaf", "module"),
    [
        ("encoder.model.6.previous", "encoder.model.6.conv.conv"),
        (
            "encoder_transformer.transformer.layers.1.self_attn.kv_cache.cache",
            "encoder_transformer.transformer.layers.1",
        ),
        ("downsample.conv.previous", "downsample.conv.conv.conv"),
        ("upsample.convtr.partial", "upsample.convtr"),
        (
            "decoder_transformer.transformer.layers.0.self_attn.kv_cache.cache",
            "decoder_transformer.transformer.layers.0",
        ),
        ("decoder.model.5.partial", "decoder.model.5"),
        ("decoder.model.11.previous", "decoder.model.11.conv.conv"),
    ],
)
def test_one_spoilt_value_is_traced_to_its_module(leaf, module):
    found = explain(replay("separate"), replay("separate", OneLeaf(leaf)))
    assert found.frame == 6
    assert found.module is not None
    assert found.module.startswith(module)


def test_a_failing_run_is_said_to_fail():
    found = explain(replay("shared", codec("opus")), replay("shared", codec("planted.faults:RaisesHalfWay")))
    assert "shared fails, so there is nothing to hold side by side: decode of frames 9 to 9" in found.text


def test_codecs_of_other_frames_are_refused():
    with pytest.raises(UsageInvalid, match="frame by frame: frame_size 160 against 320"):
        explain(replay("shared", codec("opus")), replay("shared", codec("opus", frame_ms=10)))


SUITE = """
[speech]
utterances = ["slt-04", "rms-01"]
[codecs.opus]
adapter = "opus"
[[setups]]
codec = "opus"
topology = ["shared", "takeover"]
"""


def test_a_cell_is_found_in_a_suite_and_explained(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(SUITE)
    suite, record = suite_of(path)
    assert record is None
    assert cell(suite, record, "opus/takeover") == ("opus/takeover", None)
    assert cell(suite, record, "opus/takeover/slt-04") == ("opus/takeover", "slt-04")
    with pytest.raises(UsageInvalid, match="no cell 'opus/takover'; wanted SETUP or SETUP/UTTERANCE"):
        cell(suite, record, "opus/takover")
    no_pool: Any = None
    with pytest.raises(UsageInvalid, match="no utterance 'slt-05'"):
        explain_setups(suite, "opus/takeover", None, "slt-05", no_pool)
    shown = CliRunner().invoke(command, [str(path), "opus/takeover/slt-04"])
    assert shown.exit_code == 0
    assert "on the decoder side: the codes that arrive are equal, but its PCM differs." in shown.output
    as_json = CliRunner().invoke(command, [str(path), "opus/takeover", "--against", "opus/takeover", "--json"])
    assert json.loads(as_json.output)["side"] is None


def test_a_runs_cells_are_explained_and_the_report_shows_it(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(f"{SUITE}at_least = 'identical'\n[scores]\npesq = false\nstoi = false\nasr = false\n")
    record, folder = run_suite(load_suite(path), tmp_path, jobs=1)
    assert [setup.name for setup in record.setups if not setup.met] == ["opus/takeover"]
    worst = suspects(record)[0]
    shown = CliRunner().invoke(command, [str(folder), "--store"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("opus/takeover diverges from opus/shared") == 1
    stored = load_record(folder / "run.json", RunRecord)
    told = {f"{each.setup}/{each.utterance}": each.localisation for each in stored.cells if each.localisation}
    assert told == {worst: shown.output.strip()}
    pages = [*folder.rglob("*.html"), *folder.rglob("*.js")]
    assert any("opus/takeover diverges from opus/shared" in page.read_text() for page in pages)
    assert "opus/takeover diverges from opus/shared" in (folder / "junit.xml").read_text()
    assert command.callback is not None
    with pytest.raises(UsageInvalid, match="give a run, no --against"):
        command.callback(folder, ("opus/takeover",), "opus/shared", None, True, False)
    with pytest.raises(UsageInvalid, match="nothing is known to be wrong"):
        command.callback(path, (), None, None, False, False)


def test_codecs_with_codes_of_two_kinds_are_held_by_their_sound():
    found = explain(replay("shared", codec("pcm")), replay("shared", codec("opus")))
    assert (found.side, found.frame) == ("output", 0)
    assert "its PCM differs; the codes are of other kinds, so the side that begins it cannot be told" in found.text


@pytest.mark.parametrize("name", ["takeover", "reset-every-frame-decoder", "cross-talk"])
def test_localising_takes_fewer_than_twice_the_calls_of_a_plain_run(name):
    calls = []

    class Counting(faults.Sound):
        def wrap(self, instance):
            calls.append(instance)
            instance.encode, instance.decode = counted(instance.encode), counted(instance.decode)
            return instance

    def counted(call):
        def wrapped(given):
            calls.append(call)
            return call(given)

        return wrapped

    suspect, reference = replay(name, Counting()), replay("shared", Counting())
    calls.clear()
    suspect.run(None)
    reference.run(None)
    plain = len(calls)
    explain(reference, suspect)
    assert len(calls) - plain < 2 * plain
