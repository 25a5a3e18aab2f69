"""A fault is planted into a configuration where there is something to break, and says why where there is not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.codecs.pcm import PcmCodec
from harness.codecs.protocol import CodecInfo, Side
from harness.codecs.spec import CodecSpec
from harness.sensitivity.plants import ADAPTER, EXAMPLE, OnCalls, OnCodes, OnPath, OnSamples, OnWire, OnWiring
from harness.topology.model import DecoderWiring, Topology
from harness.topology.setup import Configuration
from harness.topology.wire import Wire

PLAIN = Configuration(codec=CodecSpec(name="it", adapter="opus", options={"bitrate": 9000}), topology=Topology())
INFO = replace(PcmCodec().info, codebooks=2, bins=16, stateful=True)
SAMPLES = OnSamples(lambda window, _: window.new)
CODES = OnCodes(lambda codes, *_: codes, books=2)
CALLS = OnCalls("encoder-resets", ("encoder",))
STUCK = OnWire(lambda size, _: {"fault": "repeat-previous", "every": int(size)})


def test_an_adapter_is_put_around_the_codec_and_keeps_its_options() -> None:
    made = SAMPLES.into(PLAIN, "hum", 2.0, EXAMPLE)
    assert made.codec.adapter == ADAPTER
    assert made.codec.options["given"] == {"bitrate": 9000}
    assert (made.codec.options["fault"], made.codec.options["size"]) == ("hum", 2.0)
    assert made.codec.options["place"] == vars(EXAMPLE)
    assert (made.topology, made.wire, PLAIN.codec.adapter) == (PLAIN.topology, PLAIN.wire, "opus")


@pytest.mark.parametrize(
    ("plant", "changes", "said"),
    [
        (SAMPLES, {}, None),
        (SAMPLES, {"encodes": False}, "a decoder alone is given codes"),
        (SAMPLES, {"start_up": 1}, "the codec holds samples back"),
        (CODES, {}, None),
        (CODES, {"codebooks": 1}, "it has 1 codebooks, and the fault needs 2"),
        (CODES, {"latent_tolerance": 0.0, "bins": 0}, "its codes are latents, which have no bins"),
        (CODES, {"start_up": 1}, "the codec holds samples back"),
        (CALLS, {}, None),
        (CALLS, {"stateful": False}, "the codec has no state"),
        (replace(CALLS, stateless=True), {"stateful": False}, None),
        (CALLS, {"encodes": False}, "a decoder alone"),
        (OnWiring(lambda *_: {}, ("decoder",)), {"stateful": False}, "the codec has no state"),
        (OnWiring(lambda *_: {"no_such_key": 1}, ("decoder",)), {}, "own topology cannot be combined with it"),
    ],
)
def test_what_has_nothing_to_break_says_why(plant: Any, changes: dict[str, Any], said: str | None) -> None:
    found = plant.obstacle(PLAIN, replace(INFO, **changes), 1.0)
    assert found is None if said is None else said in str(found)


def stuck(books: int, info: CodecInfo) -> str | None:
    return replace(STUCK, books=books).obstacle(PLAIN, info, 5.0)


def test_a_wire_is_broken_once_and_of_one_codebook_only_where_there_are_two() -> None:
    made = STUCK.into(PLAIN, "stuck", 5.0, EXAMPLE)
    assert (made.wire.fault, made.wire.every) == ("repeat-previous", 5)
    assert STUCK.obstacle(made, INFO, 5.0) == "the setup has a faulty wire already"
    assert stuck(3, INFO) == "it has 2 codebooks, and the fault needs 3"
    assert stuck(3, INFO) != stuck(2, INFO)
    assert "codebooks" not in str(stuck(3, replace(INFO, latent_tolerance=0.0, bins=0)))
    assert PLAIN.wire == Wire()


def test_a_signal_path_is_planted_where_there_is_none() -> None:
    plant = OnPath(lambda size, rate: {"source_rate": rate // int(size)})
    made = plant.into(PLAIN, "", 2.0, EXAMPLE)
    assert made.path.source_rate == 12_000
    assert plant.obstacle(made, INFO, 2.0) == "the setup has a signal path already"
    assert plant.obstacle(PLAIN, INFO, 2.0) is None


def test_another_wiring_keeps_what_it_does_not_name() -> None:
    plant = OnWiring(lambda _, place: {"decoder": DecoderWiring(takeover=True).model_dump(), "switch": place.share}, ())
    made = plant.into(PLAIN.model_copy(update={"topology": Topology(chunk=2)}), "", 1.0, EXAMPLE).topology
    assert (made.chunk, made.switch, made.decoder.takeover) == (2, 0.5, True)


def test_the_sides_are_where_an_explanation_must_find_it() -> None:
    assert SAMPLES.sides == ("decoder",)
    assert replace(SAMPLES, side=Side.ENCODER).sides == ("encoder",)
    assert (CODES.sides, CALLS.sides, STUCK.sides) == (("encoder",), ("encoder",), ("wire",))
    assert np.isfinite(EXAMPLE.share)
