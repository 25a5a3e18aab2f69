"""The setup that faults are planted into: where each can be, in which wirings, and what it is held against."""

from dataclasses import replace

import pytest
from sensitivity.scripted import changed, ran, subject

from harness.errors import SuiteInvalid
from harness.sensitivity import catalogue
from harness.sensitivity.findings import subject_record
from harness.sensitivity.subject import FaultProbe, FaultSubject
from harness.topology.catalogue import TOPOLOGIES


def test_faults_of_wiring_are_looked_for_in_what_the_suite_has_the_fitting_ones_first():
    found = subject()
    row = catalogue.find("forgets-decoder-reset")
    assert found.wirings(row) == ["c/reuse-after-reset", "c/sequential"]
    assert found.beyond(row) == []
    assert found.wirings(catalogue.find("gap")) == [""]
    assert found.beyond(catalogue.find("shared-state")) == ["neighbour"]


def test_what_is_planted_in_a_wiring_is_held_against_plain_use_with_the_same_fault():
    found = subject()
    planted, held = found.planted(
        FaultProbe("forgets-decoder-reset", 0, "heart-04", 0, "c/reuse-after-reset"),
        catalogue.find("forgets-decoder-reset"),
    )
    assert planted.configuration.codec == held.configuration.codec
    assert planted.configuration.topology != held.configuration.topology


@pytest.mark.parametrize("row", catalogue.FAULTS.values(), ids=lambda row: row.name)
@pytest.mark.parametrize("adapter", ["opus", "pcm"])
def test_each_fault_can_be_planted_or_says_why_not(row: catalogue.Fault, adapter: str):
    found = subject(adapter)
    why = found.obstacle(row)
    if why is None:
        for step in range(len(row.sizes)):
            planted, held = found.planted(FaultProbe(row.name, step, "heart-04", 0), row)
            assert planted.configuration != held.configuration
    else:
        assert "codec" in why or "codebook" in why or "state" in why


def test_a_stateless_codec_has_no_faults_of_state():
    found = subject("pcm")
    assert found.obstacle(catalogue.find("decoder-resets")) == "the codec has no state"
    assert found.obstacle(catalogue.find("gap")) is None


def test_a_fault_that_shows_in_no_standard_topology_cannot_be_planted():
    row = replace(catalogue.find("shared-state"), shows_in=("no-such", "mine"))
    assert subject().obstacle(row) == "no topology in which it shows is applicable"
    assert subject().obstacle(replace(row, shows_in=("no-such", "neighbour"))) is None
    assert subject("pcm").obstacle(row) == "the codec has no state"  # which comes first


@pytest.mark.parametrize(
    "other",
    [
        {"codec": "c", "wire": "lose-frame", "at_least": "altered"},
        {"codec": "c", "topology": "concurrent-2"},
        {"codec": "c", "topology": "sequential", "at_most": "degraded"},
        {"codec": "c", "topology": "sequential", "at_least": "degraded"},
        {"codec": "d", "topology": "sequential", "reference": "d/shared"},
    ],
)
def test_only_setups_that_must_be_as_good_as_plain_use_are_wirings(other):
    codecs = {"c": {"adapter": "opus"}, "d": {"adapter": "opus", "bitrate": 9000}}
    found = subject(codecs=codecs, setups=[{"codec": ["c", "d"]}, {"codec": "c", "topology": "separate"}, other])
    assert found.wirings(catalogue.find("shared-state")) == ["c/separate"]


def test_a_wiring_is_a_setup_of_the_suite_or_a_standard_topology_by_name():
    found = subject()
    own, standard = found.wired("c/sequential"), found.wired("neighbour")
    assert (own.name, own.configuration) == ("c/sequential", found.suite.setups[3].configuration)
    assert standard.configuration.topology == TOPOLOGIES["neighbour"].topology
    assert standard.configuration.codec == found.setup.configuration.codec
    assert standard.expectation == TOPOLOGIES["neighbour"].expectation
    with pytest.raises(SuiteInvalid, match="no-such"):
        found.wired("no-such")


def test_codecs_with_other_faults_have_other_names_and_one_fault_always_the_same():
    found, row = subject(), catalogue.find("quieter")

    def called(step, seed):
        planted, held = found.planted(FaultProbe("quieter", step, "heart-04", seed), row)
        assert (held.configuration, held.name, planted.reference) == (
            found.setup.configuration, "nothing planted", "nothing planted",
        )  # fmt: skip
        return planted.configuration.codec.name

    names = [called(0, 0), called(1, 0), called(0, 1)]
    assert len(set(names)) == 3
    assert all(name.startswith("c ") for name in names)
    assert called(0, 0) == names[0]


def of_frames(milliseconds: float) -> FaultSubject:
    plain = subject("opus")
    size = round(milliseconds / 1000 * plain.info.sample_rate)
    return replace(plain, info=replace(plain.info, frame_size=size, codebooks=8))


@pytest.mark.parametrize(
    ("milliseconds", "name", "sizes"),
    [
        (10.0, "frames-dropped", [10, 40, 80, 160, 320, 640]),
        (20.0, "loss-burst", [20, 40, 80, 160, 320]),
        (80.0, "loss-burst", [80, 160, 320]),
        (80.0, "frames-dropped", [80, 160, 320, 640]),
        (80.0, "stream-late", [80, 160, 320, 640]),
        (80.0, "code-stuck", [80, 160, 320, 640, 1280]),
        (1000.0, "frames-dropped", [640]),
        (80.0, "gap", list(catalogue.find("gap").sizes)),  # is cut in samples
        (80.0, "losses", list(catalogue.find("losses").sizes)),
        (80.0, "codebooks-zeroed", [10, 25, 50, 75, 90]),
        (80.0, "inverted", [1]),
    ],
)
def test_sizes_that_come_to_the_same_frames_or_codebooks_are_one(milliseconds, name, sizes):
    fault = catalogue.find(name)
    assert [fault.sizes[step] for step in of_frames(milliseconds).steps(fault)] == sizes


def test_all_hear_it_from_a_size_on_that_is_told_apart():
    dropped = catalogue.find("frames-dropped")
    assert dropped.sizes[:4] == (10, 40, 80, 160)
    assert dropped.audible_from == 1
    heard = [of_frames(milliseconds).audible_from(dropped) for milliseconds in (10.0, 20.0, 80.0, 1000.0)]
    assert heard == [1, 1, 2, len(dropped.sizes) - 1]
    assert of_frames(80.0).audible_from(catalogue.find("inverted")) is None


@pytest.mark.parametrize("name", ["frames-dropped", "code-stuck", "codebooks-zeroed", "quieter"])
def test_only_sizes_that_are_told_apart_are_probed_and_reported(name):
    about = of_frames(80.0)
    made = ran(lambda _: changed(), name, about=about)
    assert {probe.step for probe, _ in made.probes(name)} <= set(about.steps(catalogue.find(name)))
    record = next(one for one in subject_record(made, explain=False, laws=False).faults if one.name == name)
    told = [catalogue.find(name).sizes[step] for step in about.steps(catalogue.find(name))]
    assert record.subtlest == told[0]
    assert record.audible_from in told
    assert {point.size for point in record.points} <= set(told)
