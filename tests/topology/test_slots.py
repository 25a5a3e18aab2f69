"""A stream in a slot: as alone where slots are served rightly, and the row is named where they are not."""

import pytest
from planted.slots import Slots as Planted
from short_speech import excerpts

from harness.audio.speech import load as load_speech
from harness.audio.waveform import Waveform
from harness.codecs.loading import load
from harness.codecs.optional import SlotCodec
from harness.codecs.spec import CodecSpec
from harness.errors import CodecFailed
from harness.runtime.resources import fixture
from harness.topology.catalogue import FAMILIES, SLOT_EVENTS, find
from harness.topology.exact import compare
from harness.topology.model import Topology
from harness.topology.running import run_configuration
from harness.topology.setup import Configuration
from harness.topology.wire import Wire

Speech = tuple[Waveform, Waveform]  # ours and another
HARMLESS = [f"slot-{event}-{rows}" for event in SLOT_EVENTS if event != "reuse-dirty" for rows in (2, 3, 4, 8)]


@pytest.fixture(scope="module")
def speech():
    return excerpts(12_000)


def setup(topology, **changes):
    wired = find(topology).topology.model_copy(update=changes)
    return Configuration(codec=CodecSpec(name="c", adapter="opened-by-the-test", options={}), topology=wired)


def off(codec, topology, speech: Speech, **changes):
    """Return how the stream in a slot differs from the plain one, and what is said of the rows."""
    plain, slot = (run_configuration(setup(name, **changes), codec, *speech, {}) for name in ("shared", topology))
    return compare(slot.codes, slot.pcm, plain.codes, plain.pcm, codec.info.frame_size, codec.info.tolerance), slot


@pytest.mark.parametrize("topology", HARMLESS)
@pytest.mark.parametrize("name", ["opus", "pcm"])
def test_instances_side_by_side_are_the_golden_slots(name, topology, speech):
    found, slot = off(load(name, {}), topology, speech)
    assert found.pcm_equal
    assert slot.said == ""


@pytest.mark.parametrize("topology", ["slot-reuse-2", "slot-idle-3", "slot-abort-3", "slot-fork-3", "slot-padded-4"])
def test_moshis_rows_are_as_alone_within_rounding(topology, speech):
    found, slot = off(load("mini", {}), topology, speech)
    assert found.within_tolerance
    assert slot.said.endswith("by rounding") or slot.said == ""


def test_a_tie_in_another_row_is_no_fault():
    """With this speech a code of row 3 is undecided: the batch gives one of two entries, a single stream the other."""
    (spoken,) = (one.waveform() for one in load_speech(fixture("speech")) if one.id == "heart-04")
    found, slot = off(load("mini", {}), "slot-padded-8", (spoken, spoken))
    assert found.within_tolerance
    assert "by rounding" in slot.said


@pytest.mark.parametrize("chunk", [2, 3])
def test_calls_of_several_frames_change_nothing(chunk, speech):
    for topology in ("slot-reuse-3", "slot-idle-3", "slot-ragged-4", "slot-abort-3", "slot-fork-3"):
        found, _ = off(load("opus", {}), topology, speech, chunk=chunk)
        assert found.pcm_equal, topology


@pytest.mark.parametrize(
    ("fault", "topology", "row"),
    [
        ("none", "slot-reuse-dirty-3", 2),
        ("not-reset", "slot-reuse-3", 2),
        ("half-reset", "slot-reuse-3", 2),
        ("idle-steps", "slot-idle-3", 2),
        ("pads-into-last", "slot-padded-4", 2),
        ("pads-into-first", "slot-padded-4", 0),
        ("crossed", "slot-ragged-4", 0),
        ("last-wins", "slot-ragged-3", 0),
        ("fork-aliases", "slot-fork-3", 1),
        ("late-leak", "slot-ragged-3", 2),
    ],
)
def test_the_row_that_differs_is_judged_and_named(fault, topology, row, speech):
    try:
        found, slot = off(Planted(fault=fault), topology, speech)
    except CodecFailed as error:  # ours cannot be in the place that differs, or there it is right
        said = str(error)
        assert "with other speech in it" in said
    else:
        assert not found.within_tolerance
        said = slot.said
    rows = topology.rpartition("-")[2]
    assert f"of rows 0 to {int(rows) - 1} differs from the same stream alone" in said
    assert str(row) in said


def test_a_neighbour_that_is_reset_with_ours_is_found(speech):
    found, slot = off(Planted(fault="resets-all"), "slot-reuse-3", speech)
    assert not found.within_tolerance
    assert slot.said == "row 1 of rows 0 to 2 differs from the same stream alone (rows 0, 2 not)"


def test_a_row_that_is_taken_already_is_refused(speech):
    with pytest.raises(CodecFailed, match=r"join returned row 1, wanted a free one of \[0\]"):
        off(Planted(fault="abort-steals"), "slot-abort-3", speech)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda slots: setattr(slots, "join", lambda: "0"),
            "join returned a value of type str, wanted the number of a row",
        ),
        (lambda slots: setattr(slots, "join", lambda: 9), "join returned row 9, wanted a free one"),
        (lambda slots: setattr(slots, "encode", lambda pcm, _: pcm), "returned codes of type float32"),
        (lambda slots: setattr(slots, "decode", lambda codes, _: codes[:1]), "slots returned PCM of shape"),
    ],
)
def test_slots_that_return_something_else_are_one_clear_line(wrong, said, speech: Speech, monkeypatch):
    codec = load("opus", {})
    assert isinstance(codec, SlotCodec)
    made = codec.open_slots

    def broken(rows):
        wrong(slots := made(rows))
        return slots

    monkeypatch.setattr(codec, "open_slots", broken)
    with pytest.raises(CodecFailed, match=said):
        run_configuration(setup("slot-idle-2"), codec, *speech, {})


def test_a_codec_without_slots_and_a_wire_that_needs_the_whole_stream_say_so(speech: Speech):
    with pytest.raises(CodecFailed, match=r"slots.rows = 2: the codec .* has no slots \(open_slots\)"):
        run_configuration(setup("slot-idle-2"), load("planted.faults:Sound", {}), *speech, {})
    wired = setup("slot-idle-2").model_copy(update={"wire": Wire(fault="drop", every=5)})
    with pytest.raises(CodecFailed, match="slots encode and decode in turn"):
        run_configuration(wired, load("opus", {}), *speech, {})


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ({"slots": {"rows": 1}}, "wanted 2 or more rows"),
        ({"slots": {"event": "idle"}}, "slots.rows is 0"),
        ({"slots": {"rows": 2}, "batch": 2}, "no batch"),
        ({"slots": {"rows": 2}, "order": "sequential"}, "needs order = 'interleaved'"),
        ({"slots": {"rows": 2}, "decoder": {"reset": "start"}}, "needs plain streaming calls"),
        ({"slots": {"rows": 2}, "neighbour": "own"}, "cannot be combined with clones, neighbours"),
    ],
)
def test_what_cannot_be_wired_is_refused(factors, said):
    with pytest.raises(ValueError, match=said):
        Topology.model_validate(factors)


def test_families_show_an_example_each():
    for name, family in FAMILIES.items():
        assert find(family.example), name
