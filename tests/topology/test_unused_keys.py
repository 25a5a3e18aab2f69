"""A key that changes nothing is refused with what would give it an effect; whatever has one is taken."""

from typing import get_args

import pytest

from harness.topology import unused_keys
from harness.topology.catalogue import FAMILIES, TOPOLOGIES, find
from harness.topology.model import Topology
from harness.topology.path_catalogue import PATHS
from harness.topology.signal_path import SignalPath
from harness.topology.unused_keys import USES, checked_path, checked_topology, checked_wire
from harness.topology.wire import Fault, Wire
from harness.topology.wire_catalogue import WIRES


def test_every_standard_wire_path_and_topology_could_be_written_in_a_suite():
    for wire in WIRES.values():
        unused_keys.checked_wire(wire)
    for path in PATHS.values():
        unused_keys.checked_path(path)
    for entry in (*TOPOLOGIES.values(), *(find(family.example) for family in FAMILIES.values())):
        unused_keys.checked_topology(entry.topology)


def test_each_fault_says_which_keys_it_reads_and_these_are_keys():
    assert USES.keys() == set(get_args(Fault))
    assert {key for keys in USES.values() for key in keys} <= Wire.model_fields.keys()


@pytest.mark.parametrize("fault", USES)
def test_a_key_that_a_fault_does_not_read_is_refused_even_at_its_default(fault):
    every = Wire().model_dump(exclude={"fault", "about"})
    for key in every.keys() - {*USES[fault]}:
        with pytest.raises(ValueError, match=f"^{key} = .* has no effect: fault = '{fault}' uses "):
            checked_wire(Wire.model_validate({"fault": fault, key: every[key]}))


@pytest.mark.parametrize(("count", "taken"), [(2, True), (3, False), (4, False)])
def test_of_every_so_many_frames_not_all_can_be_hit(count, taken):
    given = Wire(fault="lose", every=3, count=count)
    if taken:
        assert checked_wire(given) is given
    else:
        with pytest.raises(ValueError, match=f"count = {count} of every 3 frames is all of them"):
            checked_wire(given)


@pytest.mark.parametrize(("spell", "taken"), [(4.0, True), (3.9, False), (None, True)])
def test_bad_spells_are_as_long_as_their_share_makes_them(spell, taken):
    given = Wire(fault="lose", share=0.8, **({} if spell is None else {"spell": spell}))
    if taken:
        assert checked_wire(given) is given
    else:
        with pytest.raises(ValueError, match=r"spell = 3\.9 frames is too short for share = 0\.8.* spell = 4 or more"):
            checked_wire(given)


@pytest.mark.parametrize("share", [0.55, 0.7, 0.8, 0.82, 0.9, 0.95, 0.99])
def test_a_spell_that_is_wanted_is_taken(share):
    with pytest.raises(ValueError, match="too short") as refused:
        checked_wire(Wire(fault="lose", share=share, spell=1.0))
    wanted = float(str(refused.value).partition("wanted spell = ")[2].partition(" ")[0])
    assert checked_wire(Wire(fault="lose", share=share, spell=wanted))


@pytest.mark.parametrize("pattern", ["x", "..", "xxx"])
def test_a_pattern_hits_some_frames_and_not_all(pattern):
    with pytest.raises(ValueError, match="hits all frames or none"):
        checked_wire(Wire(fault="lose", pattern=pattern))
    assert checked_wire(Wire(fault="lose", pattern=f".x{pattern}"))


@pytest.mark.parametrize(
    ("lacking", "with_it"),
    [
        ({"resampler": "soxr"}, {"source_rate": 8000}),
        ({"chunk": 80}, {"source_rate": 8000}),
        ({"rounding": "up"}, {"chunk": 80, "source_rate": 8000}),
        ({"overflow": "wrap"}, {"int16": True}),
        ({"byte_chunk": 99}, {"int16": True}),
        ({"odd_byte": "padded"}, {"int16": True, "byte_chunk": 99}),
        ({"byte_order": "swapped"}, {"int16": True}),
    ],
)
def test_a_key_of_a_signal_path_is_taken_with_the_one_that_it_needs(lacking, with_it):
    (key,) = lacking
    with pytest.raises(ValueError, match=f"^{key} = .* has no effect: without .*; add (it|a source_rate)"):
        checked_path(SignalPath.model_validate(lacking))
    whole = SignalPath.model_validate(lacking | with_it)
    assert checked_path(whole) is whole


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"switch": 0.25}, "switch"),
        ({"chunk": 5, "encoder": {"calls": "offline"}, "decoder": {"calls": "offline"}}, "chunk"),
        ({"order": "sequential", "encoder": {"calls": "offline"}}, "order"),
        ({"decoder": {"cloned": "switch"}}, "decoder.cloned"),
        ({"decoder": {"cloned": "mid-encode"}, "encoder": {"takeover": True}}, "decoder.cloned"),
    ],
)
def test_a_key_without_which_the_stream_is_wired_the_same_is_refused(content, key):
    with pytest.raises(ValueError, match=f"^{key} = .* has no effect: the stream is wired the same without it"):
        checked_topology(Topology.model_validate(content))


def test_a_crossfade_and_a_trim_say_the_same_thing_twice():
    decoder = {"instance": "separate", "calls": "windowed", "left_context": 5, "crossfade": 5.0, "trim": "left"}
    with pytest.raises(ValueError, match=r"decoder\.trim = 'left': decoder\.crossfade = 5 says how windows are joined"):
        checked_topology(Topology.model_validate({"chunk": 5, "decoder": decoder}))
    del decoder["trim"]
    assert checked_topology(Topology.model_validate({"chunk": 5, "decoder": decoder}))


def test_where_a_switch_is_matters_as_soon_as_something_is_switched():
    for switch in (0.01, 0.499, 0.99):
        assert checked_topology(Topology.model_validate({"switch": switch, "encoder": {"takeover": True}}))
