"""A search finds the window that is too short, among other ways in which two wirings of windows differ."""

from harness.bisect.answer.words import tell_factors
from harness.bisect.probe.asking import Plan
from harness.bisect.probe.criterion import parse
from harness.bisect.search import Outcome, Rules
from harness.bisect.searches import inquiry, search_setups
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions, ScoresTable, SpeechTable
from harness.topology.model import DecoderWiring, Topology
from harness.topology.setup import Configuration

CONDITIONS = Conditions(speech=SpeechTable(utterances=("rms-01",)), scores=ScoresTable(asr=False))
LOOKS_BACK = 3


def windows(left_context, chunk=4, trim="left"):
    codec = CodecSpec(name="echo", adapter="planted.windows:Echo", options={"past": LOOKS_BACK})
    decoder = DecoderWiring(instance="separate", calls="windowed", left_context=left_context, trim=trim)
    return Configuration(codec=codec, topology=Topology(chunk=chunk, decoder=decoder))


def found(good, bad):
    with inquiry(CONDITIONS, parse("altered"), Plan(jobs=1, rules=Rules(verify=2))) as asked:
        return search_setups(good, bad, ("good", "bad"), asked)


def test_the_window_that_is_too_short_is_the_cause_and_the_rest_is_innocent():
    record = found(windows(5), windows(2, chunk=7, trim="keep-last"))
    assert [cause.factors for cause in record.causes] == [("topology.decoder.left_context",)]
    roles = {factor.factor: factor.roles for factor in record.factors}
    assert roles["topology.chunk"] == roles["topology.decoder.trim"] == ("harmless",)
    said = tell_factors(record, "altered")
    assert "topology.decoder.left_context = 2 alone breaks it" in said


def test_a_window_that_is_still_long_enough_breaks_nothing():
    record = found(windows(9), windows(LOOKS_BACK, chunk=7))
    assert (record.outcome, record.causes) == (Outcome.BOTH_GOOD, ())
