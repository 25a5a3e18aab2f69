import pytest
from pydantic import ValidationError

from harness.errors import SuiteInvalid
from harness.topology.catalogue import FAMILIES, TOPOLOGIES, find
from harness.topology.model import DecoderWiring, EncoderWiring, Topology


def test_a_stateless_side_cannot_be_reset():
    with pytest.raises(ValidationError, match=r"decoder.reset needs decoder.calls = 'streaming'"):
        Topology(decoder=DecoderWiring(calls="stateless", reset="start"))


def test_factors_are_dotted_and_name_every_choice():
    factors = Topology(encoder=EncoderWiring(reset="start")).factors()
    assert factors["topology.encoder.reset"] == "start"
    assert factors["topology.decoder.instance"] == "shared"
    assert factors["topology.chunk"] == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"encoder": {"spares": "downsample"}}, "says what a reset forgets, but there is no reset"),
        ({"decoder": {"aliased": True}}, "aliased is about a clone, but decoder.instance is 'shared'"),
        ({"neighbour": "source"}, "neighbour = 'source' is the source of a clone"),
        ({"encoder": {"takeover": True, "cloned": "switch"}}, "both replace the encoder"),
        ({"encoder": {"calls": "offline", "cloned": "switch"}}, "encoder.cloned needs encoder.calls = 'streaming'"),
        (
            {"batch": 2, "encoder": {"cloned": "before-use"}},
            "batch = 2 needs plain streaming calls, without encoder.cl",
        ),
        ({"order": "duplex", "decoder": {"calls": "offline"}}, "order = 'duplex' needs decoder.calls = 'streaming'"),
        ({"batch": 2, "decoder": {"instance": "clone"}}, "batch = 2 cannot be combined with clones"),
        ({"batch": 2, "decoder": {"dirty": True}}, "batch = 2 needs plain streaming calls, without decoder.dirty"),
        ({"batch": 2, "encoder": {"calls": "offline"}}, "batch = 2 needs plain streaming calls, without encoder.calls"),
        ({"batch": 65}, "less than or equal to 64"),
        ({"tail": "cut"}, "'pad', 'drop' or 'error'"),
    ],
)
def test_what_cannot_be_wired_is_refused_with_the_reason(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Topology.model_validate(wrong)


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_makes_its_example(name):
    family = FAMILIES[name]
    assert find(family.example).topology != Topology()
    assert name not in TOPOLOGIES


@pytest.mark.parametrize("name", ["chunked-0", "batched-1", "batched-65", "reset-sparing-", "shard"])
def test_an_unknown_topology_is_refused_and_those_that_exist_are_named(name):
    with pytest.raises(
        SuiteInvalid, match=rf"topology '{name}' is unknown; did you mean '.+'[?] wanted one of shared, .*batched-N"
    ):
        find(name)
