"""Faults of state are of kinds that there are, shown in topologies that there are, and go on in a clone."""

import numpy as np
import pytest

from harness.codecs.loading import load
from harness.codecs.spec import CodecSpec
from harness.sensitivity.catalogue import concurrency, find, state
from harness.sensitivity.planted import KINDS, PlantedCodec
from harness.sensitivity.plants import EXAMPLE, OnCalls
from harness.topology import catalogue as topologies
from harness.topology.setup import Configuration

SIZE = 320
PLACE = {"at": 0.1, "seconds": 0.18, "seed": 1, "level": 0.1, "peak": 0.3, "rate": 16_000, "frame_size": SIZE}
PCM = (0.3 * np.sin(np.arange(9 * SIZE) / 5) * np.linspace(1, 0.2, 9 * SIZE)).astype(np.float32)
ROWS = (*state.ROWS, *concurrency.ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_names_its_own_kind_of_call_and_topologies_in_which_it_can_show(row) -> None:
    if isinstance(row.plant, OnCalls):
        assert row.plant.kind == row.name
        assert row.name in KINDS
    assert set(row.shows_in) <= topologies.TOPOLOGIES.keys()


def test_every_kind_of_call_has_a_row() -> None:
    assert {row.name for row in ROWS if isinstance(row.plant, OnCalls)} == KINDS.keys()


def test_a_fresh_instance_takes_over_at_the_place() -> None:
    configuration = Configuration(codec=CodecSpec(name="it", adapter="opus", options={}))
    made = find("takeover").plant.into(configuration, "takeover", 1.0, EXAMPLE).topology
    assert (made.decoder.takeover, made.switch) == (True, EXAMPLE.share)


@pytest.mark.parametrize(("name", "size", "cloned_at"), [("decoder-rewinds", 2.0, 4), ("raced-calls", 4.0, 4)])
def test_a_clone_has_the_fault_as_its_source_has(name: str, size: float, cloned_at: int) -> None:
    codes = load("opus", {}).open().encode(PCM)
    source = PlantedCodec("opus", {}, name, size, PLACE).open()
    for at in range(cloned_at):
        source.decode(codes[:, at : at + 1])
    clone = source.clone()
    plain = load("opus", {}).open()
    spoilt = False
    for at in range(9):
        sound = plain.decode(codes[:, at : at + 1])
        if at >= cloned_at:
            heard, other = (one.decode(codes[:, at : at + 1]) for one in (source, clone))
            np.testing.assert_array_equal(heard, other)
            spoilt |= not np.array_equal(heard, sound)
    assert spoilt
