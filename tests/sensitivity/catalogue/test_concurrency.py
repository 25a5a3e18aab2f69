"""Several streams through one state: only what stands in the row is wired otherwise, and it is told where."""

import pytest

from harness.codecs.spec import CodecSpec
from harness.sensitivity.catalogue import find
from harness.sensitivity.plants import EXAMPLE
from harness.topology.model import Topology
from harness.topology.setup import Configuration

PLAIN = Configuration(codec=CodecSpec(name="it", adapter="opus", options={}))


@pytest.mark.parametrize(("name", "side"), [("cross-talk", "decoder"), ("encoder-cross-talk", "encoder")])
def test_two_sessions_meet_on_the_side_that_is_named_alone(name: str, side: str) -> None:
    fault = find(name)
    made = fault.plant.into(PLAIN, name, 1.0, EXAMPLE).topology
    assert fault.plant.sides == (side,)
    changed = {key for key, value in made.factors().items() if value != Topology().factors()[key]}
    assert changed == {f"topology.{side}.crosstalk"}


def test_what_only_a_neighbour_brings_out_is_looked_for_beside_one() -> None:
    assert find("shared-state").shows_in == ("neighbour",)
    assert all(not find(name).shows_in for name in ("cross-talk", "same-buffer", "raced-calls"))
