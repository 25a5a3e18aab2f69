"""A remedy that does not work is not called innocent, and one that was left out is not the whole of a cause."""

import pytest

from harness.bisect.answer.page import page
from harness.bisect.answer.record import SearchRecord
from harness.bisect.answer.words import tell_factors
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Noise, Rules
from harness.bisect.searches import inquiry, search_setups
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.catalogue import TOPOLOGIES
from harness.topology.model import DecoderWiring, EncoderWiring, Topology
from harness.topology.setup import Configuration
from harness.topology.signal_path import SignalPath

CONDITIONS = Conditions(speech=SpeechTable(utterances=("slt-04",)), scores=ScoresTable(asr=False))
DIRTY, RESET = "topology.decoder.dirty", "topology.decoder.reset"
DIRTY_ALL_RESET = TOPOLOGIES["reuse-after-reset"].topology
DECODER_NOT_RESET = Topology(encoder=EncoderWiring(dirty=True, reset="start"), decoder=DecoderWiring(dirty=True))


def search(adapter, good, bad, rules=None, path=None, bad_if="not-identical"):
    codec = CodecSpec(name="c", adapter=adapter, options={})
    one, other = (
        Configuration(codec=codec, topology=TOPOLOGIES[end].topology if isinstance(end, str) else end)
        for end in (good, bad)
    )
    other = other.model_copy(update={"path": path or SignalPath()})
    with inquiry(CONDITIONS, parse(bad_if), Plan(jobs=1, rules=rules or Rules())) as asked:
        return search_setups(one, other, ("good", "bad"), asked)


def roles(record):
    return {factor.factor: factor.roles for factor in record.factors}


def test_a_reset_that_forgets_something_is_named_and_not_innocent():
    record = search("planted.faults:ResetForgetsDecoder", "shared", DIRTY_ALL_RESET)
    (control,) = record.controls
    assert (control.hazard, control.remedy, control.remedy_value, control.fails) == (DIRTY, RESET, "start", True)
    assert roles(record)[RESET] == ("meant to undo another, and does not",)
    words = tell_factors(record, "not-identical")
    assert f"{RESET} = start is meant to undo {DIRTY} = True, and does not: with both it is bad" in words
    assert f"Smallest way around it, which fixes nothing: {DIRTY} = False" in words
    assert "Smallest fix" not in words
    assert "innocent" not in words
    assert "topology.encoder.reset undoes topology.encoder.dirty, as it is meant to" in words
    assert "does not: bad with both" in page(
        SearchRecord(name="n", bad_if="b", words=words, seconds=1, factors=record), None
    )


def test_a_reset_in_both_ends_is_named_as_well():
    clean = Topology(encoder=DIRTY_ALL_RESET.encoder, decoder=DecoderWiring(reset="start"))
    record = search("planted.faults:ResetForgetsDecoder", clean, DIRTY_ALL_RESET)
    (control,) = record.controls
    assert (control.remedy, control.fails) == (RESET, True)
    assert record.made == 2  # both points were the ends


def test_a_reset_that_was_left_out_is_told_by_what_it_undid():
    record = search("opus", DIRTY_ALL_RESET, DECODER_NOT_RESET)
    assert [cause.factors for cause in record.causes] == [(RESET,)]
    (control,) = record.controls
    assert (control.hazard, control.fails) == (DIRTY, False)
    assert roles(record)[RESET] == ("sufficient alone", "leaves out what undoes another")
    words = tell_factors(record, "not-identical")
    assert (
        f"{RESET} = never breaks it only by leaving out what undoes {DIRTY} = True: with {RESET} = start it is" in words
    )


def test_dirt_that_nothing_undoes_is_told_its_remedy_and_a_working_remedy_is_not_blamed():
    record = search("opus", "shared", "dirty-clone")
    assert [(control.hazard, control.fails) for control in record.controls] == [(DIRTY, False)]
    assert f"Nothing undoes {DIRTY} = True: with {RESET} = start it is good" in tell_factors(record, "not-identical")
    every_call = Topology(decoder=DecoderWiring(dirty=True, reset="every-call"))
    assert search("opus", "shared", every_call).controls == ()  # it breaks something else, and undoes the dirt


def test_a_clone_that_does_not_keep_its_sources_session_apart():
    record = search("planted.faults:AliasingClone", "shared", "neighbour-of-clone")
    (control,) = record.controls
    assert (control.hazard, control.remedy, control.fails) == ("topology.neighbour", "topology.decoder.aliased", True)


@pytest.mark.parametrize(
    ("resampler", "bad_if", "fails"), [("none", "stoi < 0.8", False), ("linear", "not-identical", True)]
)
def test_a_resampler_after_another_rate(resampler, bad_if, fails):
    record = search("pcm", "shared", "shared", path=SignalPath(source_rate=48000, resampler=resampler), bad_if=bad_if)
    assert [(control.hazard, control.remedy, control.fails) for control in record.controls] == [
        ("path.source_rate", "path.resampler", fails)
    ]


def test_without_noise_no_probability_is_printed_and_with_it_it_is_explained():
    quiet = SignalPath(gain=0.5)
    record = search("pcm", "shared", "shared", path=quiet)
    words = tell_factors(record, "not-identical")
    assert (record.confidence, record.error_rates, record.causes[0].confidence) == (None, None, None)
    assert "%" not in words
    assert "onfidence" not in words
    noisy = search("pcm", "shared", "shared", Rules(Noise(0.1, 0.1)), path=quiet)
    assert noisy.error_rates == (0.1, 0.1)
    assert {(probe.good, probe.bad) for probe in noisy.probes} == {(3, 0), (0, 3)}
    words = tell_factors(noisy, "not-identical")
    assert "all of them are right with a probability of 99.7 %, if a probe calls a good point bad in 10.0 %" in words


def test_innocence_says_what_was_tried():
    words = tell_factors(search("opus", "shared", "takeover"), "not-identical")
    assert (
        "topology.decoder.instance = separate is innocent: setting it left a good point good in 1 pair of probes, and "
        "a bad one bad in 1."
    ) in words
