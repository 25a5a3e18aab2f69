"""Two setups on one utterance are run as a run does: applicable or refused, codes shared, the reference first."""

import pytest

from harness.audio.speech import load
from harness.codecs.spec import CodecSpec
from harness.errors import UsageInvalid
from harness.explain.setups import explain_on
from harness.runtime.resources import fixture
from harness.topology.catalogue import find
from harness.topology.model import Topology
from harness.topology.setup import Configuration, Setup

SPEECH, OTHER = load(fixture("speech"))[:2]


def setup(topology, adapter="planted.faults:FreshClone", name="", **options):
    spec = CodecSpec(name="c", adapter=adapter, options=options)
    wiring = topology if isinstance(topology, Topology) else find(topology).topology
    return Setup.bare(name or f"c/{topology}", Configuration(codec=spec, topology=wiring), "c/shared")


def test_a_setup_that_diverges_is_told_by_its_name_beside_its_reference():
    found = explain_on(SPEECH, OTHER, setup("handover", name="app [b]/x"), setup("shared"))
    assert found.frame is not None
    assert "app [b]/x" in found.text
    assert "c/shared" in found.text


def test_a_setup_beside_itself_diverges_nowhere():
    found = explain_on(SPEECH, OTHER, setup("shared", "opus"), setup("shared", "opus"))
    assert found.frame is None


LATE = Topology.model_validate({"encoder": {"reset": "start"}})


@pytest.mark.parametrize(
    ("suspect", "reference"),
    [
        (setup(Topology(batch=2), "opus", name="c/[rows]"), setup("shared", "opus")),
        (setup("shared", "opus"), setup(Topology(batch=2), "opus", name="c/[rows]")),
        (setup("shared", "opus"), setup(LATE, "planted.decoders:Decoder", name="c/[rows]")),
    ],
)
def test_a_setup_that_asks_for_what_the_codec_lacks_is_refused_by_its_name(suspect, reference):
    with pytest.raises(UsageInvalid, match=r"^c/\[rows\] is not applicable: .*(open_batch|no encoder)"):
        explain_on(SPEECH, OTHER, suspect, reference)
