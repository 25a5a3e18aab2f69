"""An implementation held to recorded vectors, without the reference: what was recorded decides."""

import json

import pytest

from harness.check.implementation import Implementation
from harness.check.parity.agreement import Agreement
from harness.check.parity.pair import PairInputs, speech_for
from harness.check.parity.playing import Player
from harness.check.parity.program import parse
from harness.check.parity.vectors import VectorsInvalid, write
from harness.check.parity.verify import verify
from harness.errors import UsageInvalid

PROGRAMS = {
    "encoded": parse("encode speech 0:4", "x"),
    "decoded": parse("decode speech 0:4", "x"),
    "both": parse("encode speech 0:2\ndecode speech 0:2", "x"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "set"
    with Player(Implementation.of("pcm", {}), 60) as player:
        write(folder, player, PairInputs(player, speech_for(None, player.info)), 0.0, PROGRAMS)
    return folder


def verified(folder, adapter, tolerance=None, **options):
    with Player(Implementation.of(adapter, options), 60) as player:
        return {one.name: one for one in verify(folder, player, tolerance)}


def test_every_vector_is_told_of_once_and_the_recorded_codec_agrees_to_the_bit(recorded):
    found = verified(recorded, "pcm")
    assert found.keys() == PROGRAMS.keys()
    assert {one.agreement for one in found.values()} == {Agreement.BITS}
    assert {one.words for one in found.values()} == {str(Agreement.BITS)}


def test_where_one_parts_its_call_is_named_and_others_are_as_good_as_they_are(recorded):
    found = verified(recorded, "planted.faults:HalfGain", inner="pcm")
    assert found["encoded"].agreement is Agreement.BITS
    assert found["decoded"].agreement is Agreement.PARTED
    assert found["decoded"].words.startswith("call 1, PCM differs from frame 0 on")
    assert found["both"].words.startswith("call 2, ")


def test_a_tolerance_that_is_given_is_used_and_0_is_one(recorded):
    half = {"inner": "pcm"}
    assert verified(recorded, "planted.faults:HalfGain", 1.0, **half)["decoded"].agreement is Agreement.ROUNDING
    assert verified(recorded, "planted.faults:HalfGain", 0.0, **half)["decoded"].agreement is Agreement.PARTED


def test_a_codec_of_another_shape_cannot_be_held_to_it(recorded):
    with pytest.raises(UsageInvalid, match="cannot be compared call by call"):
        verified(recorded, "pcm", frame_ms=10)


def test_an_index_that_was_edited_is_not_believed(recorded, tmp_path):
    index = json.loads((recorded / "index.json").read_text())
    index["sample_rate"] = 8000
    (tmp_path / "index.json").write_text(json.dumps(index))
    with pytest.raises((VectorsInvalid, UsageInvalid)):
        verified(tmp_path, "pcm")
    with pytest.raises(VectorsInvalid, match="cannot be read"):
        verified(tmp_path / "nowhere", "pcm")
